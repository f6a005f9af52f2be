/**
 * Which addresses count as one side when a row's shard is chosen: the virtual addresses of a service, and its backends. Node ports are
 * left out: over them most services of a cluster would be one. Layout: dataplane/joins-layout.ts; read by assembly/joins.ts.
 */
import * as J from '../dataplane/joins-layout.ts';
import { SECTION_BACKENDS, SECTION_VIRTUAL_PORTS } from '../tables/directory-layout.ts';
import * as L from '../tables/service-layout.ts';
import { sectionWords, type Tables } from '../tables/tables.ts';

/** An address as its four words. */
type Words = readonly [number, number, number, number];

interface Served {
  readonly address: Words;
  /** protocol * 65536 + port */
  readonly key: number;
}

/** A virtual port and what it leads to. */
interface Join {
  readonly virtual: Served;
  readonly backends: readonly Served[];
}

function* joinsOf(tables: Tables): Iterable<Join> {
  const ports = sectionWords(tables, SECTION_VIRTUAL_PORTS);
  const backends = sectionWords(tables, SECTION_BACKENDS);
  const at = (words: Uint32Array, byte: number): number => words[byte / 4]!;
  const address = (words: Uint32Array, byte: number): Words => [
    at(words, byte),
    at(words, byte + 4),
    at(words, byte + 8),
    at(words, byte + 12),
  ];
  for (let slot = 0; slot <= ports[0]!; slot++) {
    const row = L.VIRTUAL_ROWS + slot * L.VIRTUAL_BYTES;
    if (at(ports, row + L.VIRTUAL_ENTRY) === L.VIRTUAL_FREE) continue;
    if ((at(ports, row + L.VIRTUAL_FLAGS) & L.VIRTUAL_NODE_PORT) !== 0) continue;
    const key = at(ports, row + L.VIRTUAL_PORT);
    const first = at(ports, row + L.VIRTUAL_BACKENDS) * L.BACKEND_BYTES;
    yield {
      virtual: { address: address(ports, row + L.VIRTUAL_ADDRESS), key },
      backends: Array.from({ length: at(ports, row + L.VIRTUAL_COUNT) }, (_, index) => {
        const backend = first + index * L.BACKEND_BYTES;
        return {
          address: address(backends, backend + L.BACKEND_ADDRESS),
          key: key - (key % 65_536) + at(backends, backend + L.BACKEND_PORT),
        };
      }),
    };
  }
}

const addressText = (address: Words): string => address.join(' ');

/** Sets of addresses that some service puts together. */
class Groups {
  readonly #parents = new Map<string, string>();

  /** The address that stands for the group of `member`, a group of its own when it is new. */
  of(member: string): string {
    const parent = this.#parents.get(member);
    if (parent === undefined) this.#parents.set(member, member);
    if (parent === undefined || parent === member) return member;
    const root = this.of(parent);
    this.#parents.set(member, root);
    return root;
  }

  unite(a: string, b: string): void {
    const [first, second] = [this.of(a), this.of(b)].sort();
    this.#parents.set(second!, first!);
  }
}

/** As joinHash of assembly/joins.ts. */
function joinHash([first, second, third, fourth]: Words, key: number): number {
  let hash = first ^ key;
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  for (const word of [second, third, fourth]) hash = Math.imul(hash ^ word, 0x9e3779b1);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** The table of all joins; undefined where no service has a backend. */
export function buildJoins(epochs: readonly Tables[]): Uint8Array | undefined {
  const joins = epochs
    .flatMap((tables) => [...joinsOf(tables)])
    .filter(({ backends }) => backends.length > 0);
  if (joins.length === 0) return undefined;
  const groups = new Groups();
  const rows = new Map<string, Served>();
  for (const { virtual, backends } of joins)
    for (const served of [virtual, ...backends]) {
      const text = addressText(served.address);
      groups.unite(addressText(virtual.address), text);
      rows.set(`${text} ${served.key}`, served);
      rows.set(text, { address: served.address, key: 0 });
    }
  let slots = 4;
  while (slots < rows.size * 2) slots *= 2;
  const words = new Uint32Array((J.JOINS_SLOTS + slots * J.JOIN_BYTES) / 4);
  words[J.JOINS_MASK / 4] = slots - 1;
  const numbers = new Map<string, number>();
  for (const { address, key } of rows.values()) {
    const group = groups.of(addressText(address));
    const number = numbers.get(group) ?? numbers.size + 1;
    numbers.set(group, number);
    let slot = joinHash(address, key) & (slots - 1);
    const at = (): number => (J.JOINS_SLOTS + slot * J.JOIN_BYTES) / 4;
    while (words[at() + J.JOIN_SERVICE / 4] !== 0) slot = (slot + 1) & (slots - 1);
    words.set(address, at() + J.JOIN_ADDRESS / 4);
    words[at() + J.JOIN_KEY / 4] = key;
    words[at() + J.JOIN_SERVICE / 4] = number;
  }
  return new Uint8Array(words.buffer);
}
