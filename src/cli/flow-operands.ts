/**
 * Flows on a command line. One operand with spaces is a flow; bare words are joined, and a protocol's name after a
 * complete flow begins the next one.
 */
import { protocolNumber } from '../net/protocol.ts';

/** A protocol as a flow begins with it. */
function isProtocol(word: string): boolean {
  return /^proto:\d+$/i.test(word) || protocolNumber(word) !== undefined;
}

/** The texts of the flows, in order. */
export function flowTexts(operands: readonly string[]): string[] {
  const flows: string[] = [];
  let words: string[] = [];
  const finish = (): void => {
    if (words.length > 0) flows.push(words.join(' '));
    words = [];
  };
  for (const operand of operands) {
    if (/\s/.test(operand.trim())) {
      finish();
      flows.push(operand.trim());
    } else {
      const complete = words.length >= 4 && (words[2] === 'to' || words[2] === '>');
      if (complete && isProtocol(operand)) finish();
      words.push(operand.trim());
    }
  }
  finish();
  return flows;
}
