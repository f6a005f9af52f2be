/**
 * What Cilium's policies mean, computed from the API objects alone: identities as sets of labels, each rule asked in the words of Cilium's
 * documentation, a deny before every allow. It shares nothing with the translation into the model.
 *
 * Source: cilium/cilium Documentation/security/policy/{language,layer3,layer4,deny}.rst, pkg/policy/api.
 */
import { type Address, sameAddress } from '../../src/net/address.ts';
import { type Cidr, cidrContains } from '../../src/net/cidr.ts';
import { ICMP, ICMPV6, SCTP, TCP, UDP } from '../../src/net/protocol-layout.ts';
import type { CiliumPeer, CiliumPolicy, CiliumRule, CiliumSpec } from '../../src/policy/api/cilium.ts';
import type { LabelSelector } from '../../src/policy/api/network-policy.ts';
import type { Cluster, Pod } from '../../src/policy/cluster.ts';

/** A packet at a pod; its own side is `pod`, the other one `peer`. */
export interface AtPod {
  readonly direction: 'ingress' | 'egress';
  readonly pod: Pod;
  readonly peer: Address;
  /** The destination's. */
  readonly port?: number;
  readonly protocol: number;
  readonly icmp?: { readonly type: number; readonly code: number };
}

type Answer = 'yes' | 'no' | 'perhaps';

interface Identity {
  /** `source:key` → value. */
  readonly labels: ReadonlyMap<string, string>;
  readonly pod?: Pod;
}

const live = ({ hostNetwork, phase }: Pod): boolean =>
  !hostNetwork && phase !== 'Succeeded' && phase !== 'Failed';
const hasAddress = ({ addresses }: { readonly addresses: readonly Address[] }, address: Address): boolean =>
  addresses.some((one) => sameAddress(one, address));

function podIdentity(pod: Pod, cluster: Cluster): Identity {
  const labels = new Map<string, string>();
  for (const [key, value] of Object.entries(pod.labels))
    if (key !== 'pod-template-hash') labels.set(`k8s:${key}`, value);
  labels.set('k8s:io.kubernetes.pod.namespace', pod.namespace);
  labels.set('k8s:io.cilium.k8s.policy.cluster', 'default');
  if (pod.serviceAccount !== '') labels.set('k8s:io.cilium.k8s.policy.serviceaccount', pod.serviceAccount);
  for (const [key, value] of Object.entries(cluster.namespaces.get(pod.namespace)?.labels ?? {}))
    labels.set(`k8s:io.cilium.k8s.namespace.labels.${key}`, value);
  return { labels, pod };
}

function isApiServer(address: Address, { endpointSlices }: Cluster): boolean {
  return endpointSlices.some(
    ({ namespace, service, endpoints }) =>
      namespace === 'default' &&
      service === 'kubernetes' &&
      endpoints.some((one) => hasAddress(one, address)),
  );
}

const knowsApiServer = ({ endpointSlices }: Cluster): boolean =>
  endpointSlices.some(({ namespace, service }) => namespace === 'default' && service === 'kubernetes');

function reservedIdentity(label: string, address: Address, cluster: Cluster): Identity {
  const labels = [label, ...(isApiServer(address, cluster) ? ['kube-apiserver'] : [])];
  return { labels: new Map(labels.map((one) => [`reserved:${one}`, ''])) };
}

/** Of no object of the cluster. */
function isOfWorld(address: Address, cluster: Cluster): boolean {
  const services = cluster.services.some(({ clusterIPs, externalIPs, loadBalancerIPs }) =>
    hasAddress({ addresses: [...clusterIPs, ...externalIPs, ...loadBalancerIPs] }, address),
  );
  return (
    !services &&
    !cluster.nodes.some((node) => hasAddress(node, address)) &&
    !cluster.pods.some(
      (pod) => pod.phase !== 'Succeeded' && pod.phase !== 'Failed' && hasAddress(pod, address),
    )
  );
}

/** All that an address is: two in a cluster whose addresses clash. */
function identitiesAt(address: Address, nodeName: string, cluster: Cluster): Identity[] {
  const pods = cluster.pods.filter((pod) => live(pod) && hasAddress(pod, address));
  const node = cluster.nodes.find((one) => hasAddress(one, address));
  const others =
    node === undefined
      ? isOfWorld(address, cluster)
        ? ['world']
        : []
      : [node.name === nodeName ? 'host' : 'remote-node'];
  return [
    ...pods.map((pod) => podIdentity(pod, cluster)),
    ...others.map((label) => reservedIdentity(label, address, cluster)),
  ];
}

function labelValue(key: string, { labels }: Identity): string | undefined {
  const colon = key.indexOf(':');
  if (colon >= 0 && !key.startsWith('any:')) return labels.get(key);
  const bare = colon < 0 ? key : key.slice(colon + 1);
  return labels.get(`k8s:${bare}`);
}

function isSelected({ matchLabels, matchExpressions }: LabelSelector, identity: Identity): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labelValue(key, identity) === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      const value = labelValue(key, identity);
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      if (operator === 'In') return value !== undefined && values.includes(value);
      return value === undefined || !values.includes(value);
    })
  );
}

const keysOf = ({ matchLabels, matchExpressions }: LabelSelector): string[] => [
  ...Object.keys(matchLabels),
  ...matchExpressions.map(({ key }) => key),
];

/** `fromEndpoints` of a policy stay in its namespace unless they speak of namespaces, or of no pods. */
function isPeerSelected(
  selector: LabelSelector,
  identity: Identity,
  policy: CiliumPolicy,
  spec: CiliumSpec,
): boolean {
  if (!isSelected(selector, identity)) return false;
  const keys = keysOf(selector);
  const bare = keys.map((key) => key.slice(key.indexOf(':') + 1));
  if (keys.some((key) => key.startsWith('reserved:')) || bare.includes('io.kubernetes.pod.namespace'))
    return true;
  const namespace = identity.labels.get('k8s:io.kubernetes.pod.namespace');
  if (policy.namespace !== '')
    return (
      bare.some((key) => key.startsWith('io.cilium.k8s.namespace.labels.')) || namespace === policy.namespace
    );
  return keysOf(spec.endpointSelector!).includes('reserved:init') || namespace !== undefined;
}

function isEntity(entity: string, identity: Identity, cluster: Cluster): Answer {
  const has = (label: string): boolean => identity.labels.has(`reserved:${label}`);
  const isKnown = knowsApiServer(cluster);
  const perhapsServer = !isKnown && has('world') ? 'perhaps' : 'no';
  if (entity === 'all') return 'yes';
  if (entity === 'cluster')
    return identity.pod !== undefined || has('host') || has('remote-node') || has('kube-apiserver')
      ? 'yes'
      : 'no';
  if (entity === 'kube-apiserver') return has('kube-apiserver') ? 'yes' : perhapsServer;
  return has(entity) ? 'yes' : 'no';
}

const isInBlocks = (address: Address, blocks: readonly Cidr[], except: readonly Cidr[]): boolean =>
  blocks.some((block) => cidrContains(block, address)) &&
  !except.some((block) => cidrContains(block, address));

function domainCovers(pattern: string, name: string): boolean {
  if (pattern === '*') return true;
  if (pattern.startsWith('**.')) return name.endsWith(pattern.slice(2));
  const [wanted, found] = [pattern.split('.'), name.split('.')];
  return (
    wanted.length === found.length &&
    wanted.every((part, index) => {
      const [before = '', after] = part.split('*');
      const label = found[index]!;
      return after === undefined
        ? label === part
        : label.length >= before.length + after.length && label.startsWith(before) && label.endsWith(after);
    })
  );
}

const byLabels = (selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean =>
  isSelected(selector, {
    labels: new Map(Object.entries(labels).map(([key, value]) => [`k8s:${key}`, value])),
  });

function isPeer(
  peer: CiliumPeer,
  at: AtPod,
  cluster: Cluster,
  policy: CiliumPolicy,
  spec: CiliumSpec,
): Answer {
  const identities = identitiesAt(at.peer, at.pod.nodeName, cluster);
  const isWorld = isOfWorld(at.peer, cluster);
  const any = (has: (identity: Identity) => boolean): Answer => (identities.some(has) ? 'yes' : 'no');
  const when = (holds: boolean): Answer => (holds ? 'yes' : 'no');
  switch (peer.kind) {
    case 'endpoints': {
      const isMeant = (identity: Identity): boolean => isPeerSelected(peer.selector, identity, policy, spec);
      if (identities.some(isMeant)) return 'yes';
      // An address of the world may be that of an API server that nobody tells.
      if (!isWorld || knowsApiServer(cluster)) return 'no';
      const asServer = new Map([...identities[0]!.labels, ['reserved:kube-apiserver', '']]);
      return isMeant({ labels: asServer }) ? 'perhaps' : 'no';
    }
    case 'entity': {
      // Of addresses that nothing has and that are no world's either, nothing is known but that they are some.
      if (peer.entity === 'all') return 'yes';
      const answers = identities.map((identity) => isEntity(peer.entity, identity, cluster));
      return answers.includes('yes') ? 'yes' : answers.includes('perhaps') ? 'perhaps' : 'no';
    }
    case 'cidr':
      return when(isWorld && isInBlocks(at.peer, [peer.cidr], peer.except));
    case 'cidr-group':
    case 'cidr-groups': {
      const blocks = cluster.ciliumCidrGroups
        .filter((group) =>
          peer.kind === 'cidr-group' ? group.name === peer.name : byLabels(peer.selector, group.labels),
        )
        .flatMap(({ cidrs }) => cidrs);
      return when(isWorld && isInBlocks(at.peer, blocks, peer.except));
    }
    case 'nodes':
      return when(
        cluster.nodes.some((node) => byLabels(peer.selector, node.labels) && hasAddress(node, at.peer)),
      );
    case 'service':
    case 'services': {
      const meant = cluster.services.filter(
        ({ namespace, name, labels = {} }) =>
          (peer.namespace === undefined || peer.namespace === namespace) &&
          (peer.kind === 'service' ? peer.name === name : byLabels(peer.selector, labels)),
      );
      const isBehind = meant.some(({ namespace, name, selector }) =>
        selector === undefined
          ? isWorld &&
            cluster.endpointSlices.some(
              (slice) =>
                slice.namespace === namespace &&
                slice.service === name &&
                slice.endpoints.some((one) => hasAddress(one, at.peer)),
            )
          : identities.some(
              ({ pod }) =>
                pod?.namespace === namespace &&
                Object.entries(selector).every(([key, value]) => pod.labels[key] === value),
            ),
      );
      return when(isBehind);
    }
    case 'domain': {
      const known = cluster.resolutions.filter(({ name }) => domainCovers(peer.pattern, name));
      if (!isWorld) return 'no';
      return known.length === 0
        ? 'perhaps'
        : when(known.some(({ address }) => sameAddress(address, at.peer)));
    }
    case 'group':
      return isWorld ? 'perhaps' : any(() => false);
  }
}

/** Kinds of peers whose ports have no names. */
const NAMELESS = ['cidr', 'cidr-group', 'cidr-groups', 'nodes', 'domain', 'group'];

/** Whether the packet is to one of the rule's ports, or of one of its ICMP types. */
function meetsLayer4({ ports }: CiliumRule, at: AtPod, namers: readonly Pod[]): boolean {
  if (ports === undefined) return true;
  const isPort = ports.entries.some(({ protocol, port, endPort }) => {
    const protocols = protocol === undefined ? [TCP, UDP, SCTP] : [protocol];
    if (!protocols.includes(at.protocol)) return false;
    if (port === undefined) return true;
    if (at.port === undefined || at.protocol === SCTP) return false;
    if (typeof port === 'number') return at.port >= port && at.port <= (endPort ?? port);
    return namers.some((pod) =>
      pod.ports.some(
        (one) =>
          one.container === 'container' &&
          one.name === port &&
          one.protocol === at.protocol &&
          one.port === at.port,
      ),
    );
  });
  const isType = ports.icmps.some(
    ({ family, type }) =>
      at.peer.family === family &&
      at.protocol === (family === 4 ? ICMP : ICMPV6) &&
      (type === 0 || at.icmp?.type === type),
  );
  return isPort || isType;
}

function isRule(
  rule: CiliumRule,
  at: AtPod,
  cluster: Cluster,
  policy: CiliumPolicy,
  spec: CiliumSpec,
): Answer {
  if (rule.peers === undefined && rule.ports === undefined) return 'no';
  const holders = cluster.pods.filter((pod) => live(pod) && hasAddress(pod, at.peer));
  const answers = (rule.peers ?? [undefined]).map((peer): Answer => {
    const found = peer === undefined ? 'yes' : isPeer(peer, at, cluster, policy, spec);
    if (found === 'no') return 'no';
    const namers =
      at.direction === 'ingress'
        ? [at.pod]
        : peer !== undefined && NAMELESS.includes(peer.kind)
          ? []
          : holders.filter((pod) => isNamer(peer, pod, at, cluster, policy, spec));
    return meetsLayer4(rule, at, namers) ? found : 'no';
  });
  return answers.includes('yes') ? 'yes' : answers.includes('perhaps') ? 'perhaps' : 'no';
}

/** Of several pods at an address only those that the peer means name its ports. */
function isNamer(
  peer: CiliumPeer | undefined,
  pod: Pod,
  at: AtPod,
  cluster: Cluster,
  policy: CiliumPolicy,
  spec: CiliumSpec,
): boolean {
  if (peer === undefined) return true;
  const alone = { ...cluster, pods: [pod], nodes: [] };
  return isPeer(peer, at, alone, policy, spec) === 'yes';
}

function governs(policy: CiliumPolicy, { endpointSelector }: CiliumSpec, identity: Identity): boolean {
  if (endpointSelector === undefined) return false;
  if (policy.namespace !== '') {
    const { 'k8s:io.kubernetes.pod.namespace': _, ...own } = endpointSelector.matchLabels;
    return (
      identity.pod!.namespace === policy.namespace &&
      isSelected({ ...endpointSelector, matchLabels: own }, identity)
    );
  }
  return isSelected(endpointSelector, identity);
}

/** What the policies of a cluster say at a pod, before anything that Cilium does beside policy. */
export function ciliumSays(at: AtPod, cluster: Cluster): 'allow' | 'deny' | 'undetermined' {
  const identity = podIdentity(at.pod, cluster);
  const denies: Answer[] = [];
  const allows: Answer[] = [];
  let isIsolated = false;
  for (const policy of cluster.ciliumPolicies)
    for (const spec of policy.specs) {
      if (!governs(policy, spec, identity)) continue;
      const [allow, deny] =
        at.direction === 'ingress' ? [spec.ingress, spec.ingressDeny] : [spec.egress, spec.egressDeny];
      if (allow.length + deny.length > 0 && spec.enableDefaultDeny[at.direction]) isIsolated = true;
      allows.push(...allow.map((rule) => isRule(rule, at, cluster, policy, spec)));
      denies.push(...deny.map((rule) => isRule(rule, at, cluster, policy, spec)));
    }
  if (denies.includes('yes')) return 'deny';
  const isAllowed =
    !isIsolated || allows.includes('yes') ? 'allow' : allows.includes('perhaps') ? 'undetermined' : 'deny';
  return isAllowed !== 'deny' && denies.includes('perhaps') ? 'undetermined' : isAllowed;
}
