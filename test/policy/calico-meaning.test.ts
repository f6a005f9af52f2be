/**
 * Random rules of Calico, translated and matched, against their meaning spelled out another way. A seed of fast-check
 * is printed on failure.
 */

import { expect, test } from 'vitest';
import { type Address, parseAddress } from '../../src/net/address.ts';
import { cidrContains } from '../../src/net/cidr.ts';
import { hasPolicyPorts } from '../../src/net/protocol.ts';
import { SCTP, TCP, UDP } from '../../src/net/protocol-layout.ts';
import type { CalicoEntity, CalicoRule } from '../../src/policy/api/calico.ts';
import type { Labels } from '../../src/policy/cluster.ts';
import type { ServiceEndpoint } from '../../src/policy/endpoints.ts';
import { matchRule } from '../../src/policy/judge/rule-match.ts';
import type { MatchContext, SeenPacket } from '../../src/policy/judge/seen-packet.ts';
import { fromCalicoRule } from '../../src/policy/translate/from-calico-rule.ts';
import { fc } from '../random/fast-check.ts';
import { meaning, protocolOf, type RuleText, type SideText, type Thing } from './calico-meaning.ts';
import { calicoRule, cidr, entity } from './calico-parts.ts';

const address = (text: string): Address => parseAddress(text)!;
const named = (name: string, protocol: number, port: number) => ({
  ...{ name, protocol, port, container: 'container' as const },
});

function pod(
  name: string,
  namespace: string,
  nets: readonly string[],
  labels: Labels,
  account: string,
): Thing {
  return thing('workload', name, namespace, nets, {
    ...labels,
    'projectcalico.org/namespace': namespace,
    'projectcalico.org/orchestrator': 'k8s',
    'projectcalico.org/serviceaccount': account,
    'pcns.projectcalico.org/name': namespace,
    'pcsa.projectcalico.org/name': account,
  });
}

function thing(
  kind: Thing['kind'],
  name: string,
  namespace: string,
  nets: readonly string[],
  labels: Labels,
  namedPorts: Thing['namedPorts'] = [],
): Thing {
  const blocks = nets.map(cidr);
  const holds = (asked: Address) => blocks.some((net) => cidrContains(net, asked));
  return { kind, name, namespace, labels, namedPorts, holds };
}

/** 10.0.0.2 and fd00::2 are held by two pods, 10.0.0.3 by a pod, a host and sets; 192.0.2.9 and fd00:9::9 by nobody. */
const THINGS: readonly Thing[] = [
  {
    ...pod(
      'a',
      'ns1',
      ['10.0.0.1/32', 'fd00::1/128'],
      { a: 'x', 'pcns.env': 'prod', 'pcsa.role': 'r' },
      'api',
    ),
    namedPorts: [named('web', TCP, 80), named('dns', UDP, 53), named('dns', TCP, 53)],
  },
  {
    ...pod('b', 'ns1', ['10.0.0.2/32', 'fd00::2/128'], { a: 'y', 'pcns.env': 'prod' }, 'web'),
    namedPorts: [named('web', TCP, 8080), named('sig', SCTP, 80)],
  },
  {
    ...pod('c', 'ns2', ['10.0.0.2/32', 'fd00::2/128'], { a: 'x', b: '', 'pcns.env': 'dev' }, 'api'),
    namedPorts: [named('web', UDP, 80)],
  },
  { ...pod('d', 'ns2', ['10.0.0.3/32'], { b: 'x' }, 'web'), namedPorts: [named('web', TCP, 53)] },
  thing('host', 'h', '', ['10.0.0.3/32', '10.0.1.1/32'], { a: 'x', role: 'node' }, [named('web', TCP, 80)]),
  thing('network-set', 's', 'ns1', ['10.0.0.2/31'], {
    a: 'x',
    'projectcalico.org/namespace': 'ns1',
    'pcns.projectcalico.org/name': 'ns1',
    'pcns.env': 'prod',
  }),
  thing('network-set', 'g', '', ['10.0.0.0/30', 'fd00::/64'], { b: 'x' }),
];

const SERVICES = new Map<string, readonly ServiceEndpoint[]>([
  [
    'ns1/s',
    [
      {
        address: address('10.0.0.1'),
        ports: [
          { protocol: TCP, port: 80 },
          { protocol: UDP, port: 53 },
        ],
      },
      { address: address('fd00::2'), ports: [] },
    ],
  ],
  ['/s', []],
]);

const V4 = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.1.1', '192.0.2.9'];
const V6 = ['fd00::1', 'fd00::2', 'fd00:9::9'];

const operand = (labels: readonly string[], values: readonly string[]) => {
  const label = fc.constantFrom(...labels);
  const value = fc.constantFrom(...values);
  const list = fc
    .uniqueArray(value, { maxLength: 2 })
    .map((given) => given.map((text) => `"${text}"`).sort());
  return fc.oneof(
    fc.constantFrom('all()'),
    label.map((name) => `has(${name})`),
    fc
      .tuple(label, fc.constantFrom('==', '!=', 'contains', 'starts with', 'ends with'), value)
      .map(([name, operator, text]) => `${name} ${operator} "${text}"`),
    fc
      .tuple(label, fc.constantFrom('in', 'not in'), list)
      .map(([name, operator, texts]) => `${name} ${operator} {${texts.join(', ')}}`),
  );
};
const expression = (labels: readonly string[], values: readonly string[]) => {
  const one = operand(labels, values);
  const other = fc.oneof(
    one,
    one.map((text) => `!${text}`),
  );
  return fc.oneof(
    other,
    fc
      .tuple(other, fc.constantFrom('&&', '||'), other)
      .map(([left, joint, right]) => `(${left} ${joint} ${right})`),
  );
};

/** Absent `absences` times of that many and one. */
const optional = <T>(arbitrary: fc.Arbitrary<T>, absences = 5): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: absences, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const nets = fc.oneof(
  { weight: 6, arbitrary: fc.constant<string[]>([]) },
  fc.uniqueArray(
    fc.constantFrom('10.0.0.0/31', '10.0.0.2/32', '0.0.0.0/0', '192.0.2.0/24', 'fd00::/64', '::/0'),
    {
      maxLength: 2,
    },
  ),
);

/** Ports as the protocol allows them: names alone without one, none beside one that has none. */
const portsBeside = (protocol: string | undefined) => {
  const names = ['web', 'dns', 'sig', 'gone'];
  const numbers = ['80', '53', '50:79', '8080'];
  if (protocol !== undefined && !hasPolicyPorts(protocolOf(protocol))) return fc.constant<string[]>([]);
  const allowed = protocol === undefined ? names : [...names, ...numbers];
  return fc.oneof(fc.constant<string[]>([]), fc.uniqueArray(fc.constantFrom(...allowed), { maxLength: 2 }));
};

const side = (protocol: string | undefined): fc.Arbitrary<SideText> =>
  fc
    .record({
      nets,
      notNets: nets,
      ports: portsBeside(protocol),
      notPorts: portsBeside(protocol),
      selector: optional(
        expression(['a', 'b', 'role', 'projectcalico.org/orchestrator'], ['x', 'y', '', 'k8s']),
        2,
      ),
      notSelector: optional(expression(['a', 'b'], ['x', 'y', ''])),
      namespaceSelector: optional(
        fc.oneof(
          fc.constant('global()'),
          expression(['env', 'projectcalico.org/name'], ['prod', 'ns1', 'd']),
        ),
      ),
      serviceAccounts: optional(
        fc
          .record({
            names: fc.uniqueArray(fc.constantFrom('api', 'web'), { maxLength: 2 }),
            selector: optional(expression(['role', 'projectcalico.org/name'], ['r', 'api']), 2),
          })
          .map(withoutAbsent),
      ),
      service: optional(
        fc.record({ namespace: fc.constantFrom('ns1', 'ns1', '', 'ns2'), name: fc.constant('s') }),
        8,
      ),
    })
    .map(withoutAbsent);

function withoutAbsent<T extends object>(record: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as never;
}

const protocolWord = fc.constantFrom(
  'TCP',
  'UDP',
  'SCTP',
  'ICMP',
  'ICMPv6',
  'UDPLite',
  '6',
  '17',
  '1',
  '58',
  '47',
);
const icmp = fc
  .record({ type: fc.constantFrom(3, 8), code: optional(fc.constantFrom(0, 4), 2) })
  .map(withoutAbsent);

const rule: fc.Arbitrary<RuleText> = optional(protocolWord, 2).chain((protocol) =>
  fc
    .record({
      ipVersion: optional(fc.constantFrom<4 | 6>(4, 6)),
      notProtocol: optional(protocolWord),
      icmp: ['ICMP', 'ICMPv6', '1', '58'].includes(protocol ?? '')
        ? optional(icmp, 2)
        : fc.constant(undefined),
      notIcmp: optional(icmp),
      source: side(protocol),
      destination: side(protocol),
    })
    .map((drawn) => withoutAbsent({ ...drawn, protocol })),
) as fc.Arbitrary<RuleText>;

const seen = (text: string, port: number | undefined) => ({
  address: address(text),
  netAddress: address(text),
  holders: THINGS.filter(({ holds }) => holds(address(text))),
  ...(port === undefined ? {} : { port }),
});
const packet: fc.Arbitrary<SeenPacket> = fc
  .tuple(
    fc
      .constantFrom(V4, V4, V6)
      .chain((texts) => fc.tuple(fc.constantFrom(...texts), fc.constantFrom(...texts))),
    fc.constantFrom(TCP, TCP, UDP, SCTP, 1, 58, 47),
    fc.tuple(fc.constantFrom(80, 53, 8080, 4000), fc.constantFrom(80, 53, 8080, 4000)),
    fc.record({ type: fc.constantFrom(3, 8, 0), code: fc.constantFrom(0, 4) }),
  )
  .map(([[from, to], protocol, [sport, dport], type]) => {
    const hasPorts = hasPolicyPorts(protocol);
    return {
      source: seen(from, hasPorts ? sport : undefined),
      destination: seen(to, hasPorts ? dport : undefined),
      protocol,
      ...(protocol === 1 || protocol === 58 ? { icmp: type } : {}),
    };
  });

function readPorts(texts: readonly string[]): CalicoEntity['ports'] {
  return texts.map((text) => {
    if (!/^\d/.test(text)) return text;
    const [first, last] = text.split(':').map(Number);
    return { first: first!, last: last ?? first! };
  });
}

function readSide(text: SideText): CalicoEntity {
  return entity(text, {
    nets: text.nets.map(cidr),
    notNets: text.notNets.map(cidr),
    ports: readPorts(text.ports),
    notPorts: readPorts(text.notPorts),
    ...(text.service === undefined ? {} : { service: text.service }),
  });
}

const FIXED: Readonly<Record<string, 4 | 6>> = { ICMP: 4, ICMPv6: 6 };

function readRule(text: RuleText): CalicoRule {
  const { protocol, notProtocol, ...rest } = text;
  const fixesFamily = FIXED[protocol ?? ''];
  const number = protocol === undefined ? undefined : protocolOf(protocol);
  return calicoRule({
    ...rest,
    ...(number === undefined
      ? {}
      : { protocol: fixesFamily === undefined ? { number } : { number, fixesFamily } }),
    ...(notProtocol === undefined ? {} : { notProtocol: protocolOf(notProtocol) }),
    source: readSide(text.source),
    destination: readSide(text.destination),
  });
}

const CONTEXT: MatchContext = {
  direction: 'ingress',
  nodeName: '',
  profile: { namedPortBehindIpBlock: 'resolve' },
  book: { serviceEndpoints: SERVICES },
};

test('rules match what they mean', () => {
  const answers = { yes: 0, no: 0, maybe: 0 };
  fc.assert(
    fc.property(
      rule,
      fc.constantFrom('', 'ns1', 'ns2'),
      fc.array(packet, { minLength: 8, maxLength: 8 }),
      (text, namespace, packets) => {
        const { match } = fromCalicoRule(readRule(text), 0, namespace);
        for (const one of packets) {
          const { matched, why } = matchRule(match, one, CONTEXT);
          answers[matched]++;
          const wanted = meaning(text, namespace, one, { things: THINGS, services: SERVICES });
          expect(`${matched} ${why}`).toMatch(wanted ? /^yes/ : /^no/);
        }
      },
    ),
    { numRuns: 2000 },
  );
  expect(answers.maybe).toBe(0);
  expect(answers.yes).toBeGreaterThan(500);
});
