/** Blocks that were put into and taken out of a list, which may be of a million: the list itself is made when it is asked for. */
import type { Cidr } from '../../net/cidr.ts';
import { prefixKey } from '../prefix.ts';

/** Equal for equal blocks. */
export const blockKey = ({ network: { family, words }, prefixBits: bits }: Cidr): string | number =>
  prefixKey(family, { words, bits });

export class MemberChanges {
  readonly #added = new Map<string | number, Cidr>();
  readonly #removed = new Set<string | number>();

  change(block: Cidr, isMember: boolean): void {
    const key = blockKey(block);
    this.#added.delete(key);
    this.#removed.delete(key);
    if (isMember) this.#added.set(key, block);
    else this.#removed.add(key);
  }

  /** The list with its changes. */
  of(blocks: readonly Cidr[]): Cidr[] {
    const kept = blocks.filter((block) => {
      const key = blockKey(block);
      return !this.#removed.has(key) && !this.#added.has(key);
    });
    return [...kept, ...this.#added.values()];
  }
}
