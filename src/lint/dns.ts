/** Where a cluster serves DNS, as far as its manifests tell: Services and pods by the names and labels that installers give them. */
import type { Address } from '../net/address.ts';
import type { World } from '../policy/world.ts';

/** Namespaces in which installers put DNS. */
const NAMESPACES = ['kube-system', 'openshift-dns'];
const SERVICES = /^(?:kube-dns|coredns|dns-default|rke2-coredns-rke2-coredns)$/;
const PODS: readonly (readonly [key: string, value: string])[] = [
  ['k8s-app', 'kube-dns'],
  ['k8s-app', 'coredns'],
  ['app.kubernetes.io/name', 'coredns'],
  ['dns.operator.openshift.io/daemonset-dns', 'default'],
];

/** The port that DNS is asked at. */
export const DNS_PORT = 53;
/** Ports at which pods that serve DNS listen; OpenShift's have the second behind a Service of the first. */
export const DNS_PORTS: readonly number[] = [DNS_PORT, 5353];
/** NodeLocal DNSCache answers here, on the pod's own node. Source: kubernetes/dns, nodelocaldns.yaml. */
const NODE_LOCAL: Address = { family: 4, words: [0xa9fe140a, 0, 0, 0] };

export interface DnsServer {
  /** `Service kube-system/kube-dns`, `pod kube-system/coredns-x`. */
  readonly name: string;
  readonly address: Address;
}

/** Addresses that pods may ask; none where the manifests hold no DNS. */
export function dnsServers({ cluster, book }: World): DnsServer[] {
  const services = cluster.services
    .filter(({ namespace, name }) => NAMESPACES.includes(namespace) && SERVICES.test(name))
    .flatMap(({ namespace, name, clusterIPs }) =>
      clusterIPs.map((address) => ({ name: `Service ${namespace}/${name}`, address })),
    )
    .filter(({ address }) => cluster.services.length > 0 && hasBackends(address, { book }));
  const local = cluster.pods.some(({ labels }) => labels['k8s-app'] === 'node-local-dns')
    ? [{ name: 'NodeLocal DNSCache', address: NODE_LOCAL }]
    : [];
  if (services.length > 0) return [...services, ...local];
  const pods = dnsEndpoints({ book }).flatMap(({ namespace, name, addresses }) =>
    addresses.map((address) => ({ name: `pod ${namespace}/${name}`, address })),
  );
  return [...pods, ...local];
}

/** The pods that serve DNS. */
export function dnsEndpoints({ book }: Pick<World, 'book'>): World['book']['endpoints'][number][] {
  return book.endpoints.filter(
    ({ namespace, labels }) =>
      NAMESPACES.includes(namespace) && PODS.some(([key, value]) => labels[key] === value),
  );
}

function hasBackends({ words }: Address, { book }: Pick<World, 'book'>): boolean {
  for (const { address, virtualPorts } of book.facts.values())
    if (address.words.every((word, index) => word === words[index]))
      return virtualPorts.some(({ backends }) => backends.length > 0);
  return false;
}
