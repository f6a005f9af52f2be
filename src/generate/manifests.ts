/**
 * A topology as manifests: one JSON object a piece of text, as kubectl would list them. Streamed, so that a cluster of any size
 * is written in the memory of a small one.
 */
import {
  dotted,
  namespaceName,
  nodeAddress,
  nodeName,
  nodeOfPod,
  podAddress,
  podName,
  serviceAddress,
  type Topology,
} from './topology.ts';

/** What each workload's labels are; selectors of policies go by them. */
export function workloadLabels(topology: Topology, workload: number): Readonly<Record<string, string>> {
  const { name, team } = topology.workloads[workload]!;
  return { app: name, team };
}

function protocolsOf(topology: Topology, workload: number): readonly string[] {
  return workload === topology.dns ? ['UDP', 'TCP'] : ['TCP'];
}

function portsOf(topology: Topology, workload: number): { name: string; port: number; protocol: string }[] {
  const { port, portName } = topology.workloads[workload]!;
  return protocolsOf(topology, workload).map((protocol, place) => ({
    // Each port needs a name of its own.
    name: place === 0 ? portName : `${portName}-${protocol.toLowerCase()}`,
    port,
    protocol,
  }));
}

function pod(topology: Topology, place: number): object {
  const workload = topology.workloadOf[place]!;
  const { name, namespace } = topology.workloads[workload]!;
  const address = dotted(podAddress(topology, place));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName(topology, place),
      namespace: namespaceName(namespace),
      labels: workloadLabels(topology, workload),
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name, controller: true }],
    },
    spec: {
      nodeName: nodeName(nodeOfPod(topology, place)),
      containers: [
        {
          name,
          image: 'example.com/image',
          ports: portsOf(topology, workload).map(({ name: portName, port, protocol }) => ({
            name: portName,
            containerPort: port,
            protocol,
          })),
        },
      ],
    },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      podIP: address,
      podIPs: [{ ip: address }],
    },
  };
}

function service(topology: Topology, workload: number): object {
  const { name, namespace } = topology.workloads[workload]!;
  const address = dotted(serviceAddress(workload));
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: namespaceName(namespace) },
    spec: {
      type: 'ClusterIP',
      clusterIP: address,
      clusterIPs: [address],
      selector: { app: name },
      ports: portsOf(topology, workload).map(({ name: portName, port, protocol }) => ({
        name: portName,
        port,
        targetPort: port,
        protocol,
      })),
    },
  };
}

function node(place: number): object {
  const podCidr = `${dotted(0x0a000000 + place * 256)}/24`;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: nodeName(place), labels: { 'kubernetes.io/hostname': nodeName(place) } },
    spec: { podCIDR: podCidr, podCIDRs: [podCidr] },
    status: { addresses: [{ type: 'InternalIP', address: dotted(nodeAddress(place)) }] },
  };
}

function namespace(place: number): object {
  const name = namespaceName(place);
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
  };
}

/** Every object of the cluster but its policies. */
export function* clusterObjects(topology: Topology): Generator<object> {
  const { size, workloads } = topology;
  for (let place = 0; place < size.namespaces; place++) yield namespace(place);
  for (let place = 0; place < size.nodes; place++) yield node(place);
  for (let place = 0; place < workloads.length; place++) yield service(topology, place);
  for (let place = 0; place < size.pods; place++) yield pod(topology, place);
}

/** Objects as one List, a line each. */
export function* listText(objects: Iterable<object>): Generator<string> {
  let before = '{"apiVersion":"v1","kind":"List","items":[\n';
  for (const object of objects) {
    yield before + JSON.stringify(object);
    before = ',\n';
  }
  yield before === ',\n' ? '\n]}\n' : `${before}]}\n`;
}
