/**
 * A failed expectation in full, for every format of `test`: what was expected, what was found, who decided where, the walk in short, and
 * the command that tells more. Lines carry no indentation of their own.
 */
import type { WalkedHook, WalkedRule } from '../analysis/explain/short-walk.ts';
import type { TestedExpectation } from '../analysis/test/test-document.ts';
import { countOf } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { placeText, policyText, reasonText } from './decider-text.ts';
import { type Style, verdictPaint } from './style.ts';
import type { FailureLayout } from './test-cases.ts';
import { type SuiteWords, whyCommand } from './test-commands.ts';
import { wrapped } from './wrap.ts';

/** Columns of the labels. */
export const LABEL_WIDTH = 10;
const INDENT = ' '.repeat(LABEL_WIDTH);

/** A line of a failure: what it says, behind what it is. */
export function labelled(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${text}`;
}

/** `allow with staged policies`. */
export function pendingText(verdict: string): string {
  return `${verdict} with staged policies`;
}

/** What the suite asked for, in a line. */
function wanted({ expected }: TestedExpectation): string {
  return [
    expected.verdict,
    ...(expected.by === null ? [] : [`by ${visible(expected.by)}`]),
    ...(expected.direction === null ? [] : [`on ${expected.direction}`]),
    ...(expected.reason === null ? [] : [`reason ${expected.reason}`]),
    ...(expected.pending === null ? [] : [pendingText(expected.pending)]),
  ].join(', ');
}

/** A place behind a text where it fits, else in a line of its own behind `own`; `taken` columns stand before both. */
export function placed(
  text: string,
  place: string,
  taken: number,
  { columns, palette }: Style,
  own = INDENT,
): string[] {
  if (place === '') return [text];
  const shown = visible(place);
  if (taken + text.length + 2 + shown.length <= columns) return [`${text}  ${palette.cyan(shown)}`];
  // A file's name is foreign text: it begins no line.
  return [text, `${own}at ${palette.cyan(shown)}`];
}

/** The rule and its place, and under them why it did or did not match; `taken` columns stand before each line. */
function ruleLines(rule: WalkedRule, taken: number, style: Style): string[] {
  const { palette, columns } = style;
  const mark = { yes: '✓', no: '✗', maybe: '?' }[rule.matched];
  const place = rule.location === '' ? '' : `  ${palette.cyan(visible(rule.location))}`;
  const why = wrapped(visible(rule.why), '      ', columns - taken);
  return [
    `  ${mark} ${policyText(rule)} rule ${rule.rule} ${rule.action}${place}`,
    ...(rule.matched === 'no' ? why.map(palette.dim) : why),
  ];
}

/** The places that were asked, each with its answer; `taken` columns stand before each line. */
export function walkLines(walk: readonly WalkedHook[], taken: number, style: Style): string[] {
  const { palette } = style;
  return walk.flatMap((hook) => [
    `${hook.hook} of ${visible(hook.endpoint)}: ${verdictPaint(palette, hook.verdict)(hook.verdict)}`,
    ...hook.rules.flatMap((rule) => ruleLines(rule, taken, style)),
    ...(hook.omitted === 0 ? [] : [palette.dim(`  and ${countOf(hook.omitted, 'more rule')}`)]),
  ]);
}

/** The lines under the title of a failure; `indent` columns stand before each. */
export function failureLines(
  result: TestedExpectation,
  words: SuiteWords,
  style: Style,
  { indent, withCommand }: FailureLayout,
): string[] {
  const { palette, terms } = style;
  const { expected, found } = result;
  const isStaged = expected.pending !== null || found.pending !== found.verdict;
  const verdict = verdictPaint(palette, found.verdict)(found.verdict);
  const decided = labelled(
    'decided',
    reasonText(found.verdict, found.reason, found.decider, { open: found.open, terms }),
  );
  const why = withCommand ? whyCommand(result, words, style) : '';
  const walk = walkLines(result.walk ?? [], indent + LABEL_WIDTH, style);
  return [
    labelled('expected', `${wanted(result)}  ${palette.cyan(visible(result.location))}`),
    labelled('found', `${verdict}${isStaged ? `, ${pendingText(found.pending)}` : ''}`),
    ...placed(decided, placeText(found.decider, found.open), indent, style),
    ...(found.verdict === expected.verdict ? [labelled('differs', visible(result.difference))] : []),
    ...walk.map((line, index) => (index === 0 ? labelled('walk', line) : `${INDENT}${line}`)),
    ...(why !== '' ? [labelled('why', why)] : []),
  ];
}
