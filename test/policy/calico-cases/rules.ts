/** Sections 2.2 to 2.5 of the semantics: how fields combine, ports, services, families. */
import type { Field } from './field.ts';
import { type CalicoCase, fromWeb, gnp, np, toWeb, toWebGlobally } from './manifests.ts';

const YES = 'allow policy np:shop/p #0 @ingress';
const NO = 'deny tier-end np:shop/p #end @ingress';
const OUT_NO = 'deny tier-end np:shop/p #end @egress';

/** Positive and negative selectors, and blocks beside them. */
const COMBINED: readonly Field[] = [
  {
    says: 'positive only: unknown addresses do not match',
    rule: 'source: { selector: has(app) }',
    yes: ['tcp 10.0.1.2 to 10.0.1.1:80'],
    no: ['tcp 10.0.2.3 to 10.0.1.1:80', 'tcp 192.0.2.9 to 10.0.1.1:80'],
  },
  {
    says: 'negative only: unknown addresses match',
    rule: `source: { notSelector: "app == 'db'" }`,
    yes: ['tcp 192.0.2.9 to 10.0.1.1:80', 'tcp 10.0.2.1 to 10.0.1.1:80'],
    no: ['tcp 10.0.1.2 to 10.0.1.1:80'],
  },
  {
    says: 'both: in the set of those that match one and not the other',
    rule: `source: { selector: has(app), notSelector: "app == 'db'" }`,
    yes: ['tcp 10.0.2.1 to 10.0.1.1:80'],
    no: ['tcp 10.0.1.2 to 10.0.1.1:80', 'tcp 192.0.2.9 to 10.0.1.1:80'],
  },
  {
    says: 'nets and selector: in both',
    rule: 'source: { nets: [10.0.2.0/24], selector: has(app) }',
    yes: ['tcp 10.0.2.1 to 10.0.1.1:80'],
    no: ['tcp 10.0.1.2 to 10.0.1.1:80', 'tcp 10.0.2.3 to 10.0.1.1:80'],
  },
  {
    says: 'notNets and selector: in the set and in no block',
    rule: 'source: { notNets: [10.0.2.0/24], selector: has(app) }',
    yes: ['tcp 10.0.1.2 to 10.0.1.1:80'],
    no: ['tcp 10.0.2.1 to 10.0.1.1:80', 'tcp 192.0.2.9 to 10.0.1.1:80'],
  },
];

const GLOBALLY = 'allow policy gnp:g #0 @ingress';
const NOT_GLOBALLY = 'deny tier-end gnp:g #end @ingress';

const combined: readonly CalicoCase[] = [
  ...COMBINED.map(
    ({ says, rule, yes, no }, index): CalicoCase => ({
      id: `2.2-${index + 1}`,
      says,
      manifests: [toWebGlobally(`{ action: Allow, ${rule} }`)],
      flows: [
        ...yes.map((flow) => [flow, GLOBALLY] as const),
        ...no.map((flow) => [flow, NOT_GLOBALLY] as const),
      ],
    }),
  ),
  {
    id: '2.2-6',
    says: 'subtraction is per object: a set that matches only the positive selector keeps the address of a pod that matches both',
    manifests: [
      'apiVersion: projectcalico.org/v3\nkind: NetworkSet\nmetadata: { name: dbs, namespace: shop, labels: { app: set } }\nspec: { nets: [10.0.1.2/32] }',
      toWebGlobally(`{ action: Allow, source: { selector: has(app), notSelector: "app == 'db'" } }`),
    ],
    flows: [
      ['tcp 10.0.1.2 to 10.0.1.1:80', GLOBALLY],
      ['tcp fd00:1::2 to [fd00:1::1]:80', NOT_GLOBALLY],
    ],
  },
];

/** Rules of egress of shop's web; db is http on 8080 and 8081, pg on 5432, dns on UDP 53, setup on 7000. */
const PORTS: readonly Field[] = [
  {
    says: 'names, numbers and ranges in one list are alternatives',
    rule: `protocol: TCP, destination: { ports: [pg, 22, "1:3"] }`,
    yes: [
      'tcp shop/web to shop/db:5432',
      'tcp shop/web to shop/db:22',
      'tcp shop/web to shop/db:2',
      'tcp shop/web to 192.0.2.9:22',
    ],
    no: ['tcp shop/web to shop/db:5433', 'tcp shop/web to 192.0.2.9:5432'],
  },
  {
    says: 'a name is one of the endpoint itself',
    rule: 'protocol: TCP, destination: { ports: [http] }',
    yes: ['tcp shop/web to shop/db:8080', 'tcp shop/web to bank/web:8080', 'tcp shop/web to bank/api:80'],
    no: ['tcp shop/web to shop/db:80', 'tcp shop/web to bank/web:80', 'tcp shop/web to bank/api:8080'],
  },
  {
    says: 'names are case-sensitive',
    rule: 'protocol: TCP, destination: { ports: [HTTP] }',
    yes: [],
    no: ['tcp shop/web to shop/db:8080'],
  },
  {
    says: 'names of several containers all count',
    rule: 'protocol: TCP, destination: { ports: [http] }',
    yes: ['tcp shop/web to shop/db:8081'],
    no: [],
  },
  {
    says: 'ports of init containers have names',
    rule: 'protocol: TCP, destination: { ports: [setup] }',
    yes: ['tcp shop/web to shop/db:7000'],
    no: [],
  },
  {
    says: 'a name has its protocol',
    rule: 'protocol: TCP, destination: { ports: [dns] }',
    yes: [],
    no: ['tcp shop/web to shop/db:53', 'udp shop/web to shop/db:53'],
  },
  {
    says: 'without a protocol a name brings its own',
    rule: 'destination: { ports: [dns, pg] }',
    yes: ['udp shop/web to shop/db:53', 'tcp shop/web to shop/db:5432'],
    no: ['tcp shop/web to shop/db:53', 'udp shop/web to shop/db:5432'],
  },
  {
    says: 'names are resolved among endpoints that the positive selector matches',
    rule: `protocol: TCP, destination: { selector: "app == 'db'", ports: [http] }`,
    yes: ['tcp shop/web to shop/db:8080'],
    no: ['tcp shop/web to bank/web:8080'],
  },
  {
    says: 'numbers and names: in the set of the selector either way',
    rule: `protocol: TCP, destination: { selector: "app == 'db'", ports: [http, 22] }`,
    yes: ['tcp shop/web to shop/db:8080', 'tcp shop/web to shop/db:22'],
    no: ['tcp shop/web to bank/web:22', 'tcp shop/web to 192.0.2.9:22'],
  },
  {
    says: 'a name that nothing has never matches',
    rule: 'protocol: TCP, destination: { ports: [nothing] }',
    yes: [],
    no: ['tcp shop/web to shop/db:8080', 'tcp shop/web to 192.0.2.9:1'],
  },
  {
    says: 'a negated name that nothing has excludes nothing',
    rule: 'protocol: TCP, destination: { notPorts: [nothing] }',
    yes: ['tcp shop/web to shop/db:8080', 'tcp shop/web to 192.0.2.9:1'],
    no: [],
  },
  {
    says: 'negated names and numbers: none may match',
    rule: 'protocol: TCP, destination: { notPorts: [http, 22] }',
    yes: ['tcp shop/web to shop/db:5432', 'tcp shop/web to 192.0.2.9:8080'],
    no: ['tcp shop/web to shop/db:8080', 'tcp shop/web to shop/db:22', 'tcp shop/web to bank/api:80'],
  },
  {
    says: 'negated names are those of endpoints that the positive selector matches',
    rule: `protocol: TCP, destination: { selector: has(app), namespaceSelector: all(), notPorts: [http] }`,
    yes: ['tcp shop/web to shop/db:5432'],
    no: ['tcp shop/web to shop/db:8080', 'tcp shop/web to bank/web:8080'],
  },
  {
    says: 'nets and a name: both must hold',
    rule: 'protocol: TCP, destination: { nets: [10.0.1.0/24], ports: [http] }',
    yes: ['tcp 10.0.1.1 to 10.0.1.2:8080'],
    no: ['tcp 10.0.1.1 to 10.0.2.1:8080', 'tcp 10.0.1.1 to 10.0.1.9:8080'],
  },
  {
    says: 'ports of host endpoints have names',
    rule: 'protocol: TCP, destination: { ports: [agent] }',
    yes: ['tcp 10.0.1.1 to 192.168.0.12:9100'],
    no: ['tcp 10.0.1.1 to 192.168.0.12:9101', 'tcp 10.0.1.1 to 192.168.0.13:9100'],
  },
];

const FREE_HOST = `{ selector: "kind == 'named'", types: [Ingress], ingress: [{ action: Allow }] }`;

/** An egress rule allows; the verdict of the whole flow is then that of whatever is behind. */
const portCases = PORTS.map(
  ({ says, rule, yes, no }, index): CalicoCase => ({
    id: `2.3-${index + 1}`,
    says,
    manifests: [fromWeb(`{ action: Allow, ${rule} }`), gnp('host', FREE_HOST)],
    flows: [...yes.map((flow) => [flow, 'allow'] as const), ...no.map((flow) => [flow, OUT_NO] as const)],
  }),
);

const sourceNames: readonly CalicoCase[] = [
  {
    id: '2.3-16',
    says: "a name as a source port is the peer's own",
    manifests: [toWeb('{ action: Allow, source: { ports: [pg] } }')],
    flows: [
      ['tcp shop/db:5432 to shop/web:80', YES],
      ['tcp bank/web:5432 to shop/web:80', NO],
      ['udp shop/db:5432 to shop/web:80', NO],
    ],
  },
  {
    id: '2.3-17',
    says: 'packets without ports match no port',
    manifests: [toWeb('{ action: Allow, destination: { ports: [http] } }')],
    flows: [
      ['icmp bank/none to shop/web type 8 code 0', NO],
      ['tcp bank/none to shop/web:80', YES],
    ],
  },
];

const services: readonly CalicoCase[] = [
  {
    id: '2.4-1',
    says: 'as a destination a service is its backends with their ports, whatever their conditions',
    edit: (fixture) =>
      fixture.replace(
        'addresses: [10.0.2.1], conditions: { ready: true }',
        'addresses: [10.0.2.1, 10.0.2.10], conditions: { ready: false }',
      ),
    manifests: [fromWeb('{ action: Allow, destination: { services: { name: web, namespace: bank } } }')],
    flows: [
      ['tcp 10.0.1.1 to 10.0.2.1:8080', 'allow'],
      ['tcp 10.0.1.1 to 10.0.2.10:8080', 'allow'],
      ['tcp 10.0.1.1 to 10.0.2.1:80', OUT_NO],
      ['udp 10.0.1.1 to 10.0.2.1:8080', OUT_NO],
      ['tcp 10.0.1.1 to 10.0.3.1:8080', OUT_NO],
    ],
  },
  {
    id: '2.4-2',
    says: 'the address of the service is not one of them: policy sees the backend',
    manifests: [fromWeb('{ action: Allow, destination: { services: { name: web, namespace: bank } } }')],
    flows: [
      ['tcp shop/web to 10.96.0.10:80', 'allow to=10.0.2.1:8080'],
      ['tcp shop/web to 10.96.0.10:8080', OUT_NO],
    ],
  },
  {
    id: '2.4-3',
    says: 'as a source a service is the addresses of its backends, with any port',
    manifests: [toWeb('{ action: Allow, source: { services: { name: web, namespace: bank } } }')],
    flows: [
      ['tcp bank/web:1 to 10.0.1.1:80', YES],
      ['udp 10.0.2.1:2 to 10.0.1.1:9', YES],
      ['tcp bank/none to 10.0.1.1:80', NO],
    ],
  },
  {
    id: '2.4-4',
    says: 'a rule of a namespaced policy that gives no namespace names no service',
    manifests: [fromWeb('{ action: Allow, destination: { services: { name: db } } }')],
    flows: [['tcp shop/web to shop/db:5432', OUT_NO]],
  },
  {
    id: '2.4-5',
    says: 'a port of a slice without protocol is TCP, one without number is none',
    edit: (fixture) =>
      fixture.replace(
        'ports: [{ port: 8080, protocol: TCP }]',
        'ports: [{ name: a, port: 8080 }, { name: b, protocol: UDP }]',
      ),
    manifests: [fromWeb('{ action: Allow, destination: { services: { name: web, namespace: bank } } }')],
    flows: [
      ['tcp 10.0.1.1 to 10.0.2.1:8080', 'allow'],
      ['udp 10.0.1.1 to 10.0.2.1:8080', OUT_NO],
    ],
  },
];

const families: readonly CalicoCase[] = [
  {
    id: '2.5-1',
    says: 'a rule is not there for the other family than its ipVersion',
    manifests: [
      np(
        'shop/p',
        `{ selector: "app == 'web'", ingress: [{ action: Deny, ipVersion: 4 }, { action: Allow }] }`,
      ),
    ],
    flows: [
      ['tcp 10.0.2.1 to 10.0.1.1:80', 'deny policy #0'],
      ['tcp fd00:2::1 to [fd00:1::1]:80', 'allow policy #1'],
    ],
  },
  {
    id: '2.5-2',
    says: 'a list of blocks that is empty without the other family takes the rule away, notNets too',
    manifests: [
      np(
        'shop/p',
        `{ selector: "app == 'web'", ingress: [{ action: Deny, source: { notNets: [10.0.0.0/8] } }, { action: Deny, destination: { nets: [10.0.0.0/24] } }, { action: Allow }] }`,
      ),
    ],
    flows: [
      ['tcp 192.0.2.9 to 10.0.1.1:80', 'deny policy #0'],
      ['tcp fd00:2::1 to [fd00:1::1]:80', 'allow policy #2'],
    ],
  },
  {
    id: '2.5-3',
    says: 'all addresses of one family are that family only',
    manifests: [toWeb('{ action: Allow, source: { nets: ["0.0.0.0/0"] } }')],
    flows: [
      ['tcp 192.0.2.9 to 10.0.1.1:80', YES],
      ['tcp 2001:db8::9 to [fd00:1::1]:80', NO],
    ],
  },
];

export const RULE_CASES: readonly CalicoCase[] = [
  ...combined,
  ...portCases,
  ...sourceNames,
  ...services,
  ...families,
];
