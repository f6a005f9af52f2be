/**
 * Identities of a family that come and change. How many addresses and regions have one is counted: where all of them change
 * alike the identity itself becomes another, and no address is touched.
 */
import type { AtomSets } from '../atom-sets.ts';
import type { PeerSpace } from '../peer-space.ts';
import { CannotUpdate } from './cannot-update.ts';
import type { LiveShapes, Placing } from './live-shapes.ts';

export class LiveIdentities {
  readonly #family: 4 | 6;
  /** Atom set by identity. */
  readonly #sets: number[];
  readonly #numbers = new Map<number, number>();
  readonly #uses: number[];
  /** Those that nobody had at some time. */
  readonly #idle = new Set<number>();
  readonly #peers: PeerSpace;
  readonly #shapes: LiveShapes;
  readonly #atoms: AtomSets;

  constructor(
    family: 4 | 6,
    sets: number[],
    { peers, shapes, atoms }: { peers: PeerSpace; shapes: LiveShapes; atoms: AtomSets },
  ) {
    this.#family = family;
    this.#sets = sets;
    this.#uses = sets.map(() => 0);
    // What is in no prefix is never another.
    this.#uses[0] = Number.POSITIVE_INFINITY;
    for (const [identity, set] of sets.entries()) this.#numbers.set(set, identity);
    this.#peers = peers;
    this.#shapes = shapes;
    this.#atoms = atoms;
  }

  get count(): number {
    return this.#sets.length;
  }

  setOf(identity: number): number {
    return this.#sets[identity]!;
  }

  use(identity: number, count = 1): void {
    this.#uses[identity]! += count;
    if (this.#uses[identity] === 0) this.#idle.add(identity);
  }

  /**
   * The identities of sets, new ones if need be, which are given their rows together. `near` are some that a new one may
   * hardly differ from.
   */
  ofAll(asked: readonly { readonly set: number; readonly near: readonly number[] }[]): number[] {
    const placings: Placing[] = [];
    // What is asked for, or stands as the example of another, is not idle now.
    const busy = new Set(asked.flatMap(({ set, near }) => [...near, this.#numbers.get(set) ?? 0]));
    const found = asked.map(({ set, near }) => {
      let identity = this.#numbers.get(set);
      if (identity === undefined) {
        const idle = this.#takeIdle(busy);
        const before = idle === undefined ? 0 : this.#sets[idle]!;
        identity = idle === undefined ? this.#add(set) : this.#reuse(idle, set);
        placings.push(this.#placing(identity, { before, set }, near));
      }
      return identity;
    });
    this.#shapes.placeAll(this.#family, placings);
    return found;
  }

  #add(set: number): number {
    const identity = this.#sets.length;
    if (identity >= this.#peers.identityCount) throw new CannotUpdate('no room for further identities');
    this.#sets.push(set);
    this.#uses.push(0);
    this.#numbers.set(set, identity);
    this.#peers.add(identity, set);
    return identity;
  }

  /** An identity that nobody has any more, busy from now on. */
  #takeIdle(busy: Set<number>): number | undefined {
    for (const idle of this.#idle)
      if (this.#uses[idle] !== 0) this.#idle.delete(idle);
      else if (!busy.has(idle)) {
        this.#idle.delete(idle);
        busy.add(idle);
        return idle;
      }
    return undefined;
  }

  /** Gives an idle identity another set. */
  #reuse(identity: number, set: number): number {
    this.#numbers.delete(this.#sets[identity]!);
    this.#peers.remove(identity, this.#atoms.sets[this.#sets[identity]!]!);
    this.#sets[identity] = set;
    this.#numbers.set(set, identity);
    this.#peers.add(identity, set);
    return identity;
  }

  /** What a new identity differs in from the nearest; `before` is the set that it had, empty for one that never was. */
  #placing(
    identity: number,
    { before, set }: { readonly before: number; readonly set: number },
    near: readonly number[],
  ): Placing {
    const [first, ...others] = near.map((like) => {
      const { gone, come } = this.#difference(this.#sets[like]!, set);
      return { like, atoms: [...gone, ...come] };
    });
    const { like, atoms } = others.reduce(
      (one, other) => (other.atoms.length < one.atoms.length ? other : one),
      first!,
    );
    const predicates = this.#predicates([...this.#atoms.sets[set]!, ...this.#atoms.sets[before]!]);
    return { identity, set, like, but: this.#predicates(atoms), predicates };
  }

  /** Whether an identity that so many uses leave for a set can take that set itself. */
  canBecome(identity: number, set: number, leaving: number): boolean {
    return leaving === this.#uses[identity] && !this.#numbers.has(set);
  }

  /** Gives an identity another set. */
  become(identity: number, set: number): void {
    const before = this.#sets[identity]!;
    const { gone, come } = this.#difference(before, set);
    this.#numbers.delete(before);
    this.#numbers.set(set, identity);
    this.#sets[identity] = set;
    this.#peers.remove(identity, gone);
    this.#peers.add(identity, this.#atoms.set(come));
    const but = this.#predicates([...gone, ...come]);
    this.#shapes.placeAll(this.#family, [{ identity, set, like: identity, but, predicates: [] }]);
  }

  /** Atoms that a set lacks, and that it has, beside another. */
  #difference(before: number, after: number): { readonly gone: number[]; readonly come: number[] } {
    const [old, now] = [this.#atoms.sets[before]!, this.#atoms.sets[after]!];
    const [oldHas, nowHas] = [new Set(old), new Set(now)];
    return { gone: old.filter((atom) => !nowHas.has(atom)), come: now.filter((atom) => !oldHas.has(atom)) };
  }

  #predicates(atoms: readonly number[]): Set<number> {
    return new Set(atoms.map((atom) => this.#atoms.atoms[atom]!.predicate));
  }
}
