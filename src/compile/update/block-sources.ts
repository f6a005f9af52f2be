/**
 * What names each very block: rules' lists of blocks, by their atoms, and network sets, by their positions. When one of them goes
 * the others still hold there.
 */
import type { Cidr } from '../../net/cidr.ts';
import type { LabelledSet } from '../../policy/endpoints.ts';
import { blockKey, MemberChanges } from './member-changes.ts';

export class BlockSources {
  /** The atom of what everything that has an address holds. */
  heldAtom: number | undefined;
  /** One number, or several where a block is named more than once: a position of a set, or -1 less an atom. */
  readonly #sources = new Map<string | number, number | readonly number[]>();
  /** By position of a set. */
  readonly #changes = new Map<number, MemberChanges>();
  readonly #sets: readonly LabelledSet[];

  constructor(sets: readonly LabelledSet[]) {
    this.#sets = sets;
    sets.forEach(({ nets }, position) => {
      for (const block of nets) this.#add(block, position);
    });
  }

  addNets(block: Cidr, atom: number): void {
    this.#add(block, -1 - atom);
  }

  addSet(block: Cidr, position: number): void {
    this.#add(block, position);
    this.#changesOf(position).change(block, true);
  }

  removeSet(block: Cidr, position: number): void {
    const left = this.#at(block).filter((source) => source !== position);
    if (left.length === 0) this.#sources.delete(blockKey(block));
    else this.#sources.set(blockKey(block), left);
    this.#changesOf(position).change(block, false);
  }

  /** The blocks that a set has now. */
  blocksOf(position: number): readonly Cidr[] {
    const { nets } = this.#sets[position]!;
    return this.#changes.get(position)?.of(nets) ?? nets;
  }

  /** The atoms that hold in a very block; `ofSet` tells those of a network set. */
  atomsOf(block: Cidr, ofSet: (position: number) => readonly number[]): number[] {
    const held = this.heldAtom === undefined ? [] : [this.heldAtom];
    return this.#at(block).flatMap((source) => (source < 0 ? [-1 - source] : [...ofSet(source), ...held]));
  }

  #at(block: Cidr): readonly number[] {
    const sources = this.#sources.get(blockKey(block));
    return sources === undefined ? [] : typeof sources === 'number' ? [sources] : sources;
  }

  #add(block: Cidr, source: number): void {
    const known = this.#at(block);
    if (known.includes(source)) return;
    this.#sources.set(blockKey(block), known.length === 0 ? source : [...known, source]);
  }

  #changesOf(position: number): MemberChanges {
    let changes = this.#changes.get(position);
    if (changes === undefined) {
      changes = new MemberChanges();
      this.#changes.set(position, changes);
    }
    return changes;
  }
}
