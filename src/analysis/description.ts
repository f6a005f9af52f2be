/** Tables joined with the names of the cluster: the document that `compile` reports. */
import type { TablesDescription } from '../compile/describe.ts';
import type { Hit, Legend } from '../compile/legend.ts';
import { formatAddress } from '../net/address.ts';
import type { Endpoint } from '../policy/endpoints.ts';
import type { Direction } from '../policy/policy.ts';
import type { World } from '../policy/world.ts';
import type { CompileDocument, EndpointDump, OutcomeDump, TableCounts } from './compile-document.ts';

function tableCounts(described: TablesDescription): TableCounts {
  const { virtualPorts, largest, ...counts } = described;
  return {
    ...counts,
    virtual_ports: virtualPorts,
    largest: {
      peer_classes: largest.peerClasses,
      rows: largest.rows,
      port_classes: largest.portClasses,
    },
  };
}

/** The cluster and its tables in numbers. */
export function describeCompilation(
  { cluster, book }: World,
  legend: Legend,
  described: TablesDescription,
): Pick<CompileDocument, 'cluster' | 'tables'> {
  const rules = legend.policies.reduce(
    (sum, { rules: { ingress, egress } }) => sum + ingress.length + egress.length,
    0,
  );
  return {
    cluster: {
      namespaces: cluster.namespaces.size,
      pods: cluster.pods.length,
      endpoints: book.endpoints.length,
      nodes: cluster.nodes.length,
      services: cluster.services.length,
      policies: legend.policies.length,
      rules,
    },
    tables: tableCounts(described),
  };
}

function governingNames({ resolved }: World, endpoint: Endpoint, direction: Direction): string[] {
  return resolved
    .governing(endpoint, direction)
    .tiers.flatMap(({ policies }) =>
      policies.map(
        ({ kind, namespace, name }) => `${kind}/${namespace === '' ? '' : `${namespace}/`}${name}`,
      ),
    );
}

function endpointDump(world: World, endpoint: Endpoint): EndpointDump {
  return {
    endpoint: `${endpoint.namespace}/${endpoint.name}`,
    node: endpoint.nodeName,
    addresses: endpoint.addresses.map(formatAddress),
    labels: endpoint.pod?.labels ?? endpoint.labels,
    ingress: governingNames(world, endpoint, 'ingress'),
    egress: governingNames(world, endpoint, 'egress'),
    profiles: endpoint.profiles,
  };
}

function stationText({ tier, policy, profile, rule, action }: Hit): string {
  const owner =
    policy === undefined
      ? `Profile/${profile?.name ?? ''}`
      : `${policy.kind}/${policy.namespace === '' ? '' : `${policy.namespace}/`}${policy.name}`;
  return `${tier?.name ?? ''}|${owner}|${rule?.index ?? -1}|${action}`;
}

/** Every endpoint with what governs it, and every outcome that the tables can answer. */
export function dumpCompilation(
  world: World,
  legend: Legend,
): { endpoints: EndpointDump[]; outcomes: OutcomeDump[] } {
  return {
    endpoints: world.book.endpoints.map((endpoint) => endpointDump(world, endpoint)),
    outcomes: Array.from({ length: legend.outcomeCount }, (_, number) => {
      const { direction, verdict, reason, path } = legend.outcome(number);
      return { outcome: number, direction, verdict, reason, path: path.map(stationText) };
    }),
  };
}
