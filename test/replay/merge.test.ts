/** What is chosen and joined of the workers' tables, beside the plain way to it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import * as S from '../../src/dataplane/shard-layout.ts';
import { heaviestRows } from '../../src/replay/heaviest.ts';
import { replay } from '../../src/replay/replay.ts';
import { openTrace } from '../../src/trace/open.ts';
import { random } from '../random/mulberry.ts';
import { writeCapture } from './capture.ts';
import { randomPackets } from './random-packets.ts';
import { sampleTables } from './tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-merge-'));
afterAll(() => rmSync(folder, { recursive: true }));

function compareLists(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}

test('the heaviest flows are the first ones of all in order, however many weigh the same', () => {
  const { below, pick } = random(23);
  for (let draw = 0; draw < 400; draw++) {
    const count = 1 + below(150);
    const view = new DataView(new ArrayBuffer(count * S.FLOW_ROW_BYTES));
    const weights = pick([1, 3, 1000]);
    const scale = pick([1, 0.3, 2 ** 31]);
    const port = pick([S.FLOW_DPORT, S.FLOW_JUDGED_DPORT]);
    for (let index = 0; index < count; index++) {
      const row = index * S.FLOW_ROW_BYTES;
      // More than 2^32 too, and parts of one where a log is a sample.
      view.setFloat64(row + S.FLOW_PACKETS, below(weights) * scale, true);
      view.setUint8(row + S.FLOW_FAMILY, pick([4, 4, 4, 6]));
      view.setUint32(row + S.ROW_SRC, below(20), true);
      view.setUint32(row + S.ROW_DST, below(5), true);
      view.setUint16(row + port, index, true);
    }
    const keyOf = (row: number): number[] => [
      -view.getFloat64(row + S.FLOW_PACKETS, true),
      view.getUint8(row + S.FLOW_FAMILY),
      view.getUint32(row + S.ROW_SRC, true),
      view.getUint32(row + S.ROW_DST, true),
      row,
    ];
    const rows = Uint32Array.from({ length: count }, (_, index) => index * S.FLOW_ROW_BYTES);
    const ordered = rows.toSorted((a, b) => compareLists(keyOf(a), keyOf(b)));
    const listed = below(count + 1);
    const found = heaviestRows(view, pick([rows, rows.toReversed()]), listed);
    expect(found, `${listed} of ${count}`).toEqual(ordered.slice(0, listed));
  }
});

test('an address has the packets and bytes of all shards, and the heaviest come first', async () => {
  const path = writeCapture(
    join(folder, 'random.pcap'),
    randomPackets(31, 6000, { hosts: 300, clients: 60 }),
    40,
  );
  const expected = new Map<string, [packets: number, bytes: number]>();
  const { addresses, omittedAddresses } = await replay([openTrace(path).value!], sampleTables(), {
    workers: 3,
    onRound: (batch, count) => {
      for (let row = 0; row < count; row++) {
        const keys = [batch.src, batch.dst].map((column) => column.subarray(row * 4, row * 4 + 4).join());
        for (const key of batch.skip[row] === 0 ? new Set(keys) : []) {
          const [packets, bytes] = expected.get(key) ?? [0, 0];
          expected.set(key, [packets + 1, bytes + batch.bytes[row]!]);
        }
      }
    },
  });
  expect(omittedAddresses).toBe(0);
  expect(new Map(addresses.map(({ words, packets, bytes }) => [words.join(), [packets, bytes]]))).toEqual(
    expected,
  );
  expect(addresses).toHaveLength(expected.size);
  expect(addresses.map(({ packets }) => packets)).toEqual(
    addresses.map(({ packets }) => packets).sort((a, b) => b - a),
  );
});
