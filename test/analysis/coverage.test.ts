/**
 * What packets exercise of policies of every kind, against manifests in which a rule has one of its peers or ports alone: a part is
 * exercised by the packets that still match the rule then, and would match it with all of its parts. `SEED=` repeats a run.
 */
import { describe, expect, test } from 'vitest';
import type { CoverageDocument } from '../../src/analysis/coverage/coverage-document.ts';
import { CoverageSums } from '../../src/analysis/coverage/coverage-sums.ts';
import { creditAnswer, walkCredit } from '../../src/analysis/coverage/coverage-walk.ts';
import { parseFlow } from '../../src/flow/notation.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { type RulePlace, rulePlaces } from '../../src/manifest/rule-places.ts';
import { parseAddress } from '../../src/net/address.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import type { Decision, FirstPacket } from '../../src/policy/decision.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { judgeFlow } from '../../src/policy/judge/judge-flow.ts';
import type { Rule } from '../../src/policy/policy.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { directionOf } from '../../src/tables/verdict.ts';
import { drawn } from '../random/depth.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';

type Json = Record<string, unknown>;

const PODS = ['red/a', 'red/b', 'red/c', 'green/a', 'green/b', 'green/d'];
const ADDRESSES = [
  ...PODS.map((_, index) => `10.0.0.${index + 1}`),
  '203.0.113.7',
  '203.0.113.200',
  '192.0.2.1',
  '172.16.0.1',
];

const CLUSTER: readonly Json[] = [
  ...['red', 'green'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name, team: name } },
  })),
  {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1' },
    status: { addresses: [{ type: 'InternalIP', address: '172.16.0.1' }] },
  },
  ...PODS.map((pod, index) => {
    const [namespace, name] = pod.split('/');
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels: { app: name, side: index % 2 === 0 ? 'even' : 'odd' } },
      spec: {
        nodeName: 'n1',
        containers: [{ name: 'c', image: 'i', ports: [{ name: 'http', containerPort: 80 + (index % 2) }] }],
      },
      status: { phase: 'Running', podIP: `10.0.0.${index + 1}`, podIPs: [{ ip: `10.0.0.${index + 1}` }] },
    };
  }),
];

const app = (name: string): Json => ({ podSelector: { matchLabels: { app: name } } });
const namespaces = (name: string): Json => ({ namespaceSelector: { matchLabels: { team: name } } });

const NETWORK_POLICY: Json = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'p', namespace: 'red' },
  spec: {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      {
        from: [
          app('a'),
          namespaces('green'),
          { ...namespaces('green'), ...app('b') },
          { ipBlock: { cidr: '203.0.113.0/24', except: ['203.0.113.128/25'] } },
        ],
        ports: [
          { port: 80 },
          { port: 'http' },
          { protocol: 'UDP' },
          { port: 80, endPort: 90 },
          { port: 443 },
        ],
      },
      { from: [{ namespaceSelector: {} }] },
    ],
    egress: [{ ports: [{ port: 81 }, { protocol: 'UDP', port: 53 }] }, { to: [app('b'), app('c')] }],
  },
};

const ADMIN: Json = {
  apiVersion: 'policy.networking.k8s.io/v1alpha1',
  kind: 'AdminNetworkPolicy',
  metadata: { name: 'wide' },
  spec: {
    priority: 5,
    subject: { namespaces: {} },
    ingress: [
      {
        action: 'Pass',
        from: [
          { namespaces: { matchLabels: { team: 'red' } } },
          { pods: { namespaceSelector: {}, ...app('a') } },
        ],
        ports: [
          { portNumber: { protocol: 'TCP', port: 80 } },
          { portRange: { protocol: 'TCP', start: 80, end: 443 } },
        ],
      },
      { action: 'Deny', from: [{ namespaces: {} }], ports: [{ portNumber: { protocol: 'UDP', port: 53 } }] },
    ],
    egress: [
      {
        action: 'Allow',
        to: [{ networks: ['203.0.113.0/25'] }, { networks: ['203.0.113.0/24', '192.0.2.0/24'] }],
      },
    ],
  },
};

const CALICO: Json = {
  apiVersion: 'projectcalico.org/v3',
  kind: 'GlobalNetworkPolicy',
  metadata: { name: 'g' },
  spec: {
    order: 10,
    selector: "side == 'even'",
    types: ['Ingress', 'Egress'],
    ingress: [
      {
        action: 'Log',
        protocol: 'TCP',
        source: { selector: "app == 'a'" },
        destination: { ports: [80, '80:90', 'http'] },
      },
      {
        action: 'Allow',
        protocol: 'TCP',
        source: { nets: ['10.0.0.0/30', '203.0.113.0/24', '10.0.0.2/32'], ports: [1000, '1000:1001'] },
      },
      { action: 'Pass', source: { notNets: ['10.0.0.0/29'] } },
    ],
    egress: [
      {
        action: 'Deny',
        protocol: 'UDP',
        destination: { nets: ['192.0.2.0/24', '10.0.0.0/8'], ports: [53, 80] },
      },
      { action: 'Allow' },
    ],
  },
};

const CILIUM: Json = {
  apiVersion: 'cilium.io/v2',
  kind: 'CiliumNetworkPolicy',
  metadata: { name: 'c', namespace: 'red' },
  specs: [
    {
      endpointSelector: {},
      ingressDeny: [
        {
          fromEndpoints: [{ matchLabels: { app: 'c' } }],
          toPorts: [{ ports: [{ port: '53', protocol: 'UDP' }] }],
        },
      ],
      ingress: [
        {
          fromEndpoints: [{ matchLabels: { app: 'a' } }, {}],
          toPorts: [
            { ports: [{ port: '80', protocol: 'TCP' }, { port: '80' }] },
            {
              ports: [
                { port: '53', protocol: 'UDP' },
                { port: '81', protocol: 'TCP' },
              ],
            },
          ],
        },
        { fromEntities: ['world', 'host', 'all'] },
      ],
    },
    {
      endpointSelector: { matchLabels: { side: 'even' } },
      egress: [
        { toCIDR: ['203.0.113.0/24', '0.0.0.0/0'] },
        { icmps: [{ fields: [{ type: 8 }, { type: 3 }] }] },
        {
          toEndpoints: [{}],
          toPorts: [
            {
              ports: [
                { port: '8', protocol: 'ICMP' },
                { port: '80', protocol: 'TCP' },
              ],
            },
          ],
        },
      ],
    },
  ],
};

function worldOf(objects: readonly Json[], cni: string): World {
  const { value, diagnostics } = loadCluster(['-'], {
    stdin: objects.map((one) => JSON.stringify(one)).join('\n'),
  });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return createWorld(value, cniProfile(cni)!);
}

function drawPacket(draw: Random): FirstPacket {
  const protocol = draw.pick([6, 6, 17, 132, 1]);
  const source = parseAddress(draw.pick(ADDRESSES))!;
  const destination = parseAddress(draw.pick(ADDRESSES))!;
  if (protocol === 1)
    return { source, destination, protocol, icmp: { type: draw.pick([8, 3, 11]), code: 0 } };
  return {
    source,
    destination,
    protocol,
    sourcePort: draw.pick([1000, 1001, 4000]),
    destinationPort: draw.pick([53, 80, 81, 85, 443, 8080]),
  };
}

/** How often the manifest's rule matched, once a hook; of Cilium the rules of a spec are known by where they stand. */
function timesMet(decision: Decision, isOne: (rule: Rule, list: string) => boolean): number {
  return decision.hooks.filter(({ hook, tiers }) =>
    tiers.some(({ policies }) =>
      policies.some(({ policy, rules }) =>
        rules.some(({ rule, matched }) => {
          const isDeny = policy.kind.startsWith('Cilium') && rule.action === 'deny';
          return matched === 'yes' && isOne(rule, `${directionOf(hook)}${isDeny ? 'Deny' : ''}`);
        }),
      ),
    ),
  ).length;
}

/** The policy with the list around a path's item cut down to that item: `spec.ingress[0].from[1]`. */
function narrowed(policy: Json, path: string): Json {
  const steps = path.split(/[.[\]]+/).filter(Boolean);
  const copy = structuredClone(policy);
  const items = (until: number): unknown[] =>
    steps.slice(0, until).reduce<unknown>((value, step) => (value as Json)[step], copy) as unknown[];
  const cut = (until: number): void => {
    const list = items(until);
    list.splice(0, list.length, list[Number(steps[until])]);
  };
  // The inner list first: `toPorts[1].ports[0]` is of a list of lists.
  cut(steps.length - 1);
  const outer = steps.length - 3;
  if (/^(toPorts|icmps)$/.test(steps[outer - 1] ?? '')) cut(outer);
  return copy;
}

/** Coverage of a policy by packets, asked for directly, and by each of its parts alone. */
function examine(policy: Json, cni: string, seed: number): { found: unknown; expected: unknown } {
  const draw = random(seed);
  const world = worldOf([...CLUSTER, policy], cni);
  const packets = Array.from({ length: drawn(400, 3000) }, () => drawPacket(draw));
  const sums = new CoverageSums();
  const credit = walkCredit(world, sums);
  const decisions = packets.map((packet) => judge(packet, world));
  for (const [index, decision] of decisions.entries())
    creditAnswer(
      {
        verdict: decision.verdict,
        reason: decision.reason,
        examples: [],
        parts: [{ packet: packets[index]!, source: '', destination: '', decision }],
      },
      credit,
      world,
    );
  const [only] = sums.document('suites').policies;
  const places = rulePlaces(world.resolved.policies[0]!)!;
  const timesIn = (one: World, { list, index, spec }: RulePlace): number[] => {
    const own = rulePlaces(one.resolved.policies[0]!)!.filter(
      (place) => place.spec === spec && place.list === list && place.index === index,
    )[0]!;
    const isOwn = ({ at }: Rule): boolean =>
      (at.line > own.at.line || (at.line === own.at.line && at.column >= own.at.column)) &&
      (at.line < own.end.line || (at.line === own.end.line && at.column < own.end.column));
    return packets.map((packet) =>
      timesMet(judge(packet, one), (rule, where) => where === list && rule.index === index && isOwn(rule)),
    );
  };
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  return {
    found: only!.rules.map(({ list, rule, hits, peers, ports }) => [
      list,
      rule,
      hits,
      peers.map((one) => one.hits),
      ports.map((one) => one.hits),
    ]),
    expected: places.map((place) => {
      const whole = timesIn(world, place);
      const alone = ({ path }: { readonly path: string }): number => {
        if (!path.endsWith(']')) return sum(whole);
        const own = timesIn(worldOf([...CLUSTER, narrowed(policy, path)], cni), place);
        return sum(own.map((times, index) => Math.min(times, whole[index]!)));
      };
      return [place.list, place.index, sum(whole), place.peers.map(alone), place.ports.map(alone)];
    }),
  };
}

const seed = chosenSeed();

describe(`parts that packets exercise (SEED=${seed})`, () => {
  test.each([
    ['a NetworkPolicy', NETWORK_POLICY, 'calico'],
    ['a NetworkPolicy under Cilium', NETWORK_POLICY, 'cilium'],
    ['an AdminNetworkPolicy under the API', ADMIN, 'kubernetes'],
    ["Calico's policy", CALICO, 'calico'],
    ["Cilium's policy", CILIUM, 'cilium'],
  ])('are those of %s that match when they stand alone', (_, policy, cni) => {
    const { found, expected } = examine(policy, cni, seed);
    expect(found).toEqual(expected);
    // Some parts must have been met for this to say anything.
    expect(JSON.stringify(found)).toMatch(/\[[1-9]\d*,[1-9]/);
  });
});

/** Coverage by flows of the notation, of one policy. */
function byFlows(policy: Json, flows: readonly string[], cni = 'calico'): CoverageDocument {
  const world = worldOf([...CLUSTER, policy], cni);
  const sums = new CoverageSums();
  const credit = walkCredit(world, sums);
  for (const text of flows) {
    const parsed = parseFlow(text);
    if ('problem' in parsed) throw new Error(parsed.problem);
    creditAnswer(judgeFlow(parsed.flow, world).value!, credit, world);
  }
  return sums.document('suites');
}

test('a flow to all ports exercises every port that a rule names, neighbours too', () => {
  const policy = {
    ...NETWORK_POLICY,
    spec: {
      podSelector: {},
      ingress: [{ ports: [{ port: 442 }, { port: 443 }, { port: 'http' }, { protocol: 'UDP' }] }],
    },
  };
  const { policies } = byFlows(policy, ['tcp green/a to red/a:*']);
  expect(policies[0]!.rules[0]!.ports.map(({ hits }) => hits > 0)).toEqual([true, true, true, false]);
});

test('where a rule takes everything no denial is looked for', () => {
  const directions = (spec: object): string[] =>
    byFlows({ ...NETWORK_POLICY, spec: { podSelector: {}, ...spec } }, []).policies.flatMap(({ denials }) =>
      denials.map(({ direction }) => direction),
    );
  const both = { policyTypes: ['Ingress', 'Egress'] };
  expect(directions({ ...both, ingress: [{ ports: [{ port: 80 }] }], egress: [{}] })).toEqual(['ingress']);
  expect(directions({ ...both, ingress: [{ ports: [{ port: 80 }] }, {}], egress: [] })).toEqual(['egress']);
  expect(directions({ ...both, ingress: [{ from: [{ podSelector: {} }] }] })).toEqual(['ingress', 'egress']);
});

test('a denial is covered when the end of the tier refuses; without packets a policy is never met', () => {
  const covered = byFlows(NETWORK_POLICY, ['sctp red/a to red/b:9', 'udp green/a to 192.0.2.1:9']);
  expect(covered.policies[0]).toMatchObject({
    asked: 2,
    denials: [
      { direction: 'ingress', hits: 0 },
      { direction: 'egress', hits: 0 },
    ],
  });
  const denied = byFlows(NETWORK_POLICY, ['sctp red/a to 192.0.2.1:9']);
  expect(denied.policies[0]!.denials).toEqual([
    { direction: 'ingress', hits: 0 },
    { direction: 'egress', hits: 1 },
  ]);
  expect(byFlows(NETWORK_POLICY, ['tcp green/a to green/b:80'])).toMatchObject({
    never_asked: 1,
    policies: [{ asked: 0 }],
  });
});
