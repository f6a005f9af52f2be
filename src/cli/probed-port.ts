/** `--probe`: what tables of results that do not say it were probed with. */
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { ProbedPort } from '../suite/probe.ts';
import { parseProbedPort } from '../suite/truth-table.ts';
import { problem } from './problem.ts';

/** The port, undefined where none was given, and what is wrong with the word. */
export function readProbe(word: string | undefined): {
  readonly port: ProbedPort | undefined;
  readonly problems: readonly Diagnostic[];
} {
  const port = word === undefined ? undefined : parseProbedPort(word);
  if (word === undefined || port !== undefined) return { port, problems: [] };
  const message = `--probe ${word}: no protocol and port`;
  return { port, problems: [problem('cli/probe', message, 'write it as tables do: TCP/80')] };
}
