/** Suggested rules as objects of their APIs: who by the fewest labels of the workload, addresses one by one. */
import { formatCidr, hostCidr } from '../../net/cidr.ts';
import type { PortRange } from '../../net/port.ts';
import { apiProtocolName, isIcmp, protocolName } from '../../net/protocol.ts';
import { ICMP } from '../../net/protocol-layout.ts';
import type { Plain } from '../../output/yaml.ts';
import { expressionOf, labelSelectorObject } from '../recommend/policy-objects.ts';
import { namespaceByName, type WorkloadSelector } from '../workload-selector.ts';
import type { Opening, Place } from './opening.ts';

type Mapping = { readonly [key: string]: Plain };

/** An opening with the selectors of its two ends. */
export interface Selected extends Opening {
  readonly own: WorkloadSelector;
  /** Absent for an address. */
  readonly other?: WorkloadSelector;
  /** Calico's sets of addresses have the labels of the other end too. */
  readonly sharesLabels: boolean;
}

/** Rules of one object: all have the same pods and the same place. */
export interface ObjectParts {
  readonly name: string;
  readonly place: Place;
  readonly rules: readonly [Selected, ...Selected[]];
}

const protocolWord = (protocol: number): string => apiProtocolName(protocol) ?? protocolName(protocol);

const isWhole = ({ first, last }: PortRange): boolean => first <= 1 && last === 65_535;

/** The whole object. */
export function suggestedObject(parts: ObjectParts): Mapping {
  switch (parts.place.kind) {
    case 'NetworkPolicy':
      return networkPolicy(parts);
    case 'CiliumNetworkPolicy':
      return ciliumPolicy(parts);
    case 'CalicoNetworkPolicy':
      return calicoPolicy(parts, parts.place);
    default:
      return adminPolicy(parts, parts.place);
  }
}

/** The lists of both directions, those that are there. */
function lists(rules: ObjectParts['rules'], ruleOf: (rule: Selected) => Plain): Mapping {
  const of = (direction: Selected['direction']): Plain[] =>
    rules.filter((rule) => rule.direction === direction).map(ruleOf);
  const [ingress, egress] = [of('ingress'), of('egress')];
  return {
    ...(ingress.length === 0 ? {} : { ingress }),
    ...(egress.length === 0 ? {} : { egress }),
  };
}

function types(rules: ObjectParts['rules']): Plain {
  const has = (direction: Selected['direction']): boolean =>
    rules.some((rule) => rule.direction === direction);
  return [...(has('ingress') ? ['Ingress'] : []), ...(has('egress') ? ['Egress'] : [])];
}

function addressBlock({ peer }: Opening): string {
  return formatCidr(hostCidr(peer.address));
}

/** A selector of pods, with that of their namespace unless it is the policy's own. */
function podsPeer({ own, other }: Selected): Mapping {
  const { namespace, selector } = other!;
  return {
    ...(namespace === own.namespace
      ? {}
      : { namespaceSelector: labelSelectorObject(namespaceByName(namespace)) }),
    podSelector: labelSelectorObject(selector),
  };
}

function networkPolicy({ name, rules }: ObjectParts): Mapping {
  const { own } = rules[0];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: own.namespace },
    spec: {
      podSelector: labelSelectorObject(own.selector),
      policyTypes: types(rules),
      ...lists(rules, (rule) => ({
        [rule.direction === 'ingress' ? 'from' : 'to']: [
          rule.other === undefined ? { ipBlock: { cidr: addressBlock(rule) } } : podsPeer(rule),
        ],
        ...networkPolicyPorts(rule),
      })),
    },
  };
}

/** None for protocols that have no word there: the rule is one about all. */
function networkPolicyPorts({ protocol, ports }: Opening): Mapping {
  if (ports === undefined) return {};
  const { first, last } = ports;
  const range = isWhole(ports) ? {} : { port: first, ...(first === last ? {} : { endPort: last }) };
  return { ports: [{ protocol: protocolWord(protocol), ...range }] };
}

function calicoPolicy({ name, rules }: ObjectParts, place: Place & { kind: 'CalicoNetworkPolicy' }): Mapping {
  const { own } = rules[0];
  const { tier, order, passes } = place;
  const listed = lists(rules, calicoRule);
  const withRest = Object.fromEntries(
    Object.entries(listed).map(([direction, list]) => [
      direction,
      [...(list as Plain[]), { action: 'Pass' }],
    ]),
  );
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: own.namespace },
    spec: {
      ...(tier === 'default' ? {} : { tier }),
      ...(order === undefined ? {} : { order }),
      selector: expressionOf(own.selector),
      types: types(rules),
      ...(passes ? withRest : listed),
    },
  };
}

function calicoRule(rule: Selected): Plain {
  const { direction, protocol, ports, icmp, own, other } = rule;
  const peer: Mapping =
    other === undefined
      ? { nets: [addressBlock(rule)] }
      : {
          ...(other.namespace === own.namespace
            ? {}
            : { namespaceSelector: expressionOf(namespaceByName(other.namespace)) }),
          selector: expressionOf(other.selector, rule.sharesLabels),
        };
  const numbers: Mapping =
    ports === undefined || isWhole(ports)
      ? {}
      : { ports: [ports.first === ports.last ? ports.first : `${ports.first}:${ports.last}`] };
  const destination = { ...(direction === 'egress' ? peer : {}), ...numbers };
  return {
    action: 'Allow',
    // Calico counts protocols from 1.
    ...(protocol === 0 ? {} : { protocol: apiProtocolName(protocol) ?? protocol }),
    ...(icmp !== undefined && isIcmp(protocol) ? { icmp: { type: icmp.type, code: icmp.code } } : {}),
    ...(direction === 'ingress' ? { source: peer } : {}),
    ...(Object.keys(destination).length === 0 ? {} : { destination }),
  };
}

/** Ports of AdminNetworkPolicy stand otherwise than those of ClusterNetworkPolicy, which is one of two tiers. */
function adminPolicy(
  { name, rules }: ObjectParts,
  { kind, tier, priority }: Place & { kind: 'AdminNetworkPolicy' | 'ClusterNetworkPolicy' },
): Mapping {
  const { own } = rules[0];
  const isNew = kind === 'ClusterNetworkPolicy';
  const pods = ({ namespace, selector }: WorkloadSelector): Mapping => ({
    pods: {
      namespaceSelector: labelSelectorObject(namespaceByName(namespace)),
      podSelector: labelSelectorObject(selector),
    },
  });
  return {
    apiVersion: `policy.networking.k8s.io/${isNew ? 'v1alpha2' : 'v1alpha1'}`,
    kind,
    metadata: { name },
    spec: {
      ...(isNew ? { tier } : {}),
      priority,
      subject: pods(own),
      ...lists(rules, (rule) => ({
        action: isNew ? 'Accept' : 'Allow',
        [rule.direction === 'ingress' ? 'from' : 'to']: [
          rule.other === undefined ? { networks: [addressBlock(rule)] } : pods(rule.other),
        ],
        ...(isNew ? clusterPorts(rule) : adminPorts(rule)),
      })),
    },
  };
}

function adminPorts({ protocol, ports }: Opening): Mapping {
  if (ports === undefined) return {};
  const { first, last } = ports;
  const word = protocolWord(protocol);
  return {
    ports: [
      first === last
        ? { portNumber: { protocol: word, port: first } }
        : { portRange: { protocol: word, start: first, end: last } },
    ],
  };
}

function clusterPorts({ protocol, ports }: Opening): Mapping {
  if (ports === undefined) return {};
  const { first, last } = ports;
  const destinationPort = first === last ? { number: first } : { range: { start: first, end: last } };
  return { protocols: [{ [protocolWord(protocol).toLowerCase()]: { destinationPort } }] };
}

/** The label by which Cilium knows the namespace of a pod. */
const CILIUM_NAMESPACE = 'k8s:io.kubernetes.pod.namespace';

function ciliumPolicy({ name, rules }: ObjectParts): Mapping {
  const { own } = rules[0];
  return {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name, namespace: own.namespace },
    spec: {
      endpointSelector: labelSelectorObject(own.selector),
      ...lists(rules, ciliumRule),
    },
  };
}

function ciliumRule(rule: Selected): Plain {
  const { direction, own, other } = rule;
  const head = direction === 'ingress' ? 'from' : 'to';
  return {
    ...(other === undefined ? ciliumAddress(rule, head) : { [`${head}Endpoints`]: [ciliumPods(other, own)] }),
    ...ciliumPorts(rule),
  };
}

function ciliumPods(
  { namespace, selector: { matchLabels, matchExpressions } }: WorkloadSelector,
  own: WorkloadSelector,
): Plain {
  const labels =
    namespace === own.namespace ? matchLabels : { [CILIUM_NAMESPACE]: namespace, ...matchLabels };
  return labelSelectorObject({ matchLabels: labels, matchExpressions });
}

/** To Cilium nodes are no addresses. */
function ciliumAddress(rule: Selected, head: 'from' | 'to'): Mapping {
  const { peer, pod } = rule;
  if (peer.kind === 'address' && peer.node !== '')
    return { [`${head}Entities`]: [peer.node === pod.nodeName ? 'host' : 'remote-node'] };
  return { [`${head}CIDR`]: [addressBlock(rule)] };
}

function ciliumPorts({ protocol, ports, icmp }: Opening): Mapping {
  if (isIcmp(protocol) && icmp !== undefined)
    return { icmps: [{ fields: [{ family: protocol === ICMP ? 'IPv4' : 'IPv6', type: icmp.type }] }] };
  if (ports === undefined) return {};
  const { first, last } = ports;
  const range = isWhole(ports)
    ? { port: '0' }
    : { port: String(first), ...(first === last ? {} : { endPort: last }) };
  return { toPorts: [{ ports: [{ ...range, protocol: protocolWord(protocol) }] }] };
}
