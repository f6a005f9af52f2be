/** What the worked example does not show: ranges, blocks with exceptions, names of ports, two families, limits. */
import { describe, expect, test } from 'vitest';
import { withoutBlocks } from '../../../src/analysis/cost/antrea.ts';
import { chainLines } from '../../../src/analysis/cost/calico-lines.ts';
import type { EngineCost, Figure } from '../../../src/analysis/cost/cost.ts';
import { describeCost } from '../../../src/analysis/cost/cost-summary.ts';
import { engineCost } from '../../../src/analysis/cost/engines.ts';
import { maskedPorts } from '../../../src/analysis/cost/port-masks.ts';
import { PrefixRanges, unionSize } from '../../../src/analysis/cost/prefix-ranges.ts';
import { loadCluster } from '../../../src/manifest/load.ts';
import { type Cidr, cidrContains, cidrOf, cidrWithin, formatCidr, parseCidr } from '../../../src/net/cidr.ts';
import { BUILT_IN_PROFILES, cniProfile } from '../../../src/policy/cni/profiles.ts';
import type { Rule, RuleMatch } from '../../../src/policy/policy.ts';
import { createWorld, type World } from '../../../src/policy/world.ts';
import { chosenSeed, random } from '../../random/mulberry.ts';
import { workedExample } from './worked-example.ts';

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.cidr;
};

const ports = (count: number): { first: number; last: number }[] =>
  Array.from({ length: count }, (_, index) => ({ first: 1000 + 2 * index, last: 1000 + 2 * index }));

function rule(match: Partial<RuleMatch>, action: Rule['action'] = 'allow'): Rule {
  const at = { file: '', line: 1, column: 1 };
  return { action, match: { source: {}, destination: {}, ...match }, index: 0, calicoIndex: 0, at };
}

describe('lines of a Calico chain', () => {
  const lines = (match: Partial<RuleMatch>, action?: Rule['action']): number =>
    chainLines([rule(match, action), rule({}, 'deny')], 4) - 2;

  test('a rule is two lines, and the last return of a chain is left out', () => {
    expect(chainLines([rule({})], 4)).toBe(1);
    expect(chainLines([rule({}), rule({})], 4)).toBe(3);
    expect(chainLines([rule({}, 'deny')], 4)).toBe(2);
    expect(chainLines([rule({}, 'log')], 4)).toBe(1);
    expect(chainLines([], 4)).toBe(0);
  });

  test.each([
    [15, 2],
    [16, 1 + 2 + 2],
    [31, 1 + 3 + 2],
  ])('%i ports: %i lines', (count, expected) => {
    expect(lines({ protocol: 6, destination: { ports: ports(count) } })).toBe(expected);
  });

  test('a range takes two places of fifteen', () => {
    const ranges = ports(8).map(({ first }) => ({ first, last: first + 1 }));
    expect(lines({ protocol: 6, destination: { ports: ranges } })).toBe(1 + 2 + 2);
  });

  test('names of ports beside numbers, and blocks that must match as well', () => {
    expect(lines({ protocol: 6, destination: { ports: ports(1), namedPorts: ['http'] } })).toBe(1 + 2 + 2);
    const nets = [cidr('10.0.0.0/8'), cidr('192.168.0.0/16')];
    expect(lines({ source: { nets } })).toBe(1 + 2 + 2);
    // Two blocks of lines: they are joined by one more.
    expect(lines({ protocol: 6, source: { nets }, destination: { ports: ports(16) } })).toBe(
      1 + 2 + 2 + 1 + 2,
    );
  });

  test('an exception stands before the rule where the block takes its place', () => {
    const notNets = [cidr('10.1.0.0/16')];
    expect(lines({ source: { notNets } })).toBe(2);
    expect(lines({ source: { nets: [cidr('10.0.0.0/8')], notNets } })).toBe(1 + 1 + 2);
    const all = [cidr('0.0.0.0/0')];
    expect(lines({ source: { nets: [cidr('10.0.0.0/8')], notNets: all } })).toBe(0);
  });

  test('a rule for blocks of IPv6 is not there in IPv4', () => {
    expect(lines({ source: { nets: [cidr('fd00::/8')] } })).toBe(0);
    expect(lines({ family: 6 })).toBe(0);
  });
});

test('ports with masks: 1 for a port, 30 at most', () => {
  expect(maskedPorts({ first: 80, last: 80 })).toHaveLength(1);
  expect(maskedPorts({ first: 0, last: 65_535 })).toHaveLength(1);
  expect(maskedPorts({ first: 1, last: 65_534 })).toHaveLength(30);
  expect(maskedPorts({ first: 8080, last: 8090 }).map(({ first, size }) => [first, size])).toEqual([
    [8080, 8],
    [8088, 2],
    [8090, 1],
  ]);
});

function drawCidrs(seed: number, count: number): Cidr[] {
  const draw = random(seed);
  return Array.from({ length: count }, () =>
    cidrOf(
      { family: 4, words: [(0x0a00_0000 | (draw.below(16) << 20) | draw.below(256)) >>> 0, 0, 0, 0] },
      8 + draw.below(25),
    ),
  );
}

test('blocks inside of blocks, as a look at each of them tells', () => {
  const seed = chosenSeed();
  for (let index = 0; index < 50; index++) {
    const cidrs = drawCidrs(seed + index, 40);
    const distinct = [...new Map(cidrs.map((one) => [formatCidr(one), one])).values()];
    const ranges = new PrefixRanges(cidrs);
    const [block, other, ...except] = drawCidrs(seed + index + 1000, 4);
    const isIn = (one: Cidr, of: Cidr): boolean =>
      cidrWithin(one, of) && !except.some((each) => cidrWithin(one, each));
    expect(unionSize(ranges.inside(block!, except)), `SEED=${seed}`).toBe(
      distinct.filter((one) => isIn(one, block!)).length,
    );
    expect(
      unionSize([...ranges.inside(block!, except), ...ranges.inside(other!, except)]),
      `SEED=${seed}`,
    ).toBe(distinct.filter((one) => isIn(one, block!) || isIn(one, other!)).length);
  }
});

test('a block without its exceptions is the fewest blocks that are left', () => {
  expect(withoutBlocks(cidr('10.0.0.0/8'), [cidr('10.0.0.0/9')]).map(formatCidr)).toEqual(['10.128.0.0/9']);
  expect(withoutBlocks(cidr('0.0.0.0/0'), [cidr('10.0.0.0/8')])).toHaveLength(8);
  expect(withoutBlocks(cidr('10.0.0.0/8'), [cidr('10.0.0.0/8')])).toEqual([]);
  expect(withoutBlocks(cidr('10.0.0.0/8'), [cidr('0.0.0.0/0')])).toEqual([]);
  expect(withoutBlocks(cidr('fd00::/8'), [cidr('fd00:1::/32')])).toHaveLength(24);
  const left = withoutBlocks(cidr('10.0.0.0/24'), [cidr('10.0.0.7/32'), cidr('10.0.0.64/26')]);
  for (let last = 0; last < 256; last++) {
    const address = { family: 4, words: [0x0a00_0000 + last, 0, 0, 0] } as const;
    const expected = last === 7 || (last >= 64 && last < 128) ? 0 : 1;
    expect(left.filter((one) => cidrContains(one, address)).length, `10.0.0.${last}`).toBe(expected);
  }
});

const LABELS = 'metadata: { namespace: shop, name: %, labels: { app: % } }';
const pod = (name: string, ips: readonly string[], port: number): string => `
apiVersion: v1
kind: Pod
${LABELS.replaceAll('%', name)}
spec:
  nodeName: one
  containers: [{ name: main, image: example.com/main, ports: [{ name: http, containerPort: ${port} }] }]
status: { podIP: ${ips[0]}, podIPs: [${ips.map((ip) => `{ ip: "${ip}" }`).join(', ')}] }
---`;

const MANIFESTS = `
${pod('web', ['10.0.0.1', 'fd00::1'], 8080)}
${pod('api', ['10.0.0.2', 'fd00::2'], 9090)}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { namespace: shop, name: named }
spec:
  podSelector: {}
  ingress:
    - from: [{ podSelector: {} }]
      ports: [{ port: http }, { port: 80 }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { namespace: shop, name: blocks }
spec:
  podSelector: { matchLabels: { app: web } }
  policyTypes: [Egress]
  egress:
    - to:
        - ipBlock: { cidr: 10.0.0.0/8, except: [10.1.0.0/16] }
        - ipBlock: { cidr: 0.0.0.0/0 }
        - ipBlock: { cidr: "fd00::/8" }
      ports: [{ port: 1, endPort: 6 }]
`;

function worldOn(cni: string, stdin = MANIFESTS): World {
  const { value, diagnostics } = loadCluster(['-'], { stdin });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return createWorld(value, cniProfile(cni)!);
}

function figureOf({ nodes }: EngineCost, figure: Figure, family?: 4 | 6): Record<string, number> {
  return Object.fromEntries(
    nodes[0]!.parts
      .filter((one) => one.figure === figure && one.family === family)
      .map(({ part, count }) => [part, count]),
  );
}

describe('names of ports, blocks and two families', () => {
  test('kube-router: a set for each number of a name, and one for all blocks of a rule', () => {
    const cost = engineCost(worldOn('kube-router'))!;
    // named: 80, 8080 and 9090 as matches of pods; blocks: one match.
    expect(figureOf(cost, 'lines', 4)).toMatchObject({ policies: 2 * (3 + 1), fixed: 20 });
    expect(figureOf(cost, 'lines', 6)).toMatchObject({ policies: 2 * (3 + 1), fixed: 23 });
    // Subjects of both, peers, two names; blocks: 10/8, its exception and two halves of everything.
    expect(figureOf(cost, 'sets', 4)).toEqual({ sets: 6 });
    expect(figureOf(cost, 'members', 4)).toEqual({ members: 2 + 1 + 2 + 1 + 1 + 4 });
    expect(figureOf(cost, 'members', 6)).toEqual({ members: 2 + 1 + 2 + 1 + 1 + 1 });
  });

  test('kube-router with nftables: exceptions stand in a set and a chain of their own', () => {
    const cost = engineCost(worldOn('kube-router-nft'))!;
    expect(figureOf(cost, 'sets', 4)).toEqual({ sets: 7 });
    expect(figureOf(cost, 'sets', 6)).toEqual({ sets: 6 });
    expect(figureOf(cost, 'members', 4)).toEqual({ members: 2 + 1 + 2 + 1 + 1 + 4 });
    expect(figureOf(cost, 'chains', 4).policies).toBe(3);
  });

  test('Calico: a set of a selector, one of a name; families apart', () => {
    const cost = engineCost(worldOn('calico'))!;
    // Peers, and everybody's port http: beside a number the sources are asked by selector all the same.
    expect(figureOf(cost, 'sets', 4)).toEqual({ 'IP sets': 2 });
    expect(figureOf(cost, 'members', 4)).toEqual({ members: 4 });
    // named: cleared marks, two ports, the rule and no return; blocks: three rules, the first with an exception, without the last return.
    expect(figureOf(cost, 'lines', 4)['policy chains']).toBe(1 + 2 + 1 + (1 + 1 + 2) + 2 - 1);
    expect(figureOf(cost, 'lines', 6)['policy chains']).toBe(1 + 2 + 1 + 2 - 1);
  });

  test('Cilium: masks of a range for each block that the rule means', () => {
    const cost = engineCost(worldOn('cilium'))!;
    // web: http and 80 from two identities; 1-6 is 1, 2-3, 4-5 and 6 towards 10/8, everything and fd00::/8, without the exception. api is open on egress.
    expect(figureOf(cost, 'entries')).toEqual({
      'own node': 2,
      'directions without policy': 1,
      'ingress rules': 2 * 4,
      'egress rules': 4 * 4,
    });
    expect(figureOf(cost, 'identities')).toEqual({
      'pods with different labels': 2,
      'blocks of addresses': 4,
    });
  });

  test('Antrea: a conjunction for each way to resolve a name, blocks without their exceptions', () => {
    const cost = engineCost(worldOn('antrea'))!;
    expect(figureOf(cost, 'flows')).toEqual({
      'ingress: pods with rules': 2,
      'ingress: drops of isolated pods': 2,
      'ingress: addresses and blocks of peers': 4,
      'ingress: ports': 3 * 2,
      'ingress: rules': 2 * 3 * 2,
      'egress: pods with rules': 1,
      'egress: drops of isolated pods': 1,
      'egress: addresses and blocks of peers': 8 + 1 + 1,
      'egress: ports': 4 * 2,
      'egress: rules': 3 * 2,
    });
  });

  test('Weave refuses the policy with a name, and stops at the block of IPv6', () => {
    const cost = engineCost(worldOn('weave'))!;
    expect(figureOf(cost, 'lines', 4).policies).toBe(2 * 2);
  });
});

const CILIUM_POLICY = `
${pod('web', ['10.0.0.1'], 8080)}
${pod('db', ['10.0.0.2'], 5432)}
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { namespace: shop, name: web }
spec:
  endpointSelector: { matchLabels: { app: web } }
  ingress:
    - fromEntities: [world, remote-node]
      toPorts: [{ ports: [{ port: "80", protocol: TCP }] }]
    - fromEndpoints: [{ matchLabels: { app: db } }]
  ingressDeny:
    - fromCIDRSet: [{ cidr: 10.0.0.0/8, except: [10.1.0.0/16] }]
  egress:
    - toFQDNs: [{ matchName: example.com }]
    - toEntities: [all]
      toPorts: [{ ports: [{ port: "53", protocol: ANY }] }]
`;

test("Cilium's own policies: entities, what is denied, names that come to nothing known", () => {
  const cost = engineCost(worldOn('cilium', CILIUM_POLICY))!;
  // Port 80: the world, its two blocks and other nodes; db; the denied block. Port 53 of TCP and UDP: everybody.
  expect(figureOf(cost, 'entries')).toEqual({
    'own node': 2,
    'directions without policy': 2,
    'ingress rules': 4 + 1 + 1,
    'egress rules': 2,
  });
});

describe('documents', () => {
  test.each(BUILT_IN_PROFILES)('of $name: parts sum up, the first limit is the most used', ({ name }) => {
    const found = describeCost(createWorld(workedExample(), cniProfile(name)!));
    for (const { figure, largest, total, median, families, parts } of found?.figures ?? []) {
      const sum = (values: readonly (number | null)[]): number =>
        values.reduce<number>((all, value) => all + (value ?? 0), 0);
      expect(sum(parts.map((part) => part.largest)), figure).toBe(largest);
      if (total !== null) expect(sum(parts.map((part) => part.total)), figure).toBe(total);
      if (families.length === 1) expect(families[0]).toMatchObject({ largest, median, total });
      expect(median).toBeLessThanOrEqual(largest);
    }
    const shares = found?.limits.map(({ share }) => share) ?? [];
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
  });

  test('what does not fit says so: 1,025 namespaces in a list of Weave', () => {
    const namespaces = Array.from(
      { length: 1025 },
      (_, index) => `
---
apiVersion: v1
kind: Namespace
metadata: { name: n${index}, labels: { team: one } }
---
apiVersion: v1
kind: Pod
metadata: { namespace: n${index}, name: web, labels: { app: web } }
spec: { containers: [{ name: main, image: example.com/main }] }
status: { podIP: 10.0.${index >> 8}.${index & 255} }`,
    ).join('');
    const policy = `
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { namespace: n0, name: team }
spec:
  podSelector: {}
  ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: one } } }] }]`;
    const { limits } = describeCost(worldOn('weave', namespaces + policy))!;
    expect(limits[0]).toMatchObject({ limit: 'list of namespaces', used: 1025, most: 1024 });
    expect(limits[0]!.share).toBeGreaterThan(1);
  });
});
