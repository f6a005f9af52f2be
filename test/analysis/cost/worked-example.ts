/**
 * The worked example of cni-profiles.md section 13.9: a namespace with 10 web, 10 api and 5 db pods, of which the node under study runs 4,
 * 3 and 2; kube-dns has two pods elsewhere. Five policies; IPv4 alone.
 */
import { loadCluster } from '../../../src/manifest/load.ts';
import type { Cluster } from '../../../src/policy/cluster.ts';

/** The node that the figures are of. */
export const NODE = 'node-1';

const APPS = [
  { app: 'web', pods: 10, local: 4, block: 1 },
  { app: 'api', pods: 10, local: 3, block: 2 },
  { app: 'db', pods: 5, local: 2, block: 3 },
] as const;

function pod(namespace: string, name: string, labels: object, podIP: string, nodeName: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels },
    spec: { nodeName, containers: [{ name: 'main', image: 'example.com/main' }] },
    status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }] },
  };
}

function policy(name: string, spec: object): object {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace: 'shop', name },
    spec,
  };
}

const namespace = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
});

const from = (app: string, port: number): object => ({
  from: [{ podSelector: { matchLabels: { app } } }],
  ports: [{ protocol: 'TCP', port }],
});

const POLICIES = [
  policy('p1', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
  policy('p2', {
    podSelector: { matchLabels: { app: 'web' } },
    policyTypes: ['Ingress'],
    ingress: [
      {
        from: [{ ipBlock: { cidr: '0.0.0.0/0' } }],
        ports: [80, 443].map((port) => ({ protocol: 'TCP', port })),
      },
    ],
  }),
  policy('p3', {
    podSelector: { matchLabels: { app: 'api' } },
    policyTypes: ['Ingress'],
    ingress: [from('web', 8080)],
  }),
  policy('p4', {
    podSelector: { matchLabels: { app: 'db' } },
    policyTypes: ['Ingress'],
    ingress: [from('api', 5432)],
  }),
  policy('p5', {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [
      {
        to: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
        ports: ['UDP', 'TCP'].map((protocol) => ({ protocol, port: 53 })),
      },
      { to: [{ podSelector: {} }] },
    ],
  }),
];

/** The cluster of the example. */
export function workedExample(): Cluster {
  const shop = APPS.flatMap(({ app, pods, local, block }) =>
    Array.from({ length: pods }, (_, number) =>
      pod(
        'shop',
        `${app}-${number}`,
        { app },
        `10.0.${block}.${number + 1}`,
        number < local ? NODE : 'node-2',
      ),
    ),
  );
  const dns = [1, 2].map((number) =>
    pod('kube-system', `kube-dns-${number}`, { 'k8s-app': 'kube-dns' }, `10.0.4.${number}`, 'node-2'),
  );
  const stdin = JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [namespace('shop'), namespace('kube-system'), ...shop, ...dns, ...POLICIES],
  });
  const { value, diagnostics } = loadCluster(['-'], { stdin });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  return value;
}
