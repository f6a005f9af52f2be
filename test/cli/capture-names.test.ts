/** Names that a capture gives to addresses: told in reports where nobody else names them, escaped, and never more than names. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { ReplayDocument } from '../../src/analysis/replay/replay-document.ts';
import { parseAddress } from '../../src/net/address.ts';
import { frame } from '../replay/capture.ts';
import { Blocks } from '../trace/pcapng-blocks.ts';
import { dryplane } from './kept-program.ts';
import { checkedDocument, QUICKSTART } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-capture-names-'));
afterAll(() => rmSync(folder, { recursive: true }));

const DB = '10.42.2.30';
const OUTSIDE = '203.0.113.9';
const OUTSIDE_6 = '2001:db8::9';

/** A name resolution block of these names, each of one address. */
function names(
  b: Blocks,
  entries: readonly (readonly [address: string, ...names: readonly string[]])[],
): Buffer {
  const record = (type: number, value: Buffer): Buffer =>
    Buffer.concat([b.half(type), b.half(value.length), value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
  const bytesOf = (text: string): Buffer => {
    const { family, words } = parseAddress(text)!;
    const bytes = Buffer.alloc(family === 4 ? 4 : 16);
    for (let word = 0; word < bytes.length / 4; word++) bytes.writeUInt32BE(words[word]!, word * 4);
    return bytes;
  };
  return b.block(4, [
    ...entries.map(([address, ...given]) =>
      record(
        address.includes(':') ? 2 : 1,
        Buffer.concat([bytesOf(address), ...given.map((name) => Buffer.from(`${name}\0`))]),
      ),
    ),
    record(0, Buffer.alloc(0)),
  ]);
}

function capture(isBig: boolean, ...blocks: readonly ((b: Blocks) => Buffer)[]): string {
  const b = new Blocks(isBig);
  const path = join(folder, `capture-${isBig}.pcapng`);
  const packets = [OUTSIDE, '203.0.113.10'].map((src, index) =>
    b.packet(0, BigInt(index), frame({ src, dst: DB, sport: 40_000 + index, dport: 5432, tcp: 'S' }, 0)),
  );
  writeFileSync(
    path,
    Buffer.concat([
      b.section(),
      b.interface(1),
      packets[0]!,
      ...blocks.map((block) => block(b)),
      packets[1]!,
    ]),
  );
  return path;
}

const replayed = (...words: readonly string[]): ReplayDocument =>
  checkedDocument<ReplayDocument>(dryplane(['replay', ...words, '--format', 'json']).stdout);

describe.each([
  ['little-endian', false],
  ['big-endian', true],
])('a %s capture with names', (_, isBig) => {
  const path = capture(
    isBig,
    (b) =>
      names(b, [
        [OUTSIDE, 'www.example.com', 'alias.example.com'],
        [DB, 'not-the-db.example.com'],
        ['203.0.113.10', 'bad\u001b[31m name'],
        [OUTSIDE_6, 'six.example.com'],
      ]),
    // Later ones do not take a name away.
    (b) => names(b, [[OUTSIDE, 'later.example.com']]),
  );

  test('names what nobody else names, in the documents and marked as its word in the text', () => {
    const { denied, contents } = replayed(path, ...QUICKSTART);
    expect(denied.map(({ src, src_name, dst_name }) => [src, src_name, dst_name])).toEqual([
      [OUTSIDE, 'capture:www.example.com', 'shop/db'],
      ['203.0.113.10', 'capture:bad\u001b[31m name', 'shop/db'],
    ]);
    expect(contents.talkers.map(({ name }) => name)).toContain('capture:www.example.com');
    const { stdout } = dryplane(['replay', path, ...QUICKSTART]);
    expect(stdout).toContain(`${OUTSIDE} is www.example.com, the capture says\n`);
    expect(stdout).not.toContain('\u001b[31m name');
    expect(dryplane(['replay', path]).stdout).toContain(`${OUTSIDE} (www.example.com, the capture says)`);
  });

  test('changes no verdict and no row', () => {
    const rows = join(folder, 'rows.ndjson');
    dryplane(['replay', path, ...QUICKSTART, '--verdicts', rows]);
    expect(readFileSync(rows, 'utf8')).not.toContain('example.com');
    const without = replayed(capture(isBig), ...QUICKSTART);
    expect(replayed(path, ...QUICKSTART).packets).toEqual(without.packets);
  });
});

test('names end where the room ends, and that is told; damaged ones are passed by', () => {
  const many = Array.from({ length: 2000 }, (_, index): readonly [string, string] => [
    `198.51.${index >> 8}.${index & 255}`,
    'x'.repeat(200),
  ]);
  const { traces, denied } = replayed(
    capture(
      false,
      (b) => b.block(4, [b.half(1), b.half(400), Buffer.from([203, 0, 113, 9, 65])]),
      (b) => b.block(4, [b.half(1), b.half(4), Buffer.from([203, 0, 113, 9])]),
      (b) => names(b, [[OUTSIDE, '']]),
      (b) => names(b, many),
    ),
    ...QUICKSTART,
  );
  expect(denied[0]!.src_name).toBe('');
  expect(traces[0]!.warnings).toEqual([
    'it names more addresses than there is room for: 798 names are left out',
  ]);
  expect(traces[0]!.records).toBe(2);
});
