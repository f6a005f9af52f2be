import { describe, expect, test } from 'vitest';
import { formatAddress, parseAddress } from '../../src/net/address.ts';
import { TCP } from '../../src/net/protocol-layout.ts';
import { buildAddressBook, factsAbout } from '../../src/policy/addresses/address-book.ts';
import type { CalicoProfile } from '../../src/policy/api/calico.ts';
import type { Labels } from '../../src/policy/cluster.ts';
import type { AddressBook, AddressFacts } from '../../src/policy/endpoints.ts';
import { clusterFrom, fixtureWith } from '../examine.ts';

const at = (book: AddressBook, text: string): AddressFacts => factsAbout(book, parseAddress(text)!);

interface PodOptions {
  readonly ip: string;
  readonly labels?: string;
  readonly phase?: string;
  readonly started?: string;
  readonly spec?: string;
  readonly ready?: string;
  readonly metadata?: string;
}

function pod(
  name: string,
  { ip, labels = '', phase = 'Running', started, spec = '', ready = 'True', metadata = '' }: PodOptions,
): string {
  return `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: shop, labels: { ${labels} }${metadata} }
spec: { nodeName: n1, containers: [{ name: c }]${spec} }
status: { phase: ${phase}, podIP: ${ip}, podIPs: [{ ip: ${ip} }]${started === undefined ? '' : `, startTime: "${started}"`}, conditions: [{ type: Ready, status: "${ready}" }] }
`;
}

const bookOf = (...manifests: string[]): AddressBook =>
  buildAddressBook(clusterFrom(manifests.join('\n---\n')));

describe('effective labels', () => {
  const book = bookOf(
    '{ apiVersion: v1, kind: Namespace, metadata: { name: shop, labels: { team: red } } }',
    '{ apiVersion: v1, kind: ServiceAccount, metadata: { name: api, namespace: shop, labels: { role: reader } } }',
    pod('web', {
      ip: '10.0.0.1',
      labels: 'app: web, pcns.team: forged, projectcalico.org/namespace: forged',
      spec: ', serviceAccountName: api',
    }),
  );
  const [endpoint] = book.endpoints;

  test('own ones without inherited keys, where it stands, and what is inherited', () => {
    expect({ ...endpoint!.labels }).toEqual({
      app: 'web',
      'projectcalico.org/namespace': 'shop',
      'projectcalico.org/orchestrator': 'k8s',
      'projectcalico.org/serviceaccount': 'api',
      'pcns.team': 'red',
      'pcns.kubernetes.io/metadata.name': 'shop',
      'pcns.projectcalico.org/name': 'shop',
      'pcsa.role': 'reader',
      'pcsa.projectcalico.org/name': 'api',
    });
    expect(endpoint!.profiles).toEqual(['kns.shop', 'ksa.shop.api']);
  });

  test('pods alike share one label set', () => {
    const alike = bookOf(
      pod('b', { ip: '10.0.0.2', labels: 'app: web, x: "1"' }),
      pod('a', { ip: '10.0.0.1', labels: 'x: "1", app: web' }),
      pod('c', { ip: '10.0.0.3', labels: 'app: db' }),
    );
    expect(alike.endpoints.map(({ name, labelSet }) => [name, labelSet])).toEqual([
      ['a', 0],
      ['b', 0],
      ['c', 1],
    ]);
    expect(alike.endpoints[0]!.labels).toBe(alike.endpoints[1]!.labels);
    expect(alike.labelSets[0]!.endpoints.map(({ index }) => index)).toEqual([0, 1]);
  });
});

describe('owners', () => {
  test('host-network pods are no endpoints, nodes own their addresses', () => {
    const book = buildAddressBook(fixtureWith(''));
    const facts = at(book, '192.168.0.11');
    expect(facts.owner).toBeUndefined();
    expect(facts.node?.name).toBe('n1');
    expect(facts.hostNetworkPods.map(({ name }) => name)).toEqual(['h']);
    expect(book.endpoints.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual([
      'x/a',
      'x/b',
      'x/c',
      'y/a',
      'y/b',
      'z/a',
    ]);
    expect(at(book, 'fd00:2::1').owner?.name).toBe('a');
    expect(at(book, '203.0.113.9').holders).toEqual([]);
  });

  test('a finished pod gives up its address without a warning', () => {
    const book = bookOf(pod('old', { ip: '10.0.0.1', phase: 'Failed' }), pod('new', { ip: '10.0.0.1' }));
    expect(at(book, '10.0.0.1').holders.map(({ name }) => name)).toEqual(['new']);
    expect(book.warnings).toEqual([]);
  });

  test('of two live pods the running one, then the one that started last; both hold the address', () => {
    const early = { ip: '10.0.0.1', started: '2026-01-01T00:00:00Z' };
    const late = { ip: '10.0.0.1', started: '2026-01-02T00:00:00Z' };
    const ownerOf = (book: AddressBook) => at(book, '10.0.0.1').owner?.name;
    expect(ownerOf(bookOf(pod('a', early), pod('b', late)))).toBe('b');
    expect(ownerOf(bookOf(pod('a', early), pod('b', { ...late, phase: 'Pending' })))).toBe('a');
    const book = bookOf(pod('b', early), pod('a', early));
    expect(ownerOf(book)).toBe('a');
    expect(at(book, '10.0.0.1').holders).toHaveLength(2);
    expect(book.warnings).toHaveLength(1);
  });

  test('a pod without an address is nobody yet', () => {
    const book = bookOf(
      '{ apiVersion: v1, kind: Pod, metadata: { name: p, namespace: shop }, spec: { containers: [{ name: c }] }, status: { phase: Pending } }',
    );
    expect(book.endpoints).toEqual([]);
  });
});

test('a workload endpoint may name its orchestrator and its profiles, which lend their labels in their order', () => {
  const cluster = clusterFrom(
    [
      'apiVersion: v1\nkind: Namespace\nmetadata: { name: other, labels: { team: blue } }',
      pod('vm', { ip: '10.0.0.1', labels: 'app: vm' }),
    ].join('\n---\n'),
  );
  const at = { file: '', line: 0, column: 0 };
  const rules = { ingress: [], egress: [] };
  const profile = (name: string, labelsToApply: Labels): CalicoProfile => ({
    name,
    labelsToApply,
    rules,
    at,
  });
  const profiles = ['first', 'second', 'kns.other', 'unknown'];
  const workloadEndpoint = {
    interfaceName: 'cali1',
    orchestrator: 'openstack',
    profiles,
    allowedSources: [],
  };
  const book = buildAddressBook({
    ...cluster,
    pods: cluster.pods.map((each) => ({ ...each, workloadEndpoint })),
    profiles: [
      profile('first', { colour: 'one', app: 'lent' }),
      profile('second', { colour: 'two', size: 'big', 'pcns.team': 'lent' }),
    ],
  });
  const [endpoint] = book.endpoints;
  expect(endpoint!.profiles).toEqual(profiles);
  expect(endpoint!.labels).toEqual({
    app: 'vm',
    colour: 'one',
    size: 'big',
    'pcns.team': 'lent',
    'pcns.kubernetes.io/metadata.name': 'other',
    'pcns.projectcalico.org/name': 'other',
    'projectcalico.org/namespace': 'shop',
    'projectcalico.org/orchestrator': 'openstack',
    'projectcalico.org/serviceaccount': 'default',
  });
});

test('ports of ordinary init containers have names under calico, not under the API alone', () => {
  const spec =
    ', initContainers: [{ name: i, ports: [{ name: setup, containerPort: 1 }] }, { name: s, restartPolicy: Always, ports: [{ name: side, containerPort: 2 }] }]';
  const cluster = clusterFrom(pod('p', { ip: '10.0.0.1', spec }));
  const names = (initContainerPorts: 'named' | 'ignored') =>
    buildAddressBook(cluster, { initContainerPorts, enforces: [], podLabels: 'all' })
      .endpoints[0]!.namedPorts.map(({ name }) => name)
      .sort();
  expect(names('named')).toEqual(['setup', 'side']);
  expect(names('ignored')).toEqual(['side']);
});

describe('services', () => {
  const service = (spec: string): string =>
    `{ apiVersion: v1, kind: Service, metadata: { name: web, namespace: shop }, spec: { clusterIP: 10.96.0.1, clusterIPs: [10.96.0.1], ${spec} } }`;
  const node = (name: string, address: string): string =>
    `{ apiVersion: v1, kind: Node, metadata: { name: ${name} }, status: { addresses: [{ type: InternalIP, address: ${address} }] } }`;
  const web = (name: string, ip: string, more: Partial<PodOptions> & { port?: number } = {}): string =>
    pod(name, { ip, labels: 'app: web', ...more }).replace(
      'containers: [{ name: c }]',
      `containers: [{ name: c, ports: [{ name: http, containerPort: ${more.port ?? 8080} }] }]`,
    );
  const backendsAt = (book: AddressBook, address: string): string[] =>
    at(book, address).virtualPorts.flatMap(({ kind, port, backends }) =>
      backends.map(
        (backend) => `${kind} ${port} ${formatAddress(backend.address)}:${backend.port} ${backend.nodeName}`,
      ),
    );

  test('ready pods that the selector takes, the target port resolved at each', () => {
    const book = bookOf(
      service('selector: { app: web }, ports: [{ port: 80, targetPort: http }]'),
      web('b', '10.0.0.2', { port: 9090 }),
      web('a', '10.0.0.1'),
      web('unready', '10.0.0.3', { ready: 'False' }),
      web('finished', '10.0.0.4', { phase: 'Succeeded' }),
      web('leaving', '10.0.0.7', { metadata: ', deletionTimestamp: "2026-01-01T00:00:00Z"' }),
      pod('nameless', { ip: '10.0.0.5', labels: 'app: web' }),
      pod('other', { ip: '10.0.0.6', labels: 'app: db' }),
      web('v6', 'fd00::1'),
    );
    expect(backendsAt(book, '10.96.0.1')).toEqual([
      'cluster-ip 80 10.0.0.1:8080 n1',
      'cluster-ip 80 10.0.0.2:9090 n1',
    ]);
    expect(at(book, '10.96.0.1').virtualPorts[0]!.protocol).toBe(TCP);
  });

  test('a target port by name: containers, then sidecars, never init containers that end', () => {
    const spec = (ports: string, restart: string): string =>
      `, initContainers: [{ name: i, ports: [${ports}]${restart} }]`;
    const named = '{ name: http, containerPort: 7000 }';
    const book = bookOf(
      service('selector: { app: web }, ports: [{ port: 80, targetPort: http }]'),
      web('both', '10.0.0.1', { spec: spec(named, ', restartPolicy: Always') }),
      pod('sidecar', { ip: '10.0.0.2', labels: 'app: web', spec: spec(named, ', restartPolicy: Always') }),
      pod('init', { ip: '10.0.0.3', labels: 'app: web', spec: spec(named, '') }),
      pod('udp', {
        ip: '10.0.0.4',
        labels: 'app: web',
        spec: spec('{ name: http, protocol: UDP, containerPort: 7000 }', ', restartPolicy: Always'),
      }),
    );
    expect(backendsAt(book, '10.96.0.1')).toEqual([
      'cluster-ip 80 10.0.0.1:8080 n1',
      'cluster-ip 80 10.0.0.2:7000 n1',
    ]);
  });

  test('pods that are not ready count when the service says so', () => {
    const book = bookOf(
      service('selector: { app: web }, publishNotReadyAddresses: true, ports: [{ port: 80 }]'),
      web('unready', '10.0.0.3', { ready: 'False' }),
    );
    expect(backendsAt(book, '10.96.0.1')).toEqual(['cluster-ip 80 10.0.0.3:80 n1']);
  });

  test('slices go before selectors, ports by name, conditions kept', () => {
    const book = bookOf(
      service('selector: { app: web }, ports: [{ name: a, port: 80 }, { name: b, port: 81 }]'),
      web('a', '10.0.0.1'),
      `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: web-1, namespace: shop, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
endpoints: [{ addresses: [10.9.0.1], nodeName: n2 }, { addresses: [10.9.0.2], conditions: { ready: false } }]
ports: [{ name: b, port: 8081 }]
`,
    );
    expect(backendsAt(book, '10.96.0.1')).toEqual(['cluster-ip 81 10.9.0.1:8081 n2']);
  });

  test('node ports stand at every node, other virtual addresses once', () => {
    const book = bookOf(
      node('n1', '192.168.0.1'),
      node('n2', '192.168.0.2'),
      service(
        'type: NodePort, externalIPs: [198.51.100.1], selector: { app: web }, ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }]',
      ),
      web('a', '10.0.0.1'),
    );
    expect(backendsAt(book, '192.168.0.1')).toEqual(['node-port 30080 10.0.0.1:8080 n1']);
    expect(at(book, '192.168.0.2').virtualPorts[0]!.nodeName).toBe('n2');
    expect(backendsAt(book, '198.51.100.1')).toEqual(['external-ip 80 10.0.0.1:8080 n1']);
  });

  test('a service without a selector has no backends of its own', () => {
    const book = bookOf(service('ports: [{ port: 80 }]'), web('a', '10.0.0.1'));
    expect(backendsAt(book, '10.96.0.1')).toEqual([]);
  });
});
