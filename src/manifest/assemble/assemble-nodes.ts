/** Nodes out of what Kubernetes, Calico and the pods on them say. */
import type { Location } from '../../diagnostic/diagnostic.ts';
import { sameAddress } from '../../net/address.ts';
import { mergedNode, type NodeRecord } from '../kubernetes/nodes.ts';
import type { PodRecord } from '../kubernetes/pods.ts';
import type { Resources } from '../resources.ts';
import { sorted } from './by-name.ts';

function mentioned(name: string, at: Location): NodeRecord {
  return {
    name,
    labels: {},
    addresses: [],
    tunnelAddresses: [],
    subnets: [],
    calicoAddresses: [],
    interfaces: [],
    podCidrs: [],
    at,
  };
}

/** Nodes of the manifests, and those that only pods name. Where no node says its addresses, its kubelet's reports do. */
export function assembleNodes(
  resources: Pick<Resources, 'nodes' | 'calicoNodes'>,
  pods: readonly PodRecord[],
): NodeRecord[] {
  const nodes = new Map(resources.nodes.map((node) => [node.name, node]));
  for (const calico of sorted(resources.calicoNodes)) {
    const kubernetes = nodes.get(calico.name);
    nodes.set(calico.name, kubernetes === undefined ? calico : mergedNode(kubernetes, calico));
  }
  const complete = new Set(
    [...nodes.values()].filter(({ addresses }) => addresses.length > 0).map(({ name }) => name),
  );
  for (const { nodeName: name, hostAddresses, at } of sorted(pods)) {
    if (name === '' || hostAddresses.length === 0 || complete.has(name)) continue;
    const node = nodes.get(name) ?? mentioned(name, at);
    const more = hostAddresses.filter(
      (address) => !node.addresses.some((known) => sameAddress(known, address)),
    );
    nodes.set(name, {
      ...node,
      addresses: [...node.addresses, ...more],
      calicoAddresses: [...node.calicoAddresses, ...more],
    });
  }
  return sorted([...nodes.values()]);
}
