/** What the enumeration finds of rules that do nothing, once for all checks that tell of it, and the words that they share. */
import { formatLocation } from '../analysis/decider.ts';
import type { Taker } from '../analysis/rules/rule-covers.ts';
import { findIdleRules, type RuleFinding } from '../analysis/rules/rule-findings.ts';
import type { RuleUnit } from '../analysis/rules/rule-units.ts';
import { policyName, unitLocation, unitName } from '../analysis/rules/unit-places.ts';
import type { World } from '../policy/world.ts';
import type { Finding, Related, Subject } from './check.ts';

const KNOWN = new WeakMap<World, readonly RuleFinding[]>();

/** All findings of a world. Without any pod or host endpoint nothing is asked, and nothing is found. */
export function idleRules({ world }: Subject): readonly RuleFinding[] {
  let found = KNOWN.get(world);
  if (found === undefined) {
    found = findIdleRules(world).findings;
    KNOWN.set(world, found);
  }
  return found;
}

/** More places than these are no help. */
const MOST_RELATED = 8;

/** Whether a taker is in the policy that the finding is in: its name needs not be said again. */
const isBeside = (taker: Taker, unit: RuleUnit): boolean =>
  taker.kind === 'unit' && taker.unit.level !== 'policy' && taker.unit.policy === unit.policy;

function takerName(taker: Taker, unit: RuleUnit): string {
  switch (taker.kind) {
    case 'unit':
      return isBeside(taker, unit) ? unitName(taker.unit).replace(/ of .*$/, '') : unitName(taker.unit);
    case 'tier-end':
      return `the end of tier ${taker.tier}`;
    case 'profile':
      return `profile ${taker.name}`;
    case 'cni':
      return taker.reason === 'no-profile'
        ? 'the end of all policy'
        : `what the CNI does by itself (${taker.reason})`;
  }
}

/** `a, b and 2 others`. */
export function takerNames({ by, unit }: Pick<RuleFinding, 'by' | 'unit'>): string {
  const all = [...new Set(by.map((taker) => takerName(taker, unit)))];
  const names = all.slice(0, 3);
  if (all.length > 3) names.push(`${all.length - 3} other${all.length === 4 ? '' : 's'}`);
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** The places of rules and policies that take the packets, each once: a policy ends the tier of many pods. */
export function takerPlaces({ by, unit }: Pick<RuleFinding, 'by' | 'unit'>, message: string): Related[] {
  const places = by.flatMap((taker): Related[] => {
    if (taker.kind === 'unit')
      return [{ at: unitLocation(taker.unit), message: `${takerName(taker, unit)} ${message}` }];
    const { policy } = { policy: undefined, ...taker };
    if (taker.kind !== 'tier-end' || policy === undefined) return [];
    return [{ at: policy.at, message: `${policyName(policy)} makes tier ${taker.tier} end there` }];
  });
  const once = new Map(places.map((place) => [`${formatLocation(place.at)} ${place.message}`, place]));
  return [...once.values()].slice(0, MOST_RELATED);
}

/** What to do with a unit that is redundant. */
export function redundantAdvice({ unit, mayGo, instead, lasts }: RuleFinding): string {
  const stays = instead.filter((other) => other !== unit);
  const beside =
    stays.length === 0
      ? ''
      : `; ${unitName(stays[0]!)} is redundant too: not both may go${mayGo ? ', and this one is the one to choose' : ''}`;
  const now = lasts ? '' : '; other pods or addresses may need it';
  return `without it no verdict changes${now}${beside}`;
}

/** A finding about a unit that is redundant. */
export function redundantFinding(finding: RuleFinding): Finding {
  const { unit, lasts } = finding;
  const verb = finding.by.length > 1 ? 'cover' : 'covers';
  const cause =
    finding.by.length === 0 ? 'nothing hangs on it' : `${takerNames(finding)} ${verb} all that it does`;
  return {
    at: unitLocation(unit),
    message: `${unitName(unit)} is redundant: ${cause}`,
    related: takerPlaces(finding, 'covers packets of it'),
    suggestion: redundantAdvice(finding),
    ...(lasts ? {} : { severity: 'note' as const }),
  };
}
