/** What predicates are at an endpoint's own address, asked of the holders and of the space as they are now. */
import { addressKey } from '../../net/address.ts';
import type { AddressFacts } from '../../policy/endpoints.ts';
import { selectorMatches } from '../../selector/match.ts';
import type { AtomSets } from '../atom-sets.ts';
import { type Members, namedPorts } from '../members.ts';
import { needsSpace, ownSideAt } from '../own-side.ts';
import { PeerClass } from '../peer-space.ts';
import type { Predicate, Predicates } from '../predicates.ts';
import type { OwnSide } from '../program.ts';
import type { LiveSpace } from './live-space.ts';

interface Asked {
  readonly predicates: Predicates;
  readonly members: Members;
  readonly atoms: AtomSets;
}

export class LiveOwnSides {
  readonly #asked: Asked;
  readonly #space: LiveSpace;

  constructor(asked: Asked, space: LiveSpace) {
    this.#asked = asked;
    this.#space = space;
  }

  /** The own side of an address of the book. */
  at(facts: AddressFacts): OwnSide {
    const { predicates, members } = this.#asked;
    return ownSideAt(facts, predicates, {
      holds: (number) => {
        const predicate = predicates.list[number]!;
        if (needsSpace(predicate, members)) return undefined;
        return predicate.kind === 'named-port'
          ? portsAt(facts, predicate).length > 0
          : predicate.kind === 'selector' &&
              facts.holders.some(({ labels }) => selectorMatches(predicate.selector, labels));
      },
      ports: (number) => {
        const predicate = predicates.list[number]!;
        if (needsSpace(predicate, members)) return undefined;
        return predicate.kind === 'named-port' ? portsAt(facts, predicate) : [];
      },
      inSpace: () => this.#classAt(facts),
    });
  }

  #classAt({ address }: AddressFacts): PeerClass {
    const entry = this.#space.entryOf.get(addressKey(address))!;
    return PeerClass.of(this.#space.setAt(address.family, entry), this.#asked.atoms);
  }
}

function portsAt(
  { holders }: AddressFacts,
  { selector, name, protocol }: Extract<Predicate, { kind: 'named-port' }>,
): number[] {
  return holders
    .filter(({ labels }) => selector === undefined || selectorMatches(selector, labels))
    .flatMap((holder) => namedPorts(holder, name, protocol));
}
