/**
 * What each recipe of ahmetb/kubernetes-network-policy-recipes says its probes give, as suites without their policies:
 * those are taken from the recipe's page. `policies` counts the manifests that the page prints in full.
 */

export interface Recipe {
  readonly page: string;
  /** Which of the page's manifests are applied, in order; absent: all of them. */
  readonly apply?: readonly number[];
  readonly policies: number;
  /** Further pages whose manifests are applied as well. */
  readonly with?: readonly string[];
  readonly cluster: string;
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  /** Where the page is wrong. */
  readonly note?: string;
}

const namespace = (name: string, labels = '{}'): string =>
  `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}, labels: ${labels}}\n`;

function pod(space: string, name: string, address: string, labels: string, ports = '[]'): string {
  return [
    'apiVersion: v1',
    'kind: Pod',
    `metadata: {name: ${name}, namespace: ${space}, labels: {${labels}}}`,
    `spec: {nodeName: node, containers: [{name: main, image: main, ports: ${ports}}]}`,
    `status: {phase: Running, podIP: ${address}, podIPs: [{ip: ${address}}]}`,
    '',
  ].join('\n');
}

function service(name: string, address: string, selector: string, ports: string, more = ''): string {
  return [
    'apiVersion: v1',
    'kind: Service',
    `metadata: {name: ${name}, namespace: default}`,
    `spec: {clusterIP: ${address}, selector: {${selector}}, ports: [${ports}]${more}}`,
    '',
  ].join('\n');
}

const cluster = (...documents: readonly string[]): string => documents.join('---\n');

const WEB = pod('default', 'web', '10.8.0.1', 'app: web');
const WEB_SERVICE = service('web', '10.59.245.232', 'app: web', '{port: 80}');
const TEST = pod('default', 'test', '10.8.0.2', 'run: test');
const DNS = pod('kube-system', 'kube-dns', '10.8.9.53', 'k8s-app: kube-dns');
const FOO = pod('default', 'foo', '10.8.0.3', 'app: foo');

export const RECIPES: readonly Recipe[] = [
  {
    page: '01-deny-all-traffic-to-an-application.md',
    policies: 1,
    cluster: cluster(namespace('default'), WEB, WEB_SERVICE, TEST),
    allow: ['tcp default/web to default/test:80'],
    deny: ['tcp default/test to service:default/web:80', 'tcp default/test to default/web:80'],
  },
  {
    page: '02-limit-traffic-to-an-application.md',
    policies: 1,
    cluster: cluster(
      namespace('default'),
      pod('default', 'apiserver', '10.8.0.1', 'app: bookstore, role: api'),
      service('apiserver', '10.59.245.1', 'app: bookstore, role: api', '{port: 80}'),
      TEST,
      pod('default', 'frontend', '10.8.0.4', 'app: bookstore, role: frontend'),
    ),
    allow: ['tcp default/frontend to service:default/apiserver:80'],
    deny: ['tcp default/test to service:default/apiserver:80'],
  },
  {
    page: '02a-allow-all-traffic-to-an-application.md',
    policies: 1,
    with: ['01-deny-all-traffic-to-an-application.md'],
    cluster: cluster(
      namespace('default'),
      namespace('other'),
      WEB,
      WEB_SERVICE,
      TEST,
      pod('other', 'test', '10.8.1.2', 'run: test'),
    ),
    allow: [
      'tcp default/test to service:default/web:80',
      'tcp other/test to service:default/web:80',
      'tcp 93.184.216.34 to default/web:80',
    ],
    deny: [],
    note: 'the page says that {} corresponds to from with two empty selectors, but {} lets in addresses outside the cluster as well',
  },
  {
    page: '03-deny-all-non-whitelisted-traffic-in-the-namespace.md',
    policies: 1,
    cluster: cluster(
      namespace('default'),
      namespace('other'),
      WEB,
      TEST,
      pod('other', 'test', '10.8.1.2', 'run: test'),
    ),
    allow: ['tcp default/test to other/test:80', 'tcp default/web to 93.184.216.34:443'],
    deny: [
      'tcp default/test to default/web:80',
      'tcp other/test to default/test:80',
      'tcp 93.184.216.34 to default/web:80',
    ],
  },
  {
    page: '04-deny-traffic-from-other-namespaces.md',
    policies: 1,
    cluster: cluster(
      namespace('default'),
      namespace('foo'),
      WEB,
      WEB_SERVICE,
      TEST,
      pod('foo', 'test', '10.8.1.2', 'run: test'),
    ),
    allow: ['tcp default/test to service:default/web:80'],
    deny: ['tcp foo/test to service:default/web:80', 'tcp 93.184.216.34 to default/web:80'],
  },
  {
    page: '05-allow-traffic-from-all-namespaces.md',
    policies: 1,
    cluster: cluster(
      namespace('default'),
      namespace('secondary'),
      WEB,
      WEB_SERVICE,
      TEST,
      pod('secondary', 'test', '10.8.1.2', 'run: test'),
    ),
    allow: ['tcp secondary/test to service:default/web:80', 'tcp default/test to service:default/web:80'],
    deny: ['tcp 93.184.216.34 to default/web:80'],
    note: 'the page says that dropping all selectors has the same effect, but an empty from lets in addresses outside the cluster too',
  },
  {
    page: '06-allow-traffic-from-a-namespace.md',
    policies: 1,
    cluster: cluster(
      namespace('default'),
      namespace('dev', '{purpose: testing}'),
      namespace('prod', '{purpose: production}'),
      WEB,
      WEB_SERVICE,
      TEST,
      pod('dev', 'test', '10.8.1.2', 'run: test'),
      pod('prod', 'test', '10.8.2.2', 'run: test'),
    ),
    allow: ['tcp prod/test to service:default/web:80'],
    deny: ['tcp dev/test to service:default/web:80', 'tcp default/test to service:default/web:80'],
  },
  {
    page: '07-allow-traffic-from-some-pods-in-another-namespace.md',
    policies: 1,
    cluster: cluster(
      namespace('default'),
      namespace('other', '{team: operations}'),
      WEB,
      WEB_SERVICE,
      TEST,
      pod('default', 'monitor', '10.8.0.4', 'type: monitoring'),
      pod('other', 'test', '10.8.1.2', 'run: test'),
      pod('other', 'monitor', '10.8.1.3', 'type: monitoring'),
    ),
    allow: ['tcp other/monitor to service:default/web:80'],
    deny: [
      'tcp default/test to service:default/web:80',
      'tcp default/monitor to service:default/web:80',
      'tcp other/test to service:default/web:80',
    ],
  },
  {
    page: '08-allow-external-traffic.md',
    policies: 1,
    with: ['03-deny-all-non-whitelisted-traffic-in-the-namespace.md'],
    cluster: cluster(
      namespace('default'),
      WEB,
      service('web', '10.59.245.232', 'app: web', '{port: 80, nodePort: 30080}', ', type: LoadBalancer'),
      TEST,
    ),
    allow: ['tcp 93.184.216.34 to default/web:80', 'tcp default/test to service:default/web:80'],
    deny: ['tcp 93.184.216.34 to default/test:80'],
  },
  {
    page: '09-allow-traffic-only-to-a-port.md',
    policies: 1,
    cluster: cluster(
      namespace('default'),
      pod('default', 'apiserver', '10.8.0.1', 'app: apiserver'),
      service(
        'apiserver',
        '10.59.245.1',
        'app: apiserver',
        '{name: a, port: 8001, targetPort: 8000}, {name: b, port: 5001, targetPort: 5000}',
      ),
      TEST,
      pod('default', 'monitor', '10.8.0.4', 'role: monitoring'),
    ),
    allow: [
      'tcp default/monitor to service:default/apiserver:5001',
      'tcp default/monitor to default/apiserver:5000',
    ],
    deny: [
      'tcp default/test to service:default/apiserver:8001',
      'tcp default/test to service:default/apiserver:5001',
      'tcp default/monitor to service:default/apiserver:8001',
    ],
  },
  {
    page: '10-allowing-traffic-with-multiple-selectors.md',
    policies: 1,
    cluster: cluster(
      namespace('default'),
      pod('default', 'db', '10.8.0.1', 'app: bookstore, role: db'),
      service('db', '10.59.242.200', 'app: bookstore, role: db', '{port: 6379}'),
      pod('default', 'catalog', '10.8.0.4', 'app: inventory, role: web'),
      pod('default', 'search', '10.8.0.5', 'app: bookstore, role: search'),
      pod('default', 'mixed', '10.8.0.6', 'app: inventory, role: api'),
      pod('default', 'other', '10.8.0.7', 'app: other'),
    ),
    allow: [
      'tcp default/catalog to service:default/db:6379',
      'tcp default/search to service:default/db:6379',
    ],
    deny: ['tcp default/other to service:default/db:6379', 'tcp default/mixed to service:default/db:6379'],
  },
  {
    page: '11-deny-egress-traffic-from-an-application.md',
    policies: 2,
    apply: [0],
    cluster: cluster(namespace('default'), namespace('kube-system'), WEB, WEB_SERVICE, FOO, DNS),
    allow: ['tcp default/web to default/foo:80'],
    deny: [
      'tcp default/foo to service:default/web:80',
      'udp default/foo to kube-system/kube-dns:53',
      'tcp default/foo to 93.184.216.34:80',
    ],
  },
  {
    page: '11-deny-egress-traffic-from-an-application.md',
    policies: 2,
    apply: [1],
    cluster: cluster(namespace('default'), namespace('kube-system'), WEB, WEB_SERVICE, FOO, DNS),
    allow: ['udp default/foo to kube-system/kube-dns:53', 'tcp default/foo to kube-system/kube-dns:53'],
    deny: [
      'tcp default/foo to service:default/web:80',
      'tcp default/foo to 93.184.216.34:80',
      'icmp default/foo to 74.125.129.101',
      'udp default/foo to 8.8.8.8:53',
    ],
  },
  {
    page: '12-deny-all-non-whitelisted-traffic-from-the-namespace.md',
    policies: 1,
    cluster: cluster(namespace('default'), namespace('kube-system'), WEB, TEST, DNS),
    allow: ['tcp kube-system/kube-dns to default/web:80'],
    deny: [
      'tcp default/test to default/web:80',
      'udp default/test to kube-system/kube-dns:53',
      'tcp default/web to 93.184.216.34:80',
    ],
  },
  {
    page: '14-deny-external-egress-traffic.md',
    policies: 1,
    cluster: cluster(namespace('default'), namespace('kube-system'), WEB, WEB_SERVICE, FOO, DNS),
    allow: ['udp default/foo to kube-system/kube-dns:53', 'tcp default/foo to kube-system/kube-dns:53'],
    deny: ['tcp default/foo to 93.184.216.34:80', 'tcp default/foo to service:default/web:80'],
    note: 'the page says that web is reached, but its manifest names the DNS pods as the only peers and port 53 as the only port',
  },
];

/** NetworkPolicy manifests that a page prints in full. */
export function manifestsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^```yaml\n([\s\S]*?)^```/gm)]
    .map((match) => match[1]!)
    .filter((block) => /^kind: NetworkPolicy$/m.test(block));
}
