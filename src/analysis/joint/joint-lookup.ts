/**
 * The same packets looked up in the tables of two sets, or of one, by the classify kernel, a batch at a time. Who asks fills in no
 * address entries but gives points, which know them for either set.
 */
import { createLookupDesk, type LookupDesk, ROWS } from '../../dataplane/lookup-desk.ts';
import type { Address } from '../../net/address.ts';
import type { PacketBatch } from '../../packet/batch.ts';
import { FLAG_PORTS } from '../../packet/batch-layout.ts';
import type { Tables } from '../../tables/tables.ts';
import type { JointPoint } from './joint-points.ts';
import type { PortPart } from './joint-ports.ts';

/** What one set's tables say of a packet; codes of verdict-layout.ts. */
export interface Answer {
  readonly verdict: number;
  readonly reason: number;
  readonly hook: number;
  /** Outcome numbers or NO_OUTCOME. */
  readonly egress: number;
  readonly ingress: number;
}

/** One end of a packet: an address of a point. */
export interface End {
  readonly point: JointPoint;
  readonly address: Address;
}

/** A packet that two sets judge otherwise, or any packet of one set; `tag` is what was asked with. */
export interface FoundPacket<Tag> {
  readonly tag: Tag;
  readonly part: PortPart;
  readonly source: Address;
  readonly destination: Address;
  readonly before: Answer;
  readonly after: Answer;
}

export class JointLookup<Tag> {
  /** Packets that were asked about. */
  count = 0;
  /** The second is the first where one set is asked alone. */
  readonly #desks: readonly [LookupDesk, LookupDesk];
  readonly #tellsAll: boolean;
  readonly #found: (packet: FoundPacket<Tag>) => void;
  readonly #wordsUsed: number;
  // What was asked, by row: no object a packet.
  #rows = 0;
  readonly #tags: Tag[] = [];
  readonly #parts: PortPart[] = [];
  readonly #sources: Address[] = [];
  readonly #destinations: Address[] = [];

  /**
   * The tables are copied into memory of their own. `found` is told, in the order of asking, of packets that two sets judge otherwise;
   * of one set (`after` left out) it is told of every packet, with its answer as both.
   */
  constructor(
    family: 4 | 6,
    found: (packet: FoundPacket<Tag>) => void,
    ...[before, after]: readonly [Tables, Tables?]
  ) {
    const purpose = 'tables to be asked about all packets';
    const desk = createLookupDesk(before, purpose);
    this.#desks = [desk, after === undefined ? desk : createLookupDesk(after, purpose)];
    this.#tellsAll = after === undefined;
    this.#found = found;
    this.#wordsUsed = family === 4 ? 1 : 4;
    for (const { batch } of this.#desks) {
      batch.family.fill(family);
      batch.flags.fill(FLAG_PORTS);
    }
  }

  ask(from: End, to: End, part: PortPart, tag: Tag): void {
    const row = this.#rows++;
    this.#tags[row] = tag;
    this.#parts[row] = part;
    this.#sources[row] = from.address;
    this.#destinations[row] = to.address;
    this.#writeRow(row, from, to, part);
    if (this.#rows === ROWS) this.flush();
  }

  #writeRow(row: number, from: End, to: End, part: PortPart): void {
    const [{ batch: before }, { batch: after }] = this.#desks;
    this.#write(before, row, from, to, part);
    this.#write(after, row, from, to, part);
    before.srcEntry[row] = from.point.before;
    before.dstEntry[row] = to.point.before;
    after.srcEntry[row] = from.point.after;
    after.dstEntry[row] = to.point.after;
  }

  #write(batch: PacketBatch, row: number, from: End, to: End, part: PortPart): void {
    batch.protocol[row] = part.protocol;
    batch.sport[row] = part.sourcePort;
    batch.dport[row] = part.port;
    for (let word = 0; word < this.#wordsUsed; word++) {
      batch.src[row * 4 + word] = from.address.words[word]!;
      batch.dst[row * 4 + word] = to.address.words[word]!;
    }
  }

  /** The answers of either set to one packet of each part, at once: `found` is not told. */
  answersOf(from: End, to: End, parts: readonly PortPart[]): (readonly [Answer, Answer])[] {
    this.flush();
    const [before, after] = this.#desks;
    const answers: (readonly [Answer, Answer])[] = [];
    for (let first = 0; first < parts.length; first += ROWS) {
      const asked = parts.slice(first, first + ROWS);
      asked.forEach((part, row) => {
        this.#writeRow(row, from, to, part);
      });
      this.#classify(asked.length);
      asked.forEach((_, row) => {
        answers.push([answerAt(before.batch, row), answerAt(after.batch, row)]);
      });
    }
    return answers;
  }

  #classify(count: number): void {
    const [before, after] = this.#desks;
    before.classify(count);
    if (!this.#tellsAll) after.classify(count);
    this.count += count;
  }

  /** Answers what was asked so far. */
  flush(): void {
    const count = this.#rows;
    if (count === 0) return;
    const [before, after] = this.#desks;
    this.#classify(count);
    for (let row = 0; row < count; row++) {
      if (!this.#tellsAll && before.batch.verdict[row] === after.batch.verdict[row]) continue;
      this.#found({
        tag: this.#tags[row]!,
        part: this.#parts[row]!,
        source: this.#sources[row]!,
        destination: this.#destinations[row]!,
        before: answerAt(before.batch, row),
        after: answerAt(after.batch, row),
      });
    }
    this.#rows = 0;
  }
}

function answerAt(batch: PacketBatch, row: number): Answer {
  return {
    verdict: batch.verdict[row]!,
    reason: batch.reason[row]!,
    hook: batch.hook[row]!,
    egress: batch.egress[row]!,
    ingress: batch.ingress[row]!,
  };
}
