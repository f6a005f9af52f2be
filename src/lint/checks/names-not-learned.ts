/**
 * Rules for domain names (toFQDNs) whose addresses Cilium cannot learn: it learns them from the answers to pods that pass its DNS proxy, and
 * only rules with `rules: { dns: [...] }` lead there.
 */
import type { Endpoint } from '../../policy/endpoints.ts';
import { listed } from '../../policy/resolve/enforcement.ts';
import { coversCiliumDomain } from '../../policy/translate/domain-names.ts';
import type { Check, Finding, Subject } from '../check.ts';
import { ciliumSpecs, type PlacedSpec } from '../cilium-specs.ts';
import { labelSpotAt } from '../policy-places.ts';
import { isRecord } from '../source-places.ts';

const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const fieldOf = (value: unknown, name: string): unknown => (isRecord(value) ? value[name] : undefined);

/** Names and patterns that the egress of a spec lets pods ask for through the proxy. */
function askedNames({ policy, path }: PlacedSpec, { sources }: Subject): string[] {
  const egress = itemsOf(sources.objectAt(policy.at)?.valueAt([...path, 'egress']));
  return egress
    .flatMap((rule) => itemsOf(fieldOf(rule, 'toPorts')))
    .flatMap((ports) => itemsOf(fieldOf(fieldOf(ports, 'rules'), 'dns')))
    .flatMap((one) => [fieldOf(one, 'matchName'), fieldOf(one, 'matchPattern')])
    .flatMap((text) => (typeof text === 'string' ? [text.toLowerCase().replace(/\.$/, '')] : []));
}

/** What each endpoint may ask for, through all specs that select it. */
function askedBy(specs: readonly PlacedSpec[], subject: Subject): ReadonlyMap<Endpoint, readonly string[]> {
  const asked = new Map<Endpoint, string[]>();
  for (const placed of specs) {
    if (placed.selector === undefined) continue;
    const names = askedNames(placed, subject);
    if (names.length === 0) continue;
    for (const endpoint of subject.inventory.endpointsOf(placed.selector))
      asked.set(endpoint, [...(asked.get(endpoint) ?? []), ...names]);
  }
  return asked;
}

const namesOf = (endpoints: readonly Endpoint[]): string =>
  listed(endpoints.map(({ namespace, name }) => `${namespace}/${name}`));

function* inSpec(
  { spec, selector }: PlacedSpec,
  asked: ReadonlyMap<Endpoint, readonly string[]>,
  { inventory, sources }: Subject,
): Generator<Finding> {
  const domains = spec.egress.flatMap(({ peers = [] }) => peers.filter((peer) => peer.kind === 'domain'));
  if (selector === undefined || domains.length === 0) return;
  const endpoints = inventory.endpointsOf(selector);
  const blind = endpoints.filter((endpoint) => !asked.has(endpoint));
  if (blind.length > 0) {
    const { at, span } = labelSpotAt(sources, domains[0]!.at, undefined);
    yield {
      at,
      span,
      message: `no rule leads what ${namesOf(blind)} asks of DNS through Cilium's proxy: addresses of names are not learned, and toFQDNs lets nothing through`,
      suggestion: 'give the rule that allows port 53 of the DNS rules: { dns: [{ matchPattern: "*" }] }',
    };
  }
  for (const { pattern, at: place } of domains) {
    // Of the names behind a pattern some may be asked for.
    if (pattern.includes('*')) continue;
    const silent = endpoints.filter((endpoint) => {
      const names = asked.get(endpoint);
      return names !== undefined && !names.some((name) => coversCiliumDomain(name, pattern));
    });
    if (silent.length === 0) continue;
    const { at, span } = labelSpotAt(sources, place, undefined);
    yield {
      at,
      span,
      message: `the dns rules of ${namesOf(silent)} do not let it ask for ${pattern}: its addresses are not learned`,
      suggestion: `add matchName: ${pattern} to the dns rules`,
    };
  }
}

export const NAMES_NOT_LEARNED: Check = {
  code: 'lint/names-not-learned',
  severity: 'warning',
  title: 'a rule names domains whose addresses Cilium cannot learn',
  *find(subject) {
    const specs = ciliumSpecs(subject);
    if (specs.length === 0) return;
    const asked = askedBy(specs, subject);
    for (const placed of specs) yield* inSpec(placed, asked, subject);
  },
};
