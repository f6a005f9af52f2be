/**
 * A label that a selector must not find, spelt otherwise than things have it: `tier != fronted`. Nothing has the label, so the
 * selector takes everything, and nothing else tells.
 */
import { formatLocation } from '../../analysis/decider.ts';
import type { Location } from '../../diagnostic/diagnostic.ts';
import { nearestWord } from '../../diagnostic/nearest.ts';
import type { Policy } from '../../policy/policy.ts';
import { NAMESPACE_PREFIX, SERVICE_ACCOUNT_PREFIX } from '../../policy/translate/label-selector.ts';
import type { Selector } from '../../selector/selector.ts';
import type { Check, Finding, Subject } from '../check.ts';
import { labelSpot, labelSpotAt, subjectPaths } from '../policy-places.ts';
import type { Spot } from '../source-places.ts';

/** What a selector wants not to be there. */
interface Absent {
  readonly label: string;
  readonly values: readonly string[];
}

/** Under an even number of negations what asks for a value is wanted, under an odd number it is not. */
function absentLabels(selector: Selector, isNegated = false): Absent[] {
  switch (selector.kind) {
    case 'and':
    case 'or':
      return selector.operands.flatMap((operand) => absentLabels(operand, isNegated));
    case 'not':
      return absentLabels(selector.operand, !isNegated);
    case 'not-equals':
      return isNegated ? [] : [{ label: selector.label, values: [selector.value] }];
    case 'not-in':
      return isNegated ? [] : [{ label: selector.label, values: selector.values }];
    case 'has':
      return isNegated ? [{ label: selector.label, values: [] }] : [];
    case 'equals':
      return isNegated ? [{ label: selector.label, values: [selector.value] }] : [];
    case 'in':
      return isNegated ? [{ label: selector.label, values: selector.values }] : [];
    default:
      return [];
  }
}

const PREFIXES = [NAMESPACE_PREFIX, SERVICE_ACCOUNT_PREFIX];
const prefixOf = (label: string): string => PREFIXES.find((prefix) => label.startsWith(prefix)) ?? '';

/** What reads like a slip: a key that nothing has, or a value, with one near it. */
function slipOf(
  { label, values }: Absent,
  { inventory }: Subject,
): Pick<Finding, 'message' | 'suggestion'> | undefined {
  const all = [...inventory.things(), ...inventory.namespaces].map(({ labels }) => labels);
  const prefix = prefixOf(label);
  const name = label.slice(prefix.length);
  const having = all.filter((labels) => Object.hasOwn(labels, label));
  if (having.length === 0) {
    const keys = all.flatMap((labels) => Object.keys(labels).filter((key) => prefixOf(key) === prefix));
    const near = nearestWord(name, new Set(keys.map((key) => key.slice(prefix.length))));
    if (near === undefined) return undefined;
    return {
      message: `nothing has the label ${name}, so that nothing is left out`,
      suggestion: `did you mean ${near}?`,
    };
  }
  const known = new Set(having.map((labels) => labels[label]!));
  for (const value of values) {
    if (known.has(value)) continue;
    const near = nearestWord(
      value,
      [...known].filter((one) => !values.includes(one)),
    );
    if (near === undefined || !isSlip(value, near)) continue;
    return {
      message: `nothing has ${name}=${value}, so that nothing is left out by it`,
      suggestion: `did you mean ${near}?`,
    };
  }
  return undefined;
}

/** Whether one is the other with a letter too many, too few or in the wrong place: `a-app` and `b-app` are a family. */
function isSlip(written: string, near: string): boolean {
  const letters = (text: string): string => [...text.toLowerCase()].sort().join('');
  return written.length > 3 && (written.length !== near.length || letters(written) === letters(near));
}

function* inPolicy(policy: Policy, told: Set<string>, subject: Subject): Generator<Finding> {
  const { sources } = subject;
  const places: (readonly [Selector | undefined, (label: string) => Spot, Location])[] = [
    [policy.selector, (label) => labelSpot(sources, policy.at, subjectPaths(policy), label), policy.at],
    ...[...policy.rules.ingress, ...policy.rules.egress].flatMap(({ match, at }) =>
      [match.source.selector, match.destination.selector].map(
        (selector) => [selector, (label: string) => labelSpotAt(sources, at, label), at] as const,
      ),
    ),
  ];
  for (const [selector, spotOf, place] of places)
    for (const absent of selector === undefined ? [] : absentLabels(selector)) {
      const slip = slipOf(absent, subject);
      const key = `${formatLocation(place)} ${absent.label}`;
      if (slip === undefined || told.has(key)) continue;
      told.add(key);
      const { at, span } = spotOf(absent.label.slice(prefixOf(absent.label).length));
      yield { at, span, ...slip };
    }
}

export const LABEL_SLIP: Check = {
  code: 'lint/label-slip',
  severity: 'warning',
  title: 'a selector leaves out a label that reads like a misspelt one',
  *find(subject) {
    if (!subject.inventory.hasEndpoints) return;
    const told = new Set<string>();
    for (const policy of subject.world.resolved.policies) yield* inPolicy(policy, told, subject);
  },
};
