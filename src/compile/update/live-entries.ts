/** Entries of known addresses, written as the book, the divided space and the programs are now. */
import { type Address, addressKey } from '../../net/address.ts';
import type { AddressFacts } from '../../policy/endpoints.ts';
import type { World } from '../../policy/world.ts';
import * as D from '../../tables/directory-layout.ts';
import * as E from '../../tables/entry-layout.ts';
import type { TablesEditor } from '../../tables/tables-editor.ts';
import type { CompiledParts } from '../compile.ts';
import { hostFlags } from '../hosts.ts';
import type { LiveSpace } from './live-space.ts';

export class LiveEntries {
  readonly #world: Pick<World, 'book' | 'seen'>;
  readonly #parts: Pick<CompiledParts, 'nodes' | 'set' | 'asking'>;
  readonly #editor: TablesEditor;
  readonly #space: LiveSpace;

  constructor(
    world: Pick<World, 'book' | 'seen'>,
    parts: Pick<CompiledParts, 'nodes' | 'set' | 'asking'>,
    { editor, space }: { readonly editor: TablesEditor; readonly space: LiveSpace },
  ) {
    this.#world = world;
    this.#parts = parts;
    this.#editor = editor;
    this.#space = space;
  }

  /** Writes what is known of an address in its entry; nothing where it has none of its own. */
  write(address: Address): void {
    const entry = this.#space.entryOf.get(addressKey(address));
    if (entry === undefined) return;
    this.#space.touched++;
    const facts = this.#world.book.facts.get(addressKey(address));
    const row = new Uint32Array(E.ENTRY_BYTES / 4);
    row[E.ENTRY_IDENTITY / 4] = this.#space.identityAt(entry);
    const firstVirtual = this.#editor.get(D.SECTION_ENTRIES, entry * E.ENTRY_BYTES + E.ENTRY_FIRST_VIRTUAL);
    row[E.ENTRY_FIRST_VIRTUAL / 4] = firstVirtual;
    row[E.ENTRY_FLAGS / 4] = firstVirtual === 0 ? 0 : E.ENTRY_VIRTUAL;
    if (facts !== undefined) this.#writeFacts(row, facts);
    this.#editor.write(D.SECTION_ENTRIES, entry * E.ENTRY_BYTES, row);
  }

  #writeFacts(row: Uint32Array, facts: AddressFacts): void {
    const { nodes, set, asking } = this.#parts;
    const put = (byte: number, number: number | undefined): void => {
      row[byte / 4] = number === undefined ? 0 : number + 1;
    };
    put(E.ENTRY_OWNER, facts.owner?.index);
    put(E.ENTRY_OWNER_NODE, nodes.of(facts.owner?.nodeName));
    put(E.ENTRY_NODE, nodes.of(facts.node?.name));
    put(E.ENTRY_EGRESS, set.numberOf(facts, 'egress'));
    put(E.ENTRY_INGRESS, set.numberOf(facts, 'ingress'));
    row[E.ENTRY_FLAGS / 4]! |= hostFlags(facts, this.#world.seen, asking);
  }
}
