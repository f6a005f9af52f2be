/** What a reader must know before trusting any verdict about a cluster: warnings, and what was assumed. */
import { nearestWords } from '../diagnostic/nearest.ts';
import { felixOf } from '../policy/api/felix.ts';
import type { Cluster } from '../policy/cluster.ts';
import type { CniProfile } from '../policy/cni/profile.ts';
import { enforces, equalPriorities, unenforced } from '../policy/resolve/enforcement.ts';
import { notJudged } from '../policy/resolve/not-judged.ts';
import { BUILT_IN_TIERS } from '../policy/resolve/tiers.ts';
import { unresolvedPeers } from '../policy/translate/domain-names.ts';
import type { World } from '../policy/world.ts';

export interface Caveats {
  readonly assumptions: readonly string[];
  readonly warnings: readonly string[];
}

/** Printed when it decided something. Source: the installers of Calico set Accept; Felix's own default is Drop. */
const ENDPOINT_TO_HOST_ASSUMPTION =
  'no manifest gives DefaultEndpointToHostAction: it is taken as Accept, so pods reach their own node';

/** Kinds that look like policies and were passed over: their effect is missing, which must not go unsaid. */
function passedOver({ ignoredKinds }: Cluster): string[] {
  return [...ignoredKinds]
    .filter(([kind]) => /Polic(y|ies)\b/i.test(kind))
    .map(
      ([kind, count]) =>
        `${count} ${kind} ${count === 1 ? 'is' : 'are'} not read: the effect on verdicts is missing`,
    );
}

/** Objects that are not there because they are invalid, as Felix treats them. */
function leftOut({ vanished }: Cluster): string[] {
  return vanished.map(
    ({ kind, namespace, name, at }) =>
      `${[kind, namespace, name].filter(Boolean).join('/')} is invalid and was left out, as Felix does (${at.file}:${at.line}): verdicts that it could change are doubtful`,
  );
}

/** Tiers that policies name and nobody declares: they come behind all others and deny at their end, which a slip of the pen does too. */
function undeclaredTiers({ calicoPolicies, tiers }: Cluster, profile: CniProfile): string[] {
  if (!enforces(profile, 'Calico')) return [];
  const known = [...BUILT_IN_TIERS, ...tiers].map(({ name }) => name);
  const named = [...new Set(calicoPolicies.map(({ tier }) => tier))].filter((tier) => !known.includes(tier));
  return named.map((tier) => {
    const { kind, namespace, name, at } = calicoPolicies.find((policy) => policy.tier === tier)!;
    const policy = [kind, namespace, name].filter(Boolean).join('/');
    const [near] = nearestWords(tier, known, 1);
    const meant = near === undefined ? '' : `; did you mean ${near}?`;
    return `tier ${tier}, which ${policy} names (${at.file}:${at.line}), is declared nowhere: it comes after all other tiers and its end denies${meant}`;
  });
}

/** Names without an address, where some answer hung on one. */
function unresolved(cluster: Cluster, profile: CniProfile): string[] {
  return unresolvedPeers(cluster, profile).map(
    ({ policy, names, at }) =>
      `no address is known of ${names.join(', ')}, which ${policy.kind} ${[policy.namespace, policy.name].filter(Boolean).join('/')} names (${at.file}:${at.line}): give them with --resolve NAME=ADDRESS`,
  );
}

/** Who is warned, about which cluster. */
type Subject = Pick<World, 'cluster' | 'book' | 'profile'>;

/** `decidedBy` are the reasons that occurred. The gravest warning comes first. */
export function caveatsOf({ cluster, book, profile }: Subject, decidedBy: readonly string[]): Caveats {
  const isAssumed = cluster.nodes.some(
    ({ name }) => felixOf(cluster.felix, name).endpointToHostAt === undefined,
  );
  const usedEndpointToHost =
    enforces(profile, 'Calico') && isAssumed && decidedBy.includes('endpoint-to-host');
  return {
    assumptions: [...cluster.assumptions, ...(usedEndpointToHost ? [ENDPOINT_TO_HOST_ASSUMPTION] : [])],
    warnings: [
      ...leftOut(cluster),
      ...unenforced(cluster, profile),
      ...notJudged(cluster, profile),
      ...(decidedBy.includes('domain') ? unresolved(cluster, profile) : []),
      ...undeclaredTiers(cluster, profile),
      ...equalPriorities(cluster, profile),
      ...book.warnings,
      ...passedOver(cluster),
    ],
  };
}

/** What lint has no findings of: all but what its checks tell, each where it stands. */
export function caveatsBesideFindings({ cluster, book, profile }: Subject): Caveats {
  return {
    assumptions: cluster.assumptions,
    warnings: [...leftOut(cluster), ...notJudged(cluster, profile), ...book.warnings, ...passedOver(cluster)],
  };
}
