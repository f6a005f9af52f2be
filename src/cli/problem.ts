/** Mistakes on the command line as diagnostics, so that they look, and are collected, like all others. */
import type { Diagnostic, DiagnosticCode } from '../diagnostic/diagnostic.ts';
import { nearestWord } from '../diagnostic/nearest.ts';

/** A diagnostic without a place in a file. */
export function problem(code: DiagnosticCode, message: string, hint?: string): Diagnostic {
  return { code, severity: 'error', message, ...(hint === undefined ? {} : { hint }) };
}

/** `did you mean text? known: text, json`. */
export function knownWordsHint(word: string, known: readonly string[]): string {
  const near = nearestWord(word, known);
  return `${near === undefined ? '' : `did you mean ${near}? `}known: ${known.join(', ')}`;
}
