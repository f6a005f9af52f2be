/** Names in columns of addresses. A name's words hang on its text alone, so that rows of one name meet in one shard. */
import { NAME_FIRST, NAME_LAST } from './name-layout.ts';

type Words = readonly [number, number, number, number];

/** FNV-1a with a final mix, 32 bits; two of them with different beginnings make a name's hash. */
function hashOf(text: string, start: number): number {
  let hash = start;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The words of a name. */
export function nameWords(text: string): Words {
  return [NAME_FIRST, hashOf(text, 0x811c9dc5), hashOf(text, 0x9747b28c), NAME_LAST];
}

/** Whether the four words at `offset` are a name's. */
export function isNameWords(words: ArrayLike<number>, offset: number): boolean {
  return words[offset] === NAME_FIRST && words[offset + 3] === NAME_LAST;
}

/** What tells names apart: a text of the two hashes. */
export function nameKey(words: ArrayLike<number>, offset: number): string {
  return `${words[offset + 1]!}.${words[offset + 2]!}`;
}
