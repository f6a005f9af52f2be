/**
 * Sums of what was exercised, by where it stands: several worlds add up when their policies are of the same manifests. A policy is
 * all that one manifest's object says, whatever a CNI makes of it: rules that it never asks stay uncovered.
 */
import type { Location } from '../../diagnostic/diagnostic.ts';
import { type PartPlace, type RulePlace, rulePlaces } from '../../manifest/rule-places.ts';
import { DIRECTIONS, type Direction, type Policy, type Rule, type Tier } from '../../policy/policy.ts';
import type { World } from '../../policy/world.ts';
import { formatLocation } from '../decider.ts';
import type {
  CoverageDocument,
  CoverageTotals,
  Covered,
  PartCoverage,
  PolicyCoverage,
  RuleCoverage,
} from './coverage-document.ts';

/** Longer words of a peer or port are cut. */
const WORDS_MOST = 200;

export interface RuleSums {
  readonly place: RulePlace;
  hits: number;
  /** In the order of the place's peers and ports. */
  readonly peers: number[];
  readonly ports: number[];
}

export interface PolicySums {
  /** One of those of the model that are of the object. */
  readonly policy: Policy;
  readonly rules: readonly RuleSums[];
  readonly ends: Map<Direction, number>;
  asked: number;
}

export class CoverageSums {
  readonly #cnis = new Set<string>();
  readonly #byPlace = new Map<string, PolicySums>();
  /** By the `at` of policies, since each world reads manifests of its own. */
  readonly #known = new Map<Location, PolicySums>();
  #omittedFlows = 0;

  /** Takes in all policies that a world enforces, whether anything met them or not. */
  addWorld({ resolved, profile }: World): void {
    this.#cnis.add(profile.name);
    for (const policy of resolved.policies) {
      const sums = this.of(policy);
      if (sums === undefined) continue;
      for (const direction of DIRECTIONS)
        if (endsInDeny(policy, direction, resolved.tiers) && !sums.ends.has(direction))
          sums.ends.set(direction, 0);
    }
  }

  /** The sums of a policy's object; undefined for staged ones, and for what stands in no manifest. */
  of(policy: Policy): PolicySums | undefined {
    const known = this.#known.get(policy.at);
    if (known !== undefined || policy.staged) return known;
    const places = rulePlaces(policy);
    if (places === undefined) return undefined;
    const { kind, namespace, name, at } = policy;
    const outline = places.map(({ path, peers, ports }) => [path, peers.length, ports.length]);
    const key = JSON.stringify([kind, namespace, name, at.file, at.line, at.column, outline]);
    const sums = this.#byPlace.get(key) ?? {
      policy,
      rules: places.map(nothingOf),
      ends: new Map(),
      asked: 0,
    };
    this.#byPlace.set(key, sums);
    this.#known.set(at, sums);
    return sums;
  }

  /** Says that flows were not looked at. */
  omit(flows: number): void {
    this.#omittedFlows += flows;
  }

  document(of: CoverageDocument['of']): CoverageDocument {
    const policies = [...this.#byPlace.values()].sort(byPlace).map(policyCoverage);
    return {
      of,
      cnis: [...this.#cnis],
      totals: sumOf(policies.map(({ totals }) => totals)),
      never_asked: policies.filter(({ asked }) => asked === 0).length,
      policies,
      omitted_flows: this.#omittedFlows,
    };
  }
}

function nothingOf(place: RulePlace): RuleSums {
  return { place, hits: 0, peers: place.peers.map(() => 0), ports: place.ports.map(() => 0) };
}

/** Whether a rule takes whatever comes to it, so that nothing behind it is ever asked. */
function takesAll({ action, match: { source, destination, ...fields } }: Rule): boolean {
  const isEmpty = (conditions: object): boolean =>
    Object.values(conditions).every((condition) => condition === undefined);
  return action !== 'log' && isEmpty(fields) && isEmpty(source) && isEmpty(destination);
}

/**
 * Whether the end of the policy's tier refuses what the policy isolates from. Ends of untracked and pre-DNAT policy never do, nor those
 * behind a rule that takes everything.
 */
function endsInDeny(
  { tier, types, isolates = types, placement, rules }: Policy,
  direction: Direction,
  tiers: readonly Tier[],
): boolean {
  const isEnd = placement === 'normal' || placement === 'forward';
  return (
    isEnd &&
    isolates[direction] &&
    tiers.some(({ name, endAction }) => name === tier && endAction === 'deny') &&
    !rules[direction].some(takesAll)
  );
}

/** The sums of the manifest's rule that a rule of the model is of; `direction` is whose rules are asked. */
export function sumsOfRule(
  { policy, rules }: PolicySums,
  rule: Rule,
  direction: Direction,
): RuleSums | undefined {
  const isDenyList = policy.kind.startsWith('Cilium') && rule.action === 'deny';
  const list = `${rule.listedAs ?? direction}${isDenyList ? 'Deny' : ''}`;
  const found = rules.filter(({ place }) => place.list === list && place.index === rule.index);
  // Specs of one policy number their rules each by itself.
  return (
    found.find(({ place }) => isAt(place, rule) || place.peers.some((peer) => isAt(peer, rule))) ?? found[0]
  );
}

/** Whether a rule of the model is said to stand at a part. */
export function isAt(part: PartPlace, { at }: Rule): boolean {
  return part.at.line === at.line && part.at.column === at.column;
}

function byPlace({ policy: { at: a } }: PolicySums, { policy: { at: b } }: PolicySums): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

function partCoverage({ at, words }: PartPlace, hits: number): PartCoverage {
  const cut = words.length > WORDS_MOST ? `${words.slice(0, WORDS_MOST - 1)}…` : words;
  return { location: formatLocation(at), words: cut, hits };
}

function ruleCoverage({ place, hits, peers, ports }: RuleSums): RuleCoverage {
  return {
    list: place.list,
    rule: place.index,
    location: formatLocation(place.at),
    hits,
    peers: place.peers.map((part, index) => partCoverage(part, peers[index]!)),
    ports: place.ports.map((part, index) => partCoverage(part, ports[index]!)),
  };
}

function policyCoverage({ policy, rules: sums, ends: sumsOfEnds, asked }: PolicySums): PolicyCoverage {
  const { tier, kind, namespace, name, at } = policy;
  const rules = sums.map(ruleCoverage);
  const denials = DIRECTIONS.flatMap((direction) => {
    const hits = sumsOfEnds.get(direction);
    return hits === undefined ? [] : [{ direction, hits }];
  });
  const totals: CoverageTotals = {
    rules: coveredOf(rules),
    peers: coveredOf(rules.flatMap(({ peers }) => peers)),
    ports: coveredOf(rules.flatMap(({ ports }) => ports)),
    denials: coveredOf(denials),
  };
  return { tier, kind, namespace, policy: name, location: formatLocation(at), asked, totals, rules, denials };
}

function coveredOf(parts: readonly { readonly hits: number }[]): Covered {
  return { covered: parts.filter(({ hits }) => hits > 0).length, all: parts.length };
}

function sumOf(totals: readonly CoverageTotals[]): CoverageTotals {
  const sum = (part: keyof CoverageTotals): Covered => ({
    covered: totals.reduce((count, one) => count + one[part].covered, 0),
    all: totals.reduce((count, one) => count + one[part].all, 0),
  });
  return { rules: sum('rules'), peers: sum('peers'), ports: sum('ports'), denials: sum('denials') };
}
