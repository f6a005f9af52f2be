/** Short names that a suite gives to sides, wherever it writes flows: in its lists, and of what it expects of traces. */
import { parseAddress } from '../net/address.ts';

/** What each stands for: a side in the notation of flows. */
export type ShortNames = ReadonlyMap<string, string>;

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
