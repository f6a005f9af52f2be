/** One log read twice, piece by piece: straight from its bytes, and all of it as text. */
import { readFileSync } from 'node:fs';
import { instantiateKernels, type Kernels } from '../../src/dataplane/kernels.ts';
import { createArena, createMemory } from '../../src/dataplane/memory.ts';
import { type FlowName, findName, keysOfName, type NameIndex } from '../../src/flow/flow-name.ts';
import { addressKey, parseAddress } from '../../src/net/address.ts';
import { batchBytes, createBatch, type PacketBatch } from '../../src/packet/batch.ts';
import { BATCH_COPIES, BATCH_HEADER_BYTES } from '../../src/packet/batch-layout.ts';
import { SCANNER_BYTES } from '../../src/packet/scan-layout.ts';
import { textTableBytes } from '../../src/packet/text-table.ts';
import type { FlowFormatName } from '../../src/trace/flow-log/flow-format.ts';
import { scannerMemoryAt } from '../../src/trace/flow-log/log-scanner.ts';
import { NAME_TEXTS } from '../../src/trace/flow-log/name-reader.ts';
import { DECIDER_TEXTS } from '../../src/trace/flow-log/observed-decider.ts';
import { openTrace, type TraceSource } from '../../src/trace/open.ts';
import { createReader, readerBytes, type TraceReader } from '../../src/trace/reader.ts';

export interface Setting {
  /** Some names and addresses are known. */
  readonly names?: boolean;
  readonly deciders?: boolean;
  readonly copies?: boolean;
  readonly chunkBytes?: number;
}

const ROWS = 512;
const CHUNK_BYTES = 2 << 20;
const SHARED_BYTES = 256;

const NAMES: readonly FlowName[] = [
  { kind: 'workload', namespace: 'shop', name: 'web-1' },
  { kind: 'workload', namespace: 'shop', name: 'web-*' },
  { kind: 'workload', namespace: 'shop', name: 'db-*' },
  { kind: 'network', namespace: '', name: 'pub' },
];

const INDEX: NameIndex = {
  names: NAMES,
  numbers: new Map(NAMES.map((name, index) => [keysOfName(name)[0]!, index + 1])),
  addresses: new Set(Array.from({ length: 120 }, (_, last) => addressKey(parseAddress(`10.0.0.${last}`)!))),
  areSeveral: true,
};
if (findName(INDEX, NAMES[0]!) === undefined) throw new Error('the names are not known by their keys');

/** A batch with rubbish in its rows, and room for what a reader needs. */
function createPlace() {
  const texts = textTableBytes(DECIDER_TEXTS) + textTableBytes(NAME_TEXTS);
  const total = CHUNK_BYTES + batchBytes(ROWS) + SCANNER_BYTES + SHARED_BYTES + texts + (1 << 20);
  const memory = createMemory(total);
  const arena = createArena(memory);
  const offset = arena.allocate(batchBytes(ROWS));
  return {
    memory,
    batch: createBatch(memory.buffer, offset, ROWS),
    rows: Buffer.from(memory.buffer, offset + BATCH_HEADER_BYTES, batchBytes(ROWS) - BATCH_HEADER_BYTES),
    chunk: arena.allocate(CHUNK_BYTES),
    room: { own: 0, shared: arena.allocate(SHARED_BYTES) },
    scanner: scannerMemoryAt(memory.buffer, arena.allocate(SCANNER_BYTES)),
    deciders: arena.allocate(textTableBytes(DECIDER_TEXTS)),
    names: arena.allocate(textTableBytes(NAME_TEXTS)),
    kernels: instantiateKernels(memory),
  };
}

type Place = ReturnType<typeof createPlace>;

/** Forgets what earlier logs left. */
function clear({ memory, room, scanner, deciders, names }: Place): void {
  const bytes = new Uint8Array(memory.buffer);
  bytes.fill(0, room.shared, room.shared + SHARED_BYTES);
  scanner.program += ' of another log';
  bytes.fill(0, deciders, deciders + textTableBytes(DECIDER_TEXTS));
  bytes.fill(0, names, names + textTableBytes(NAME_TEXTS));
}

function readerOf(
  source: TraceSource,
  place: Place,
  setting: Setting,
  kernels: Kernels | undefined,
): TraceReader {
  const { own, shared } = place.room;
  const room = {
    own,
    shared,
    ...(kernels === undefined ? {} : { scanner: place.scanner }),
    ...(setting.deciders === true ? { deciders: place.deciders } : {}),
  };
  const names = setting.names === true ? { index: INDEX, texts: place.names } : undefined;
  return createReader(source, place.memory.buffer, kernels ?? place.kernels, room, undefined, names);
}

let places: readonly [Place, Place] | undefined;

const shown = (batch: PacketBatch, row: number): string =>
  `protocol ${batch.protocol[row]}, ports ${batch.sport[row]} ${batch.dport[row]}, flags ${batch.flags[row]}, packets ${batch.packets[row]}, bytes ${batch.bytes[row]}, seconds ${batch.seconds[row]}.${batch.nanos[row]}, skip ${batch.skip[row]}, observed ${batch.observed[row]} by ${batch.observedBy[row]}, fingerprint ${batch.fingerprint[row]}`;

/** Reads a log twice. `difference`: what is not the same, in words; `scanned`: records that were read from their bytes. */
export function bothReadings(
  path: string,
  format: FlowFormatName | undefined,
  setting: Setting,
): { difference: string | undefined; scanned: number } {
  const { value: source } = openTrace(path, format);
  if (source?.flowList === undefined || readerBytes(source).own !== 0)
    return { difference: undefined, scanned: 0 };
  places ??= [createPlace(), createPlace()];
  const [one, other] = places;
  let scanned = 0;
  const counting: Kernels = {
    ...one.kernels,
    scanLines: (...given) => {
      const rows = one.kernels.scanLines(...given);
      scanned += rows;
      return rows;
    },
  };
  for (const place of places) {
    clear(place);
    place.batch.header[BATCH_COPIES] = setting.copies === true ? 1 : 0;
  }
  const readers = [
    readerOf(source, one, setting, counting),
    readerOf(source, other, setting, undefined),
  ] as const;
  const file = readFileSync(path);
  let want = setting.chunkBytes ?? CHUNK_BYTES;
  for (let at = source.start; at < file.length; ) {
    const piece = file.subarray(at, at + want);
    const framed = places.map((place, index) => {
      new Uint8Array(place.memory.buffer).set(piece, place.chunk);
      place.rows.fill(0xaa);
      return readers[index]!.frame(place.chunk, piece.length, at + piece.length >= file.length, ROWS, at, 0);
    });
    if (JSON.stringify(framed[0]) !== JSON.stringify(framed[1]))
      return { difference: `at byte ${at}: framed ${JSON.stringify(framed)}`, scanned };
    const { bytes, records, isEnd } = framed[0]!;
    if (records > 0)
      for (const [index, place] of places.entries())
        readers[index]!.decode(place.chunk, bytes, records, place.batch, 0, 0);
    if (!one.rows.equals(other.rows)) {
      const wrong = Array.from({ length: records }, (_, row) => row).find(
        (row) => shown(one.batch, row) !== shown(other.batch, row),
      );
      const row = wrong ?? 0;
      const line = piece.subarray(0, bytes).toString('latin1').split('\n')[row];
      return {
        difference: `row ${wrong} behind byte ${at}: ${line}\n${shown(one.batch, row)}\n${shown(other.batch, row)}`,
        scanned,
      };
    }
    if (isEnd) break;
    if (bytes === 0 && want >= file.length - at) break;
    want = bytes === 0 ? want * 4 : (setting.chunkBytes ?? CHUNK_BYTES);
    at += bytes;
  }
  const warnings = readers.map((reader) => reader.warnings.join());
  return { difference: warnings[0] === warnings[1] ? undefined : warnings.join(' | '), scanned };
}
