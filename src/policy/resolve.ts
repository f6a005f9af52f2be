/**
 * Cluster and address book → what governs each endpoint in each direction: the tiers that hold an enforced policy for
 * it, their policies in order, its profiles. Endpoints that are governed alike share one object.
 */
import type { Location } from '../diagnostic/diagnostic.ts';
import { selectorMatches } from '../selector/match.ts';
import type { Cluster } from './cluster.ts';
import type { AddressBook, Endpoint, LabelSet } from './endpoints.ts';
import { fromNetworkPolicy } from './from-network-policy.ts';
import { comparePolicies, compareTiers } from './order.ts';
import type { Direction, Governed, GoverningTier, Policy, Profile, Rule, Tier } from './policy.ts';
import { indexSelectors, labelsAsked } from './policy-index.ts';

export interface Resolved {
  /** Every tier that some policy names, in order. */
  readonly tiers: readonly Tier[];
  /** Every policy, by tier, then in evaluation order. */
  readonly policies: readonly Policy[];
  /** By name, for every profile that some endpoint has. */
  readonly profiles: ReadonlyMap<string, Profile>;
  /** The same object for endpoints that are governed alike in the direction. */
  governing(endpoint: Endpoint, direction: Direction): Governed;
}

/** Where a profile of a namespace stands that no manifest declares. */
export const NOWHERE: Location = { file: '', line: 0, column: 0 };

/** Source: projectcalico/calico libcalico-go/lib/clientv3/client.go (ensureTierExists). */
const BUILT_IN_TIERS: readonly Tier[] = [
  { name: 'kube-admin', order: 1_000, endAction: 'pass' },
  { name: 'default', order: 1_000_000, endAction: 'deny' },
  { name: 'kube-baseline', order: 10_000_000, endAction: 'pass' },
];

/** Label sets are matched when first asked for. */
export function resolvePolicies(
  cluster: Cluster,
  book: AddressBook,
  staged: 'beside' | 'enforced' = 'beside',
): Resolved {
  const translated = cluster.networkPolicies
    .map(fromNetworkPolicy)
    .map((policy) => (staged === 'enforced' ? { ...policy, staged: false } : policy));
  const tiers = tiersOf(translated);
  const tierByName = new Map(tiers.map((tier, position) => [tier.name, { tier, position }]));
  const policies = translated.sort(
    (a, b) => tierByName.get(a.tier)!.position - tierByName.get(b.tier)!.position || comparePolicies(a, b),
  );
  const profiles = profilesOf(cluster, book);
  const candidatesFor = indexSelectors(policies.map(({ selector }) => selector));
  const asked = labelsAsked(policies.map(({ selector }) => selector));
  const perLabelSet = new Map<number, Record<Direction, Governed>>();
  const perAnswer = new Map<string, Record<Direction, Governed>>();
  const shared = new Map<string, Governed>();

  function governedBy(
    selected: readonly number[],
    direction: Direction,
    profileNames: readonly string[],
  ): Governed {
    const covering = selected.filter((position) => policies[position]!.types[direction]);
    const key = `${direction} ${profileNames.join(' ')} ${covering.join(' ')}`;
    let governed = shared.get(key);
    if (governed === undefined) {
      const governing = governingTiers(
        covering.map((position) => policies[position]!),
        tiers,
      );
      governed = {
        guards: [],
        tiers: governing,
        profiles: profileNames.map((name) => profiles.get(name)!),
        end: 'deny',
        tiesAreOpen: false,
      };
      shared.set(key, governed);
    }
    return governed;
  }

  function resolveLabelSet({ labels, endpoints }: LabelSet): Record<Direction, Governed> {
    const profileNames = endpoints[0]!.profiles;
    // Pods of a StatefulSet each have a label of their own, which hardly any policy asks about.
    const askedLabels = Object.keys(labels).filter((label) => asked.has(label));
    const answers = askedLabels.sort().map((label) => `${label}=${labels[label]}`);
    const key = [...profileNames, ...answers].join(' ');
    let resolved = perAnswer.get(key);
    if (resolved === undefined) {
      const selected = candidatesFor(labels).filter((position) =>
        selectorMatches(policies[position]!.selector, labels),
      );
      resolved = {
        ingress: governedBy(selected, 'ingress', profileNames),
        egress: governedBy(selected, 'egress', profileNames),
      };
      perAnswer.set(key, resolved);
    }
    return resolved;
  }

  return {
    tiers,
    policies,
    profiles,
    governing({ labelSet }, direction) {
      let governed = perLabelSet.get(labelSet);
      if (governed === undefined) {
        governed = resolveLabelSet(book.labelSets[labelSet]!);
        perLabelSet.set(labelSet, governed);
      }
      return governed[direction];
    },
  };
}

/** Policies in evaluation order, tier by tier. A tier in which only staged policies apply is skipped, its end action too. */
function governingTiers(policies: readonly Policy[], tiers: readonly Tier[]): GoverningTier[] {
  const enforcing = new Set(policies.filter(({ staged }) => !staged).map(({ tier }) => tier));
  return tiers
    .filter(({ name }) => enforcing.has(name))
    .map((tier) => ({
      tier,
      policies: policies.filter((policy) => policy.tier === tier.name),
      endAction: tier.endAction,
    }));
}

/** A tier that nobody declared is enforced all the same, behind the others, and denies at its end. */
function tiersOf(policies: readonly Policy[]): Tier[] {
  const names = new Set(policies.map(({ tier }) => tier));
  return [...names]
    .map(
      (name) =>
        BUILT_IN_TIERS.find((tier) => tier.name === name) ??
        ({ name, order: Number.POSITIVE_INFINITY, endAction: 'deny', undeclared: true } as const),
    )
    .sort(compareTiers);
}

/** A namespace's profile allows everything; a service account's only lends labels. */
function profilesOf(cluster: Cluster, book: AddressBook): Map<string, Profile> {
  const profiles = new Map<string, Profile>();
  for (const { namespace, endpoints } of book.labelSets) {
    for (const name of endpoints[0]!.profiles) {
      if (profiles.has(name)) continue;
      const at = cluster.namespaces.get(namespace)?.at ?? NOWHERE;
      const rules = name.startsWith('kns.') ? [allowAll(at)] : [];
      profiles.set(name, { name, rules: { ingress: rules, egress: rules } });
    }
  }
  return profiles;
}

function allowAll(at: Location): Rule {
  return { action: 'allow', match: { source: {}, destination: {} }, index: 0, calicoIndex: 0, at };
}
