/**
 * Texts with numbers, in memory that all workers share: what a trace names again and again (who decided, who talked) stands
 * here once, and rows hold its number. Numbers are given in the order in which the workers come, so nothing may hang on them:
 * whoever joins rows at the end goes by the texts. A text that finds no room has number 0, and is counted.
 */

/** Where the words lie, by their place: all are 0 in fresh memory. */
const LOCK = 0;
const TEXTS = 1;
const BYTES = 2;
const OMITTED = 3;
const HEADER_WORDS = 4;

export interface TextTableSize {
  /** Most texts. */
  readonly texts: number;
  /** Bytes of all texts together. */
  readonly bytes: number;
}

/** Texts of a replay, as one thread sees them. */
export interface TextTable {
  /** The number of a text, 1 or more; 0 when the table is full, and for the empty text. */
  intern(text: string): number;
  /** The text of a number that is in use; '' for any other. */
  text(number: number): string;
  /** True once a text was left out. Whether it comes to that does not hang on the order of the texts. */
  readonly isFull: boolean;
}

/** Twice as many as texts, so that one is always free. */
const slotsOf = ({ texts }: TextTableSize): number => texts * 2;

/** Bytes of memory that a table takes, all 0 at first. */
export function textTableBytes(size: TextTableSize): number {
  return (HEADER_WORDS + slotsOf(size) + (size.texts + 1) * 2) * 4 + size.bytes;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

function hashOf(bytes: Uint8Array): number {
  let hash = FNV_OFFSET;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** Texts that a thread remembers by itself, without asking the table. */
const REMEMBERED = 4096;

/** The table that lies at `offset`, a multiple of 4. */
export function textTableAt(memory: SharedArrayBuffer, offset: number, size: TextTableSize): TextTable {
  const slots = slotsOf(size);
  const words = new Int32Array(memory, offset, HEADER_WORDS + slots + (size.texts + 1) * 2);
  const places = HEADER_WORDS + slots;
  const bytes = new Uint8Array(memory, offset + words.byteLength, size.bytes);
  const remembered = new Map<string, number>();

  const isAt = (number: number, wanted: Uint8Array): boolean => {
    const start = words[places + number * 2]!;
    if (words[places + number * 2 + 1] !== wanted.length) return false;
    return wanted.every((byte, index) => bytes[start + index] === byte);
  };
  /** The number of a text that is there, or the free slot where it would go as a negative number. */
  const find = (wanted: Uint8Array): number => {
    for (let slot = hashOf(wanted) % slots; ; slot = (slot + 1) % slots) {
      const number = Atomics.load(words, HEADER_WORDS + slot);
      if (number === 0) return -1 - slot;
      if (isAt(number, wanted)) return number;
    }
  };
  /** Under the lock. The slot is written last: who finds it finds a whole text. */
  const add = (wanted: Uint8Array): number => {
    const found = find(wanted);
    if (found > 0) return found;
    const number = words[TEXTS]! + 1;
    const start = words[BYTES]!;
    if (number > size.texts || start + wanted.length > size.bytes) {
      Atomics.store(words, OMITTED, 1);
      return 0;
    }
    bytes.set(wanted, start);
    words[places + number * 2] = start;
    words[places + number * 2 + 1] = wanted.length;
    words[TEXTS] = number;
    words[BYTES] = start + wanted.length;
    Atomics.store(words, HEADER_WORDS + (-1 - found), number);
    return number;
  };
  const addLocked = (wanted: Uint8Array): number => {
    while (Atomics.compareExchange(words, LOCK, 0, 1) !== 0) Atomics.wait(words, LOCK, 1, 1);
    try {
      return add(wanted);
    } finally {
      Atomics.store(words, LOCK, 0);
      Atomics.notify(words, LOCK, 1);
    }
  };
  return {
    intern(text) {
      if (text === '') return 0;
      const known = remembered.get(text);
      if (known !== undefined) return known;
      const wanted = Buffer.from(text);
      const found = find(wanted);
      const number = found > 0 ? found : addLocked(wanted);
      if (remembered.size >= REMEMBERED) remembered.clear();
      remembered.set(text, number);
      return number;
    },
    text(number) {
      if (number < 1 || number > Atomics.load(words, TEXTS)) return '';
      const start = words[places + number * 2]!;
      return Buffer.from(bytes.slice(start, start + words[places + number * 2 + 1]!)).toString();
    },
    get isFull() {
      return Atomics.load(words, OMITTED) === 1;
    },
  };
}
