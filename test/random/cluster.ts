/**
 * Random clusters, small and crowded on purpose: few names, labels, addresses and ports, so that everything clashes
 * with everything. What comes out is what `manifest/` would have made of valid manifests.
 */
import type { Location } from '../../src/diagnostic/diagnostic.ts';
import { type Address, parseAddress } from '../../src/net/address.ts';
import { SCTP, TCP, UDP } from '../../src/net/protocol-layout.ts';
import type { NetworkPolicy } from '../../src/policy/api/network-policy.ts';
import type {
  Cluster,
  ContainerPort,
  EndpointSlice,
  Labels,
  Namespace,
  Node,
  Pod,
  Service,
  ServicePort,
} from '../../src/policy/cluster.ts';
import { EMPTY_CLUSTER } from '../../src/policy/empty-cluster.ts';
import type { Random } from './mulberry.ts';

export const at: Location = { file: 'random.yaml', line: 1, column: 1 };
export const address = (text: string): Address => parseAddress(text)!;

const LABEL_VALUES = ['a', 'b', 'c', ''];
const PORT_NAMES = ['http', 'dns', 'metrics'];
export const PORTS = [53, 80, 8080, 443, 9090];
const TRANSPORTS = [TCP, TCP, UDP, SCTP];

export function drawLabels(draw: Random): Labels {
  const labels: Record<string, string> = {};
  for (const key of draw.some(['app', 'tier', 'env'], 0.6)) labels[key] = draw.pick(LABEL_VALUES);
  // What Romana looks at: the segment of a pod, the name of a namespace.
  if (draw.chance(0.15)) labels['romana.io/segment'] = draw.pick(['front', 'back', '']);
  if (draw.chance(0.1)) labels.namespace = draw.pick(['red', 'green', '']);
  return labels;
}

function drawNamespaces(draw: Random): Namespace[] {
  return ['red', 'green', 'blue'].slice(0, 1 + draw.below(3)).map((name) => ({
    name,
    labels: { ...drawLabels(draw), 'kubernetes.io/metadata.name': name },
    ...(draw.chance(0.5) ? { defaultDeny: true as const } : {}),
    ...(draw.chance(0.8) ? { at } : {}),
  }));
}

function drawNodes(draw: Random): Node[] {
  return ['n1', 'n2', 'n3'].slice(0, draw.below(4)).map((name, index) => ({
    name,
    labels: drawLabels(draw),
    addresses: [
      address(`10.0.0.${index + 1}`),
      ...(draw.chance(0.5) ? [address(`fd00::${index + 1}`)] : []),
      ...(draw.chance(0.3) ? [address(`10.1.0.${1 + 4 * index}`)] : []),
    ],
    tunnelAddresses: [],
    subnets: [],
    podCidrs: [],
    at,
  }));
}

function drawContainerPorts(draw: Random): ContainerPort[] {
  return Array.from({ length: draw.below(4) }, () => ({
    ...(draw.chance(0.85) ? { name: draw.pick(PORT_NAMES) } : {}),
    protocol: draw.pick(TRANSPORTS),
    port: draw.pick(PORTS),
    container: draw.pick(['container', 'container', 'init', 'sidecar'] as const),
  }));
}

function drawPod(draw: Random, index: number, namespaces: readonly Namespace[], nodes: readonly Node[]): Pod {
  const node = nodes.length > 0 && draw.chance(0.85) ? draw.pick(nodes) : undefined;
  const hostNetwork = node !== undefined && draw.chance(0.15);
  const own = [
    ...(draw.chance(0.95) ? [address(`10.1.0.${1 + draw.below(20)}`)] : []),
    ...(draw.chance(0.8) ? [address(`fd01::${(1 + draw.below(20)).toString(16)}`)] : []),
  ];
  return {
    namespace: draw.pick(namespaces).name,
    name: `pod-${String.fromCharCode(97 + index)}`,
    labels: drawLabels(draw),
    serviceAccount: draw.pick(['default', 'default', 'robot', '']),
    workload: { kind: 'Pod', name: `pod-${index}` },
    addresses: hostNetwork
      ? node.addresses
          .slice(0, 2)
          .filter((one, i, all) => all.findIndex((o) => o.family === one.family) === i)
      : own,
    synthetic: false,
    hostNetwork,
    nodeName: node?.name ?? (draw.chance(0.3) ? 'unknown-node' : ''),
    phase: draw.pick([
      'Running',
      'Running',
      'Running',
      'Running',
      'Running',
      'Running',
      'Pending',
      'Succeeded',
    ]),
    startedSeconds: draw.below(3),
    deleting: draw.chance(0.1),
    ready: draw.chance(0.85),
    ports: drawContainerPorts(draw),
    at,
  };
}

function drawServicePorts(draw: Random, type: Service['type']): ServicePort[] {
  const names = draw.some(['web', 'query', 'probe'], 0.5);
  const count = Math.max(1, names.length);
  return Array.from({ length: count }, (_, index) => {
    const port = draw.pick(PORTS);
    return {
      ...(count > 1 ? { name: names[index]! } : {}),
      protocol: draw.pick(TRANSPORTS),
      port,
      targetPort: draw.chance(0.4) ? draw.pick(PORT_NAMES) : draw.pick(PORTS),
      ...(type !== 'ClusterIP' && draw.chance(0.8) ? { nodePort: 30_000 + draw.below(3) } : {}),
    };
  });
}

function drawService(draw: Random, index: number, namespaces: readonly Namespace[]): Service {
  const type = draw.pick(['ClusterIP', 'ClusterIP', 'NodePort', 'LoadBalancer'] as const);
  return {
    namespace: draw.pick(namespaces).name,
    name: `service-${index}`,
    type,
    clusterIPs: [
      ...(draw.chance(0.9) ? [address(`10.96.0.${1 + index}`)] : []),
      ...(draw.chance(0.4) ? [address(`fd96::${1 + index}`)] : []),
    ],
    externalIPs: draw.chance(0.2) ? [address(draw.pick(['192.0.2.1', '10.0.0.1', '203.0.113.9']))] : [],
    loadBalancerIPs: type === 'LoadBalancer' ? [address(`203.0.113.${1 + index}`)] : [],
    externalTrafficPolicy: draw.pick(['Cluster', 'Local'] as const),
    internalTrafficPolicy: draw.pick(['Cluster', 'Cluster', 'Local'] as const),
    ...(draw.chance(0.8) ? { selector: drawLabels(draw) } : {}),
    ports: drawServicePorts(draw, type),
    publishNotReadyAddresses: draw.chance(0.1),
    at,
  };
}

function drawSlice(draw: Random, service: Service, pods: readonly Pod[]): EndpointSlice {
  return {
    namespace: service.namespace,
    service: service.name,
    endpoints: draw.some(pods, 0.3).map((pod) => ({
      addresses: pod.addresses,
      ready: draw.chance(0.85),
      ...(pod.nodeName === '' ? {} : { nodeName: pod.nodeName }),
    })),
    ports: service.ports.map(({ name, protocol }) => ({
      ...(name === undefined ? {} : { name }),
      protocol,
      ...(draw.chance(0.95) ? { port: draw.pick(PORTS) } : {}),
    })),
    at,
  };
}

/** A cluster with the given policies. */
export function drawCluster(
  draw: Random,
  policies: (namespaces: readonly string[]) => NetworkPolicy[],
): Cluster {
  const namespaces = drawNamespaces(draw);
  const nodes = drawNodes(draw);
  const pods = Array.from({ length: 1 + draw.below(9) }, (_, index) =>
    drawPod(draw, index, namespaces, nodes),
  );
  const services = Array.from({ length: draw.below(4) }, (_, index) => drawService(draw, index, namespaces));
  return {
    ...EMPTY_CLUSTER,
    namespaces: new Map(namespaces.map((namespace) => [namespace.name, namespace])),
    pods,
    nodes,
    services,
    endpointSlices: draw.some(services, 0.5).map((service) => drawSlice(draw, service, pods)),
    serviceAccounts: draw.chance(0.5)
      ? [{ namespace: namespaces[0]!.name, name: 'robot', labels: drawLabels(draw), at }]
      : [],
    networkPolicies: policies(namespaces.map(({ name }) => name)),
    assumptions: [],
    ignoredKinds: new Map(),
  };
}
