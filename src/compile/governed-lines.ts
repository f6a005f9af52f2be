/** What governs whom, read once for each group of endpoints that are governed alike. */
import type { CniProfile } from '../policy/cni/profile.ts';
import type { AddressBook, Endpoint } from '../policy/endpoints.ts';
import { holdsNetworkPolicies, isClusterWide, policyGroups } from '../policy/judge/ties.ts';
import type { Governed, Guard, Policy, Profile, Rule } from '../policy/policy.ts';
import { directionOf, type ProgramHook } from '../tables/verdict.ts';
import { type Condition, conditionOf, SharedParts, type View } from './condition.ts';
import type { HostStation } from './hosts.ts';
import type { Hit } from './legend.ts';
import type { Predicates } from './predicates.ts';
import {
  guardLines,
  type Line,
  otherProtocols,
  type Place,
  predicatesOf,
  profilesEnd,
  ruleLines,
  tierEnd,
} from './program.ts';
import { GUARDS } from './step.ts';

const WORKLOAD_HOOKS = ['egress', 'ingress'] as const;

/** The lines of one group of endpoints at one hook and family. */
export interface GovernedLines {
  readonly hook: ProgramHook;
  readonly family: 4 | 6;
  /** What the lines were made of. */
  readonly governed: Governed;
  readonly lines: readonly Line[];
  readonly ownPredicates: readonly number[];
  /** Some line asks whether a peer is the endpoint's own node. */
  readonly asksNode: boolean;
}

export interface Governing {
  /** Undefined where nothing is asked. */
  of(endpoint: Endpoint, hook: ProgramHook, family: 4 | 6): GovernedLines | undefined;
  /** Predicates that rules test on a peer, and all that rules of hosts test, in the order of asking; `of` adds to them. */
  readonly peerPredicates: ReadonlySet<number>;
  /** Those that rules test on their own side. */
  readonly ownPredicates: ReadonlySet<number>;
}

/** Lines of one hook and family. Those of a policy are made once for all endpoints that it governs. */
class LineSource {
  readonly #view: View;
  readonly #predicates: Predicates;
  readonly #opensOtherProtocols: boolean;
  /** NetworkPolicies let pass what other policies do not. */
  readonly #hasExemptions: boolean;
  readonly #known = new Map<Policy | Profile, Map<string, readonly Line[]>>();
  readonly #shared = new SharedParts();
  readonly #conditionOf = ({ match }: Rule | Guard): Condition | undefined =>
    conditionOf(match, this.#view, this.#predicates, this.#shared);

  constructor(view: View, predicates: Predicates, profile: CniProfile) {
    this.#view = view;
    this.#predicates = predicates;
    this.#opensOtherProtocols = profile.otherProtocolsUnderIsolation === 'unspecified';
    this.#hasExemptions = profile.podToOwnNode === 'allow' || profile.hairpin === 'unspecified';
  }

  /** All lines of what governs an endpoint, in the order of evaluation. */
  of(governed: Governed): Line[] {
    const { guards, tiers, profiles } = governed;
    const lines = guardLines(guards, this.#conditionOf);
    tiers.forEach((governing, index) => {
      const section = GUARDS + 1 + index;
      const { tier } = governing;
      if (this.#opensOtherProtocols && holdsNetworkPolicies(governing))
        lines.push(otherProtocols(section, { tier }));
      policyGroups(governing, governed).forEach((policies, group) => {
        policies.forEach((policy, position) => {
          const tie = policies.length === 1 ? {} : { tie: { group, policy: position } };
          const isBinding = this.#hasExemptions && isClusterWide(policy);
          const hitOf = (rule: Rule): Hit => ({ tier, policy, rule, action: rule.action });
          const place = { section, ...tie, isBinding, reason: 'policy', hitOf } as const;
          for (const line of this.#once(policy, place)) lines.push(line);
        });
      });
      lines.push(tierEnd(governing, section));
    });
    // A pass inside a profile goes on with the next profile.
    profiles.forEach((profile, index) => {
      const section = GUARDS + 1 + tiers.length + index;
      const hitOf = (rule: Rule): Hit => ({ profile, rule, action: rule.action });
      lines.push(...this.#once(profile, { section, reason: 'profile', hitOf }));
    });
    lines.push(profilesEnd(governed, GUARDS + 1 + tiers.length + profiles.length));
    return lines;
  }

  #once(ruled: Policy | Profile, place: Place): readonly Line[] {
    let byPlace = this.#known.get(ruled);
    if (byPlace === undefined) {
      byPlace = new Map();
      this.#known.set(ruled, byPlace);
    }
    const { section, tie } = place;
    const key = tie === undefined ? `${section}` : `${section} ${tie.group} ${tie.policy}`;
    let lines = byPlace.get(key);
    if (lines === undefined) {
      lines = ruleLines(ruled.rules[directionOf(this.#view.hook)], place, this.#conditionOf);
      byPlace.set(key, lines);
    }
    return lines;
  }
}

interface GoverningContext {
  readonly predicates: Predicates;
  readonly profile: CniProfile;
  readonly stations: readonly HostStation[];
}

/** What governs an endpoint at a hook; undefined where nothing is asked there. */
export interface GoverningOf {
  governing(endpoint: Endpoint, hook: ProgramHook): Governed | undefined;
}

/** Reads what governs every endpoint. Numbers predicates in the order of the book's endpoints, then of the stations. */
export function readGoverning(
  book: AddressBook,
  resolved: GoverningOf,
  { predicates, profile, stations }: GoverningContext,
): Governing {
  const nodes = [...book.hosts.keys()].sort();
  const sources = new Map<string, { source: LineSource; known: Map<Governed, GovernedLines> }>();
  const peers = new Set<number>();
  const own = new Set<number>();
  const of = (endpoint: Endpoint, hook: ProgramHook, family: 4 | 6): GovernedLines | undefined => {
    const governed = resolved.governing(endpoint, hook);
    if (governed === undefined) return undefined;
    const key = `${hook} ${family}`;
    let view = sources.get(key);
    if (view === undefined) {
      view = {
        source: new LineSource({ hook, family, profile, nodes }, predicates, profile),
        known: new Map(),
      };
      sources.set(key, view);
    }
    let found = view.known.get(governed);
    if (found === undefined) {
      const lines = view.source.of(governed);
      for (const predicate of predicatesOf(lines, 'peer')) peers.add(predicate);
      const ownPredicates = predicatesOf(lines, 'own');
      for (const predicate of ownPredicates) own.add(predicate);
      const asksNode = lines.some(({ condition }) => condition?.peer.node !== undefined);
      found = { hook, family, governed, lines, ownPredicates, asksNode };
      view.known.set(governed, found);
    }
    return found;
  };
  for (const endpoint of book.endpoints)
    if (endpoint.kind === 'workload')
      for (const hook of WORKLOAD_HOOKS)
        for (const { family } of endpoint.addresses) of(endpoint, hook, family);
  // A host's own side is told apart by identity.
  for (const { endpoint, hooks } of stations)
    for (const hook of hooks)
      for (const family of [4, 6] as const)
        for (const predicate of of(endpoint, hook, family)?.ownPredicates ?? []) peers.add(predicate);
  return { of, peerPredicates: peers, ownPredicates: own };
}
