/** Sides of flows as a suite writes them, and the short names that it gives to them: in its lists, its tables, and of traces. */
import type { Side } from '../flow/flow.ts';
import { parseFlow } from '../flow/notation.ts';
import { parseAddress } from '../net/address.ts';

/** What each stands for: a side in the notation of flows. */
export type ShortNames = ReadonlyMap<string, string>;

/** A side as the notation writes it, without a port; undefined for anything else. */
export function parseSide(text: string): Side | undefined {
  // GRE, a protocol without ports: a side with one is refused.
  const parsed = /[\s>]/.test(text) ? undefined : parseFlow(`proto:47 ${text} to 192.0.2.1`);
  return parsed !== undefined && 'flow' in parsed ? parsed.flow.source : undefined;
}

/** A flow's text with what short names stand for in their place; whatever stands first is its protocol. */
export function spelledOut(text: string, names: ShortNames): string {
  let isSide = false;
  return text.replace(/[^\s>]+/g, (word) => {
    const colon = word.lastIndexOf(':');
    const name = colon < 0 ? word : word.slice(0, colon);
    const side = isSide && word !== 'to' ? names.get(name) : undefined;
    isSide = true;
    if (side === undefined) return word;
    const port = colon < 0 ? '' : word.slice(colon);
    return port !== '' && parseAddress(side)?.family === 6 ? `[${side}]${port}` : `${side}${port}`;
  });
}
