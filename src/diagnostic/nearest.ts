/** The known word that was probably meant. Bounded: only words a few edits away count, and long lists stay cheap. */

/**
 * Edits (insert, delete, replace, swap of neighbours) between two words, or `limit + 1` when there are more.
 * Source: the optimal string alignment distance.
 */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let edits = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) edits = Math.min(edits, beforeLast[column - 2]! + 1);
      current.push(edits);
      least = Math.min(least, edits);
    }
    if (least > limit) return limit + 1;
    beforeLast = last;
    last = current;
  }
  return Math.min(last[b.length]!, limit + 1);
}

/** Up to `count` known words near `word`, nearest first, ties in the order given; case is no edit. */
export function nearestWords(word: string, known: Iterable<string>, count: number): string[] {
  const lower = word.toLowerCase();
  const limit = Math.max(1, Math.floor(word.length / 3));
  const found: { readonly text: string; readonly edits: number }[] = [];
  for (const text of known) {
    if (text === word) continue;
    const edits = editDistance(lower, text.toLowerCase(), limit);
    if (edits <= limit) found.push({ text, edits });
  }
  found.sort((a, b) => a.edits - b.edits);
  return found.slice(0, count).map(({ text }) => text);
}

/** The nearest known word, when one is near enough to be a likely slip. */
export function nearestWord(word: string, known: Iterable<string>): string | undefined {
  return nearestWords(word, known, 1)[0];
}

/** `did you mean web or api?` of up to `count` known words; undefined when none is near enough. */
export function didYouMean(word: string, known: Iterable<string>, count = 1): string | undefined {
  const near = nearestWords(word, known, count);
  return near.length === 0 ? undefined : `did you mean ${near.join(' or ')}?`;
}
