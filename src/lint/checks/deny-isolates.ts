/**
 * A list of denials alone in a policy of Cilium: it isolates as a list of allowed peers does, so that pods which no rule allows anything
 * lose all of it, not only what is listed.
 */
import type { Endpoint } from '../../policy/endpoints.ts';
import { DIRECTIONS, type Direction, type Policy } from '../../policy/policy.ts';
import { listed } from '../../policy/resolve/enforcement.ts';
import { CILIUM_DENY_TIER } from '../../policy/translate/from-cilium-policy.ts';
import { printSelector } from '../../selector/print.ts';
import type { Check, Finding, Subject } from '../check.ts';
import { ciliumSpecs, type PlacedSpec } from '../cilium-specs.ts';

/** Whether a spec says only what is denied in a direction, and isolates by it. */
const deniesAlone = ({ spec }: PlacedSpec, direction: Direction): boolean =>
  spec[direction].length === 0 && spec[`${direction}Deny`].length > 0 && spec.enableDefaultDeny[direction];

/** Whether a policy of the model stands for such specs alone. */
function isOfDenials(
  { kind, namespace, name, selector }: Policy,
  direction: Direction,
  specs: readonly PlacedSpec[],
): boolean {
  const words = printSelector(selector);
  const own = specs.filter(
    ({ policy, selector: pods }) =>
      policy.kind === kind &&
      policy.namespace === namespace &&
      policy.name === name &&
      pods !== undefined &&
      printSelector(pods) === words,
  );
  return own.length > 0 && own.every((one) => deniesAlone(one, direction));
}

/** Whether nothing is allowed to an endpoint in a direction, and nobody but lists of denials isolates it. */
function isCutOff(
  endpoint: Endpoint,
  direction: Direction,
  specs: readonly PlacedSpec[],
  { world }: Subject,
): boolean {
  const policies = world.resolved
    .governing(endpoint, direction)
    .tiers.flatMap((tier) => tier.policies)
    .filter(({ staged, tier }) => !staged && tier !== CILIUM_DENY_TIER);
  return policies.every(
    (policy) =>
      policy.rules[direction].every(({ action }) => action !== 'allow') &&
      (!(policy.isolates ?? policy.types)[direction] || isOfDenials(policy, direction, specs)),
  );
}

function* inSpec(placed: PlacedSpec, specs: readonly PlacedSpec[], subject: Subject): Generator<Finding> {
  const { policy, path, selector } = placed;
  if (selector === undefined) return;
  for (const direction of DIRECTIONS.filter((one) => deniesAlone(placed, one))) {
    const cut = subject.inventory
      .endpointsOf(selector)
      .filter((endpoint) => isCutOff(endpoint, direction, specs, subject));
    if (cut.length === 0) continue;
    const list = `${direction}Deny`;
    const { at, span } = subject.sources.spot(policy.at, [...path, list], 'key');
    const names = listed(cut.map(({ namespace, name }) => `${namespace}/${name}`));
    const all = `${direction}: [{ ${direction === 'ingress' ? 'fromEntities' : 'toEntities'}: [all] }]`;
    yield {
      at,
      span,
      message: `${list} isolates too, and no rule of any policy allows ${names} any ${direction}: all of it is denied, not only what is listed`,
      suggestion: `to deny no more than that, write enableDefaultDeny: { ${direction}: false }, or allow the rest: ${all}`,
    };
  }
}

export const DENY_ISOLATES: Check = {
  code: 'lint/deny-isolates',
  severity: 'warning',
  title: "a list of denials of Cilium's policies denies everything",
  *find(subject) {
    const specs = ciliumSpecs(subject);
    for (const placed of specs) yield* inSpec(placed, specs, subject);
  },
};
