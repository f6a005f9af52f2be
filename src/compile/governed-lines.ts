/** What governs whom, read once for each group of endpoints that are governed alike. */
import type { CniProfile } from '../policy/cni/profile.ts';
import type { AddressBook, Endpoint } from '../policy/endpoints.ts';
import type { Direction, Governed, Rule } from '../policy/policy.ts';
import { type Condition, conditionOf, type View } from './condition.ts';
import type { Predicates } from './predicates.ts';
import { type Line, linesOf, ownPredicates, peerPredicates } from './program.ts';

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

/** Reads what governs every endpoint. Numbers predicates in the order of the book's endpoints. */
export function readGoverning(
  book: AddressBook,
  governing: (endpoint: Endpoint, direction: Direction) => Governed,
  { predicates, profile }: { predicates: Predicates; profile: CniProfile },
): Governing {
  const conditions = new Map<string, Map<Rule, Condition | undefined>>();
  const conditionsFor = (view: View): ((rule: Rule) => Condition | undefined) => {
    const key = `${view.direction} ${view.family}`;
    let ofView = conditions.get(key);
    if (ofView === undefined) {
      ofView = new Map();
      conditions.set(key, ofView);
    }
    const cache = ofView;
    return (rule) => {
      if (!cache.has(rule)) cache.set(rule, conditionOf(rule.match, view, predicates));
      return cache.get(rule);
    };
  };
  const known = new Map<Governed, Map<string, GovernedLines>>();
  const peers = new Set<number>();
  const of = (endpoint: Endpoint, direction: Direction, family: 4 | 6): GovernedLines => {
    const governed = governing(endpoint, direction);
    let views = known.get(governed);
    if (views === undefined) {
      views = new Map();
      known.set(governed, views);
    }
    const key = `${direction} ${family}`;
    let found = views.get(key);
    if (found === undefined) {
      const lines = linesOf(governed, direction, conditionsFor({ direction, family, profile }));
      for (const predicate of peerPredicates(lines)) peers.add(predicate);
      const opensOtherProtocols =
        governed.tiers.length > 0 && profile.otherProtocolsUnderIsolation === 'unspecified';
      found = { direction, family, lines, ownPredicates: ownPredicates(lines), opensOtherProtocols };
      views.set(key, found);
    }
    return found;
  };
  for (const endpoint of book.endpoints)
    for (const direction of DIRECTIONS)
      for (const { family } of endpoint.addresses) of(endpoint, direction, family);
  return { of, peerPredicates: [...peers] };
}
