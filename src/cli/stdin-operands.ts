/** `-` as an operand: standard input can be read once, and must not be a terminal that nobody types into. */
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { problem } from './problem.ts';

/** What is wrong with the operands that read standard input. */
export function stdinProblems(operands: readonly string[]): Diagnostic[] {
  const readers = operands.filter((operand) => operand === '-').length;
  if (readers === 0) return [];
  if (readers > 1) return [problem('cli/stdin', 'standard input can be read once only', 'one - is the most')];
  if (process.stdin.isTTY !== true) return [];
  return [
    problem('cli/stdin', '- reads standard input, which is a terminal', 'pipe or redirect a file into it'),
  ];
}
