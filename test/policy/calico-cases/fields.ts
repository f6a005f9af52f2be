/** Section 2.1 of the semantics: each field of a rule. */
import type { Field } from './field.ts';
import { type CalicoCase, toWeb } from './manifests.ts';

const YES = 'allow policy np:shop/p #0 @ingress';
const NO = 'deny tier-end np:shop/p #end @ingress';

const WEB4 = '10.0.1.1';

/** A rule of ingress of shop's web, what it admits, and what not. */
const INGRESS: readonly Field[] = [
  {
    says: 'ipVersion',
    rule: 'ipVersion: 6',
    yes: ['tcp fd00:2::1 to [fd00:1::1]:80'],
    no: [`tcp 10.0.2.1 to ${WEB4}:80`],
  },
  {
    says: 'protocol by name',
    rule: 'protocol: UDP',
    yes: ['udp bank/web to shop/web:9'],
    no: ['tcp bank/web to shop/web:9'],
  },
  {
    says: 'protocol by number',
    rule: 'protocol: 47',
    yes: [`proto:47 10.0.2.1 to ${WEB4}`],
    no: [`tcp 10.0.2.1 to ${WEB4}:9`],
  },
  {
    says: 'protocol UDPLite',
    rule: 'protocol: UDPLite',
    yes: [`proto:136 10.0.2.1 to ${WEB4}`],
    no: [`udp 10.0.2.1 to ${WEB4}:9`],
  },
  {
    says: 'the name ICMP fixes the family',
    rule: 'protocol: ICMP',
    yes: [`icmp 10.0.2.1 to ${WEB4} type 8 code 0`],
    no: ['tcp fd00:2::1 to [fd00:1::1]:80'],
  },
  {
    says: 'the number 1 does not',
    rule: 'protocol: 1',
    yes: [`icmp 10.0.2.1 to ${WEB4} type 8 code 0`],
    no: [],
  },
  {
    says: 'the name ICMPv6 fixes the family',
    rule: 'protocol: ICMPv6',
    yes: ['icmp6 fd00:2::1 to fd00:1::1 type 128 code 0'],
    no: [`tcp 10.0.2.1 to ${WEB4}:80`],
  },
  {
    says: 'notProtocol',
    rule: 'notProtocol: TCP',
    yes: [`udp 10.0.2.1 to ${WEB4}:9`, 'icmp6 fd00:2::1 to fd00:1::1 type 128 code 0'],
    no: [`tcp 10.0.2.1 to ${WEB4}:9`],
  },
  {
    says: 'notProtocol does not fix a family',
    rule: 'notProtocol: ICMP',
    yes: ['tcp fd00:2::1 to [fd00:1::1]:80', `tcp 10.0.2.1 to ${WEB4}:80`],
    no: [`icmp 10.0.2.1 to ${WEB4} type 8 code 0`],
  },
  {
    says: 'icmp type',
    rule: 'protocol: ICMP, icmp: { type: 8 }',
    yes: [`icmp 10.0.2.1 to ${WEB4} type 8 code 3`],
    no: [`icmp 10.0.2.1 to ${WEB4} type 0 code 0`],
  },
  {
    says: 'icmp type and code',
    rule: 'protocol: ICMP, icmp: { type: 3, code: 1 }',
    yes: [`icmp 10.0.2.1 to ${WEB4} type 3 code 1`],
    no: [`icmp 10.0.2.1 to ${WEB4} type 3 code 4`],
  },
  {
    says: 'notICMP type',
    rule: 'protocol: ICMP, notICMP: { type: 8 }',
    yes: [`icmp 10.0.2.1 to ${WEB4} type 0 code 0`],
    no: [`icmp 10.0.2.1 to ${WEB4} type 8 code 3`, `tcp 10.0.2.1 to ${WEB4}:80`],
  },
  {
    says: 'notICMP type and code',
    rule: 'protocol: ICMP, notICMP: { type: 3, code: 1 }',
    yes: [`icmp 10.0.2.1 to ${WEB4} type 3 code 4`],
    no: [`icmp 10.0.2.1 to ${WEB4} type 3 code 1`],
  },
  {
    says: 'source.nets, a block and an address',
    rule: 'source: { nets: [192.0.2.0/25, 192.0.2.200] }',
    yes: [`tcp 192.0.2.5 to ${WEB4}:80`, `tcp 192.0.2.200 to ${WEB4}:80`],
    no: [`tcp 192.0.2.201 to ${WEB4}:80`],
  },
  {
    says: 'source.notNets, none of them',
    rule: 'source: { notNets: [192.0.2.0/25, 192.0.2.200] }',
    yes: [`tcp 192.0.2.201 to ${WEB4}:80`],
    no: [`tcp 192.0.2.5 to ${WEB4}:80`, `tcp 192.0.2.200 to ${WEB4}:80`],
  },
  {
    says: 'nets and notNets',
    rule: 'source: { nets: [192.0.2.0/24], notNets: [192.0.2.0/25] }',
    yes: [`tcp 192.0.2.201 to ${WEB4}:80`],
    no: [`tcp 192.0.2.5 to ${WEB4}:80`, `tcp 192.0.3.5 to ${WEB4}:80`],
  },
  {
    says: 'source.ports',
    rule: 'protocol: TCP, source: { ports: [53, "1000:1010"] }',
    yes: ['tcp bank/web:53 to shop/web:80', 'tcp bank/web:1010 to shop/web:80'],
    no: ['tcp bank/web:1011 to shop/web:80'],
  },
  {
    says: 'source.notPorts, none of them',
    rule: 'protocol: TCP, source: { notPorts: [53, "1000:1010"] }',
    yes: ['tcp bank/web:54 to shop/web:80'],
    no: ['tcp bank/web:53 to shop/web:80', 'tcp bank/web:1005 to shop/web:80'],
  },
  {
    says: 'destination.nets',
    rule: 'destination: { nets: [10.0.1.1/32] }',
    yes: [`tcp 10.0.2.1 to ${WEB4}:80`],
    no: ['tcp fd00:2::1 to [fd00:1::1]:80'],
  },
  {
    says: 'destination.notNets',
    rule: 'destination: { notNets: [10.0.1.1/32] }',
    yes: [],
    no: [`tcp 10.0.2.1 to ${WEB4}:80`],
  },
  {
    says: 'destination.selector',
    rule: `destination: { selector: "app == 'web'" }`,
    yes: ['tcp bank/web to shop/web:80'],
    no: [],
  },
  {
    says: 'destination.notSelector',
    rule: `destination: { notSelector: "app == 'web'" }`,
    yes: [],
    no: ['tcp bank/web to shop/web:80'],
  },
  {
    says: 'destination.ports, numbers and ranges',
    rule: 'protocol: TCP, destination: { ports: [80, "8000:8080"] }',
    yes: ['tcp bank/web to shop/web:80', 'tcp bank/web to shop/web:8000', 'tcp bank/web to shop/web:8080'],
    no: ['tcp bank/web to shop/web:8081', 'udp bank/web to shop/web:80'],
  },
  {
    says: 'destination.notPorts',
    rule: 'protocol: SCTP, destination: { notPorts: [80] }',
    yes: ['sctp bank/web to shop/web:81'],
    no: ['sctp bank/web to shop/web:80'],
  },
  {
    says: 'http is not looked at',
    rule: 'protocol: TCP, http: { methods: [GET] }',
    yes: ['tcp bank/web to shop/web:80'],
    no: ['udp bank/web to shop/web:80'],
  },
  {
    says: 'annotations have no effect',
    rule: 'metadata: { annotations: { why: because } }',
    yes: ['tcp bank/web to shop/web:80'],
    no: [],
  },
  {
    says: 'every field must hold',
    rule: `protocol: TCP, source: { nets: [10.0.0.0/8], selector: "app == 'db'" }, destination: { ports: [80] }`,
    yes: ['tcp 10.0.1.2 to 10.0.1.1:80'],
    no: ['tcp 10.0.1.2 to 10.0.1.1:81', 'tcp fd00:1::2 to [fd00:1::1]:80', 'tcp 10.0.2.1 to 10.0.1.1:80'],
  },
  {
    says: 'empty lists do not constrain',
    rule: 'source: { nets: [], ports: [] }, destination: { notNets: [], notPorts: [] }',
    yes: ['tcp bank/web to shop/web:80'],
    no: [],
  },
];

export const FIELD_CASES: readonly CalicoCase[] = INGRESS.map(
  ({ says, rule, yes, no }, index): CalicoCase => ({
    id: `2.1-${index + 1}`,
    says,
    manifests: [toWeb(`{ action: Allow, ${rule} }`)],
    flows: [...yes.map((flow) => [flow, YES] as const), ...no.map((flow) => [flow, NO] as const)],
  }),
);
