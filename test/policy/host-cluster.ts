/** A cluster with host endpoints, and what packets meet in it. */
import { expect } from 'vitest';
import { parseFlow } from '../../src/flow/notation.ts';
import { parseCidr } from '../../src/net/cidr.ts';
import type { IpPool } from '../../src/policy/api/calico.ts';
import { type FelixNode, UNCONFIGURED } from '../../src/policy/api/felix.ts';
import type { Cluster } from '../../src/policy/cluster.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import type { Decision } from '../../src/policy/decision.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { resolveFlow } from '../../src/policy/judge/resolve-flow.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { clusterFrom } from '../examine.ts';

export const node = (name: string, ip: string): string =>
  `{ apiVersion: v1, kind: Node, metadata: { name: ${name} }, status: { addresses: [{ type: InternalIP, address: ${ip} }] } }`;
export const pod = (name: string, on: string, ip: string): string =>
  `{ apiVersion: v1, kind: Pod, metadata: { name: ${name}, namespace: x, labels: { app: ${name} } }, spec: { nodeName: ${on}, containers: [{ name: c }] }, status: { phase: Running, podIP: ${ip}, conditions: [{ type: Ready, status: "True" }] } }`;
export const calico = (kind: string, name: string, spec: string, labels = ''): string =>
  `{ apiVersion: projectcalico.org/v3, kind: ${kind}, metadata: { name: ${name}, labels: { ${labels} } }, spec: ${spec} }`;
export const ALLOWED = 'profiles: [projectcalico-default-allow]';

/** n1 has a host endpoint of all interfaces, n2 one of its main interface, n3 none; a and b are on n1, c on n2, d on n3. */
const CLUSTER = [
  'apiVersion: v1\nkind: Namespace\nmetadata: { name: x }',
  node('n1', '192.168.0.1'),
  node('n2', '192.168.0.2'),
  node('n3', '192.168.0.3'),
  pod('a', 'n1', '10.0.1.1'),
  pod('b', 'n1', '10.0.1.2'),
  pod('c', 'n2', '10.0.2.1'),
  pod('d', 'n3', '10.0.3.1'),
  calico(
    'HostEndpoint',
    'n1-all',
    `{ node: n1, interfaceName: "*", expectedIPs: [192.168.0.1], ${ALLOWED} }`,
    'host: all',
  ),
  calico(
    'HostEndpoint',
    'n2-eth0',
    `{ node: n2, interfaceName: eth0, expectedIPs: [192.168.0.2], ${ALLOWED} }`,
    'host: eth0',
  ),
];

export const gnp = (name: string, spec: string): string =>
  calico('GlobalNetworkPolicy', name, `{ selector: has(host), ${spec} }`);

/** The cluster with more manifests behind it. */
export function clusterOf(...more: string[]): Cluster {
  return clusterFrom([...CLUSTER, ...more].join('\n---\n'));
}

/** Its world under Calico. */
export function worldOf(...more: string[]): World {
  return createWorld(clusterOf(...more), CALICO);
}

/** The decision about the one packet that a flow means. */
export function decide(text: string, world: World): Decision {
  const parsed = parseFlow(text);
  if (!('flow' in parsed)) throw new Error(parsed.problem);
  const { value, diagnostics } = resolveFlow(parsed.flow, world);
  expect(diagnostics).toEqual([]);
  expect(value.length).toBe(1);
  return judge(value[0]!, world);
}

/** `hook endpoint interface verdict` of every hook that was met. */
export const met = ({ hooks }: Decision): string[] =>
  hooks.map(({ hook, endpoint, interface: device, verdict }) =>
    [hook, endpoint.name, ...(device === undefined ? [] : [device]), verdict].join(' '),
  );

/** `verdict reason hook policy`. */
export const summary = ({ verdict, reason, hook, decider }: Decision): string =>
  [verdict, reason, hook, ...(decider?.policy === undefined ? [] : [decider.policy.name])].join(' ');

const LOGS = 'ingress: [{ action: Log }], egress: [{ action: Log }]';
/** Policies that make every hook of hosts ask, and let everything pass. */
export const ASKING = [
  gnp('pre', 'preDNAT: true, applyOnForward: true, types: [Ingress], ingress: [{ action: Log }]'),
  gnp('raw', `doNotTrack: true, applyOnForward: true, types: [Ingress, Egress], ${LOGS}`),
  gnp(
    'forward',
    'applyOnForward: true, types: [Ingress, Egress], ingress: [{ action: Allow }], egress: [{ action: Allow }]',
  ),
];

/** Node port 30080 of backends at port 8080: c on n2, and n3 itself. */
export function service(
  policy: 'Cluster' | 'Local',
  backends: readonly (readonly [string, string])[],
): string[] {
  const endpoints = backends.map(
    ([ip, node]) => `{ addresses: [${ip}], conditions: { ready: true }, nodeName: ${node} }`,
  );
  return [
    `{ apiVersion: v1, kind: Service, metadata: { name: web, namespace: x }, spec: { type: NodePort, externalTrafficPolicy: ${policy}, clusterIP: 10.96.0.1, clusterIPs: [10.96.0.1], ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] } }`,
    `{ apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: { name: web-1, namespace: x, labels: { kubernetes.io/service-name: web } }, addressType: IPv4, endpoints: [${endpoints.join(', ')}], ports: [{ port: 8080, protocol: TCP }] }`,
  ];
}

/** An IP pool without any function, but for what is given. */
export function pool(cidr: string, more: Partial<IpPool> = {}): IpPool {
  const parsed = parseCidr(cidr);
  if (!('cidr' in parsed)) throw new Error(cidr);
  const at = { file: '', line: 0, column: 0 };
  return {
    name: cidr,
    cidr: parsed.cidr,
    natOutgoing: false,
    encapsulation: undefined,
    forWorkloads: true,
    at,
    ...more,
  };
}

/** The world of a cluster in which something is different. */
export function world(cluster: Cluster, edit: Partial<Cluster> = {}): World {
  return createWorld({ ...cluster, ...edit }, CALICO);
}

/** Felix's settings: everywhere, and node by node. */
export const felix = (
  settings: Partial<FelixNode>,
  byNode: Record<string, Partial<FelixNode>> = {},
): Cluster['felix'] => ({
  everywhere: { ...UNCONFIGURED, ...settings },
  byNode: new Map(
    Object.entries(byNode).map(([name, own]) => [name, { ...UNCONFIGURED, ...settings, ...own }]),
  ),
});
