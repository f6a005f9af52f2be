/**
 * Cluster and address book → what governs each endpoint at each hook: guards, the tiers that hold an enforced policy
 * for it there, their policies in order, its profiles. Endpoints that are governed alike share one object.
 *
 * Source: projectcalico/calico felix/calc/policy_resolver.go, felix/calc/event_sequencer.go
 * (tierInfoToProtoTierInfo), felix/rules/endpoints.go (endpointIptablesChain).
 */
import { selectorMatches } from '../../selector/match.ts';
import { directionOf, type ProgramHook } from '../../tables/verdict.ts';
import { ALL_INTERFACES } from '../addresses/hosts.ts';
import { type FelixNode, felixOf } from '../api/felix.ts';
import type { Cluster } from '../cluster.ts';
import type { CniProfile } from '../cni/profile.ts';
import type { AddressBook, Endpoint, LabelSet } from '../endpoints.ts';
import { PLACEMENTS } from '../hook-placements.ts';
import type { Direction, Governed, GoverningTier, Guard, Policy, Profile, Tier } from '../policy.ts';
import { type GuardedCluster, guardSettings, guardsOf } from './guards.ts';
import { comparePolicies } from './order.ts';
import { labelsAsked, SelectorIndex } from './policy-index.ts';
import { PolicyOrder } from './policy-order.ts';
import { profilesOf } from './resolve-profiles.ts';
import { tiersOf } from './tiers.ts';
import { type Staging, translatePolicies } from './translate-policies.ts';

export interface Resolved {
  /** Every tier that some policy names, in order. */
  readonly tiers: readonly Tier[];
  /** Every policy, by tier, then in evaluation order. */
  readonly policies: readonly Policy[];
  /** By name, for every profile that some endpoint has. */
  readonly profiles: ReadonlyMap<string, Profile>;
  /**
   * The same object for endpoints that are governed alike at the hook. Pods have `ingress` and `egress`; of a host
   * endpoint these two mean host-ingress and host-egress. Undefined where nothing is asked: at a pod for the hooks of
   * hosts, at a host's other hooks without policy for them.
   */
  governing(endpoint: Endpoint, direction: Direction): Governed;
  governing(endpoint: Endpoint, hook: ProgramHook): Governed | undefined;
}

/** What is resolved, and follows policies that come and go. */
export interface LiveResolved extends Resolved {
  /**
   * Takes out a policy and puts in another, either of them undefined. `labelSets`: positions of all label sets that one of
   * them selects.
   */
  replace(before: Policy | undefined, after: Policy | undefined, labelSets: Iterable<number>): void;
}

/** What one set of labels and profiles has: the policies that select it, and what governs it by hook and guards. */
interface Attached {
  /** Numbers of policies in the order of evaluation. */
  readonly numbers: readonly number[];
  readonly profiles: readonly string[];
  readonly byHook: Map<string, Governed | undefined>;
}

/** Label sets are matched when first asked for. */
export function resolvePolicies(
  cluster: Cluster,
  book: AddressBook,
  profile: CniProfile,
  staging: Staging = 'beside',
): LiveResolved {
  const translated = translatePolicies(cluster, book, profile, staging);
  const tiers = tiersOf(translated, cluster.tiers);
  const tierPositions = new Map(tiers.map(({ name }, position) => [name, position]));
  const order = new PolicyOrder(
    translated,
    (a, b) => tierPositions.get(a.tier)! - tierPositions.get(b.tier)! || comparePolicies(a, b),
  );
  const profiles = profilesOf(cluster, book);
  const attachments = new Attachments(order, book);
  const guardsAt = guardFinder(cluster, { pools: cluster.ipPools, hosts: book.hosts, profile });
  const isTieOpen = profile.equalOrders === 'unspecified';
  const govern = governor({ tiers, profiles }, order, isTieOpen);

  function governing(endpoint: Endpoint, direction: Direction): Governed;
  function governing(endpoint: Endpoint, hook: ProgramHook): Governed | undefined;
  function governing(endpoint: Endpoint, asked: ProgramHook): Governed | undefined {
    const isPodHook = asked === 'ingress' || asked === 'egress';
    if (!isPodHook && endpoint.kind === 'workload') return undefined;
    const hook = isPodHook && endpoint.kind === 'host' ? (`host-${asked}` as const) : asked;
    const attached = attachments.of(endpoint);
    const guards = guardsAt(hook, endpoint.nodeName);
    const isAll = endpoint.hostEndpoint?.interfaceName === ALL_INTERFACES;
    const key = `${hook} ${guards.number}${isAll ? ' *' : ''}`;
    if (!attached.byHook.has(key)) attached.byHook.set(key, govern(endpoint, hook, attached, guards));
    return attached.byHook.get(key);
  }

  function replace(before: Policy | undefined, after: Policy | undefined, labelSets: Iterable<number>): void {
    if (after !== undefined && !tierPositions.has(after.tier)) {
      tiers.splice(0, tiers.length, ...tiersOf([...order.policies, after], cluster.tiers));
      tierPositions.clear();
      for (const [position, { name }] of tiers.entries()) tierPositions.set(name, position);
    }
    if (before !== undefined) order.remove(before);
    if (after !== undefined) attachments.add(after);
    attachments.forget(labelSets);
  }

  return { tiers, policies: order.policies, profiles, governing, replace };
}

/** Hooks whose end is a refusal: behind them there is nobody else to ask. */
const ENDS_HERE: readonly ProgramHook[] = ['ingress', 'egress', 'host-ingress', 'host-egress'];
/** Hooks where the end of a tier never drops. */
const PASSES_AT_END: readonly ProgramHook[] = ['pre-dnat', 'untracked-ingress', 'untracked-egress'];

type Govern = (
  endpoint: Endpoint,
  hook: ProgramHook,
  attached: Attached,
  guards: Interned,
) => Governed | undefined;

/** What of the attached policies governs at a hook; one object for all that have the same. */
function governor(
  { tiers, profiles }: Pick<Resolved, 'tiers' | 'profiles'>,
  order: PolicyOrder,
  isTieOpen: boolean,
): Govern {
  const shared = new Map<string, Governed>();
  return (endpoint, hook, attached, guards) => {
    const direction = directionOf(hook);
    const placements = PLACEMENTS[hook];
    const covering = attached.numbers.filter((number) => {
      const { types, placement } = order.at(number)!;
      return types[direction] && placements.includes(placement);
    });
    const isEnforced = covering.some((number) => isIsolating(order.at(number)!, direction));
    const isLast = ENDS_HERE.includes(hook);
    // Untracked policy on all interfaces is ignored, and a forward, pre-DNAT or untracked chain without policy is not
    // there at all. Forward policy of the other direction only is no reason to refuse either.
    const isIgnored = hook.startsWith('untracked') && endpoint.hostEndpoint!.interfaceName === ALL_INTERFACES;
    if (!isLast && (!isEnforced || isIgnored)) return undefined;
    const named = isLast ? attached.profiles : [];
    const key = `${hook} ${guards.number} ${named.join(' ')} ${covering.join(' ')}`;
    let governed = shared.get(key);
    if (governed === undefined) {
      const governing = governingTiers(
        covering.map((number) => order.at(number)!),
        tiers,
        direction,
        PASSES_AT_END.includes(hook),
      );
      governed = {
        guards: guards.guards,
        tiers: governing,
        profiles: named.map((name) => profiles.get(name)!),
        end: isLast ? 'deny' : 'continue',
        tiesAreOpen: isTieOpen && governing.some(hasTie),
      };
      shared.set(key, governed);
    }
    return governed;
  };
}

/** Matches selectors once for all label sets with the same profiles that the policies cannot tell apart. */
class Attachments {
  readonly #order: PolicyOrder;
  readonly #book: AddressBook;
  readonly #index = new SelectorIndex();
  readonly #asked: Set<string>;
  readonly #perLabelSet = new Map<number, Attached>();
  readonly #perAnswer = new Map<string, Attached>();

  constructor(order: PolicyOrder, book: AddressBook) {
    this.#order = order;
    this.#book = book;
    this.#asked = new Set(labelsAsked(order.policies.map(({ selector }) => selector)));
    order.policies.forEach(({ selector }, number) => {
      this.#index.add(selector, number);
    });
  }

  of({ labelSet }: Endpoint): Attached {
    let attached = this.#perLabelSet.get(labelSet);
    if (attached === undefined) {
      attached = this.#resolve(this.#book.labelSets[labelSet]!);
      this.#perLabelSet.set(labelSet, attached);
    }
    return attached;
  }

  add(policy: Policy): void {
    this.#index.add(policy.selector, this.#order.add(policy));
    for (const label of labelsAsked([policy.selector])) this.#asked.add(label);
  }

  /** Label sets that have other policies now. */
  forget(labelSets: Iterable<number>): void {
    for (const labelSet of labelSets) this.#perLabelSet.delete(labelSet);
    this.#perAnswer.clear();
  }

  #resolve({ labels, endpoints }: LabelSet): Attached {
    const { profiles } = endpoints[0]!;
    // Pods of a StatefulSet each have a label of their own, which hardly any policy asks about.
    const askedLabels = Object.keys(labels).filter((label) => this.#asked.has(label));
    const answers = askedLabels.sort().map((label) => `${label}=${labels[label]}`);
    const key = [...profiles, ...answers].join(' ');
    let attached = this.#perAnswer.get(key);
    if (attached === undefined) {
      const numbers = this.#index.candidates(labels).filter((number) => {
        const policy = this.#order.at(number);
        return policy !== undefined && selectorMatches(policy.selector, labels);
      });
      attached = { numbers: this.#order.sorted(numbers), profiles, byHook: new Map() };
      this.#perAnswer.set(key, attached);
    }
    return attached;
  }
}

/** Guards with a number that equal ones share. */
interface Interned {
  readonly number: number;
  readonly guards: readonly Guard[];
}

function guardFinder(
  cluster: Cluster,
  guarded: GuardedCluster,
): (hook: ProgramHook, nodeName: string) => Interned {
  const perSettings = new Map<FelixNode, Map<ProgramHook, Interned>>();
  const byText = new Map<string, Interned>();
  return (hook, nodeName) => {
    const felix = felixOf(cluster.felix, nodeName);
    let perHook = perSettings.get(felix);
    if (perHook === undefined) {
      perHook = new Map();
      perSettings.set(felix, perHook);
    }
    let found = perHook.get(hook);
    if (found === undefined) {
      const text = guardSettings(hook, felix);
      found = byText.get(text) ?? { number: byText.size, guards: guardsOf(hook, felix, guarded) };
      byText.set(text, found);
      perHook.set(hook, found);
    }
    return found;
  };
}

/** Whether a policy makes its tier one that is asked. */
function isIsolating({ staged, isolates }: Policy, direction: Direction): boolean {
  return !staged && (isolates === undefined || isolates[direction]);
}

/** Policies in evaluation order, tier by tier. A tier in which only staged policies apply is skipped, its end action too. */
function governingTiers(
  policies: readonly Policy[],
  tiers: readonly Tier[],
  direction: Direction,
  passesAtEnd: boolean,
): GoverningTier[] {
  const enforcing = new Set(
    policies.filter((policy) => isIsolating(policy, direction)).map(({ tier }) => tier),
  );
  return tiers
    .filter(({ name }) => enforcing.has(name))
    .map((tier) => ({
      tier,
      policies: policies.filter((policy) => policy.tier === tier.name),
      endAction: passesAtEnd ? 'pass' : tier.endAction,
    }));
}

/** Whether enforced policies that could contradict each other have the same order. Network policies only allow. */
function hasTie({ policies }: GoverningTier): boolean {
  const ordered = policies.filter(({ staged, kind }) => !staged && kind !== 'NetworkPolicy');
  return new Set(ordered.map(({ order }) => order)).size < ordered.length;
}
