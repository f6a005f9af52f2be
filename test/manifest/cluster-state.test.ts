import { describe, expect, test } from 'vitest';
import { formatAddress } from '../../src/net/address.ts';
import { clusterOf, codesOf, podLines } from './support.ts';

const pod = (name: string, rest: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: shop}\n${rest}\n---\n`;

describe('pods', () => {
  test('both addresses, whichever way they are written', () => {
    const { pods } = clusterOf(
      [
        pod('both', 'status: {phase: Running, podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}, {ip: "fd00::1"}]}'),
        pod('one', 'status: {phase: Running, podIP: 10.0.0.2}'),
        pod('list', 'status: {phase: Running, podIPs: [{ip: "fd00::3"}, {ip: 10.0.0.3}, {ip: 10.0.0.4}]}'),
        pod('pending', 'status: {phase: Pending}'),
      ].join(''),
    );
    expect(podLines(pods)).toEqual([
      'shop/both Pod/both 10.0.0.1 fd00::1',
      'shop/list Pod/list fd00::3 10.0.0.3',
      'shop/one Pod/one 10.0.0.2',
      'shop/pending Pod/pending',
    ]);
    expect(pods.some(({ synthetic }) => synthetic)).toBe(false);
  });

  test('a pod as kept in git runs, ready, at a synthetic address', () => {
    const { pods, assumptions } = clusterOf(pod('web', 'spec: {containers: []}\nstatus: {}'));
    expect(pods[0]).toMatchObject({
      phase: 'Running',
      ready: true,
      synthetic: true,
      serviceAccount: 'default',
    });
    expect(formatAddress(pods[0]!.addresses[0]!)).toMatch(/^198\.18\./);
    expect(assumptions.join()).toContain('1 pod without a status');
  });

  test.each([
    ['{podIP: 10.0.0.1}', 'Running', true],
    ['{phase: Running, podIP: 10.0.0.1, conditions: [{type: Initialized, status: "True"}]}', 'Running', true],
    ['{podIP: 10.0.0.1, conditions: [{type: Ready, status: "False"}]}', 'Running', false],
    ['{hostIP: 192.168.0.1}', 'Pending', true],
  ])('a status of %s', (status, phase, ready) => {
    expect(clusterOf(pod('web', `status: ${status}`)).pods[0]).toMatchObject({ phase, ready });
  });

  test('ports of containers, init containers and sidecars', () => {
    const [web] = clusterOf(
      pod(
        'web',
        `spec:
  containers:
  - ports: [{name: http, containerPort: 8080}, {containerPort: 53, protocol: UDP}]
  initContainers:
  - ports: [{name: setup, containerPort: 1}]
  - restartPolicy: Always
    ports: [{name: proxy, containerPort: 2, protocol: SCTP}]`,
      ),
    ).pods;
    expect(web!.ports).toEqual([
      { name: 'http', protocol: 6, port: 8080, container: 'container' },
      { protocol: 17, port: 53, container: 'container' },
      { name: 'setup', protocol: 6, port: 1, container: 'init' },
      { name: 'proxy', protocol: 132, port: 2, container: 'sidecar' },
    ]);
  });

  test('the end of a life', () => {
    const deleting = (annotations: string): string => `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, deletionTimestamp: "2025-01-01T00:00:00Z", annotations: {${annotations}}}
spec: {serviceAccountName: robot, nodeName: n1}
status:
  phase: Running
  startTime: "2025-01-01T00:00:10Z"
  podIP: 10.0.0.1
  conditions: [{type: Ready, status: "False"}]
`;
    const [still] = clusterOf(deleting('')).pods;
    expect(still).toMatchObject({
      deleting: true,
      ready: false,
      phase: 'Running',
      startedSeconds: 1735689610,
    });
    expect(still).toMatchObject({ serviceAccount: 'robot', nodeName: 'n1' });
    expect(still!.addresses.map(formatAddress)).toEqual(['10.0.0.1']);
    const [released] = clusterOf(deleting('cni.projectcalico.org/podIP: ""')).pods;
    expect(released).toMatchObject({ phase: 'Succeeded', addresses: [] });
  });

  test('nodes without addresses have those that their pods report, host-network pods their own', () => {
    const on = (name: string, spec: string, status: string): string =>
      pod(name, `spec: {${spec}}\nstatus: {phase: Running, ${status}}`);
    const { nodes } = clusterOf(
      on('a', 'nodeName: n1', 'podIP: 10.0.0.1, hostIP: 192.168.0.1') +
        on('b', 'nodeName: n1, hostNetwork: true', 'podIP: 192.168.0.1, podIPs: [{ip: "fd00::1"}]') +
        on('c', 'nodeName: n2, hostNetwork: true', 'podIP: 192.168.0.2') +
        on('d', 'nodeName: n3', 'podIP: 10.0.0.3, hostIP: 192.168.0.3') +
        'apiVersion: v1\nkind: Node\nmetadata: {name: n3, labels: {zone: z}}\n---\n' +
        'apiVersion: v1\nkind: Node\nmetadata: {name: n4}\nstatus: {addresses: [{type: InternalIP, address: 192.168.0.4}]}\n---\n' +
        on('e', 'nodeName: n4', 'podIP: 10.0.0.4, hostIP: 192.168.0.99'),
    );
    expect(nodes.map(({ name, addresses }) => [name, ...addresses.map(formatAddress)])).toEqual([
      ['n1', '192.168.0.1', 'fd00::1'],
      ['n2', '192.168.0.2'],
      ['n3', '192.168.0.3'],
      ['n4', '192.168.0.4'],
    ]);
    expect({ ...nodes[2]!.labels }).toEqual({ zone: 'z' });
  });

  test('host-network pods stand at their node', () => {
    const { pods, nodes } = clusterOf(
      `${pod('a', 'spec: {hostNetwork: true, nodeName: n1}')}${pod('b', 'spec: {hostNetwork: true}')}${pod(
        'c',
        'spec: {hostNetwork: true, nodeName: n2}\nstatus: {phase: Running, hostIP: 192.168.0.2, podIP: 192.168.0.2}',
      )}apiVersion: v1
kind: Node
metadata:
  name: n1
  annotations:
    projectcalico.org/IPv4Address: 192.168.0.1/24
    projectcalico.org/IPv4VXLANTunnelAddr: 10.9.0.1
spec: {podCIDR: 10.0.0.0/24}
status: {addresses: [{type: Hostname, address: n1}, {type: InternalIP, address: 192.168.0.1}]}
`,
    );
    expect(podLines(pods)).toEqual(['shop/a Pod/a 192.168.0.1', 'shop/b Pod/b', 'shop/c Pod/c 192.168.0.2']);
    expect(nodes.map(({ name, addresses }) => [name, ...addresses.map(formatAddress)])).toEqual([
      ['n1', '192.168.0.1', '10.9.0.1'],
      ['n2', '192.168.0.2'],
    ]);
    expect(nodes[0]!.podCidrs).toEqual(['10.0.0.0/24']);
  });

  test.each([
    [
      'a Deployment, its ReplicaSet absent',
      'ReplicaSet',
      'web-5d9c',
      '{pod-template-hash: 5d9c}',
      'Deployment/web',
    ],
    ['a ReplicaSet of its own', 'ReplicaSet', 'web-5d9c', '{}', 'ReplicaSet/web-5d9c'],
    ['a StatefulSet', 'StatefulSet', 'db', '{}', 'StatefulSet/db'],
    ['a Job', 'Job', 'clean-28000000', '{}', 'Job/clean-28000000'],
  ])('the pod of %s', (_, kind, owner, labels, workload) => {
    const text = `apiVersion: v1
kind: Pod
metadata:
  name: p
  labels: ${labels}
  ownerReferences: [{kind: ${kind}, name: ${owner}, controller: true}]
status: {podIP: 10.0.0.1}
`;
    expect(podLines(clusterOf(text).pods)).toEqual([`default/p ${workload} 10.0.0.1`]);
  });
});

const workload = (kind: string, name: string, spec: string): string =>
  `apiVersion: ${/Job/.test(kind) ? 'batch/v1' : 'apps/v1'}\nkind: ${kind}\nmetadata: {name: ${name}, namespace: shop}\nspec: ${spec}\n---\n`;
const TEMPLATE =
  'template: {metadata: {labels: {app: web}}, spec: {containers: [{ports: [{containerPort: 80}]}]}}';

describe('workloads without pods', () => {
  test.each([
    ['Deployment', `{${TEMPLATE}}`, ['web-0']],
    ['Deployment', `{replicas: 5, ${TEMPLATE}}`, ['web-0', 'web-1']],
    ['Deployment', `{replicas: 0, ${TEMPLATE}}`, []],
    ['ReplicaSet', `{replicas: 2, ${TEMPLATE}}`, ['web-0', 'web-1']],
    ['StatefulSet', `{replicas: 2, ordinals: {start: 3}, ${TEMPLATE}}`, ['web-3', 'web-4']],
    ['DaemonSet', `{${TEMPLATE}}`, ['web-0']],
    ['Job', `{parallelism: 3, ${TEMPLATE}}`, ['web-0', 'web-1']],
    ['CronJob', `{jobTemplate: {spec: {${TEMPLATE}}}}`, ['web-0']],
    ['CronJob', `{suspend: true, jobTemplate: {spec: {${TEMPLATE}}}}`, []],
  ])('%s %s', (kind, spec, names) => {
    const { pods } = clusterOf(workload(kind, 'web', spec));
    expect(pods.map(({ name }) => name)).toEqual(names);
    for (const pod of pods) {
      expect(pod).toMatchObject({ synthetic: true, workload: { kind, name: 'web' }, labels: { app: 'web' } });
      expect(pod.addresses).toHaveLength(1);
    }
  });

  test('a DaemonSet has a pod on each node that it selects', () => {
    const node = (name: string, labels: string): string =>
      `apiVersion: v1\nkind: Node\nmetadata: {name: ${name}, labels: ${labels}}\n---\n`;
    const spec = `{template: {spec: {nodeSelector: {disk: ssd}}}}`;
    const { pods } = clusterOf(
      node('n1', '{disk: ssd}') +
        node('n2', '{}') +
        node('n3', '{disk: ssd}') +
        workload('DaemonSet', 'logs', spec),
    );
    expect(pods.map(({ name, nodeName }) => [name, nodeName])).toEqual([
      ['logs-n1', 'n1'],
      ['logs-n3', 'n3'],
    ]);
  });

  test('labels that controllers add', () => {
    const { pods } = clusterOf(
      workload('StatefulSet', 'db', `{${TEMPLATE}}`) + workload('Job', 'clean', `{${TEMPLATE}}`),
    );
    expect(pods.map(({ labels }) => ({ ...labels }))).toEqual([
      { app: 'web', 'job-name': 'clean', 'batch.kubernetes.io/job-name': 'clean' },
      { app: 'web', 'statefulset.kubernetes.io/pod-name': 'db-0', 'apps.kubernetes.io/pod-index': '0' },
    ]);
  });

  test('one pod in the manifests is enough to derive none', () => {
    const owned = `apiVersion: v1
kind: Pod
metadata: {name: web-5d9c-x, namespace: shop, ownerReferences: [{kind: ReplicaSet, name: web-5d9c}]}
status: {podIP: 10.0.0.1}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web-5d9c, namespace: shop, ownerReferences: [{kind: Deployment, name: web}]}
spec: {replicas: 1}
---
`;
    const { pods } = clusterOf(
      owned + workload('Deployment', 'web', `{${TEMPLATE}}`) + workload('Deployment', 'api', `{${TEMPLATE}}`),
    );
    expect(pods.map(({ name, workload: of }) => `${name} ${of.kind}/${of.name}`)).toEqual([
      'api-0 Deployment/api',
      'web-5d9c-x Deployment/web',
    ]);
  });

  test('addresses do not hang on the other workloads, nor on the order', () => {
    const texts = ['a', 'b', 'c', 'd'].map((name) =>
      workload('Deployment', name, `{replicas: 2, ${TEMPLATE}}`),
    );
    const all = podLines(clusterOf(texts.join('')).pods);
    expect(podLines(clusterOf([...texts].reverse().join('')).pods)).toEqual(all);
    expect(podLines(clusterOf(texts.slice(1).join('')).pods)).toEqual(all.slice(2));
    expect(new Set(all.map((line) => line.split(' ')[2])).size).toBe(8);
  });

  test('two workloads of one name keep their pods apart', () => {
    const { pods } = clusterOf(
      workload('Deployment', 'web', `{${TEMPLATE}}`) + workload('StatefulSet', 'web', `{${TEMPLATE}}`),
    );
    expect(pods.map(({ name }) => name)).toEqual(['web-0', 'web-statefulset-0']);
  });

  test('IPv6 addresses when the manifests show that the cluster has them', () => {
    const service =
      'apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {clusterIPs: [10.96.0.1, "fd00::1"]}\n---\n';
    const { pods } = clusterOf(service + workload('Deployment', 'web', `{${TEMPLATE}}`));
    expect(pods[0]!.addresses.map(({ family }) => family)).toEqual([4, 6]);
    expect(formatAddress(pods[0]!.addresses[1]!)).toMatch(/^2001:db8::/);
  });
});

describe('services', () => {
  const service = (spec: string, rest = ''): string =>
    `apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: ${spec}\n${rest}`;

  test('addresses and ports', () => {
    const [web] = clusterOf(
      service(
        `{type: LoadBalancer, clusterIP: 10.96.0.1, externalIPs: [192.0.2.1], externalTrafficPolicy: Local,
 selector: {app: web}, ports: [{name: http, port: 80, targetPort: web, nodePort: 30080}, {port: 53, protocol: UDP}]}`,
        'status: {loadBalancer: {ingress: [{ip: 192.0.2.9}, {hostname: lb.example.com}]}}',
      ),
    ).services;
    expect(web).toMatchObject({
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      internalTrafficPolicy: 'Cluster',
      selector: { app: 'web' },
      ports: [
        { name: 'http', protocol: 6, port: 80, targetPort: 'web', nodePort: 30080 },
        { protocol: 17, port: 53, targetPort: 53 },
      ],
    });
    const { clusterIPs, externalIPs, loadBalancerIPs } = web!;
    expect([clusterIPs, externalIPs, loadBalancerIPs].map((list) => list.map(formatAddress))).toEqual([
      ['10.96.0.1'],
      ['192.0.2.1'],
      ['192.0.2.9'],
    ]);
  });

  test.each([
    ['{clusterIP: None}', 0],
    ['{clusterIPs: [None]}', 0],
    ['{type: ExternalName, externalName: db.example.com}', 0],
    ['{ports: [{port: 80}]}', 1],
    ['{ipFamilies: [IPv4, IPv6]}', 2],
  ])('%s has %d synthetic addresses', (spec, count) => {
    const { services, assumptions } = clusterOf(service(spec));
    expect(services[0]!.clusterIPs).toHaveLength(count);
    expect(services[0]).not.toHaveProperty('lacksAddress');
    if (count > 0) expect(formatAddress(services[0]!.clusterIPs[0]!)).toMatch(/^198\.19\./);
    expect(assumptions.some((line) => line.includes('service'))).toBe(count > 0);
  });

  test('slices count before Endpoints objects of the same service', () => {
    const slice = `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-x, namespace: shop, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints:
- {addresses: [10.0.0.1], conditions: {ready: true}, nodeName: n1}
- {addresses: [10.0.0.2], conditions: {ready: false}}
- {addresses: [10.0.0.3]}
ports: [{name: http, port: 8080}]
---
`;
    const endpoints = (name: string): string =>
      `apiVersion: v1\nkind: Endpoints\nmetadata: {name: ${name}, namespace: shop}\nsubsets: [{addresses: [{ip: 10.0.1.1}], notReadyAddresses: [{ip: 10.0.1.2}], ports: [{port: 1}]}]\n---\n`;
    const { endpointSlices } = clusterOf(slice + endpoints('web') + endpoints('api'));
    expect(
      endpointSlices.map(({ service: of, endpoints: list }) => [of, list.map(({ ready }) => ready)]),
    ).toEqual([
      ['api', [true, false]],
      ['web', [true, false, true]],
    ]);
    expect(endpointSlices[1]!.ports).toEqual([{ name: 'http', protocol: 6, port: 8080 }]);
  });
});

describe('namespaces', () => {
  test('the automatic label is always there, for mentioned ones too', () => {
    const { namespaces, assumptions } = clusterOf(
      `apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: red, kubernetes.io/metadata.name: other}}
---
${pod('web', '').replace('shop', 'mentioned')}`,
    );
    expect([...namespaces.values()].map(({ name, labels }) => [name, { ...labels }])).toEqual([
      ['mentioned', { 'kubernetes.io/metadata.name': 'mentioned' }],
      ['shop', { team: 'red', 'kubernetes.io/metadata.name': 'shop' }],
    ]);
    expect(namespaces.get('mentioned')!.at).toBeUndefined();
    expect(assumptions[0]).toContain('namespace mentioned');
  });
});

describe('kinds', () => {
  test('other kinds are counted, unknown policy kinds are not passed over', () => {
    const objects = [
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}',
      'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a}',
      'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}',
      'apiVersion: crd.projectcalico.org/v1\nkind: IPAMBlock\nmetadata: {name: a}',
    ].join('\n---\n');
    expect([...clusterOf(objects).ignoredKinds]).toEqual([
      ['ConfigMap', 2],
      ['IPAMBlock', 1],
      ['Ingress', 1],
      ['PodDisruptionBudget', 1],
    ]);
    const calico = 'apiVersion: projectcalico.org/v3\nkind: GlobalNetwrkPolicy\nmetadata: {name: a}\n';
    expect(codesOf(calico)).toEqual(['unsupported-kind']);
    expect(codesOf(calico, true)).toEqual(['unsupported-kind?']);
  });

  test('lists, typed and not, nested and empty', () => {
    const items = '- metadata: {name: a}\n- metadata: {name: b}\n';
    const typed = `apiVersion: v1\nkind: NamespaceList\nitems:\n${items}`;
    expect([...clusterOf(typed).namespaces.keys()]).toEqual(['a', 'b']);
    expect(codesOf(typed.replace('NamespaceList', 'List'))).toEqual(['not-a-resource', 'not-a-resource']);
    expect(clusterOf('{apiVersion: v1, kind: PodList, items: []}').pods).toEqual([]);
    expect(clusterOf('apiVersion: v1\nkind: List\nitems:\n').pods).toEqual([]);
    const nested = `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: NamespaceList\n  items:\n  - metadata: {name: c}\n`;
    expect([...clusterOf(nested).namespaces.keys()]).toEqual(['c']);
  });

  test('comments, empty documents and nothing at all are no objects', () => {
    for (const text of ['', '\n', '# nothing\n', '---\n---\n# x\n---', '--- # x\n...\n'])
      expect(codesOf(text)).toEqual([]);
  });
});
