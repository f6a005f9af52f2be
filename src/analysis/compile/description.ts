/** Tables joined with the names of the cluster: the document that `compile` reports. */
import type { TablesDescription } from '../../compile/describe.ts';
import type { Hit, Legend } from '../../compile/legend.ts';
import { formatAddress } from '../../net/address.ts';
import type { Endpoint } from '../../policy/endpoints.ts';
import type { Policy } from '../../policy/policy.ts';
import { onePolicyEach, policyGroup } from '../../policy/policy-group.ts';
import type { Resolved } from '../../policy/resolve/resolve.ts';
import type { World } from '../../policy/world.ts';
import { HOST_HOOKS, type ProgramHook } from '../../tables/verdict.ts';
import { orderOf } from '../explain/bystanders.ts';
import type { CompileDocument, EndpointDump, KindCount, TableCounts, TierCount } from './compile-document.ts';

/** The counts of tables as documents write them. */
export function tableCounts(described: TablesDescription): TableCounts {
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

function tierCounts({ tiers, policies }: Resolved): TierCount[] {
  return tiers.map((tier) => {
    const own = policies.filter((policy) => policy.tier === tier.name);
    const staged = own.filter((policy) => policy.staged).length;
    return {
      tier: tier.name,
      order: orderOf(tier),
      end_action: tier.endAction,
      policies: own.length - staged,
      staged,
    };
  });
}

function kindCounts(policies: readonly Policy[]): KindCount[] {
  const counts = new Map<string, KindCount>();
  for (const policy of onePolicyEach(policies)) {
    const { kind } = policy;
    const group = policyGroup(policy);
    const key = `${kind} ${group}`;
    counts.set(key, { kind, group, policies: (counts.get(key)?.policies ?? 0) + 1 });
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
}

/** The cluster and its tables in numbers. */
export function describeCompilation(
  { cluster, book, resolved }: World,
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
      policies: onePolicyEach(legend.policies).length,
      rules,
      staged: resolved.policies.filter(({ staged }) => staged).length,
      host_endpoints: cluster.hostEndpoints.length,
      network_sets: cluster.networkSets.length,
      tiers: tierCounts(resolved),
      kinds: kindCounts(resolved.policies),
    },
    tables: tableCounts(described),
  };
}

/** Enforced policies in evaluation order; undefined where nothing is asked. */
function governingNames({ resolved }: World, endpoint: Endpoint, hook: ProgramHook): string[] | undefined {
  return resolved
    .governing(endpoint, hook)
    ?.tiers.flatMap(({ policies }) => policies.filter(({ staged }) => !staged).map(policyPath));
}

function policyPath({ kind, namespace, name }: Policy): string {
  return [kind, namespace, name].filter(Boolean).join('/');
}

const POD_HOOKS: readonly ProgramHook[] = ['ingress', 'egress'];
function endpointDump(world: World, endpoint: Endpoint): EndpointDump {
  const hooks = endpoint.kind === 'host' ? HOST_HOOKS : POD_HOOKS;
  return {
    endpoint: endpoint.kind === 'host' ? endpoint.name : `${endpoint.namespace}/${endpoint.name}`,
    kind: endpoint.kind,
    node: endpoint.nodeName,
    addresses: endpoint.addresses.map(formatAddress),
    labels: endpoint.pod?.labels ?? endpoint.labels,
    ingress: governingNames(world, endpoint, 'ingress') ?? [],
    egress: governingNames(world, endpoint, 'egress') ?? [],
    hooks: hooks.flatMap((hook) => {
      const policies = governingNames(world, endpoint, hook);
      return policies === undefined ? [] : [{ hook, policies }];
    }),
    profiles: endpoint.profiles,
  };
}

function stationText({ tier, policy, profile, rule, action }: Hit): string {
  const owner = policy === undefined ? `Profile/${profile?.name ?? ''}` : policyPath(policy);
  return `${tier?.name ?? ''}|${owner}|${rule?.index ?? -1}|${action}`;
}

/** Every endpoint with what governs it, and every outcome that the tables can answer. */
export function dumpCompilation(world: World, legend: Legend): NonNullable<CompileDocument['dump']> {
  return {
    departures: Object.entries(world.profile.departures).map(([knob, { says, source }]) => ({
      knob,
      says,
      source,
    })),
    endpoints: world.book.endpoints.map((endpoint) => endpointDump(world, endpoint)),
    outcomes: Array.from({ length: legend.outcomeCount }, (_, number) => {
      const { hook, direction, verdict, reason, path } = legend.outcome(number);
      return { outcome: number, hook, direction, verdict, reason, path: path.map(stationText) };
    }),
  };
}
