import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/net/address.ts';
import { type Cidr, parseCidr } from '../../src/net/cidr.ts';
import { ICMP, ICMPV6, TCP, UDP } from '../../src/net/protocol-layout.ts';
import { buildAddressBook, factsAbout } from '../../src/policy/addresses/address-book.ts';
import type { Endpoint } from '../../src/policy/endpoints.ts';
import { matchRule } from '../../src/policy/judge/rule-match.ts';
import type { MatchContext, SeenPacket } from '../../src/policy/judge/seen-packet.ts';
import type { EntityMatch, RuleMatch } from '../../src/policy/policy.ts';
import type { Selector } from '../../src/selector/selector.ts';
import { fixtureWith } from '../examine.ts';

const book = buildAddressBook(fixtureWith(''));
const context: MatchContext = {
  direction: 'ingress',
  nodeName: '',
  profile: { namedPortBehindIpBlock: 'resolve' },
  book,
};

function packet(
  source: string,
  destination: string,
  protocol: number,
  ports: { sport?: number; dport?: number; icmp?: { type: number; code: number } } = {},
): SeenPacket {
  const side = (text: string, port: number | undefined) => {
    const address = parseAddress(text)!;
    const { holders } = factsAbout(book, address);
    return { address, netAddress: address, holders, ...(port === undefined ? {} : { port }) };
  };
  return {
    source: side(source, ports.sport),
    destination: side(destination, ports.dport),
    protocol,
    ...(ports.icmp === undefined ? {} : { icmp: ports.icmp }),
  };
}

const cidr = (text: string): Cidr => (parseCidr(text) as { cidr: Cidr }).cidr;
const app = (value: string): Selector => ({ kind: 'equals', label: 'app', value });
const rule = (
  match: Partial<Omit<RuleMatch, 'source' | 'destination'>>,
  source: EntityMatch = {},
  destination: EntityMatch = {},
): RuleMatch => ({ ...match, source, destination });

/** y/a (app=web) to x/a:80, unless a row says otherwise. */
const webToWeb = packet('10.0.2.1', '10.0.1.1', TCP, { sport: 1234, dport: 80 });
const outside = packet('203.0.113.9', '10.0.1.1', TCP, { sport: 1234, dport: 80 });
const dbToDb = packet('10.0.2.2', '10.0.1.2', TCP, { sport: 1234, dport: 8080 });
const v6 = packet('fd00:2::1', 'fd00:1::1', TCP, { sport: 1234, dport: 80 });
const ping = packet('10.0.2.1', '10.0.1.1', ICMP, { icmp: { type: 3, code: 4 } });
const gre = packet('10.0.2.1', '10.0.1.1', 47);

describe('a rule', () => {
  test.each<[string, RuleMatch, SeenPacket, 'yes' | 'no']>([
    ['without conditions', rule({}), outside, 'yes'],
    ['of another family', rule({ family: 6 }), webToWeb, 'no'],
    ['of the family', rule({ family: 6 }), v6, 'yes'],
    ['of another protocol', rule({ protocol: UDP }), webToWeb, 'no'],
    ['that excludes the protocol', rule({ notProtocols: [TCP] }), webToWeb, 'no'],
    ['that excludes another protocol', rule({ notProtocols: [UDP, 47] }), webToWeb, 'yes'],

    [
      'nets that hold the source',
      rule({}, { nets: [cidr('10.9.0.0/16'), cidr('10.0.2.0/24')] }),
      webToWeb,
      'yes',
    ],
    ['nets that do not', rule({}, { nets: [cidr('10.9.0.0/16')] }), webToWeb, 'no'],
    ['excluded nets that hold it', rule({}, { notNets: [cidr('10.0.0.0/8')] }), webToWeb, 'no'],
    ['excluded nets that do not', rule({}, { notNets: [cidr('10.0.0.0/8')] }), outside, 'yes'],
    [
      'nets and excluded nets',
      rule({}, { nets: [cidr('0.0.0.0/0')], notNets: [cidr('10.0.2.1/32')] }),
      webToWeb,
      'no',
    ],
    ['IPv4 nets and an IPv6 packet', rule({}, { notNets: [cidr('192.0.2.0/24')] }), v6, 'no'],
    ['nets of both families', rule({}, { nets: [cidr('10.0.0.0/8'), cidr('fd00::/16')] }), v6, 'yes'],
    ['an excluded catch-all', rule({}, { notNets: [cidr('0.0.0.0/0')] }), webToWeb, 'no'],
    ['nets of the destination', rule({}, {}, { nets: [cidr('10.0.1.1/32')] }), webToWeb, 'yes'],

    ['a selector of the source', rule({}, { selector: app('web') }), webToWeb, 'yes'],
    ['a selector and an unknown address', rule({}, { selector: { kind: 'all' } }), outside, 'no'],
    ['an excluding selector', rule({}, { notSelector: app('web') }), webToWeb, 'no'],
    ['an excluding selector and an unknown address', rule({}, { notSelector: app('web') }), outside, 'yes'],
    ['both selectors', rule({}, { selector: { kind: 'all' }, notSelector: app('db') }), webToWeb, 'yes'],
    [
      'both selectors, excluded',
      rule({}, { selector: { kind: 'all' }, notSelector: app('web') }),
      webToWeb,
      'no',
    ],
    [
      'both selectors, unknown address',
      rule({}, { selector: { kind: 'all' }, notSelector: app('db') }),
      outside,
      'no',
    ],
    ['a selector and nets', rule({}, { selector: app('web'), nets: [cidr('10.0.3.0/24')] }), webToWeb, 'no'],
    ['both sides', rule({}, { selector: app('web') }, { selector: app('db') }), webToWeb, 'no'],

    ['a port', rule({ protocol: TCP }, {}, { ports: [{ first: 80, last: 80 }] }), webToWeb, 'yes'],
    ['another port', rule({ protocol: TCP }, {}, { ports: [{ first: 81, last: 90 }] }), webToWeb, 'no'],
    ['a source port', rule({ protocol: TCP }, { ports: [{ first: 1000, last: 2000 }] }), webToWeb, 'yes'],
    ['an excluded port', rule({ protocol: TCP }, {}, { notPorts: [{ first: 1, last: 80 }] }), webToWeb, 'no'],
    [
      'another excluded port',
      rule({ protocol: TCP }, {}, { notPorts: [{ first: 81, last: 99 }] }),
      webToWeb,
      'yes',
    ],
    ['a port and no ports', rule({}, {}, { ports: [{ first: 80, last: 80 }] }), gre, 'no'],
    ['an excluded port and no ports', rule({}, {}, { notPorts: [{ first: 80, last: 80 }] }), gre, 'yes'],

    ['a name', rule({}, {}, { namedPorts: ['http'] }), dbToDb, 'yes'],
    [
      'a name elsewhere',
      rule({}, {}, { namedPorts: ['http'] }),
      packet('10.0.2.1', '10.0.1.2', TCP, { dport: 80 }),
      'no',
    ],
    [
      'a name of another protocol',
      rule({}, {}, { namedPorts: ['http'] }),
      packet('10.0.2.1', '10.0.1.3', TCP, { dport: 80 }),
      'no',
    ],
    [
      'a name without protocol',
      rule({}, {}, { namedPorts: ['http'] }),
      packet('10.0.2.1', '10.0.1.3', UDP, { dport: 80 }),
      'yes',
    ],
    ['a name is case-sensitive', rule({}, {}, { namedPorts: ['HTTP'] }), webToWeb, 'no'],
    [
      'a name outside',
      rule({}, {}, { namedPorts: ['http'] }),
      packet('10.0.2.1', '203.0.113.9', TCP, { dport: 80 }),
      'no',
    ],
    [
      'a name among the selected',
      rule({}, {}, { namedPorts: ['http'], selector: app('db') }),
      webToWeb,
      'no',
    ],
    [
      'a number or a name',
      rule({ protocol: TCP }, {}, { ports: [{ first: 8080, last: 8080 }], namedPorts: ['ssh'] }),
      dbToDb,
      'yes',
    ],
    [
      'a number or a name, wrong pod',
      rule(
        { protocol: TCP },
        {},
        { ports: [{ first: 8080, last: 8080 }], namedPorts: ['http'], selector: app('web') },
      ),
      dbToDb,
      'no',
    ],
    ['an excluded name', rule({}, {}, { notNamedPorts: ['http'] }), webToWeb, 'no'],
    ['an excluded name that nobody has', rule({}, {}, { notNamedPorts: ['ssh'] }), webToWeb, 'yes'],
    [
      'an excluded name among others',
      rule({}, {}, { notNamedPorts: ['http'], selector: app('web') }),
      dbToDb,
      'no',
    ],

    ['an ICMP type', rule({ protocol: ICMP, icmp: { type: 3 } }), ping, 'yes'],
    ['an ICMP type and code', rule({ protocol: ICMP, icmp: { type: 3, code: 1 } }), ping, 'no'],
    ['another ICMP type', rule({ protocol: ICMP, icmp: { type: 8 } }), ping, 'no'],
    ['an excluded ICMP type', rule({ protocol: ICMP, notIcmp: { type: 3 } }), ping, 'no'],
    [
      'an excluded ICMP type, other code',
      rule({ protocol: ICMP, notIcmp: { type: 3, code: 1 } }),
      ping,
      'yes',
    ],
    ['ICMP and ICMPv6 are two', rule({ protocol: ICMPV6 }), ping, 'no'],
    ['an ICMP type and TCP', rule({ icmp: { type: 8 } }), webToWeb, 'no'],
  ])('%s', (_, match, seen, expected) => {
    const { matched, why } = matchRule(match, seen, context);
    expect(matched, why).toBe(expected);
    expect(why).not.toBe('');
  });
});

test('as a peer an address is the union of its holders, subtracted one by one', () => {
  const [web, db] = [
    book.endpoints.find(({ labels }) => labels.app === 'web')!,
    book.endpoints.find(({ labels }) => labels.app === 'db')!,
  ];
  const shared = (holders: readonly Endpoint[]): SeenPacket => ({
    ...webToWeb,
    source: { ...webToWeb.source, holders },
  });
  const both: EntityMatch = { selector: { kind: 'has', label: 'app' }, notSelector: app('db') };
  expect(matchRule(rule({}, both), shared([web, db]), context).matched).toBe('yes');
  expect(matchRule(rule({}, both), shared([db]), context).matched).toBe('no');
  expect(matchRule(rule({}, { notSelector: app('db') }), shared([web, db]), context).matched).toBe('no');
});

test('a name behind nets is open on egress where the profile says so, unless a number decides', () => {
  const open: MatchContext = {
    direction: 'egress',
    nodeName: '',
    profile: { namedPortBehindIpBlock: 'unspecified' },
    book,
  };
  const nets = [cidr('10.0.0.0/8')];
  const named = rule({ protocol: TCP }, {}, { nets, namedPorts: ['http'] });
  expect(matchRule(named, webToWeb, open).matched).toBe('maybe');
  expect(matchRule(named, webToWeb, { ...open, direction: 'ingress' }).matched).toBe('yes');
  expect(matchRule(named, dbToDb, context).matched).toBe('yes');
  expect(matchRule(named, packet('10.0.2.1', '10.0.1.1', TCP, { dport: 81 }), open).matched).toBe('no');
  const numbered = rule(
    { protocol: TCP },
    {},
    { nets, namedPorts: ['http'], ports: [{ first: 80, last: 80 }] },
  );
  expect(matchRule(numbered, webToWeb, open).matched).toBe('yes');
});

test('the first field that failed is said in words', () => {
  const why = (match: RuleMatch, seen: SeenPacket): string => matchRule(match, seen, context).why;
  expect(why(rule({ protocol: UDP }), webToWeb)).toBe('protocol is tcp, the rule wants udp');
  expect(why(rule({}, { selector: app('db') }), webToWeb)).toBe(
    'source y/a does not match endpoints with app == "db"',
  );
  expect(why(rule({}, { selector: app('db') }), outside)).toBe(
    'source 203.0.113.9 is no endpoint and in no network set, the rule wants endpoints with app == "db"',
  );
  expect(why(rule({}, {}, { ports: [{ first: 1, last: 9 }] }), webToWeb)).toBe(
    'destination port 80 is not 1-9',
  );
});
