/** What rules take whatever pods come, by small written policies: a case for each thing that a rule may ask, and where no proof may be claimed. */
import { describe, expect, test } from 'vitest';
import {
  isAlwaysCovered,
  isAlwaysSelected,
  type PlacedRule,
} from '../../src/analysis/rules/lasting-cover.ts';
import { parseCidr } from '../../src/net/cidr.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import type { CniProfile } from '../../src/policy/cni/profile.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import type { Direction } from '../../src/policy/policy.ts';
import { createWorld } from '../../src/policy/world.ts';
import { parseSelector } from '../../src/selector/parse.ts';
import type { Selector } from '../../src/selector/selector.ts';
import { clusterFrom } from '../examine.ts';

const HEAD = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: x }\n';

/** All rules of policies in YAML, by the names of their policies. */
function rulesIn(text: string, profile: CniProfile = CALICO): ReadonlyMap<string, readonly PlacedRule[]> {
  const { resolved } = createWorld(clusterFrom(`${HEAD}---\n${text}`), profile);
  return new Map(
    resolved.policies.map(({ name, selector, rules }) => [
      name,
      (['ingress', 'egress'] as const).flatMap((direction) =>
        rules[direction].map((rule) => ({ subjects: selector, direction, rule })),
      ),
    ]),
  );
}

const policyOf = (name: string, rule: string, direction: Direction = 'ingress', selector = 'all()'): string =>
  `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: ${name} }
spec:
  selector: ${JSON.stringify(selector)}
  types: [${direction === 'ingress' ? 'Ingress' : 'Egress'}]
  ${direction}: [{ action: Allow${rule === '' ? '' : `, ${rule}`} }]
`;

/** Whether the first of Calico's ingress rules is taken by the others, whatever comes. */
function isCovered(rule: string, ...covers: readonly string[]): boolean {
  const rules = rulesIn([rule, ...covers].map((text, at) => policyOf(`p${at}`, text)).join('---\n'));
  const placed = [rule, ...covers].map((_, at) => rules.get(`p${at}`)!);
  return placed[0]!.every((one) => isAlwaysCovered(one, placed.slice(1).flat()));
}

const from = (selector: string): string => `source: { selector: ${JSON.stringify(selector)} }`;
const nets = (...cidrs: readonly string[]): string =>
  `source: { nets: [${cidrs.map((cidr) => `"${cidr}"`).join(', ')}] }`;
const tcp = (ports: string): string => `protocol: TCP, destination: { ports: [${ports}] }`;

type Row = readonly [rule: string, covers: readonly string[], expected: boolean];

describe('labels', () => {
  test.each<Row>([
    [from("a == 'x'"), [from('has(a)')], true],
    [from('has(a)'), [from("a == 'x'")], false],
    [from("a == 'x'"), [from("a in {'x', 'y'}")], true],
    [from("a in {'x', 'y'}"), [from("a == 'x'"), from("a == 'y'")], true],
    [from("a in {'x', 'y'}"), [from("a == 'x'")], false],
    [from('!has(a)'), [from("a != 'x'")], true],
    [from("a != 'x'"), [from('!has(a)')], false],
    [from("a != 'x'"), [from('!has(a)'), from("a not in {'x'}")], true],
    [from("a not in {'x', 'y'}"), [from("a != 'x'")], true],
    [from("a != 'x'"), [from("a not in {'x', 'y'}")], false],
    // A value that none of them names is one, too.
    [from('has(a)'), [from("a == 'x'"), from("a == 'y'")], false],
    [from('has(a)'), [from("a == 'x'"), from("has(a) && a != 'x'")], true],
    [from("a == 'x' && b == 'y'"), [from("a == 'x'")], true],
    [from("a == 'x'"), [from("a == 'x' && b == 'y'")], false],
    [from("a == 'x'"), [from("a == 'x' || b == 'y'")], true],
    [from("a == 'x' || b == 'y'"), [from("a == 'x'")], false],
    [from("!(a == 'x')"), [from("a != 'x'")], true],
    [from('all()'), [from('has(a)'), from('!has(a)')], true],
    // An address that nobody has is no pod with or without a label.
    ['', [from('has(a)'), from('!has(a)')], false],
    ['', [from('all()')], false],
    [from('has(a)'), [''], true],
  ])('%s by %j: %s', (rule, covers, expected) => {
    expect(isCovered(rule, ...covers)).toBe(expected);
  });

  test('what asks of parts of a value is a thing of its own', () => {
    for (const word of ['contains', 'starts with', 'ends with']) {
      expect(isCovered(from(`a ${word} 'xy' && has(b)`), from(`a ${word} 'xy'`)), word).toBe(true);
      expect(isCovered(from(`a ${word} 'xy'`), from(`a ${word} 'z'`)), word).toBe(false);
      expect(isCovered(from(`a ${word} 'xy'`), from(`b ${word} 'xy'`)), word).toBe(false);
      expect(isCovered(from(`a ${word} 'xy'`), from("a == 'xy'")), word).toBe(false);
      expect(isCovered('', from(`a ${word} 'xy'`), from(`!(a ${word} 'xy')`)), word).toBe(false);
      expect(isCovered(from('all()'), from(`a ${word} 'xy'`), from(`!(a ${word} 'xy')`)), word).toBe(true);
    }
    expect(isCovered(from("a contains 'x'"), from("a starts with 'x'"))).toBe(false);
  });

  test('more labels than can be looked at prove nothing', () => {
    const all = (count: number): string =>
      Array.from({ length: count }, (_, at) => `has(l${at})`).join(' && ');
    expect(isCovered(from(all(12)), from('has(l0)'))).toBe(true);
    expect(isCovered(from(all(13)), from('has(l0)'))).toBe(false);
  });

  test('a negative selector beside a positive one, and alone', () => {
    const both = (selector: string, not: string): string =>
      `source: { selector: ${selector}, notSelector: ${not} }`;
    const not = (selector: string): string => `source: { notSelector: ${selector} }`;
    expect(isCovered(both('has(a)', 'has(b)'), from('has(a)'))).toBe(true);
    expect(isCovered(from('has(a)'), both('has(a)', 'has(b)'))).toBe(false);
    expect(isCovered(from('has(a) && !has(b)'), both('has(a)', 'has(b)'))).toBe(true);
    expect(isCovered(from('has(a)'), both('has(a)', 'has(b)'), from('has(b)'))).toBe(true);
    expect(isCovered(not('has(a)'), not('has(a)'))).toBe(true);
    expect(isCovered(not('has(a)'), not('has(b)'))).toBe(false);
    expect(isCovered('', not('has(a)'))).toBe(false);
    expect(isCovered(not('has(a)'), '')).toBe(true);
  });
});

describe('addresses', () => {
  test.each<Row>([
    [nets('10.1.2.0/24'), [nets('10.1.0.0/16')], true],
    [nets('10.1.0.0/16'), [nets('10.1.2.0/24')], false],
    [nets('10.1.0.0/16'), [nets('10.1.0.0/17', '10.1.128.0/17')], true],
    [nets('10.1.0.0/16'), [nets('10.1.0.0/17'), nets('10.1.128.0/17')], true],
    [nets('10.1.0.0/16'), [nets('10.1.0.0/17'), nets('10.1.192.0/18')], false],
    [nets('10.1.0.0/16', '10.3.0.0/16'), [nets('10.1.0.0/16')], false],
    [nets('192.0.2.0/24'), [nets('192.0.0.0/16')], true],
    [nets('255.255.255.0/24'), [nets('255.0.0.0/8')], true],
    [nets('255.0.0.0/8'), [nets('255.255.255.0/24')], false],
    [nets('10.1.0.0/16'), ['source: { nets: [10.0.0.0/8], notNets: [10.2.0.0/16] }'], true],
    [nets('10.1.0.0/16'), ['source: { nets: [10.0.0.0/8], notNets: [10.1.255.0/24] }'], false],
    ['source: { nets: [10.0.0.0/8], notNets: [10.1.0.0/16] }', [nets('10.0.0.0/8')], true],
    [nets('10.0.0.0/8'), ['source: { notNets: [10.1.0.0/16] }', nets('10.1.0.0/16')], true],
    ['', [nets('0.0.0.0/0')], false],
    ['', [nets('0.0.0.0/0'), nets('::/0')], true],
    ['ipVersion: 4', [nets('0.0.0.0/0')], true],
    [nets('2001:db8:1::/48'), [nets('2001:db8::/32')], true],
    [nets('2001:db8::/32'), [nets('2001:db8:1::/48')], false],
    [nets('2001:db8::/32'), [nets('2001:db8::/33', '2001:db8:8000::/33')], true],
    [nets('ffff:ffff::/32'), [nets('ffff::/16')], true],
    [nets('2001:db8::/32'), [nets('0.0.0.0/0')], false],
    // Who has an address may have any labels, and none.
    [`source: { selector: has(a), nets: [10.1.0.0/16] }`, [nets('10.0.0.0/8')], true],
    [nets('10.1.0.0/16'), [`source: { selector: has(a), nets: [10.0.0.0/8] }`], false],
    [from('has(a)'), [nets('10.0.0.0/8')], false],
  ])('%s by %j: %s', (rule, covers, expected) => {
    expect(isCovered(rule, ...covers)).toBe(expected);
  });
});

describe('protocols and ports', () => {
  const others = ['TCP', 'UDP', 'SCTP'].map((name) => `protocol: ${name}`);

  test.each<Row>([
    ['protocol: TCP', [''], true],
    ['', ['protocol: TCP'], false],
    ['protocol: TCP', ['protocol: UDP'], false],
    ['', ['protocol: TCP', 'notProtocol: TCP'], true],
    ['', ['protocol: TCP', 'notProtocol: UDP'], false],
    ['notProtocol: TCP', ['notProtocol: TCP'], true],
    ['notProtocol: TCP', ['notProtocol: UDP'], false],
    // ICMP and all else are left, in either family.
    ['', others, false],
    ['ipVersion: 4', others, false],
    ['ipVersion: 6', others, false],
    ['ipVersion: 6', [...others, 'protocol: ICMPv6'], false],
    ['protocol: ICMPv6, ipVersion: 6', ['protocol: ICMPv6'], true],
    ['protocol: ICMP, ipVersion: 4', ['protocol: ICMP'], true],
    ['protocol: ICMP, ipVersion: 4', ['protocol: ICMPv6'], false],
    // ICMP is of IPv4 alone, and ICMPv6 of IPv6.
    ['ipVersion: 6', ['notProtocol: ICMP'], true],
    ['ipVersion: 6', ['notProtocol: ICMPv6'], false],
    ['ipVersion: 4', ['notProtocol: ICMPv6'], true],
    ['ipVersion: 4', ['notProtocol: ICMP'], false],
    ['ipVersion: 4', ['ipVersion: 6'], false],
    ['', ['ipVersion: 4'], false],
    ['', ['ipVersion: 4', 'ipVersion: 6'], true],
    ['protocol: ICMP, icmp: { type: 8, code: 0 }', ['protocol: ICMP, icmp: { type: 8 }'], true],
    ['protocol: ICMP, icmp: { type: 8 }', ['protocol: ICMP, icmp: { type: 8, code: 0 }'], false],
    ['protocol: ICMP, icmp: { type: 8 }', ['protocol: ICMP, icmp: { type: 0 }'], false],
    ['protocol: ICMP, icmp: { type: 8 }', ['protocol: ICMP, notICMP: { type: 0 }'], true],
    ['protocol: ICMP, icmp: { type: 8 }', ['protocol: ICMP, notICMP: { type: 8, code: 3 }'], false],
    ['protocol: ICMP', ['protocol: ICMP, icmp: { type: 8 }', 'protocol: ICMP, notICMP: { type: 8 }'], true],
    [tcp('80'), [tcp('1:100')], true],
    [tcp('1:100'), [tcp('80')], false],
    [tcp('1:100'), [tcp('1:79'), tcp('80'), tcp('81:100')], true],
    [tcp('1:100'), [tcp('1:79'), tcp('81:100')], false],
    [tcp('80'), ['protocol: UDP, destination: { ports: [80] }'], false],
    [tcp('80'), ['protocol: TCP'], true],
    // No packet has port 0.
    ['protocol: TCP', [tcp('1:65535')], true],
    ['protocol: TCP', [tcp('2:65535')], false],
    [tcp('80'), ['protocol: TCP, destination: { notPorts: [81] }'], true],
    [tcp('80'), ['protocol: TCP, destination: { notPorts: ["79:81"] }'], false],
    ['protocol: TCP, destination: { notPorts: [81] }', [tcp('80')], false],
    ['protocol: TCP', [tcp('81'), 'protocol: TCP, destination: { notPorts: [81] }'], true],
  ])('%s by %j: %s', (rule, covers, expected) => {
    expect(isCovered(rule, ...covers)).toBe(expected);
  });

  test('source ports are one thing', () => {
    const sport = (list: string): string => `protocol: TCP, source: { ${list} }`;
    expect(isCovered(sport('ports: [80]'), 'protocol: TCP')).toBe(true);
    expect(isCovered('protocol: TCP', sport('ports: [80]'))).toBe(false);
    for (const list of ['ports: [80]', 'notPorts: [80]', 'ports: [http]', 'notPorts: [http]']) {
      expect(isCovered(sport(list), sport(list)), list).toBe(true);
      expect(isCovered('protocol: TCP', sport(list)), list).toBe(false);
    }
    expect(isCovered(sport('ports: [80]'), sport('ports: [81]'))).toBe(false);
    expect(isCovered(sport('ports: [http]'), sport('notPorts: [http]'))).toBe(false);
  });

  test('a name is one thing, of one selection of pods', () => {
    const of = (ports: string, more = ''): string =>
      `protocol: TCP, destination: { ${more}ports: [${ports}] }`;
    expect(isCovered(of('http'), of('http'))).toBe(true);
    expect(isCovered(of('http'), of('80, http'))).toBe(true);
    expect(isCovered(of('80, http'), of('http'))).toBe(false);
    expect(isCovered(of('http'), of('web'))).toBe(false);
    expect(isCovered(of('http'), of('80'))).toBe(false);
    expect(isCovered(of('http'), 'protocol: TCP')).toBe(true);
    expect(isCovered(of('http', 'selector: has(a), '), of('http', 'selector: has(b), '))).toBe(false);
    expect(isCovered(of('http', 'selector: has(a), '), of('http'))).toBe(false);
    const not = 'protocol: TCP, destination: { notPorts: [http] }';
    expect(isCovered(not, not)).toBe(true);
    expect(isCovered(not, of('http'))).toBe(false);
    expect(isCovered('protocol: TCP', not)).toBe(false);
    expect(isCovered('protocol: TCP', not, of('http'))).toBe(true);
    expect(isCovered(of('http'), 'protocol: UDP, destination: { ports: [http] }')).toBe(false);
  });

  test('a name beside a block takes nothing for sure', () => {
    const named = 'protocol: TCP, destination: { nets: [10.0.0.0/8], ports: [http] }';
    expect(isCovered(named, named)).toBe(false);
    expect(isCovered(named, 'protocol: TCP, destination: { nets: [10.0.0.0/8] }')).toBe(true);
  });
});

describe('all together', () => {
  test('covers that each lack something else leave a gap', () => {
    const rule = (selector: string, ports: string): string => `${from(selector)}, ${tcp(ports)}`;
    const whole = rule("a in {'x', 'y'}", '80, 81');
    expect(isCovered(whole, rule("a == 'x'", '80'), rule("a == 'y'", '81'))).toBe(false);
    expect(isCovered(whole, rule("a == 'x'", '80, 81'), rule("a == 'y'", '81'))).toBe(false);
    expect(isCovered(whole, rule("a == 'x'", '80, 81'), rule("a == 'y'", '80, 81'))).toBe(true);
    expect(isCovered(whole, rule('has(a)', '80'), rule('has(a)', '81'))).toBe(true);
  });

  test('a rule that can match nothing is taken by nobody', () => {
    expect(isCovered('protocol: TCP, destination: { ports: [80], notPorts: [80] }', '')).toBe(false);
    expect(isCovered(from('has(a) && !has(a)'), '')).toBe(false);
    expect(isCovered('source: { nets: [10.0.0.0/8], notNets: [10.0.0.0/7] }', '')).toBe(false);
  });

  test('another direction, and another selection of pods', () => {
    const text = [
      policyOf('narrow', '', 'ingress', "role == 'db'"),
      policyOf('wide', '', 'ingress', 'has(role)'),
      policyOf('out', '', 'egress', 'has(role)'),
    ].join('---\n');
    const rules = rulesIn(text);
    const [narrow, wide, out] = ['narrow', 'wide', 'out'].map((name) => rules.get(name)![0]!);
    expect(isAlwaysCovered(narrow!, [wide!])).toBe(true);
    expect(isAlwaysCovered(wide!, [narrow!])).toBe(false);
    expect(isAlwaysCovered(narrow!, [out!])).toBe(false);
    expect(isAlwaysCovered(narrow!, [out!, wide!])).toBe(true);
    expect(isAlwaysCovered(narrow!, [])).toBe(false);
  });

  test('the sides of egress are the other way round', () => {
    const text = [
      policyOf('narrow', 'destination: { nets: [10.1.0.0/16] }', 'egress'),
      policyOf('wide', 'destination: { nets: [10.0.0.0/8] }', 'egress'),
      policyOf('source', 'source: { nets: [10.0.0.0/8] }', 'egress'),
    ].join('---\n');
    const rules = rulesIn(text);
    const [narrow, wide, source] = ['narrow', 'wide', 'source'].map((name) => rules.get(name)![0]!);
    expect(isAlwaysCovered(narrow!, [wide!])).toBe(true);
    expect(isAlwaysCovered(narrow!, [source!])).toBe(false);
  });

  test('no more covers than are looked at', () => {
    const covers = (count: number): string[] => Array.from({ length: count }, (_, at) => tcp(String(at + 1)));
    expect(isCovered(tcp('1:24'), ...covers(24))).toBe(true);
    expect(isCovered(tcp('1:25'), ...covers(25))).toBe(false);
  });
});

describe('what other APIs and CNIs ask', () => {
  const allow = (name: string, peer: string): string =>
    `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: ${name}, namespace: x }
spec: { podSelector: {}, policyTypes: [Egress], egress: [{ to: [${peer}] }] }
`;
  const cilium = (name: string, rule: string): string =>
    `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: ${name}, namespace: x }
spec: { endpointSelector: {}, egress: [${rule}] }
`;
  const covers = (text: string, profile: string): boolean => {
    const rules = rulesIn(text, cniProfile(profile));
    return rules.get('a')!.every((one) => isAlwaysCovered(one, rules.get('b')!));
  };
  const block = (cidr: string): string => `{ ipBlock: { cidr: "${cidr}" } }`;

  test('blocks that mean only what is outside of the cluster', () => {
    const text = (one: string, other: string): string => `${allow('a', one)}---\n${allow('b', other)}`;
    expect(covers(text(block('10.1.0.0/16'), block('10.0.0.0/8')), 'cilium')).toBe(true);
    expect(covers(text(block('10.0.0.0/8'), block('10.1.0.0/16')), 'cilium')).toBe(false);
    // A pod in the block is not in it.
    expect(covers(text('{ podSelector: {} }', `${block('0.0.0.0/0')}, ${block('::/0')}`), 'cilium')).toBe(
      false,
    );
    const everything = `${block('0.0.0.0/0')}, ${block('::/0')}`;
    expect(covers(text('{ podSelector: {} }', everything), 'calico')).toBe(true);
  });

  test('nodes, the own and others', () => {
    const text = (one: string, other: string): string =>
      `${cilium('a', `{ toEntities: [${one}] }`)}---\n${cilium('b', `{ toEntities: [${other}] }`)}`;
    expect(covers(text('host', 'host'), 'cilium')).toBe(true);
    expect(covers(text('host', 'remote-node'), 'cilium')).toBe(false);
    expect(covers(text('host', 'host, remote-node'), 'cilium')).toBe(true);
    expect(covers(text('host, remote-node', 'host'), 'cilium')).toBe(false);
    expect(covers(text('host', 'all'), 'cilium')).toBe(true);
  });

  test('a name whose addresses are not known may be any, so that it takes nothing for sure', () => {
    const named = '{ toFQDNs: [{ matchName: example.com }] }';
    const text = (one: string, other: string): string => `${cilium('a', one)}---\n${cilium('b', other)}`;
    expect(covers(text(named, '{ toEntities: [all] }'), 'cilium')).toBe(true);
    expect(covers(text(named, named), 'cilium')).toBe(false);
    expect(covers(text('{ toEntities: [world] }', named), 'cilium')).toBe(false);
  });

  test('names beside blocks reach further than the blocks', () => {
    const placed = (destination: PlacedRule['rule']['match']['destination']): PlacedRule => ({
      subjects: { kind: 'all' },
      direction: 'egress',
      rule: { match: { source: {}, destination } },
    });
    const parsed = parseCidr('10.0.0.0/8');
    if ('problem' in parsed) throw new Error(parsed.problem);
    const nets = [parsed.cidr];
    const both = placed({ nets, unresolvedDomains: ['example.com'] });
    expect(isAlwaysCovered(placed({ nets }), [placed({ nets })])).toBe(true);
    expect(isAlwaysCovered(both, [placed({ nets })])).toBe(false);
    expect(isAlwaysCovered(both, [placed({})])).toBe(true);
    expect(isAlwaysCovered(placed({ nets }), [both])).toBe(false);
  });

  test('a Service', () => {
    const text = (one: string, other: string): string =>
      `${policyOf('a', `destination: { services: { namespace: x, name: ${one} } }`, 'egress')}---\n${policyOf('b', other, 'egress')}`;
    expect(covers(text('db', 'destination: { services: { namespace: x, name: db } }'), 'calico')).toBe(true);
    expect(covers(text('db', 'destination: { services: { namespace: x, name: web } }'), 'calico')).toBe(
      false,
    );
    expect(covers(text('db', ''), 'calico')).toBe(true);
  });

  test('names of ports that the API itself leaves open', () => {
    const port = (name: string): string =>
      `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: ${name}, namespace: x }
spec: { podSelector: {}, policyTypes: [Egress], egress: [{ to: [${block('0.0.0.0/0')}], ports: [{ port: http }] }] }
`;
    expect(covers(`${port('a')}---\n${port('b')}`, 'kubernetes')).toBe(false);
    const open = (isOpen: boolean): PlacedRule => ({
      subjects: { kind: 'all' },
      direction: 'egress',
      rule: {
        match: {
          protocol: 6,
          source: {},
          destination: { namedPorts: ['http'], ...(isOpen ? { namedPortsAreOpen: true } : {}) },
        },
      },
    });
    expect(isAlwaysCovered(open(false), [open(true)])).toBe(false);
    expect(isAlwaysCovered(open(true), [open(false)])).toBe(true);
  });
});

describe('selections of pods', () => {
  const selected = (one: string, ...others: readonly string[]): boolean => {
    const read = (text: string): Selector => {
      const parsed = parseSelector(text);
      if (!('selector' in parsed)) throw new Error(`${text}: ${parsed.problem}`);
      return parsed.selector;
    };
    return isAlwaysSelected(read(one), others.map(read));
  };

  test('by one of the others, or by several together', () => {
    expect(selected("a == 'x'", 'has(a)')).toBe(true);
    expect(selected('has(a)', "a == 'x'")).toBe(false);
    expect(selected('all()', 'has(a)', '!has(a)')).toBe(true);
    expect(selected('all()', 'has(a)')).toBe(false);
    expect(selected('has(a)')).toBe(false);
    // It takes no pod at all.
    expect(selected('has(a) && !has(a)', 'all()')).toBe(false);
    expect(selected('all()', ...Array.from({ length: 24 }, () => 'all()'))).toBe(true);
    expect(selected('all()', ...Array.from({ length: 25 }, () => 'all()'))).toBe(false);
  });
});
