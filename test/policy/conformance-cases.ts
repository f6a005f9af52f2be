/**
 * Worked cases of NetworkPolicy over `fixture.yaml`: one or more policies, one flow, and the verdict under each CNI
 * profile. The identifiers are those of the semantics that the cases were collected under: S subject, P peers, B blocks
 * of addresses, Q ports, X exemptions and lifecycle.
 */

export interface ConformanceCase {
  readonly id: string;
  /** Specs by namespace, in YAML's flow style; policies are called p0, p1, ... A spec of `absent` leaves it out. */
  readonly policies: readonly (readonly [namespace: string, spec: string])[];
  /** More manifests. */
  readonly more?: string;
  /** A change of the fixture's text. */
  readonly edit?: (fixture: string) => string;
  readonly flow: string;
  readonly calico: 'allow' | 'deny';
  /** The same as `calico` when absent. */
  readonly kubernetes?: 'unspecified';
  readonly reason?: string;
  /** `namespace/name` of the policy that decides under `calico`. */
  readonly by?: string;
  /** A fact of the flow that addresses do not carry; why a classifier cannot see it. */
  readonly unseen?: string;
}

const NAMED = 'the flow names a host-network pod; its packets carry the address of the node';

const E = '203.0.113.9';
const nsY = 'namespaceSelector: { matchLabels: { team: blue } }';
const denyIngress = '{ podSelector: {}, policyTypes: [Ingress] }';
const denyEgress = '{ podSelector: {}, policyTypes: [Egress] }';
const denyBoth = '{ podSelector: {}, policyTypes: [Ingress, Egress] }';
const from = (...peers: string[]): string =>
  `{ podSelector: {}, ingress: [{ from: [${peers.map((peer) => `{ ${peer} }`).join(', ')}] }] }`;
const to = (...peers: string[]): string =>
  `{ podSelector: {}, policyTypes: [Egress], egress: [{ to: [${peers.map((peer) => `{ ${peer} }`).join(', ')}] }] }`;
const ports = (items: string): string => `{ podSelector: {}, ingress: [{ ports: [${items}] }] }`;
const labelled = (key: string, operator: string, values: string): string =>
  `{ matchExpressions: [{ key: ${key}, operator: ${operator}, values: [${values}] }] }`;
const x = (spec: string): ConformanceCase['policies'] => [['x', spec]];

const DENIED = { reason: 'tier-end', by: 'x/p0' } as const;
const ALLOWED = { reason: 'policy', by: 'x/p0' } as const;

const SUBJECT: readonly ConformanceCase[] = [
  { id: 'S-2', policies: x('absent'), flow: 'tcp y/a to x/c:80', calico: 'deny', ...DENIED },
  { id: 'S-3', policies: x('{ podSelector: {} }'), flow: 'tcp x/b to x/a:80', calico: 'deny', ...DENIED },
  {
    id: 'S-4',
    policies: x('{ podSelector: {} }'),
    flow: 'tcp x/a to y/a:80',
    calico: 'allow',
    reason: 'profile',
  },
  {
    id: 'S-6',
    policies: x('{ podSelector: {}, policyTypes: [Ingress], ingress: [] }'),
    flow: `tcp ${E} to x/a:80`,
    calico: 'deny',
    ...DENIED,
  },
  {
    id: 'S-7',
    policies: x('{ podSelector: {}, policyTypes: [Ingress], ingress: [{}] }'),
    flow: `udp ${E} to x/a:9999`,
    calico: 'allow',
    ...ALLOWED,
  },
  {
    id: 'S-8',
    policies: x('{ podSelector: {}, ingress: [{ from: [] }] }'),
    flow: `tcp ${E} to x/a:80`,
    calico: 'allow',
    ...ALLOWED,
  },
  {
    id: 'S-9',
    policies: x(`{ podSelector: {}, ingress: [{ from: [{ ${nsY} }], ports: [] }] }`),
    flow: 'sctp y/a to x/a:7',
    calico: 'allow',
    ...ALLOWED,
  },
  {
    id: 'S-10',
    policies: x(`{ podSelector: {}, egress: [{ to: [{ ${nsY} }] }] }`),
    flow: 'tcp y/a to x/a:80',
    calico: 'deny',
    ...DENIED,
  },
  {
    id: 'S-11',
    policies: x(`{ podSelector: {}, egress: [{ to: [{ ${nsY} }] }] }`),
    flow: 'tcp x/a to z/a:80',
    calico: 'deny',
    ...DENIED,
  },
  { id: 'S-12', policies: x('{ podSelector: {}, egress: [] }'), flow: 'tcp x/a to z/a:80', calico: 'allow' },
  {
    id: 'S-13',
    policies: x(
      '{ podSelector: {}, policyTypes: [Egress], ingress: [{ from: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: z } } }] }] }',
    ),
    flow: 'tcp y/a to x/a:80',
    calico: 'allow',
    reason: 'profile',
  },
  {
    id: 'S-14',
    policies: x(`{ podSelector: {}, policyTypes: [Ingress], egress: [{ to: [{ ${nsY} }] }] }`),
    flow: 'tcp x/a to z/a:80',
    calico: 'allow',
  },
  { id: 'S-15', policies: x(denyEgress), flow: 'udp x/a to z/a:53', calico: 'deny', ...DENIED },
  { id: 'S-16', policies: x(denyEgress), flow: 'tcp y/a to x/a:80', calico: 'allow' },
  {
    id: 'S-17',
    policies: x('{ podSelector: {}, policyTypes: [Ingress, Ingress] }'),
    flow: 'tcp x/a to y/a:80',
    calico: 'allow',
  },
  {
    id: 'S-18',
    policies: [['y', '{ podSelector: { matchLabels: { app: web } } }']],
    flow: 'tcp z/a to x/a:80',
    calico: 'allow',
  },
  {
    id: 'S-19',
    policies: x(`{ podSelector: ${labelled('app', 'NotIn', 'db')} }`),
    flow: 'tcp y/a to x/c:80',
    calico: 'deny',
    ...DENIED,
  },
];

const twoItems = from('podSelector: { matchLabels: { app: db } }', nsY);

const PEERS: readonly ConformanceCase[] = [
  { id: 'P-1', policies: x(from('podSelector: {}')), flow: 'tcp x/b to x/a:80', calico: 'allow', ...ALLOWED },
  { id: 'P-2', policies: x(from('podSelector: {}')), flow: 'tcp y/a to x/a:80', calico: 'deny', ...DENIED },
  { id: 'P-4', policies: x(from('namespaceSelector: {}')), flow: 'tcp z/a to x/a:80', calico: 'allow' },
  { id: 'P-5', policies: x(from('namespaceSelector: {}')), flow: `tcp ${E} to x/a:80`, calico: 'deny' },
  { id: 'P-8', policies: x(twoItems), flow: 'tcp x/b to x/a:80', calico: 'allow' },
  {
    id: 'P-9',
    policies: x(twoItems),
    edit: (fixture) =>
      `${fixture}  - { apiVersion: v1, kind: Pod, metadata: { name: b, namespace: z, labels: { app: db } }, spec: { nodeName: n3, containers: [{ name: c }] }, status: { phase: Running, podIP: 10.0.3.2, podIPs: [{ ip: 10.0.3.2 }] } }\n`,
    flow: 'tcp z/b to x/a:80',
    calico: 'deny',
  },
  {
    id: 'P-10',
    policies: x(from(`${nsY}, podSelector: {}`)),
    flow: 'tcp x/b to x/a:80',
    calico: 'deny',
  },
  {
    id: 'P-12',
    policies: x(from(`namespaceSelector: ${labelled('team', 'In', 'blue, ""')}`)),
    flow: 'tcp z/a to x/a:80',
    calico: 'deny',
  },
  {
    id: 'P-15',
    policies: x(from(`namespaceSelector: ${labelled('kubernetes.io/metadata.name', 'In', '"y"')}`)),
    flow: 'tcp y/a to x/a:80',
    calico: 'allow',
  },
  {
    id: 'P-16',
    policies: x(from(`podSelector: ${labelled('app', 'NotIn', 'db')}`)),
    flow: 'tcp x/c to x/a:80',
    calico: 'allow',
  },
  {
    id: 'P-17',
    policies: x(from('podSelector: { matchLabels: { tier: "" } }')),
    flow: 'tcp x/a to x/b:80',
    calico: 'allow',
  },
  {
    id: 'P-20',
    policies: x(
      from(
        'podSelector: { matchExpressions: [{ key: app, operator: In, values: [web] }, { key: app, operator: NotIn, values: [web] }] }',
      ),
    ),
    flow: 'tcp x/a to x/b:80',
    calico: 'deny',
  },
  {
    id: 'P-21',
    policies: x(from('podSelector: { matchLabels: { App: web } }')),
    flow: 'tcp x/a to x/b:80',
    calico: 'deny',
  },
];

const block = (cidr: string, except?: string): string =>
  `ipBlock: { cidr: "${cidr}"${except === undefined ? '' : `, except: ["${except}"]`} }`;

const BLOCKS: readonly ConformanceCase[] = [
  {
    id: 'B-1',
    policies: x(from(block('10.0.2.0/24'))),
    flow: 'tcp 10.0.2.1 to 10.0.1.1:80',
    calico: 'allow',
  },
  {
    id: 'B-2',
    policies: x(from(block('10.0.2.0/24', '10.0.2.1/32'))),
    flow: 'tcp 10.0.2.1 to 10.0.1.1:80',
    calico: 'deny',
  },
  {
    id: 'B-3',
    policies: x(from(block('10.0.2.0/24', '10.0.2.1/32'))),
    flow: 'tcp 10.0.2.2 to 10.0.1.1:80',
    calico: 'allow',
  },
  {
    id: 'B-6',
    policies: x(from(block('0.0.0.0/0'))),
    flow: 'tcp fd00:2::1 to [fd00:1::1]:80',
    calico: 'deny',
  },
  { id: 'B-7', policies: x(from(block('::/0'))), flow: 'tcp 10.0.2.1 to 10.0.1.1:80', calico: 'deny' },
  { id: 'B-8', policies: x(from(block('10.0.2.9/4'))), flow: 'tcp 10.0.2.1 to 10.0.1.1:80', calico: 'allow' },
  {
    id: 'B-9',
    policies: x(from(block('0.0.0.0/0', '10.0.0.0/8'))),
    flow: `tcp ${E} to x/a:80`,
    calico: 'allow',
  },
  { id: 'B-10', policies: x(to(block('203.0.113.9/32'))), flow: `tcp x/a to ${E}:80`, calico: 'allow' },
  {
    id: 'B-11',
    policies: x(to(block('10.96.0.10/32'))),
    flow: 'tcp x/a to service:y/web:80',
    calico: 'deny',
    kubernetes: 'unspecified',
  },
  {
    id: 'B-12',
    policies: x(to(block('10.0.2.0/24'))),
    flow: 'tcp x/a to service:y/web:80',
    calico: 'allow',
    kubernetes: 'unspecified',
  },
  {
    id: 'B-13',
    policies: x(from(block('192.168.0.12/32'))),
    flow: 'tcp y/h to x/a:80',
    calico: 'allow',
    kubernetes: 'unspecified',
    unseen: NAMED,
  },
  {
    id: 'B-14',
    policies: x(
      `{ podSelector: {}, ingress: [{ from: [{ ${block('0.0.0.0/0')} }], ports: [{ port: http }] }] }`,
    ),
    flow: `tcp ${E} to x/a:80`,
    calico: 'allow',
  },
  {
    id: 'B-15',
    policies: x(
      `{ podSelector: {}, policyTypes: [Egress], egress: [{ to: [{ ${block('203.0.113.0/24')} }], ports: [{ port: http }] }] }`,
    ),
    flow: `tcp x/a to ${E}:80`,
    calico: 'deny',
  },
  {
    id: 'B-16',
    policies: x(
      `{ podSelector: {}, policyTypes: [Egress], egress: [{ to: [{ ${block('10.0.2.0/24')} }], ports: [{ port: http }] }] }`,
    ),
    flow: 'tcp 10.0.1.1 to 10.0.2.1:80',
    calico: 'allow',
    kubernetes: 'unspecified',
  },
];

const range = ports('{ port: 80, endPort: 90 }');

const PORTS: readonly ConformanceCase[] = [
  { id: 'Q-1', policies: x(ports('{ port: 80 }')), flow: 'udp y/a to x/a:80', calico: 'deny' },
  { id: 'Q-2', policies: x(ports('{ protocol: UDP }')), flow: 'udp y/a to x/a:1', calico: 'allow' },
  { id: 'Q-5', policies: x(ports('{}')), flow: 'udp y/a to x/a:1', calico: 'deny' },
  { id: 'Q-5 tcp', policies: x(ports('{}')), flow: 'tcp y/a to x/a:1', calico: 'allow' },
  { id: 'Q-6 first', policies: x(range), flow: 'tcp y/a to x/a:80', calico: 'allow' },
  { id: 'Q-6 last', policies: x(range), flow: 'tcp y/a to x/a:90', calico: 'allow' },
  { id: 'Q-7 below', policies: x(range), flow: 'tcp y/a to x/a:79', calico: 'deny' },
  { id: 'Q-7 above', policies: x(range), flow: 'tcp y/a to x/a:91', calico: 'deny' },
  {
    id: 'Q-9',
    policies: x(ports('{ port: 65535, endPort: 65535 }')),
    flow: 'tcp y/a to x/a:65535',
    calico: 'allow',
  },
  { id: 'Q-10', policies: x(ports('{ port: http }')), flow: 'tcp y/a to x/a:80', calico: 'allow' },
  { id: 'Q-12', policies: x(ports('{ port: http }')), flow: 'tcp y/a to x/b:8080', calico: 'allow' },
  { id: 'Q-12 other pod', policies: x(ports('{ port: http }')), flow: 'tcp y/a to x/a:8080', calico: 'deny' },
  {
    id: 'Q-14',
    policies: x(ports('{ port: http, protocol: UDP }')),
    flow: 'udp y/a to x/c:80',
    calico: 'allow',
  },
  {
    id: 'Q-16',
    policies: x(
      '{ podSelector: {}, policyTypes: [Egress], egress: [{ to: [{ namespaceSelector: {} }], ports: [{ port: http }] }] }',
    ),
    flow: 'tcp x/a to y/b:8080',
    calico: 'allow',
  },
  { id: 'Q-18', policies: x(ports('{ port: 80 }')), flow: 'tcp y/a:80 to x/a:5000', calico: 'deny' },
  {
    id: 'Q-19',
    policies: x(ports('{ port: 80, protocol: SCTP }')),
    flow: 'sctp y/a to x/a:80',
    calico: 'allow',
  },
  {
    id: 'Q-20',
    policies: x(ports('{ port: 80, protocol: SCTP }')),
    flow: 'tcp y/a to x/a:80',
    calico: 'deny',
  },
  {
    id: 'Q-21',
    policies: x(
      `{ podSelector: {}, ingress: [{ from: [{ ${nsY} }], ports: [{ port: 80 }] }, { from: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: z } } }], ports: [{ port: 81 }] }] }`,
    ),
    flow: 'tcp y/a to x/a:81',
    calico: 'deny',
  },
  {
    id: 'Q-22',
    policies: x(
      `{ podSelector: {}, ingress: [{ from: [{ ${nsY} }], ports: [{ port: 80 }, { port: 81 }] }] }`,
    ),
    flow: 'tcp y/a to x/a:81',
    calico: 'allow',
  },
  {
    id: 'Q-23',
    policies: x(from(nsY)),
    flow: 'icmp y/a to x/a',
    calico: 'allow',
    kubernetes: 'unspecified',
  },
  {
    id: 'Q-24',
    policies: x(ports('{ port: 80 }')),
    flow: 'icmp y/a to x/a',
    calico: 'deny',
    kubernetes: 'unspecified',
  },
];

const fromWebPods = from('namespaceSelector: {}, podSelector: { matchLabels: { app: web } }');
const finishedJob = `
apiVersion: v1
kind: Pod
metadata: { name: job, namespace: "y" }
spec: { nodeName: n2, containers: [{ name: c }] }
status: { phase: Succeeded, podIP: 10.0.3.7, podIPs: [{ ip: 10.0.3.7 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: d, namespace: z }
spec: { nodeName: n3, containers: [{ name: c }] }
status: { phase: Running, podIP: 10.0.3.7, podIPs: [{ ip: 10.0.3.7 }] }
`;
const nodePort = `
apiVersion: v1
kind: Service
metadata: { name: outer, namespace: x }
spec: { type: NodePort, clusterIP: 10.96.0.12, clusterIPs: [10.96.0.12], selector: { tier: "" }, ports: [{ port: 80, targetPort: 80, nodePort: 30080 }] }
`;

const EXEMPTIONS: readonly ConformanceCase[] = [
  {
    id: 'X-2',
    policies: [
      [
        'x',
        `{ podSelector: {}, policyTypes: [Egress], egress: [{ to: [{ ${nsY} }], ports: [{ port: 80 }] }] }`,
      ],
      ['y', denyIngress],
    ],
    flow: 'tcp x/a to y/a:80',
    calico: 'deny',
    reason: 'tier-end',
    by: 'y/p1',
  },
  { id: 'X-6', policies: x(denyBoth), flow: 'tcp x/a to 10.0.1.1:80', calico: 'allow', reason: 'self' },
  {
    id: 'X-7',
    policies: x(denyBoth),
    flow: 'tcp x/a to service:x/web:80',
    calico: 'deny',
    kubernetes: 'unspecified',
  },
  {
    id: 'X-7 allowed',
    policies: x('{ podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{}], egress: [{}] }'),
    flow: 'tcp x/a to service:x/web:80',
    calico: 'allow',
  },
  {
    id: 'X-8',
    policies: x(denyIngress),
    flow: 'tcp node:n1 to x/a:80',
    calico: 'allow',
    reason: 'host-to-local',
  },
  { id: 'X-9', policies: x(denyIngress), flow: 'tcp node:n2 to x/a:80', calico: 'deny', ...DENIED },
  { id: 'X-10', policies: x(from(block('192.168.0.0/24'))), flow: 'tcp node:n2 to x/a:80', calico: 'allow' },
  { id: 'X-12', policies: x(denyEgress), flow: 'tcp x/a to 192.168.0.12:10250', calico: 'deny', ...DENIED },
  {
    id: 'X-14',
    policies: x(from(nsY)),
    flow: 'tcp y/h to x/a:80',
    calico: 'deny',
    kubernetes: 'unspecified',
    unseen: NAMED,
  },
  {
    id: 'X-15',
    policies: x(denyIngress),
    flow: 'tcp x/h to x/a:80',
    calico: 'allow',
    kubernetes: 'unspecified',
    reason: 'host-to-local',
    unseen: NAMED,
  },
  {
    id: 'X-17',
    policies: [['y', denyBoth]],
    more: finishedJob,
    flow: 'tcp x/a to 10.0.3.7:80',
    calico: 'allow',
    reason: 'profile',
  },
  { id: 'X-18 before', policies: x(fromWebPods), flow: 'tcp y/a to x/a:80', calico: 'allow' },
  {
    id: 'X-18',
    policies: x(fromWebPods),
    edit: (fixture) =>
      fixture.replace(
        '{ name: a, namespace: "y", labels: { app: web } }',
        '{ name: a, namespace: "y", labels: { app: old } }',
      ),
    flow: 'tcp y/a to x/a:80',
    calico: 'deny',
    ...DENIED,
  },
  {
    id: 'X-20',
    policies: [
      ['x', denyIngress],
      ['x', from(`${nsY}, podSelector: { matchLabels: { app: web } }`)],
    ],
    flow: 'tcp y/a to x/a:80',
    calico: 'allow',
    reason: 'policy',
    by: 'x/p1',
  },
  {
    id: 'X-21',
    policies: x(
      '{ podSelector: {}, policyTypes: [Egress], egress: [{ ports: [{ port: 53, protocol: UDP }] }] }',
    ),
    flow: 'tcp x/a to z/a:53',
    calico: 'deny',
  },
  {
    id: 'X-22',
    policies: x(denyIngress),
    more: nodePort,
    flow: `tcp ${E} to 192.168.0.11:30080`,
    calico: 'deny',
    kubernetes: 'unspecified',
  },
  {
    id: 'X-22 admitted',
    policies: x(from(block('203.0.113.0/24'))),
    more: nodePort,
    flow: `tcp ${E} to 192.168.0.11:30080`,
    calico: 'allow',
  },
  {
    id: 'X-22 other node',
    policies: x(from(block('203.0.113.0/24'))),
    more: nodePort,
    flow: `tcp ${E} to 192.168.0.12:30080`,
    calico: 'deny',
    kubernetes: 'unspecified',
  },
  {
    id: 'pod to own node',
    policies: x(denyEgress),
    flow: 'tcp x/c to 192.168.0.13:10250',
    calico: 'deny',
  },
];

export const CONFORMANCE_CASES: readonly ConformanceCase[] = [
  ...SUBJECT,
  ...PEERS,
  ...BLOCKS,
  ...PORTS,
  ...EXEMPTIONS,
];
