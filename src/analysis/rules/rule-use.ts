/**
 * What each rule that allows would admit, and what of it the flows of a trace used. Admitted is what its conditions match, over all
 * classes of peers and ports, whatever other rules say; used is what it decided, as the judge walks the flows.
 */
import { type Address, addressKey } from '../../net/address.ts';
import type { Pod } from '../../policy/cluster.ts';
import type { Decision } from '../../policy/decision.ts';
import { judge } from '../../policy/judge/judge.ts';
import type { World } from '../../policy/world.ts';
import { readEntries } from '../../tables/program-reader.ts';
import { type Need, needOf } from '../recommend/needs.ts';
import type { TraceFlow } from '../recommend/trace-flows.ts';
import type { Pattern, RulePatterns } from './rule-patterns.ts';
import { LEVELS, type RuleUnit } from './rule-units.ts';

/** A flow that a rule admitted, as its hook saw it. */
export interface UsedBy {
  readonly need: Need;
  readonly flow: TraceFlow;
}

/** What a rule's conditions admit. */
export interface Admitted {
  /** By one of their addresses at least. */
  readonly pods: ReadonlySet<Pod>;
  /** Keys of the addresses of pods. */
  readonly addresses: ReadonlySet<string>;
  /** How many addresses that no pod has: Infinity where there are blocks of them. */
  readonly others: number;
  /** Pairs of protocol and port, messages of ICMP, and protocols beside. */
  readonly ports: number;
}

export interface RuleUse {
  readonly unit: RuleUnit;
  readonly admitted: Admitted;
  /** In the order of the flows. */
  readonly used: readonly UsedBy[];
}

const RULE = LEVELS.indexOf('rule');
const DIRECTIONS: readonly string[] = ['ingress', 'egress'];

/** Growing sets of what one rule admits: identities by family, and numbers of port sets. */
interface Growing {
  readonly identities: Readonly<Record<4 | 6, Set<number>>>;
  readonly sets: Set<number>;
}

/** Uses of all rules that allow and that some packet meets, in the order of the policies. */
export function ruleUses(space: RulePatterns, flows: readonly TraceFlow[]): RuleUse[] {
  const growing = new Map<number, Growing>();
  for (const pattern of space.patterns)
    if (DIRECTIONS.includes(pattern.hook)) collect(space, pattern, growing);
  const used = usesOf(space, flows);
  const admittedOf = reader(space);
  return [...growing]
    .sort(([left], [right]) => left - right)
    .map(([number, found]) => ({
      unit: space.units.list[number]!,
      admitted: admittedOf(found),
      used: used.get(number) ?? [],
    }));
}

function collect(space: RulePatterns, pattern: Pattern, growing: Map<number, Growing>): void {
  const { steps, unitsOf, programs, family } = pattern;
  const met = space.metOf(pattern);
  const parts = space.partsOf(pattern);
  const identities = new Map<number, Set<number>>();
  const sets = new Map<number, Set<number>>();
  for (const row of met.rows) {
    const here = new Set<number>();
    for (const { columns, set } of parts)
      for (const step of met.at(row, columns[0]!).steps) {
        const unit = unitsOf[step]![RULE];
        if (unit === undefined || steps[step]!.effect.action !== 'allow') continue;
        here.add(unit);
        const known = sets.get(unit) ?? new Set();
        sets.set(unit, known.add(set));
      }
    if (here.size === 0) continue;
    const list = met.identitiesOf(row);
    for (const unit of here) {
      const known = identities.get(unit) ?? new Set();
      identities.set(unit, known);
      for (const identity of list) known.add(identity);
    }
  }
  for (const { units } of programs)
    for (const [unit, list] of identities) {
      const number = units[unit]!;
      const whole = growing.get(number) ?? { identities: { 4: new Set(), 6: new Set() }, sets: new Set() };
      growing.set(number, whole);
      for (const identity of list) whole.identities[family].add(identity);
      for (const set of sets.get(unit)!) whole.sets.add(set);
    }
}

/** Reads what was collected: whose addresses these are, and how many ports. */
function reader({ compiled, points, sets }: RulePatterns): (found: Growing) => Admitted {
  const entries = readEntries(compiled.tables);
  const { endpoints } = compiled.legend;
  const byIdentity = { 4: new Map<number, number[]>(), 6: new Map<number, number[]>() };
  for (const family of [4, 6] as const)
    points[family].forEach(({ before }, point) => {
      const { identity } = entries[before]!;
      const list = byIdentity[family].get(identity);
      if (list === undefined) byIdentity[family].set(identity, [point]);
      else list.push(point);
    });
  const portsOf = (numbers: Iterable<number>): number => {
    const ranges = [...new Set(numbers)].flatMap((number) => sets.sets[number]!);
    const ends = new Map<number, [number, number][]>();
    for (const { group, first, last } of ranges) ends.set(group, [...(ends.get(group) ?? []), [first, last]]);
    let count = 0;
    for (const list of ends.values()) {
      let behind = -1;
      for (const [first, last] of list.sort((left, right) => left[0] - right[0])) {
        count += Math.max(0, last - Math.max(first, behind + 1) + 1);
        behind = Math.max(behind, last);
      }
    }
    return count;
  };
  return ({ identities, sets: numbers }) => {
    const pods = new Set<Pod>();
    const addresses = new Set<string>();
    let others = 0;
    for (const family of [4, 6] as const)
      for (const identity of identities[family])
        for (const point of byIdentity[family].get(identity) ?? []) {
          const { before, prefixes, addresses: own } = points[family][point]!;
          const { owner } = entries[before]!;
          const pod = owner === undefined ? undefined : endpoints[owner]?.pod;
          if (pod !== undefined) {
            pods.add(pod);
            addresses.add(addressKey(own[0]!));
          } else {
            const full = family === 4 ? 32 : 128;
            others += prefixes.every(({ bits }) => bits === full)
              ? prefixes.length
              : Number.POSITIVE_INFINITY;
          }
        }
    return { pods, addresses, others, ports: portsOf(numbers) };
  };
}

/** What the flows of a trace used, by rule: what decided at the hooks of pods on their way, behind a Service of each backend. */
function usesOf({ units }: RulePatterns, flows: readonly TraceFlow[]): Map<number, UsedBy[]> {
  const used = new Map<number, UsedBy[]>();
  for (const flow of flows)
    for (const packet of flow.firstPackets)
      for (const { hooks } of endsOf(judge(packet, units.world)))
        for (const walk of hooks) {
          const rule = walk.verdict === 'allow' ? walk.decider?.rule : undefined;
          const unit = rule === undefined ? undefined : units.of(rule)?.rule;
          if (unit === undefined || !DIRECTIONS.includes(walk.hook) || walk.endpoint.pod === undefined)
            continue;
          const need = needOf({ walk, pod: walk.endpoint.pod }, packet);
          const list = used.get(unit.number);
          if (list === undefined) used.set(unit.number, [{ need, flow }]);
          else list.push({ need, flow });
        }
  return used;
}

const endsOf = (decision: Decision): readonly Decision[] =>
  decision.backends?.map((one) => one.decision) ?? [decision];

/** What was used, in the same terms. */
export function usedOf({ used }: RuleUse, world: World): Admitted {
  const pods = new Set<Pod>();
  const addresses = new Set<string>();
  const others = new Set<string>();
  const ports = new Set<string>();
  for (const { need } of used) {
    const pod = ownerOf(need.peer, world);
    if (pod !== undefined && !need.isWorld) {
      pods.add(pod);
      addresses.add(addressKey(need.peer));
    } else others.add(addressKey(need.peer));
    ports.add(
      `${need.protocol} ${need.icmp === undefined ? (need.port ?? '') : `${need.icmp.type}.${need.icmp.code}`}`,
    );
  }
  return { pods, addresses, others: others.size, ports: ports.size };
}

const ownerOf = (address: Address, { book }: World): Pod | undefined =>
  book.facts.get(addressKey(address))?.owner?.pod;
