/**
 * Rules about requests (http, kafka) at a port of Cilium's policies that another rule lets the same peers reach without asking for requests:
 * of rules that stand side by side any one lets a request through.
 *
 * Source: cilium/cilium Documentation/security/policy/layer7.rst, pkg/policy/l4.go.
 */
import { isAlwaysCovered, type PlacedRule } from '../../analysis/rules/lasting-cover.ts';
import { policyName } from '../../analysis/rules/unit-places.ts';
import { TCP } from '../../net/protocol-layout.ts';
import type { Direction, Policy, Rule } from '../../policy/policy.ts';
import { CILIUM_DENY_TIER } from '../../policy/translate/from-cilium-policy.ts';
import type { Check, Finding, Subject } from '../check.ts';
import { rulePath, type WrittenRule, writtenRules } from '../rule-ports.ts';
import { isRecord, type Path, type SourceObject } from '../source-places.ts';

/** Rules of layer 7 that refuse requests; those for DNS also teach addresses. */
const REQUESTS = ['http', 'kafka', 'l7'];

/** Ports with rules about requests in an item of toPorts. */
interface AskedPorts {
  readonly path: Path;
  /** `http`. */
  readonly kind: string;
  readonly ports: readonly number[];
}

/** A rule as it is asked of packets to one port, and whose it is. */
interface PortRule {
  readonly policy: Policy;
  readonly rule: Rule;
  readonly placed: PlacedRule;
}

function itemsOf(object: SourceObject, path: Path): readonly (readonly [Path, unknown])[] {
  const value = object.valueAt(path);
  return Array.isArray(value) ? value.map((item, index) => [[...path, index], item]) : [];
}

/** The items of a rule that ask for requests at ports with numbers. */
function askedPorts(object: SourceObject, rule: Path): AskedPorts[] {
  return itemsOf(object, [...rule, 'toPorts']).flatMap(([path, item]): AskedPorts[] => {
    const rules = isRecord(item) ? item.rules : undefined;
    const kind = REQUESTS.find(
      (one) => isRecord(rules) && Array.isArray(rules[one]) && rules[one].length > 0,
    );
    if (kind === undefined) return [];
    const ports = itemsOf(object, [...path, 'ports']).map(([, port]) => (isRecord(port) ? port : {}));
    const numbers = ports.map(({ port, endPort }) => (endPort === undefined ? Number(port) : Number.NaN));
    return numbers.some((port) => !Number.isInteger(port)) ? [] : [{ path, kind, ports: numbers }];
  });
}

/** The rule narrowed to a TCP port that it lists by itself; undefined where it does not. */
function atPort(policy: Policy, direction: Direction, rule: Rule, port: number): PortRule | undefined {
  const { protocol, destination } = rule.match;
  const isListed = destination.ports?.some(({ first, last }) => first === port && last === port);
  if (protocol !== TCP || isListed !== true) return undefined;
  const { namedPorts: _, ...side } = destination;
  const match = { ...rule.match, destination: { ...side, ports: [{ first: port, last: port }] } };
  return { policy, rule, placed: { subjects: policy.selector, direction, rule: { match } } };
}

/** Rules of all policies that let a port's packets through and ask no more. */
function plainAt(port: number, direction: Direction, { world }: Subject): PortRule[] {
  return world.resolved.policies
    .filter(({ staged, tier }) => !staged && tier !== CILIUM_DENY_TIER)
    .flatMap((policy) =>
      policy.rules[direction].flatMap((rule) =>
        rule.action === 'allow' && rule.beyond === undefined
          ? (atPort(policy, direction, rule, port) ?? [])
          : [],
      ),
    );
}

function* inRule(written: WrittenRule, subject: Subject): Generator<Finding> {
  const { policy, direction, rules } = written;
  const object = subject.sources.objectAt(policy.at);
  if (object === undefined) return;
  for (const { path, kind, ports } of askedPorts(object, rulePath(written, object))) {
    const covering = ports.map((port) => {
      const plain = plainAt(port, direction, subject);
      const own = rules.flatMap((rule) => atPort(policy, direction, rule, port) ?? []);
      const covers = plain.map(({ placed }) => placed);
      const isOpen = own.length > 0 && own.every(({ placed }) => isAlwaysCovered(placed, covers));
      const taking = plain.filter(({ placed }) => own.some((one) => isAlwaysCovered(one.placed, [placed])));
      return { isOpen, by: taking[0] ?? plain[0] };
    });
    const [first] = covering;
    if (first?.by === undefined || covering.some(({ isOpen }) => !isOpen)) continue;
    const { at, span } = object.spotAt([...path, 'rules'], 'key');
    const name = `${direction} rule ${first.by.rule.index} of ${policyName(first.by.policy)}`;
    yield {
      at,
      span,
      message: `these ${kind} rules refuse no request: ${name} lets the same peers send any to tcp ${ports.join(', ')}`,
      related: [{ at: first.by.rule.at, message: `${name} asks for no requests` }],
      suggestion: 'give that rule the same rules, or take the port out of it',
    };
  }
}

export const REQUESTS_NOT_REFUSED: Check = {
  code: 'lint/requests-not-refused',
  severity: 'warning',
  title: 'rules about requests refuse none, since another rule lets all of them through',
  *find(subject) {
    for (const policy of subject.world.resolved.policies)
      for (const written of writtenRules(policy))
        if (written.rules.some(({ beyond }) => beyond !== undefined)) yield* inRule(written, subject);
  },
};
