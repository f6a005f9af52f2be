/** What the rules of a policy say about ports, rule by rule as written, and the pods whose ports are meant. */
import type { PortRange } from '../net/port.ts';
import { CILIUM_LISTS } from '../policy/api/cilium.ts';
import type { ContainerPort } from '../policy/cluster.ts';
import type { Endpoint } from '../policy/endpoints.ts';
import { DIRECTIONS, type Direction, type Policy, type Rule } from '../policy/policy.ts';
import { conjunction } from '../policy/translate/label-selector.ts';
import type { Subject } from './check.ts';
import type { Path, SourceObject, Spot } from './source-places.ts';

/** A rule as written, with all rules of the model that it became. */
export interface WrittenRule {
  readonly policy: Policy;
  readonly direction: Direction;
  readonly index: number;
  /** Never empty. */
  readonly rules: readonly Rule[];
}

/** The rules of a policy, those of one place in the manifest together. */
export function writtenRules(policy: Policy): WrittenRule[] {
  return DIRECTIONS.flatMap((direction) => {
    const byIndex = new Map<number, Rule[]>();
    for (const rule of policy.rules[direction])
      byIndex.set(rule.index, [...(byIndex.get(rule.index) ?? []), rule]);
    return [...byIndex].map(([index, rules]) => ({ policy, direction, index, rules }));
  });
}

/** The endpoints whose ports a rule names: the policy's own on ingress, its peers on egress. Undefined: any address. */
export function targetsOf(
  { policy, direction }: Pick<WrittenRule, 'policy' | 'direction'>,
  { match: { destination } }: Rule,
  { inventory }: Subject,
): Endpoint[] | undefined {
  const { selector } = destination;
  if (direction === 'ingress')
    return inventory.endpointsOf(
      selector === undefined ? policy.selector : conjunction([policy.selector, selector]),
    );
  return selector === undefined ? undefined : inventory.endpointsOf(selector);
}

/** All ports that an endpoint says it has, with or without a name. */
export function declaredPorts({ pod, namedPorts }: Endpoint): readonly ContainerPort[] {
  return pod?.ports ?? namedPorts;
}

export function isWithin({ first, last }: PortRange, port: number): boolean {
  return port >= first && port <= last;
}

function pathToValue(value: unknown, wanted: number | string): Path | undefined {
  if (value === wanted) return [];
  if (typeof value !== 'object' || value === null) return undefined;
  const steps = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  for (const [step, below] of steps) {
    const found = pathToValue(below, wanted);
    if (found !== undefined) return [step, ...found];
  }
  return undefined;
}

const LISTS: readonly unknown[] = [...DIRECTIONS, ...CILIUM_LISTS];

/** The way to a rule in its manifest: through its list, whichever that is. */
export function rulePath(
  { direction, index, rules }: Pick<WrittenRule, 'direction' | 'index' | 'rules'>,
  object: SourceObject | undefined,
): Path {
  const [first] = rules;
  const place = object?.pathTo(first!.at) ?? [];
  const depth = place.findIndex((step) => LISTS.includes(step));
  return depth < 0 ? ['spec', first!.listedAs ?? direction, index] : place.slice(0, depth + 2);
}

/** Where a port stands in the rule that names it. */
export function portSpot(written: WrittenRule, port: number | string, { sources }: Subject): Spot {
  const object = sources.objectAt(written.policy.at);
  const [first] = written.rules;
  const path = rulePath(written, object);
  const below = object === undefined ? undefined : pathToValue(object.valueAt(path), port);
  if (object === undefined || below === undefined) return { at: first!.at, span: 1 };
  return object.spotAt([...path, ...below]);
}
