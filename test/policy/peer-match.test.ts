/** Who is at one side of a packet beside pods: network sets, host endpoints, the endpoints of services. */
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/net/address.ts';
import { type Cidr, parseCidr } from '../../src/net/cidr.ts';
import { TCP, UDP } from '../../src/net/protocol-layout.ts';
import { buildAddressBook, holdersAt } from '../../src/policy/addresses/address-book.ts';
import type { Cluster } from '../../src/policy/cluster.ts';
import { matchRule } from '../../src/policy/judge/rule-match.ts';
import type { MatchContext, SeenPacket } from '../../src/policy/judge/seen-packet.ts';
import type { EntityMatch, RuleMatch } from '../../src/policy/policy.ts';
import type { Selector } from '../../src/selector/selector.ts';
import { fixtureWith } from '../examine.ts';

const cidr = (text: string): Cidr => (parseCidr(text) as { cidr: Cidr }).cidr;
const app = (value: string): Selector => ({ kind: 'equals', label: 'app', value });
const rule = (source: EntityMatch, destination: EntityMatch = {}): RuleMatch => ({ source, destination });

describe('network sets, host endpoints and services', () => {
  const at = { file: 'c.yaml', line: 1, column: 1 };
  const cluster: Cluster = {
    ...fixtureWith(''),
    networkSets: [
      {
        namespace: 'x',
        name: 'api',
        labels: { role: 'api' },
        nets: [cidr('10.9.0.0/24'), cidr('10.0.2.1/32')],
        at,
      },
      { namespace: '', name: 'world', labels: { role: 'world' }, nets: [cidr('198.51.100.0/24')], at },
    ],
    hostEndpoints: [
      {
        name: 'n1-eth0',
        labels: { role: 'host' },
        node: 'n1',
        interfaceName: 'eth0',
        expectedIPs: [parseAddress('192.168.0.11')!],
        profiles: [],
        ports: [{ name: 'ssh', protocol: TCP, port: 22 }],
        at,
      },
    ],
  };
  const found = buildAddressBook(cluster);
  const serviceEndpoints = new Map([
    ['x/db', [{ address: parseAddress('10.0.1.2')!, ports: [{ protocol: TCP, port: 5432 }] }]],
  ]);
  const context: MatchContext = {
    direction: 'ingress',
    nodeName: '',
    profile: { namedPortBehindIpBlock: 'resolve' },
    book: { serviceEndpoints },
  };
  const from = (source: string, destination: string, dport: number, protocol = TCP): SeenPacket => {
    const side = (text: string, port: number) => {
      const address = parseAddress(text)!;
      return { address, netAddress: address, holders: holdersAt(found, address), port };
    };
    return { source: side(source, 40000), destination: side(destination, dport), protocol };
  };
  const matched = (match: RuleMatch, seen: SeenPacket): string => {
    const { matched: answer, why } = matchRule(match, seen, context);
    return `${answer}: ${why}`;
  };
  const role = (value: string): Selector => ({ kind: 'equals', label: 'role', value });
  const db = { service: { namespace: 'x', name: 'db' } };

  test.each<[string, RuleMatch, SeenPacket, string]>([
    [
      'a network set',
      rule({}, { selector: role('api') }),
      from('10.0.1.1', '10.9.0.7', 80),
      'yes: destination 10.9.0.7 in network set x/api matches endpoints with role == "api"',
    ],
    [
      'a global one',
      rule({ selector: role('world') }),
      from('198.51.100.1', '10.0.1.1', 80),
      'yes: source 198.51.100.1 in global network set world matches endpoints with role == "world"',
    ],
    [
      "a set's labels do not help the pod inside it, and the other way round",
      rule({ selector: { kind: 'and', operands: [app('web'), role('api')] } }),
      from('10.0.2.1', '10.0.1.1', 80),
      'no: source y/a does not match endpoints with app == "web" && role == "api"',
    ],
    [
      'what is excluded is excluded object by object',
      rule({ selector: role('api'), notSelector: app('web') }),
      from('10.0.2.1', '10.0.1.1', 80),
      'yes: source 10.0.2.1 in network set x/api matches endpoints with role == "api" and not endpoints with app == "web"',
    ],
    [
      'a host endpoint',
      rule({ selector: role('host') }),
      from('192.168.0.11', '10.0.1.1', 80),
      'yes: source 192.168.0.11 of host endpoint n1-eth0 matches endpoints with role == "host"',
    ],
    [
      "a host endpoint's port",
      rule({}, { namedPorts: ['ssh'] }),
      from('10.0.1.1', '192.168.0.11', 22),
      'yes: destination port 22 is ssh',
    ],
    [
      'a service as a destination',
      rule({}, db),
      from('10.0.1.1', '10.0.1.2', 5432),
      'yes: destination 10.0.1.2 is an endpoint of service x/db',
    ],
    [
      'at another port',
      rule({}, db),
      from('10.0.1.1', '10.0.1.2', 80),
      'no: destination 10.0.1.2 is an endpoint of service x/db, but not at tcp 80',
    ],
    [
      'with another protocol',
      rule({}, db),
      from('10.0.1.1', '10.0.1.2', 5432, UDP),
      'no: destination 10.0.1.2 is an endpoint of service x/db, but not at udp 5432',
    ],
    [
      'at another address',
      rule({}, db),
      from('10.0.1.1', '10.0.1.1', 5432),
      'no: destination 10.0.1.1 is no endpoint of service x/db',
    ],
    [
      'a service as a source has no ports',
      rule(db),
      from('10.0.1.2', '10.0.1.1', 80),
      'yes: source 10.0.1.2 is an endpoint of service x/db',
    ],
    [
      'a service without a namespace is none',
      rule({ service: { namespace: '', name: 'db' } }),
      from('10.0.1.2', '10.0.1.1', 80),
      'no: service db has no namespace in the rule, which names no service at all',
    ],
  ])('%s', (_, match, seen, expected) => {
    expect(matched(match, seen)).toBe(expected);
  });
});
