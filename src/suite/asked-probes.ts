/** Probes of a file as flows that can be judged: what the names of its tables are in the manifests, and how the pods were reached. */
import type { Checked, Diagnostic, Location } from '../diagnostic/diagnostic.ts';
import { didYouMean } from '../diagnostic/nearest.ts';
import type { Flow, Side } from '../flow/flow.ts';
import type { Cluster, Service } from '../policy/cluster.ts';
import type { Observed, PairProbe, ProbedPod, Results } from './probe.ts';

/** `pod`: by its address. `service`: through its Service `s-NAMESPACE-POD`, where the manifests have it. */
export type ProbeMode = 'service' | 'pod';

/** A flow with what became of it in the cluster. */
export interface AskedProbe {
  readonly flow: Flow;
  readonly observed: Observed;
  readonly at: Location;
  readonly sourceLine?: string;
}

export interface AskedProbes {
  readonly probes: readonly AskedProbe[];
  /** How many of them went through a Service. */
  readonly throughServices: number;
}

/** The flows of a file; a pod that the manifests do not have is one diagnostic, however many probes name it. */
export function askedProbes(
  { pairs, flows }: Results,
  cluster: Cluster,
  mode: ProbeMode,
): Checked<AskedProbes> {
  const known = new Set(cluster.pods.map(({ namespace, name }) => `${namespace}/${name}`));
  const unknown = new Map<string, ProbedPod>();
  for (const pod of pairs.flatMap(({ source, destination }) => [source, destination])) {
    const name = `${pod.namespace}/${pod.name}`;
    if (!known.has(name) && !unknown.has(name)) unknown.set(name, pod);
  }
  const services = mode === 'pod' ? [] : cluster.services;
  const asked = pairs.map((pair) => flowOf(pair, services, cluster));
  return {
    value: {
      probes: [
        ...asked.map((flow, index) => ({ flow, observed: pairs[index]!.observed, at: pairs[index]!.at })),
        ...flows,
      ],
      throughServices: asked.filter(({ destination }) => destination.kind === 'service').length,
    },
    diagnostics: [...unknown].map(([name, pod]) => unknownPod(name, pod, [...known])),
  };
}

function unknownPod(name: string, { at, sourceLine }: ProbedPod, known: readonly string[]): Diagnostic {
  return {
    code: 'results/unknown-pod',
    severity: 'error',
    message: `no pod ${name} in the manifests`,
    at,
    sourceLine,
    span: name.length,
    hint:
      didYouMean(name, known, 2) ??
      'give the manifests of the cluster that was probed: pods, namespaces, services and policies',
  };
}

/**
 * Source: mattfenwick/cyclonus pkg/connectivity/probe/pod.go and kubernetes/kubernetes test/e2e/network/netpol/model.go (ServiceName);
 * a name of a port is looked up at the pod's containers, and the Service has the number.
 */
function flowOf(pair: PairProbe, services: readonly Service[], { pods }: Cluster): Flow {
  const { source, destination, protocol } = pair;
  const pod = pods.find(
    ({ namespace, name }) => namespace === destination.namespace && name === destination.name,
  );
  const named = typeof pair.port === 'number' ? undefined : pair.port.name;
  const resolved = pod?.ports.find((port) => port.name === named && port.protocol === protocol)?.port;
  const port = named === undefined ? pair.port : (resolved ?? pair.port);
  const service = services.find(
    ({ namespace, name, clusterIPs, ports }) =>
      namespace === destination.namespace &&
      name === `s-${destination.namespace}-${destination.name}` &&
      clusterIPs.length > 0 &&
      ports.some((one) => one.protocol === protocol && one.port === port),
  );
  const side: Side =
    service === undefined
      ? { kind: 'pod', namespace: destination.namespace, name: destination.name }
      : { kind: 'service', namespace: service.namespace, name: service.name };
  return {
    protocol,
    source: { kind: 'pod', namespace: source.namespace, name: source.name },
    destination: side,
    destinationPort: port,
  };
}
