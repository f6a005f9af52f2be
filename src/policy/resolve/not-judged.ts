/**
 * What of Cilium's policies says nothing here although Cilium heeds it: layer 7, host policies, groups of clouds, an API server that no
 * manifest shows. None of it may make a verdict without a word.
 */
import { CILIUM_LISTS, type CiliumPolicy, type CiliumRule } from '../api/cilium.ts';
import type { Cluster } from '../cluster.ts';
import type { CniProfile } from '../cni/profile.ts';
import { API_SERVER, apiServerAddresses } from '../translate/cilium-peers.ts';
import { entitySelectors, selectsReserved } from '../translate/cilium-selector.ts';
import { enforces, listed } from './enforcement.ts';

const rulesOf = ({ specs }: CiliumPolicy): CiliumRule[] =>
  specs.flatMap((spec) => CILIUM_LISTS.flatMap((list) => spec[list]));

const peersOf = (policy: CiliumPolicy): NonNullable<CiliumRule['peers']>[number][] =>
  rulesOf(policy).flatMap(({ peers = [] }) => peers);

const nameOf = ({ kind, namespace, name }: CiliumPolicy): string =>
  [kind, namespace, name].filter(Boolean).join('/');

/** Whether a policy tells the API server from what else is at its address. */
function asksApiServer(policy: CiliumPolicy): boolean {
  return peersOf(policy).some((peer) => {
    if (peer.kind !== 'endpoints' && peer.kind !== 'entity') return false;
    if (peer.kind === 'entity' && peer.entity === 'cluster') return false;
    const selectors = peer.kind === 'entity' ? entitySelectors(peer.entity) : [peer.selector];
    return selectors.some(
      (selector) => selectsReserved(selector, ['world', API_SERVER]) !== selectsReserved(selector, ['world']),
    );
  });
}

/** One warning for each sort of thing, with the policies that have it. */
export function notJudged(cluster: Cluster, profile: CniProfile): string[] {
  if (!enforces(profile, 'Cilium')) return [];
  const { ciliumPolicies } = cluster;
  const named = (has: (policy: CiliumPolicy) => boolean): string | undefined => {
    const found = ciliumPolicies.filter(has).map(nameOf);
    return found.length === 0 ? undefined : listed(found);
  };
  const beyond = named((policy) => rulesOf(policy).some((rule) => rule.beyond.length > 0));
  const words = [...new Set(ciliumPolicies.flatMap(rulesOf).flatMap((rule) => rule.beyond))].join(', ');
  const hosts = named(({ specs }) => specs.some(({ endpointSelector }) => endpointSelector === undefined));
  const groups = named((policy) => peersOf(policy).some(({ kind }) => kind === 'group'));
  const nodes = named((policy) => peersOf(policy).some(({ kind }) => kind === 'nodes'));
  const isServerKnown = apiServerAddresses(cluster).length > 0;
  const server = isServerKnown ? undefined : named(asksApiServer);
  return [
    beyond &&
      `layer 7 is not judged (${words}): rules of ${beyond} let connections through whose requests may still be refused`,
    hosts && `host policies are not judged, and enforced only where the host firewall is on: ${hosts}`,
    groups && `the addresses of a cloud's groups are not known: what hangs on ${groups} is undetermined`,
    server &&
      `the API server's address is not known, since no endpoints of default/kubernetes are given: what hangs on ${server} is undetermined outside of the cluster, and nodes are taken not to be it; --resolve ${API_SERVER}=ADDRESS tells it`,
    nodes &&
      `peers that are nodes count only where Cilium keeps labels of nodes (enable-node-selector-labels), which is taken to be so: ${nodes}`,
  ].filter((warning) => warning !== undefined);
}
