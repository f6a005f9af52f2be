/** Flow logs in Parquet: codecs, types, names, row groups, and what is damaged. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, describe, expect, test } from 'vitest';
import type { FlowFormatName } from '../../src/trace/flow-log/flow-format.ts';
import { openTrace } from '../../src/trace/open.ts';
import { opened, type Scanned, scanned } from '../convert/records.ts';
import { drawn } from '../random/depth.ts';
import { chosenSeed } from '../random/mulberry.ts';

const seed = chosenSeed();

const folder = mkdtempSync(join(tmpdir(), 'dryplane-parquet-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Codec = 'UNCOMPRESSED' | 'SNAPPY' | 'GZIP' | 'BROTLI' | 'ZSTD' | 'LZ4_RAW';

/** A frame whose blocks are stored as they are, 64 KiB at most each. */
function zstdStored(input: Uint8Array): Uint8Array {
  const head = Buffer.from('28b52ffda000000000', 'hex');
  head.writeUInt32LE(input.length, 5);
  const blocks: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < input.length; at += 65_536) {
    const piece = input.subarray(at, at + 65_536);
    const isLast = at + 65_536 >= input.length ? 1 : 0;
    const header = Buffer.alloc(3);
    header.writeUIntLE((piece.length << 3) | isLast, 0, 3);
    blocks.push(header, piece);
  }
  return Buffer.concat([head, ...blocks]);
}

const COMPRESSORS = { GZIP: gzipSync, BROTLI: brotliCompressSync, ZSTD: zstdStored, LZ4_RAW: zstdStored };

function parquet(columnData: ColumnSource[], codec: Codec = 'SNAPPY', rowGroupSize = 1000): Buffer {
  return Buffer.from(parquetWriteBuffer({ columnData, codec, rowGroupSize, compressors: COMPRESSORS }));
}

let files = 0;
function fileOf(bytes: Buffer): string {
  const path = join(folder, `${files++}.parquet`);
  writeFileSync(path, bytes);
  return path;
}

type Row = Record<string, unknown>;
const recordsOf = ({ text }: Scanned): Row[] =>
  text.ndjson
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);

const read = async (bytes: Buffer): Promise<Row[]> => recordsOf(await scanned(opened(fileOf(bytes))));

function refusal(bytes: Buffer, given?: FlowFormatName): string {
  const { value, diagnostics } = openTrace(fileOf(bytes), given);
  expect(value).toBeUndefined();
  return diagnostics.map(({ message, hint }) => `${message.replace(/^.*?: /, '')}; ${hint ?? ''}`).join();
}

const column = (name: string, type: ColumnSource['type'], ...data: unknown[]): ColumnSource =>
  ({ name, type, data, nullable: true }) as ColumnSource;

/** As AWS writes its own: numbers as INT32 and INT64. */
const AWS: ColumnSource[] = [
  column('version', 'INT32', 5, 5, 5),
  column('account_id', 'STRING', '123456789010', '123456789010', '123456789010'),
  column('interface_id', 'STRING', 'eni-1', 'eni-1', 'eni-1'),
  column('srcaddr', 'STRING', '10.0.1.5', '10.0.2.7', null),
  column('dstaddr', 'STRING', '10.0.2.7', '10.0.1.5', null),
  column('srcport', 'INT32', 40_000, 443, null),
  column('dstport', 'INT32', 443, 40_000, null),
  column('protocol', 'INT32', 6, 6, null),
  column('packets', 'INT64', 10n, 8n, null),
  column('bytes', 'INT64', 840n, 5_000_000_000n, null),
  column('start', 'INT64', 1_700_000_000n, 1_700_000_001n, 1_700_000_002n),
  column('end', 'INT64', 1_700_000_060n, 1_700_000_060n, 1_700_000_060n),
  column('action', 'STRING', 'ACCEPT', 'REJECT', null),
  column('log_status', 'STRING', 'OK', 'OK', 'NODATA'),
  column('tcp_flags', 'INT32', 3, 18, null),
  column('pkt_srcaddr', 'STRING', '10.1.0.9', null, null),
];

const GENERIC: ColumnSource[] = [
  column('Timestamp', 'TIMESTAMP', new Date('2023-11-14T22:13:20.250Z'), new Date('2023-11-14T22:13:21Z')),
  column('src_ip', 'STRING', '10.0.0.1', 'fd00::1'),
  column('dst_ip', 'STRING', '10.0.0.2', 'fd00::2'),
  column('proto', 'STRING', 'tcp', 'udp'),
  column('dst_port', 'INT32', 80, 53),
  column('bytes', 'DOUBLE', 300, 42),
  column('remark', 'STRING', 'not read', 'nor this'),
];

const GENERIC_RECORDS = [
  {
    time: '1700000000.250000000',
    kind: 'flow',
    src: '10.0.0.1',
    dst: '10.0.0.2',
    protocol: 'tcp',
    dport: 80,
    packets: 1,
    bytes: 300,
  },
  {
    time: '1700000001.000000000',
    kind: 'flow',
    src: 'fd00::1',
    dst: 'fd00::2',
    protocol: 'udp',
    dport: 53,
    packets: 1,
    bytes: 42,
  },
];

describe('AWS', () => {
  test('numbers as numbers, absent ones as null, the packet before the interface', async () => {
    const records = await read(parquet(AWS, 'GZIP'));
    expect(records).toMatchObject([
      {
        src: '10.1.0.9',
        dst: '10.0.2.7',
        sport: 40_000,
        dport: 443,
        packets: 10,
        bytes: 840,
        observed: 'allow',
        observed_at: 'elsewhere',
        tcp_flags: 'FS',
      },
      // Who answers is turned.
      { src: '10.0.1.5', dst: '10.0.2.7', sport: 40_000, dport: 443, bytes: 5_000_000_000, observed: 'deny' },
      { skip: 'non-ip' },
    ]);
  });

  test('columns in any order, of which only those that matter are read', async () => {
    const source = opened(fileOf(parquet([...AWS].reverse())));
    expect(source.parquetColumns).not.toContain('account_id');
    expect(recordsOf(await scanned(source))).toEqual(await read(parquet(AWS)));
  });

  const sample = fileURLToPath(
    new URL('../../../shared/samples/flowlogs/aws-vpc/flows.parquet', import.meta.url),
  );
  test.skipIf(!existsSync(sample))('numbers as text, as another exporter has them', async () => {
    const { text, warnings } = await scanned(opened(sample));
    expect(recordsOf({ text } as Scanned)).toMatchObject([
      {
        time: '1439387263.000000000',
        src: '198.51.100.1',
        dst: '192.0.2.1',
        protocol: 'tcp',
        sport: 443,
        dport: 49152,
        packets: 10,
        bytes: 840,
        observed: 'allow',
        observed_at: 'elsewhere',
      },
      { skip: 'non-ip' },
      { skip: 'non-ip' },
    ]);
    expect(warnings).toHaveLength(1);
  });
});

describe('other exporters', () => {
  test.each<Codec>(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'ZSTD'])(
    'columns by their usual names, %s',
    async (codec) => {
      expect(await read(parquet(GENERIC, codec))).toEqual(GENERIC_RECORDS);
    },
  );

  test('columns of a known exporter go to its reader', async () => {
    const source = opened(
      fileOf(
        parquet([
          column('SrcAddr', 'STRING', '10.0.0.1'),
          column('DstAddr', 'STRING', '10.0.0.2'),
          column('Proto', 'INT32', 6),
          column('DstPort', 'INT32', 80),
          column('Packets', 'INT64', 3n),
          column('Sampling', 'INT32', 10),
          column('TimeFlowStartMs', 'INT64', 1_700_000_000_250n),
        ]),
      ),
    );
    expect(source.format).toBe('netobserv');
    expect(recordsOf(await scanned(source))).toMatchObject([
      { time: '1700000000.250000000', dport: 80, packets: 30 },
    ]);
  });

  test('many rows in several groups keep their order, whatever is read at a time', async () => {
    const count = 70_000;
    const numbers = Array.from({ length: count }, (_, row) => row);
    const bytes = parquet(
      [
        {
          name: 'src',
          type: 'STRING',
          data: numbers.map((row) => `10.${row >> 16}.${(row >> 8) & 255}.${row & 255}`),
        },
        { name: 'dst', type: 'STRING', data: numbers.map(() => '10.9.9.9') },
        { name: 'proto', type: 'INT32', data: numbers.map(() => 17) },
        { name: 'dport', type: 'INT32', data: numbers.map((row) => row & 0xffff) },
      ],
      'SNAPPY',
      40_000,
    );
    const records = await read(bytes);
    expect(records).toHaveLength(count);
    expect(records.every(({ dport }, row) => dport === (row & 0xffff))).toBe(true);
    expect(records[69_999]!.src).toBe('10.1.17.111');
  });
});

describe('what cannot be read', () => {
  test('columns that are no flows', () => {
    expect(refusal(parquet([column('a', 'STRING', 'x'), column('b', 'INT32', 1)]))).toMatch(
      /^Parquet without a source and a destination: a, b; a source may be called/,
    );
    expect(refusal(parquet(GENERIC), 'conntrack')).toMatch(
      /^Parquet whose columns are no conntrack: Timestamp, src_ip/,
    );
  });

  test('a file that is cut has no footer', () => {
    const whole = parquet(GENERIC);
    for (const length of [4, 11, 200, whole.length - 1])
      expect(refusal(whole.subarray(0, length))).toMatch(
        /^Parquet whose footer cannot be read: the file is cut/,
      );
  });

  test('a footer that says nonsense', () => {
    const bytes = parquet(GENERIC);
    const longer = Buffer.from(bytes);
    longer.writeUInt32LE(0x7fffffff, bytes.length - 8);
    expect(refusal(longer)).toMatch(/it is longer than the file/);
    const damaged = Buffer.from(bytes).fill(0xff, bytes.length - 60, bytes.length - 8);
    expect(refusal(damaged)).toMatch(/^Parquet whose footer cannot be read: /);
  });

  test('a codec that is not known, told with what is lost', async () => {
    const { rows, warnings } = await scanned(opened(fileOf(parquet(GENERIC, 'LZ4_RAW'))));
    expect(rows).toHaveLength(0);
    expect(warnings).toEqual([
      'row group 1 of 1 is damaged (unsupported compression codec: LZ4_RAW): 2 of its 2 rows were not read',
    ]);
  });

  test('a damaged row group leaves the others', async () => {
    const bytes = parquet([...GENERIC, column('sport', 'INT32', 1, 2)], 'GZIP', 1);
    const { row_groups } = (await import('hyparquet')).parquetMetadata(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
    );
    const { data_page_offset, total_compressed_size } = row_groups[0]!.columns[1]!.meta_data!;
    bytes.fill(
      0xee,
      Number(data_page_offset) + Number(total_compressed_size) - 12,
      Number(data_page_offset) + Number(total_compressed_size),
    );
    const { text, warnings } = await scanned(opened(fileOf(bytes)));
    expect(recordsOf({ text } as Scanned)).toMatchObject([{ src: 'fd00::1', sport: 2 }]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^row group 1 of 2 is damaged \(.*\): 1 of its 1 rows were not read/);
  });

  test(`bytes that are changed leave an end, not a hang (SEED=${seed})`, async () => {
    const whole = parquet(AWS, 'GZIP', 2);
    const step = drawn(389, 97);
    for (let at = 4 + (seed % step); at < whole.length - 8; at += step) {
      const bytes = Buffer.from(whole);
      bytes[at]! ^= 0x55;
      const { value } = openTrace(fileOf(bytes));
      if (value !== undefined) expect((await scanned(value)).rows.length).toBeLessThan(1000);
    }
  });
});
