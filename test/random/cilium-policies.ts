/** Random policies of Cilium of every form that its validation lets pass, over the names of `cluster.ts`. */
import { SCTP, TCP, UDP } from '../../src/net/protocol-layout.ts';
import {
  CILIUM_ENTITIES,
  type CiliumCidrGroup,
  type CiliumIcmp,
  type CiliumPeer,
  type CiliumPolicy,
  type CiliumPort,
  type CiliumRule,
  type CiliumSpec,
} from '../../src/policy/api/cilium.ts';
import type { LabelSelector, LabelSelectorRequirement } from '../../src/policy/api/network-policy.ts';
import type { Cluster } from '../../src/policy/cluster.ts';
import { address, at, drawCluster, drawLabels, PORTS } from './cluster.ts';
import type { Random } from './mulberry.ts';
import { drawCidr, drawExcept } from './network-policies.ts';

/** A label that is no part of an identity. */
const HASH = 'pod-template-hash';
const KEYS = [
  HASH,
  'app',
  'k8s:app',
  'any:tier',
  'k8s:env',
  'container:app',
  'k8s:io.kubernetes.pod.namespace',
  'io.kubernetes.pod.namespace',
  'k8s:io.cilium.k8s.namespace.labels.app',
  'io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name',
  'k8s:io.cilium.k8s.policy.serviceaccount',
  'io.cilium.k8s.policy.cluster',
];
/** Entities that manifests show. */
const USUAL = ['host', 'remote-node', 'world', 'cluster'] as const;
const RESERVED = ['host', 'remote-node', 'world', 'kube-apiserver', 'init', 'health'].map(
  (label) => `reserved:${label}`,
);
/** Labels of what is no pod. */
const OBJECT_KEYS: readonly string[] = ['app', 'tier'];
const VALUES = ['a', 'b', '', 'red', 'green', 'robot', 'default'];
const NAMES = ['api.example.com', 'example.org', 'a.b.example.com'];
const PATTERNS = [...NAMES, '*.example.com', '**.example.com', '*', 'ex*ple.org'];

function drawRequirement(draw: Random, keys: readonly string[]): LabelSelectorRequirement {
  const operator = draw.pick(['In', 'NotIn', 'Exists', 'DoesNotExist'] as const);
  const some = draw.some(VALUES, 0.4);
  const values = operator === 'In' || operator === 'NotIn' ? (some.length === 0 ? ['a'] : some) : [];
  return { key: draw.pick(keys), operator, values };
}

function drawSelector(draw: Random, keys: readonly string[] = KEYS): LabelSelector {
  if (draw.chance(0.3)) return { matchLabels: {}, matchExpressions: [] };
  const labels: Record<string, string> = {};
  if (draw.chance(0.5))
    for (const [key, value] of Object.entries(drawLabels(draw))) labels[`k8s:${key}`] = value;
  // Of another namespace than the policy's, perhaps.
  if (keys !== OBJECT_KEYS && draw.chance(0.15))
    return { matchLabels: { 'io.cilium.k8s.namespace.labels.app': draw.pick(VALUES) }, matchExpressions: [] };
  if (draw.chance(0.3)) {
    const key = draw.pick(keys);
    labels[key] = key.startsWith('reserved:') ? '' : draw.pick(VALUES);
  }
  return {
    matchLabels: labels,
    matchExpressions: Array.from({ length: draw.below(3) }, () => drawRequirement(draw, keys)),
  };
}

function drawPeers(draw: Random, direction: 'ingress' | 'egress'): CiliumPeer[] {
  const kind = draw.pick([
    'endpoints',
    'endpoints',
    'endpoints',
    'entity',
    'entity',
    'entity',
    'cidr',
    'cidr-group',
    'cidr-groups',
    'nodes',
    'group',
    ...(direction === 'egress' ? (['service', 'services', 'domain'] as const) : []),
  ] as const);
  const one = (): CiliumPeer => {
    switch (kind) {
      case 'endpoints':
        return { kind, selector: drawSelector(draw, draw.chance(0.2) ? [...KEYS, ...RESERVED] : KEYS), at };
      case 'entity':
        return { kind, entity: draw.pick(draw.chance(0.7) ? USUAL : CILIUM_ENTITIES), at };
      case 'cidr': {
        const cidr = drawCidr(draw);
        return { kind, cidr, except: draw.chance(0.5) ? drawExcept(draw, cidr) : [], at };
      }
      case 'cidr-group':
        return {
          kind,
          name: draw.pick(['one', 'two', 'none']),
          except: drawExcept(draw, drawCidr(draw)),
          at,
        };
      case 'cidr-groups':
        return { kind, selector: drawSelector(draw, OBJECT_KEYS), except: [], at };
      case 'nodes':
        return { kind, selector: drawSelector(draw, OBJECT_KEYS), at };
      case 'service':
        return {
          kind,
          name: draw.pick(['service-0', 'service-1']),
          ...(draw.chance(0.5) ? { namespace: draw.pick(['red', 'green']) } : {}),
          at,
        };
      case 'services':
        return { kind, selector: drawSelector(draw, OBJECT_KEYS), at };
      case 'domain':
        return { kind, pattern: draw.pick(PATTERNS), at };
      case 'group':
        return { kind, words: 'security group sg-1', at };
    }
  };
  return Array.from({ length: draw.chance(0.1) ? 0 : 1 + draw.below(2) }, one);
}

function drawPort(draw: Random): CiliumPort {
  const protocol = draw.chance(0.3) ? {} : { protocol: draw.pick([TCP, TCP, UDP, SCTP]) };
  if (draw.chance(0.2)) return protocol;
  if (draw.chance(0.25)) return { ...protocol, port: draw.pick(['http', 'dns', 'metrics']) };
  const port = draw.pick(PORTS);
  return { ...protocol, port, ...(draw.chance(0.3) ? { endPort: port + 1 + draw.below(400) } : {}) };
}

function drawIcmp(draw: Random): CiliumIcmp {
  const family = draw.pick([4, 6] as const);
  return { family, type: draw.pick(family === 4 ? [0, 3, 8] : [0, 1, 128]) };
}

function drawRule(draw: Random, direction: 'ingress' | 'egress'): CiliumRule {
  const several = <T>(make: () => T): T[] => Array.from({ length: draw.below(4) }, make);
  const ports = draw.chance(0.2)
    ? { entries: [], icmps: several(() => drawIcmp(draw)) }
    : { entries: several(() => drawPort(draw)), icmps: [] };
  return {
    ...(draw.chance(0.75) ? { peers: drawPeers(draw, direction) } : {}),
    ...(draw.chance(0.6) ? { ports } : {}),
    beyond: draw.chance(0.1) ? ['http rules'] : [],
    at,
  };
}

function drawSpec(draw: Random): CiliumSpec {
  const rules = (direction: 'ingress' | 'egress', most: number): CiliumRule[] =>
    Array.from({ length: draw.below(most) }, () => drawRule(draw, direction));
  return {
    ...(draw.chance(0.95) ? { endpointSelector: drawSelector(draw) } : {}),
    enableDefaultDeny: { ingress: draw.chance(0.8), egress: draw.chance(0.8) },
    ingress: rules('ingress', 4),
    ingressDeny: draw.chance(0.4) ? rules('ingress', 3) : [],
    egress: rules('egress', 4),
    egressDeny: draw.chance(0.4) ? rules('egress', 3) : [],
  };
}

function drawCiliumPolicies(draw: Random, namespaces: readonly string[]): CiliumPolicy[] {
  return Array.from({ length: 1 + draw.below(4) }, (_, index): CiliumPolicy => {
    const isNamespaced = draw.chance(0.7);
    return {
      kind: isNamespaced ? 'CiliumNetworkPolicy' : 'CiliumClusterwideNetworkPolicy',
      namespace: isNamespaced ? draw.pick(namespaces) : '',
      name: `policy-${index}`,
      specs: Array.from({ length: draw.chance(0.2) ? 2 : 1 }, () => drawSpec(draw)),
      at,
    };
  });
}

const group = (draw: Random, name: string): CiliumCidrGroup => ({
  name,
  labels: drawLabels(draw),
  cidrs: Array.from({ length: draw.below(3) }, () => drawCidr(draw)),
  at,
});

/** A cluster with policies of Cilium, and all that they may name. */
export function drawCiliumCluster(draw: Random, networkPolicies: Parameters<typeof drawCluster>[1]): Cluster {
  const plain = drawCluster(draw, networkPolicies);
  const server = draw.pick(['203.0.113.77', '10.0.0.1', '10.1.0.5', '2001:db8::1']);
  return {
    ...plain,
    pods: plain.pods.map((pod) =>
      draw.chance(0.3) ? { ...pod, labels: { ...pod.labels, [HASH]: draw.pick(VALUES) } } : pod,
    ),
    services: plain.services.map((service) => ({ ...service, labels: drawLabels(draw) })),
    endpointSlices: [
      ...plain.endpointSlices,
      ...(draw.chance(0.5)
        ? [
            {
              namespace: 'default',
              service: 'kubernetes',
              endpoints: [{ addresses: [address(server)], ready: true }],
              ports: [{ protocol: TCP, port: 6443 }],
              at,
            },
          ]
        : []),
    ],
    ciliumPolicies: drawCiliumPolicies(draw, [...plain.namespaces.keys()]),
    ciliumCidrGroups: [group(draw, 'one'), group(draw, 'two')],
    resolutions: draw.some(NAMES, 0.4).map((name) => ({
      name,
      address: address(draw.pick(['192.0.2.1', '203.0.113.9', '10.1.0.5', '2001:db8::1'])),
    })),
  };
}
