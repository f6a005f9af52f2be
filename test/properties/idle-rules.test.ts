/**
 * Rules that do nothing, held against the judge and against the comparison of whole sets: no packet of random ones, nor of every pair of
 * classes, is credited to a dead rule; without a redundant unit, and without all that may go together, the sets are proved equivalent;
 * without any other rule they are not. `SEED=` repeats a run.
 */
import { expect, test } from 'vitest';
import { compareWorlds, compileSide } from '../../src/analysis/diff/diff-worlds.ts';
import { takesOnlyItself } from '../../src/analysis/rules/removal-effect.ts';
import { findIdleRules, type RuleFinding } from '../../src/analysis/rules/rule-findings.ts';
import { RulePackets } from '../../src/analysis/rules/rule-packets.ts';
import { rulePatterns } from '../../src/analysis/rules/rule-patterns.ts';
import { ruleReach } from '../../src/analysis/rules/rule-reach.ts';
import { withoutUnit } from '../../src/analysis/rules/rule-removal.ts';
import { type RuleUnit, RuleUnits } from '../../src/analysis/rules/rule-units.ts';
import type { Cluster } from '../../src/policy/cluster.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import type { Decision } from '../../src/policy/decision.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import type { Rule } from '../../src/policy/policy.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { verdictChanges } from '../analysis/diff-areas.ts';
import { fixtureWith } from '../examine.ts';
import { drawCalicoCluster } from '../random/calico-cluster.ts';
import { drawCiliumCluster } from '../random/cilium-policies.ts';
import { drawn } from '../random/depth.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';
import { drawNetworkPolicies } from '../random/network-policies.ts';
import { addressesOf, drawPacket } from '../random/packets.ts';
import { ANY_WORLD, API_WORLD, CALICO_WORLD, type DrawnWorld } from '../random/worlds.ts';

const seed = chosenSeed();
const CLUSTERS = Number(process.env.CLUSTERS ?? drawn(4, 40));
const PACKETS = 300;

const VARIANTS: readonly DrawnWorld[] = [
  CALICO_WORLD,
  {
    name: 'Calico with hosts',
    cluster: (draw) => drawCalicoCluster(draw, { admin: true, hosts: true }),
    cni: () => CALICO,
  },
  API_WORLD,
  {
    name: 'Cilium',
    cluster: (draw) =>
      drawCiliumCluster(draw, (namespaces) => drawNetworkPolicies(draw, namespaces).slice(0, draw.below(4))),
    cni: () => cniProfile('cilium')!,
  },
  ANY_WORLD,
];

/** The same cluster, its objects and their parts each at a place of its own. */
function placed<T>(value: T, next = { line: 1 }): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => placed(one, next)) as T;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) =>
      key === 'at' ? [key, { file: 'set.yaml', line: next.line++, column: 1 }] : [key, placed(one, next)],
    ),
  ) as T;
}

/** Every rule that a walk met. */
function* rulesMet({ hooks, backends }: Decision): Iterable<Rule> {
  for (const { decision } of backends ?? []) yield* rulesMet(decision);
  for (const { tiers } of hooks)
    for (const { policies } of tiers)
      for (const { rules } of policies)
        for (const { rule, matched } of rules) if (matched !== 'no') yield rule;
}

const textOf = ({ level, policy, list, index, port }: RuleUnit): string =>
  [`${level} of ${policy.kind} ${policy.namespace}/${policy.name}`, list, index, port]
    .filter((part) => part !== undefined)
    .join(' ');

/** The changes between two sets, in words. */
function differences(before: World, after: World): string[] {
  const { changes, numbers } = verdictChanges();
  compareWorlds(compileSide(before), compileSide(after), numbers);
  return [...changes];
}

function checkDead(draw: Random, world: World, findings: readonly RuleFinding[], where: string): void {
  const units = new RuleUnits(world);
  const pieces = new Map<Rule, RuleUnit>();
  for (const { kind, unit } of findings)
    if (kind === 'dead') {
      const alike = units.list[unit.number]!;
      expect(textOf(alike)).toBe(textOf(unit));
      for (const { rule } of alike.pieces) pieces.set(rule, unit);
    }
  if (pieces.size === 0) return;
  const addresses = { 4: addressesOf(world.cluster, 4), 6: addressesOf(world.cluster, 6) };
  for (let index = 0; index < PACKETS; index++) {
    const packet = drawPacket(draw, world.cluster, addresses);
    for (const rule of rulesMet(judge(packet, units.world)))
      if (pieces.has(rule))
        expect.fail(
          `${where}: a packet met the dead ${textOf(pieces.get(rule)!)}: ${JSON.stringify(packet)}`,
        );
  }
}

/** Holds what is said to last against other pods: those that there are with each other's labels, and without some of them. */
function checkLasting(draw: Random, world: World, findings: readonly RuleFinding[], where: string): number {
  const lasting = findings.filter(({ lasts }) => lasts);
  if (lasting.length === 0) return 0;
  const { cluster } = world;
  for (let round = 0; round < 3; round++) {
    const pods = cluster.pods
      .filter(() => draw.chance(0.9))
      .map((pod) => ({
        ...pod,
        labels: { ...draw.pick(cluster.pods).labels, ...draw.pick(cluster.pods).labels },
      }));
    const space = rulePatterns(createWorld({ ...cluster, pods }, world.profile));
    const reach = ruleReach(space);
    for (const { kind, unit } of lasting) {
      const found = space.units.list.find(
        (other) => textOf(other) === textOf(unit) && other.at.line === unit.at.line,
      );
      if (found === undefined) continue;
      const does = (kind === 'dead' ? reach.reached : reach.needed)[found.number];
      expect(does, `${where}: the ${kind} ${textOf(unit)} does something for other pods`).toBe(0);
    }
  }
  return lasting.length;
}

/** Takes out some of what is found to count, and says how many: the sets must differ then. */
function checkNeeded(
  draw: Random,
  world: World,
  without: (units: readonly RuleUnit[]) => Cluster,
  where: string,
): number {
  const space = rulePatterns(world);
  const reach = ruleReach(space);
  const rules = space.units.list.filter(({ level, policy, pieces }) => {
    const isPlain = pieces.every(
      ({ rule }) => rule.action !== 'log' && rule.beyond === undefined && rule.hasHttp !== true,
    );
    return (level === 'rule' || level === 'policy') && policy.kind !== 'Namespace' && isPlain;
  });
  const packets = new RulePackets(space);
  packets.overruled(new Set(rules.map(({ number }) => number)), reach);
  const counting = rules.filter((unit) => packets.surelyCounts(unit.number) && takesOnlyItself(world, unit));
  const some = counting.filter(() => draw.chance(0.3)).slice(0, 4);
  for (const unit of some) {
    const found = differences(world, createWorld(without([unit]), world.profile));
    expect(found, `${where}: without the ${textOf(unit)}`).not.toEqual([]);
  }
  return some.length;
}

test('nothing is said to hang on a rule whose other end leaves open what it does not refuse', () => {
  const cluster = fixtureWith(`
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: { name: all }
spec:
  tier: Admin
  priority: 1
  subject: { namespaces: {} }
  egress: [{ action: Accept, to: [{ namespaces: {} }] }]
${['x', 'y', 'z']
  .map(
    (namespace) => `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: closed, namespace: "${namespace}" }
spec: { podSelector: {}, policyTypes: [Ingress, Egress] }
`,
  )
  .join('')}`);
  const world = createWorld(cluster, cniProfile('kubernetes')!);
  const space = rulePatterns(world);
  const reach = ruleReach(space);
  const rule = space.units.list.find(({ level, policy }) => level === 'rule' && policy.name === 'all')!;
  expect(reach.needed[rule.number]).toBe(1);
  const packets = new RulePackets(space);
  expect(packets.overruled(new Set([rule.number]), reach)).toEqual([]);
  expect(packets.surelyCounts(rule.number)).toBe(false);
});

test('a denial that only a node of its own could override counts for no verdict of outside addresses', () => {
  const cluster = fixtureWith(`
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: { name: outside }
spec:
  tier: Admin
  priority: 1
  subject: { namespaces: { matchLabels: { kubernetes.io/metadata.name: x } } }
  egress: [{ action: Deny, to: [{ networks: [192.0.2.77/32] }], protocols: [{ tcp: { destinationPort: { number: 80 } } }] }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: closed, namespace: x }
spec: { podSelector: {}, policyTypes: [Egress] }
`);
  const space = rulePatterns(createWorld(cluster, cniProfile('kubernetes')!));
  const reach = ruleReach(space);
  const rule = space.units.list.find(({ level, policy }) => level === 'rule' && policy.name === 'outside')!;
  expect(reach.needed[rule.number]).toBe(1);
  const packets = new RulePackets(space);
  expect(packets.overruled(new Set([rule.number]), reach)).toEqual([]);
  expect(packets.surelyCounts(rule.number)).toBe(false);
});

const ofPriorityOne = (name: string, ...actions: readonly string[]): string => `
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: { name: ${name} }
spec:
  tier: Admin
  priority: 1
  subject: { namespaces: {} }
  ingress: [${actions.map((action) => `{ action: ${action}, from: [{ namespaces: {} }] }`).join()}]
`;

function idleUnderTheApi(...policies: readonly string[]): string[] {
  const cluster = placed(fixtureWith(policies.join('---')));
  const { findings } = findIdleRules(createWorld(cluster, cniProfile('kubernetes')!));
  return findings.map(({ kind, unit }) => `${kind} ${textOf(unit)}`);
}

test('a rule behind one that takes all is dead also where a policy of equal priority leaves the verdict open', () => {
  expect(idleUnderTheApi(ofPriorityOne('one', 'Deny', 'Deny'), ofPriorityOne('other', 'Accept'))).toEqual([
    'redundant rule of ClusterNetworkPolicy /one ingress 0',
    'dead rule of ClusterNetworkPolicy /one ingress 1',
  ]);
});

test('an allowing rule is needed where a policy of equal priority allows what the rest of its own policy denies', () => {
  expect(idleUnderTheApi(ofPriorityOne('one', 'Accept', 'Deny'), ofPriorityOne('other', 'Accept'))).toEqual([
    'redundant policy of ClusterNetworkPolicy /one',
    'dead rule of ClusterNetworkPolicy /one ingress 1',
    'redundant policy of ClusterNetworkPolicy /other',
  ]);
});

test('what may come behind a rule as well as before it does not take its packets', () => {
  const everybody = '{ namespaces: {} }';
  const twice = ofPriorityOne('two', 'Pass').replace(`[${everybody}]`, `[${everybody}, ${everybody}]`);
  const cluster = placed(fixtureWith([ofPriorityOne('one', 'Deny'), twice].join('---')));
  const { findings } = findIdleRules(createWorld(cluster, cniProfile('kubernetes')!));
  expect(
    findings.map(({ unit, by }) => [
      textOf(unit),
      ...by.map((taker) => (taker.kind === 'unit' ? textOf(taker.unit) : taker.kind)),
    ]),
  ).toEqual(
    Array(2).fill([
      'peer of ClusterNetworkPolicy /two ingress 0',
      'peer of ClusterNetworkPolicy /two ingress 0',
    ]),
  );
});

test('a rule may be needed for a backend alone that is seen at the address of its service', () => {
  const policy = (name: string, priority: number, rule: string): string => `
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: { name: ${name} }
spec: { tier: Admin, priority: ${priority}, subject: { namespaces: {} }, egress: [${rule}] }
`;
  const found = idleUnderTheApi(
    policy(
      'one',
      1,
      '{ action: Accept, to: [{ namespaces: { matchLabels: { kubernetes.io/metadata.name: "y" } } }] }',
    ),
    policy('two', 2, '{ action: Deny, to: [{ networks: [10.96.0.10/32] }] }'),
  );
  expect(found).toEqual([]);
});

test('of the rules that isolate the pods of a spec one may not go, whatever other specs have', () => {
  const cluster = fixtureWith(`
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: { name: two }
specs:
  - endpointSelector: { matchLabels: { app: web } }
    egress: [{ toEntities: [world] }]
  - endpointSelector: { matchLabels: { app: db } }
    egressDeny: [{ toEntities: [world] }, { toEntities: [host] }]
`);
  const { findings } = findIdleRules(createWorld(placed(cluster), cniProfile('cilium')!));
  expect(findings.map(({ unit, mayGo }) => `${textOf(unit)} ${mayGo}`)).toEqual([
    'rule of CiliumClusterwideNetworkPolicy /two egress 0 false',
    'rule of CiliumClusterwideNetworkPolicy /two egress 1 true',
  ]);
});

test.each([
  ['calico@3.31', 1],
  ['kubernetes', 0],
] as const)('%s: refusing who dials overrules %i rules of a backend', (cni, expected) => {
  const cluster = fixtureWith(`
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: { name: apart }
spec:
  priority: 1
  subject: { namespaces: { matchLabels: { kubernetes.io/metadata.name: x } } }
  egress: [{ action: Deny, to: [{ namespaces: { matchLabels: { kubernetes.io/metadata.name: "y" } } }] }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: open, namespace: "y" }
spec: { podSelector: { matchLabels: { app: web } }, ingress: [{ from: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: x } }, podSelector: {} }] }] }
`);
  const { findings } = findIdleRules(createWorld(cluster, cniProfile(cni)!));
  const overruled = findings.filter(({ kind, unit }) => kind === 'overruled' && unit.policy.name === 'open');
  expect(overruled).toHaveLength(expected);
});

test.each(VARIANTS)(
  'idle rules: $name',
  ({ name, cluster: drawOne, cni }) => {
    const counts = { dead: 0, redundant: 0, needed: 0, overruled: 0, lasting: 0 };
    for (let index = 0; index < CLUSTERS; index++) {
      const where = `SEED=${(seed + index) >>> 0}, ${name}`;
      const draw = random((seed + index) >>> 0);
      const cluster = placed(drawOne(draw));
      const world = createWorld(cluster, cni(draw));
      const { findings } = findIdleRules(world);
      const without = (units: readonly RuleUnit[]): Cluster =>
        units.reduce(
          (left, unit) => withoutUnit(left, unit) ?? expect.fail(`${where}: ${textOf(unit)}`),
          cluster,
        );
      checkDead(draw, world, findings, where);
      const dead = findings.filter(({ kind }) => kind === 'dead');
      const redundant = findings.filter(({ kind }) => kind === 'redundant');
      counts.dead += dead.length;
      counts.redundant += redundant.length;
      for (const { unit } of [...redundant, ...findings.filter(({ kind }) => kind === 'overruled')]) {
        const found = differences(world, createWorld(without([unit]), world.profile));
        expect(found, `${where}: without the ${textOf(unit)}`).toEqual([]);
      }
      counts.overruled += findings.filter(({ kind }) => kind === 'overruled').length;
      counts.lasting += checkLasting(draw, world, findings, where);
      counts.needed += checkNeeded(draw, world, without, where);
      // Positions of what stays must not move: the last first.
      const together = redundant
        .filter(({ mayGo }) => mayGo)
        .map(({ unit }) => unit)
        .sort((left, right) => right.number - left.number);
      if (together.length > 0) {
        const found = differences(world, createWorld(without(together), world.profile));
        expect(found, `${where}: without ${together.map(textOf).join(' and ')}`).toEqual([]);
      }
    }
    console.log(`idle rules: SEED=${seed}, ${name}: ${JSON.stringify(counts)}`);
  },
  120_000,
);
