/** What governs whom, read once for each group of endpoints that are governed alike. */
import type { CniProfile } from '../policy/cni/profile.ts';
import type { AddressBook, Endpoint } from '../policy/endpoints.ts';
import type { Direction, Governed, Policy, Profile, Rule } from '../policy/policy.ts';
import { type Condition, conditionOf, type View } from './condition.ts';
import type { Predicates } from './predicates.ts';
import { type Line, predicatesOf, profilesEnd, ruleLines, tierEnd } from './program.ts';

export const DIRECTIONS = ['egress', 'ingress'] as const;

/** The lines of one group of endpoints in one direction and family. */
export interface GovernedLines {
  readonly direction: Direction;
  readonly family: 4 | 6;
  readonly lines: readonly Line[];
  readonly ownPredicates: readonly number[];
  /** As in Program. */
  readonly opensOtherProtocols: boolean;
}

export interface Governing {
  of(endpoint: Endpoint, direction: Direction, family: 4 | 6): GovernedLines;
  /** Predicates that rules test on a peer, in the order of asking. */
  readonly peerPredicates: readonly number[];
}

/** Lines of one direction and family. Those of a policy are made once for all endpoints that it governs. */
class LineSource {
  readonly #view: View;
  readonly #predicates: Predicates;
  readonly #known = new Map<Policy | Profile, Map<number, readonly Line[]>>();
  readonly #conditionOf = (rule: Rule): Condition | undefined =>
    conditionOf(rule.match, this.#view, this.#predicates);

  constructor(view: View, predicates: Predicates) {
    this.#view = view;
    this.#predicates = predicates;
  }

  /** All lines of what governs an endpoint, in the order of evaluation. */
  of({ tiers, profiles }: Governed): Line[] {
    const lines: Line[] = [];
    tiers.forEach((governing, section) => {
      const { tier, policies } = governing;
      for (const policy of policies)
        if (!policy.staged)
          for (const line of this.#once(policy, { section, reason: 'policy', hit: { tier, policy } }))
            lines.push(line);
      lines.push(tierEnd(governing, section));
    });
    // A pass inside a profile goes on with the next profile.
    profiles.forEach((profile, index) => {
      const section = tiers.length + index;
      lines.push(...this.#once(profile, { section, reason: 'profile', hit: { profile } }));
    });
    lines.push(profilesEnd(tiers.length + profiles.length));
    return lines;
  }

  #once(ruled: Policy | Profile, place: Parameters<typeof ruleLines>[1]): readonly Line[] {
    let bySection = this.#known.get(ruled);
    if (bySection === undefined) {
      bySection = new Map();
      this.#known.set(ruled, bySection);
    }
    let lines = bySection.get(place.section);
    if (lines === undefined) {
      lines = ruleLines(ruled.rules[this.#view.direction], place, this.#conditionOf);
      bySection.set(place.section, lines);
    }
    return lines;
  }
}

/** Reads what governs every endpoint. Numbers predicates in the order of the book's endpoints. */
export function readGoverning(
  book: AddressBook,
  governing: (endpoint: Endpoint, direction: Direction) => Governed,
  { predicates, profile }: { predicates: Predicates; profile: CniProfile },
): Governing {
  const sources = new Map<string, { source: LineSource; known: Map<Governed, GovernedLines> }>();
  const peers = new Set<number>();
  const of = (endpoint: Endpoint, direction: Direction, family: 4 | 6): GovernedLines => {
    const key = `${direction} ${family}`;
    let view = sources.get(key);
    if (view === undefined) {
      view = { source: new LineSource({ direction, family, profile }, predicates), known: new Map() };
      sources.set(key, view);
    }
    const governed = governing(endpoint, direction);
    let found = view.known.get(governed);
    if (found === undefined) {
      const lines = view.source.of(governed);
      for (const predicate of predicatesOf(lines, 'peer')) peers.add(predicate);
      const opensOtherProtocols =
        governed.tiers.length > 0 && profile.otherProtocolsUnderIsolation === 'unspecified';
      found = { direction, family, lines, ownPredicates: predicatesOf(lines, 'own'), opensOtherProtocols };
      view.known.set(governed, found);
    }
    return found;
  };
  for (const endpoint of book.endpoints)
    for (const direction of DIRECTIONS)
      for (const { family } of endpoint.addresses) of(endpoint, direction, family);
  return { of, peerPredicates: [...peers] };
}
