import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAddressNames } from '../../src/analysis/address-names.ts';
import { type Cell, createRowReader, VERDICT_COLUMNS } from '../../src/analysis/replay/verdict-row.ts';
import { compileTables } from '../../src/compile/compile.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { openAtomicFile } from '../../src/output/atomic-file.ts';
import { batchBytes, createBatch, type PacketBatch } from '../../src/packet/batch.ts';
import { FLAG_PORTS } from '../../src/packet/batch-layout.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { createWorld } from '../../src/policy/world.ts';
import { type VerdictFormat, verdictFormat } from '../../src/report/verdict-format.ts';
import { createVerdictWriter } from '../../src/report/verdict-rows.ts';
import { REASONS } from '../../src/tables/verdict.ts';
import * as L from '../../src/tables/verdict-layout.ts';

const quickstart = join(import.meta.dirname, '../../traces/quickstart');
const cluster = loadCluster([join(quickstart, 'cluster.yaml'), join(quickstart, 'policies')]).value;
const world = createWorld(cluster, cniProfile('calico')!);
const { legend } = compileTables(world);

/** An outcome of the end of the tier, met by ingress. */
const tierEnd = Array.from({ length: legend.outcomeCount }, (_, number) => number).find((number) => {
  const { reason, direction, path } = legend.outcome(number);
  return reason === 'tier-end' && direction === 'ingress' && path.at(-1)?.policy?.namespace === 'shop';
})!;

/** Row 0: TCP from web to db, denied; row 1: an ICMP echo, allowed; row 2: ARP; row 3: broken nanoseconds. */
function filledBatch(): PacketBatch {
  const batch = createBatch(new ArrayBuffer(batchBytes(8)), 0, 8);
  const address = (a: number, b: number, c: number, d: number): number =>
    ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  for (let row = 0; row < 4; row++) {
    batch.record[row] = row + 1;
    batch.seconds[row] = 1_700_000_000;
    batch.nanos[row] = row === 3 ? 1_000_000_007 : 5000;
    batch.packets[row] = 1;
    batch.bytes[row] = 60;
    batch.egress[row] = L.NO_OUTCOME;
    batch.ingress[row] = L.NO_OUTCOME;
    batch.verdict[row] = L.VERDICT_SKIP;
    batch.reason[row] = L.SKIP_NON_IP;
  }
  for (const row of [0, 1, 3]) {
    batch.family[row] = 4;
    batch.flags[row] = FLAG_PORTS;
    batch.src[row * 4] = address(10, 42, 1, 10);
    batch.dst[row * 4] = address(10, 42, 2, 30);
    batch.judgedDst[row * 4] = address(10, 42, 2, 30);
    batch.protocol[row] = 6;
    batch.sport[row] = 40_000;
    batch.dport[row] = 5432;
    batch.judgedDport[row] = 5432;
    batch.verdict[row] = L.VERDICT_DENY;
    batch.reason[row] = L.REASON_TIER_END;
    batch.hook[row] = L.HOOK_INGRESS;
    batch.ingress[row] = tierEnd;
  }
  batch.protocol[1] = 1;
  batch.dport[1] = 8 * 256;
  batch.judgedDport[1] = 8 * 256;
  batch.verdict[1] = L.VERDICT_ALLOW;
  batch.reason[1] = L.REASON_NO_ENDPOINT;
  batch.hook[1] = L.HOOK_NONE;
  batch.ingress[1] = L.NO_OUTCOME;
  return batch;
}

const reader = (trace: string) =>
  createRowReader({
    epochs: [{ names: createAddressNames(world.book) }],
    legend,
    tracePaths: [trace],
  });

function rows(): Record<string, Cell>[] {
  const read = reader('a.pcap');
  const batch = filledBatch();
  return [0, 1, 2, 3].map((row) =>
    Object.fromEntries(read(batch, row).map((cell, index) => [VERDICT_COLUMNS[index]!.name, cell])),
  );
}

describe('a verdict row', () => {
  test('has names, the decider, and the same for each side', () => {
    const [row] = rows();
    expect(row).toMatchObject({
      trace: 'a.pcap',
      record: 1,
      time: '1700000000.000005000',
      src: '10.42.1.10',
      src_name: 'shop/web',
      dst_name: 'shop/db',
      protocol: 'tcp',
      sport: 40_000,
      dport: 5432,
      icmp_type: null,
      judged_dport: 5432,
      verdict: 'deny',
      reason: 'tier-end',
      hook: 'ingress',
      direction: 'ingress',
      tier: 'default',
      kind: 'NetworkPolicy',
      namespace: 'shop',
      rule: -1,
      egress_verdict: '',
      egress_rule: null,
      ingress_verdict: 'deny',
      ingress_rule: -1,
    });
    expect(row!.location).toMatch(/policies\/.*\.yaml:\d+$/);
  });

  test('ICMP has a type and no ports; what is no IP has neither', () => {
    const [, icmp, arp] = rows();
    expect(icmp).toMatchObject({
      protocol: 'icmp',
      sport: null,
      dport: null,
      icmp_type: 8,
      icmp_code: 0,
      policy: '',
    });
    expect(arp).toMatchObject({
      protocol: '',
      src: '',
      judged_dst: '',
      verdict: 'skip',
      reason: 'non-ip',
      rule: null,
    });
  });

  test('nanoseconds beyond a second carry over', () => {
    expect(rows()[3]!.time).toBe('1700000001.000000007');
  });

  test('columns stand in the promised order', () => {
    const names = VERDICT_COLUMNS.map(({ name }) => name);
    expect(names.slice(0, 27).join(',')).toBe(
      'trace,record,time,src,dst,protocol,sport,dport,icmp_type,icmp_code,packets,bytes,src_name,dst_name,judged_dst,judged_dport,' +
        'verdict,reason,hook,direction,tier,kind,namespace,policy,rule,calico_rule,location',
    );
    expect(
      names
        .slice(27, 49)
        .every((name, index) => name === `${index < 11 ? 'egress' : 'ingress'}_${names[16 + (index % 11)]}`),
    ).toBe(true);
    expect(names.slice(49)).toEqual([
      'pending',
      'doubtful',
      'outer_src',
      'outer_dst',
      'observed',
      'observed_by',
      'duplicate_of',
    ]);
    expect(REASONS).toContain('duplicate');
  });
});

describe('files of verdict rows', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dryplane-rows-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(format: VerdictFormat, count: number): string {
    const path = join(folder, `rows.${format}`);
    const writer = createVerdictWriter(format, VERDICT_COLUMNS, openAtomicFile(path));
    const read = reader('=a.pcap');
    const batch = filledBatch();
    for (let index = 0; index < count; index++) {
      batch.record[index % 4] = index + 1;
      writer.row(read(batch, index % 4));
    }
    writer.finish();
    return path;
  }

  test('CSV has a header and as many fields in every line; texts that look like formulas are disarmed', () => {
    const lines = readFileSync(write('csv', 4), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(new Set(lines.map((line) => line.split(',').length))).toEqual(new Set([VERDICT_COLUMNS.length]));
    expect(lines[1]).toMatch(/^'=a\.pcap,1,1700000000\.000005000,10\.42\.1\.10,/);
    expect(lines[1]).toContain(',-1,-1,');
  });

  test('NDJSON is an object a line', () => {
    const lines = readFileSync(write('ndjson', 4), 'utf8').trimEnd().split('\n');
    const first = JSON.parse(lines[0]!) as Record<string, unknown>;
    expect(Object.keys(first)).toEqual(VERDICT_COLUMNS.map(({ name }) => name));
    expect(first).toMatchObject({ trace: '=a.pcap', rule: -1, sport: 40_000, egress_rule: null });
  });

  test('Parquet of several row groups reads back row for row', async () => {
    const bytes = readFileSync(write('parquet', 45_003));
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    const read = await parquetReadObjects({ file });
    expect(read).toHaveLength(45_003);
    expect(read[45_002]).toMatchObject({
      record: 45_003n,
      verdict: 'skip',
      protocol: '',
      sport: null,
      bytes: 60n,
    });
    expect(read[0]).toMatchObject({ rule: -1, sport: 40_000, src_name: 'shop/web' });
  });

  test('nothing to write is a file all the same', async () => {
    const bytes = readFileSync(write('parquet', 0));
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    expect(await parquetReadObjects({ file })).toEqual([]);
  });

  test('the ending of the name is the format', () => {
    expect(verdictFormat('a/rows.CSV')).toBe('csv');
    expect(verdictFormat('rows.parquet')).toBe('parquet');
    expect(verdictFormat('rows.txt')).toBeUndefined();
  });
});

test('the schema of a replay knows every reason', () => {
  const schema = readFileSync(join(import.meta.dirname, '../../schemas/replay.v1.json'), 'utf8');
  const lists = schema.match(/\[[^[\]]*"denied-connection"[^[\]]*\]/g)!.map((list) => JSON.parse(list));
  expect(lists.length).toBeGreaterThan(0);
  for (const list of lists) expect(new Set(list)).toEqual(new Set(REASONS));
});
