/** Which expectations of suites are asked about: by words of their report, and by tags. */
import type { Checked, Diagnostic } from '../diagnostic/diagnostic.ts';
import { didYouMean } from '../diagnostic/nearest.ts';

/** What an expectation is known by. */
export interface Labelled {
  readonly tags: readonly string[];
  /** The texts that its report shows, the suite's description among them. */
  readonly texts: readonly string[];
}

export interface SuiteFilter {
  /** One of them must match a text; empty: any text will do. */
  readonly names: readonly RegExp[];
  /** One of them must be there; empty: any will do. */
  readonly tags: readonly string[];
  /** None of them may be there. */
  readonly without: readonly string[];
}

/** `/pattern/flags`, or a text that is looked for whatever its case. */
function readName(text: string): RegExp | Diagnostic {
  const [, pattern, flags] = /^\/(.+)\/([a-z]*)$/s.exec(text) ?? [];
  if (pattern === undefined) return new RegExp(text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'iu');
  try {
    // Of those that remember where they stopped only the first test would be right.
    return new RegExp(pattern, flags!.replace(/[gy]/g, ''));
  } catch (error) {
    const message = `--name ${text}: ${(error as Error).message.replace(/^.*: /s, '').toLowerCase()}`;
    return { code: 'cli/name', severity: 'error', message, hint: 'a pattern is written /^deny tcp/' };
  }
}

/** The filter that options give; tags may be listed with commas, `!` before one leaves it out. */
export function readFilter(names: readonly string[], tags: readonly string[]): Checked<SuiteFilter> {
  const read = names.map(readName);
  const words = tags.flatMap((list) => list.split(',')).map((word) => word.trim());
  const diagnostics = read.filter((one): one is Diagnostic => !(one instanceof RegExp));
  for (const word of words)
    if (word === '' || word === '!')
      diagnostics.push({ code: 'cli/tag', severity: 'error', message: '--tag: an empty tag' });
  return {
    value: {
      names: read.filter((one) => one instanceof RegExp),
      tags: words.filter((word) => !word.startsWith('!')),
      without: words.filter((word) => word.startsWith('!')).map((word) => word.slice(1)),
    },
    diagnostics,
  };
}

/** Whether an expectation is asked about. */
export function keeps({ names, tags, without }: SuiteFilter, { tags: own, texts }: Labelled): boolean {
  return (
    (names.length === 0 || names.some((name) => texts.some((text) => name.test(text)))) &&
    (tags.length === 0 || tags.some((tag) => own.includes(tag))) &&
    !without.some((tag) => own.includes(tag))
  );
}

/** Tags of the filter that no expectation has: nothing of that name would ever be checked, or left out. */
export function unknownTags({ tags, without }: SuiteFilter, known: ReadonlySet<string>): Diagnostic[] {
  const all = known.size === 0 ? 'the suites have no tags' : `known: ${[...known].join(', ')}`;
  return [...tags, ...without]
    .filter((tag) => !known.has(tag))
    .map((tag) => ({
      code: 'cli/tag',
      severity: tags.includes(tag) ? 'error' : 'warning',
      message: `--tag ${tags.includes(tag) ? '' : '!'}${tag}: no expectation has this tag`,
      hint: didYouMean(tag, known) ?? all,
    }));
}
