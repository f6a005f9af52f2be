/** Text in the order of its UTF-8 bytes, as Go compares strings. */

/** Negative, zero or positive. Code units and UTF-8 bytes order alike, except where surrogates meet U+E000 and above. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  const isPlain = !/[\ud800-\uffff]/.test(a + b);
  return isPlain ? (a < b ? -1 : 1) : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Each once, ascending. */
export function sortedSet(values: readonly string[]): string[] {
  return [...new Set(values)].sort(compareBytes);
}
