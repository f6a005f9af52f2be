/** Formats that are read straight from bytes: whatever stands in a record, its row is the one that the reader of texts gives, or none is written. */
import { describe, expect, test } from 'vitest';
import { createArena, createMemory } from '../../src/dataplane/memory.ts';
import { batchBytes, createBatch } from '../../src/packet/batch.ts';
import { flowFormat, recogniseFlows } from '../../src/trace/flow-formats.ts';
import type { FlowList } from '../../src/trace/flow-log/flow-format.ts';
import { writeFlowRow } from '../../src/trace/flow-log/flow-record.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';

const seed = chosenSeed();

const ADDRESSES = [
  '10.0.0.1',
  '172.31.16.139',
  '255.255.255.255',
  '0.0.0.0',
  'fd00::1',
  '-',
  '10.0.0.256',
  '010.0.0.1',
];
const NUMBERS = [
  '0',
  '6',
  '17',
  '1',
  '58',
  '132',
  '136',
  '443',
  '65535',
  '65536',
  '080',
  '-',
  '',
  '1e3',
  '+5',
  '4294967296',
  '281474976710657',
];

/** A cell of the column: mostly what belongs there. */
function cellOf(field: string, draw: Random): string {
  if (draw.chance(0.03)) return draw.pick([...ADDRESSES, ...NUMBERS, 'x', '\xa0', 'ACCEPT']);
  if (field.endsWith('addr'))
    return draw.chance(0.9) ? draw.pick(ADDRESSES.slice(0, 4)) : draw.pick(ADDRESSES);
  switch (field) {
    case 'action':
      return draw.pick(['ACCEPT', 'ACCEPT', 'REJECT', draw.chance(0.1) ? '-' : 'REJECT']);
    case 'log-status':
      return draw.chance(0.95) ? 'OK' : draw.pick(['NODATA', 'SKIPDATA', 'no']);
    case 'protocol':
      return draw.pick(['6', '6', '17', '1', '58', '47', '132', '136', draw.chance(0.2) ? '256' : '6']);
    case 'tcp-flags':
      return draw.pick(['0', '2', '18', '19', '3', '4', draw.chance(0.1) ? '-' : '0']);
    case 'start':
      return draw.pick([
        '1700000000',
        '1700000000',
        '1700000000',
        '99999999999',
        '170000000000',
        '1700000000123',
        '0',
        '17.5',
      ]);
    case 'packets':
    case 'bytes':
      return draw.pick(['1', '500', '281474976710656', draw.chance(0.2) ? draw.pick(NUMBERS) : '0']);
    default:
      return draw.chance(0.95) ? String(draw.below(65_536)) : draw.pick(NUMBERS);
  }
}

const FIELDS = [
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status',
  'pkt-srcaddr pkt-dstaddr srcaddr dstaddr srcport dstport protocol tcp-flags packets bytes start',
  'start tcp-flags srcaddr dstaddr srcport dstport protocol packets bytes action',
];

/** One row between rows, each beginning as rubbish. */
function oneRow(): { memory: Buffer; batch: ReturnType<typeof createBatch> } {
  const memory = createMemory(batchBytes(3) + (1 << 17));
  const arena = createArena(memory);
  const offset = arena.allocate(batchBytes(3));
  const batch = createBatch(memory.buffer, offset, 3);
  return { memory: Buffer.from(memory.buffer, offset, batchBytes(3)), batch };
}

describe(`aws-vpc, SEED=${seed}`, () => {
  test.each(FIELDS)('%s', (header) => {
    const draw = random(seed);
    const names = header.split(' ');
    const found = recogniseFlows(Buffer.from(`${header}\n`), 'aws-vpc')!;
    const list = (found as { list: FlowList }).list;
    const format = flowFormat('aws-vpc');
    const scan = format.scan!(list)!;
    const read = format.reader(list);
    const [ofScan, ofText] = [oneRow(), oneRow()];
    const rubbish = Buffer.from(ofScan.memory);
    for (const column of Object.values(ofScan.batch))
      if (ArrayBuffer.isView(column) && column !== ofScan.batch.header)
        Buffer.from(column.buffer, column.byteOffset, column.byteLength).fill(0xaa);
    ofScan.memory.copy(rubbish);
    let scanned = 0;
    const rounds = 20_000;
    for (let round = 0; round < rounds; round++) {
      const cells = names.map((field) => cellOf(field, draw));
      if (draw.chance(0.02)) cells.splice(draw.below(cells.length), 1);
      if (draw.chance(0.02)) cells.push('more');
      const line = cells.join(' ') + draw.pick(['\n', '\n', '\n', '\r\n', '', ' \n', '\t\n', '\xa0\n']);
      const before = draw.pick(['', 'other line\n']);
      const bytes = Buffer.from(`${before}${line}`, 'latin1');
      rubbish.copy(ofScan.memory);
      rubbish.copy(ofText.memory);
      const isScanned = scan(bytes, before.length, bytes.length, ofScan.batch, 1);
      if (isScanned) {
        scanned++;
        writeFlowRow(read(line.trimEnd()), ofText.batch, 1, undefined);
        // Who decided is not the scanner's to say.
        ofText.batch.observedBy[1] = ofScan.batch.observedBy[1] = 0;
      }
      if (!ofScan.memory.equals(ofText.memory)) expect.fail(`SEED=${seed}: ${JSON.stringify(line)}`);
    }
    expect(scanned).toBeGreaterThan(rounds / 8);
    expect(scanned).toBeLessThan(rounds);
  });
});
