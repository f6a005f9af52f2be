/** Names of suggested objects: who may do what, as far as the API's names have room, and never that of an object that is there. */
import { formatAddress } from '../../net/address.ts';
import type { Cluster } from '../../policy/cluster.ts';
import type { Selected } from './objects.ts';
import type { Place } from './opening.ts';

const LENGTH_MOST = 50;

/** Lower case, digits and dashes, beginning and ending with a letter or digit. */
function word(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

function peerWord({ peer, other }: Selected): string {
  if (other !== undefined) return word(other.workload.name);
  return peer.kind === 'address' ? word(formatAddress(peer.address)) : word(peer.pod.name);
}

function namesOf({ networkPolicies, adminPolicies, calicoPolicies, ciliumPolicies }: Cluster): Set<string> {
  return new Set(
    [...networkPolicies, ...adminPolicies, ...calicoPolicies, ...ciliumPolicies].map(({ name }) => name),
  );
}

/** `allow-api-to-db`; policies in a tier of Calico's have the tier before it. */
export function objectName(rule: Selected, place: Place, cluster: Cluster, taken: readonly string[]): string {
  const [own, peer] = [word(rule.own.workload.name), peerWord(rule)];
  const [from, to] = rule.direction === 'ingress' ? [peer, own] : [own, peer];
  const stem = `allow-${from}-to-${to}`.slice(0, LENGTH_MOST).replace(/-+$/, '');
  const tier = place.kind === 'CalicoNetworkPolicy' && place.tier !== 'default' ? `${place.tier}.` : '';
  const known = namesOf(cluster);
  for (const name of taken) known.add(name);
  for (let number = 1; ; number++) {
    const name = `${tier}${stem}${number === 1 ? '' : `-${number}`}`;
    if (!known.has(name)) return name;
  }
}
