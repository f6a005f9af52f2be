import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { formatAddress } from '../../src/net/address.ts';
import * as B from '../../src/packet/batch-layout.ts';
import { SKIP_MALFORMED } from '../../src/tables/verdict-layout.ts';
import { splitCsv } from '../../src/trace/flow-log/csv.ts';
import { openTrace } from '../../src/trace/open.ts';
import { parseTime } from '../../src/trace/time.ts';
import { readTrace } from '../corpus/read-trace.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-flow-list-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Every record in short: `tcp 10.0.0.1:1 10.0.0.2:80 x5 300B S @12.5`; what is missing is left out. */
function rowsOf(content: string): string[] {
  return listOf(content).rows;
}

function listOf(content: string): { rows: string[]; warnings: readonly string[] } {
  const path = join(folder, 'list');
  writeFileSync(path, content);
  const opened = openTrace(path);
  if (opened.value === undefined) throw new Error(opened.diagnostics[0]!.message);
  const rows: string[] = [];
  const { warnings } = readTrace(opened.value, (batch, row) => {
    if (batch.skip[row] === SKIP_MALFORMED) return void rows.push('malformed');
    const end = (column: Uint32Array): string =>
      formatAddress({
        family: batch.family[row] as 4 | 6,
        words: [...column.subarray(row * 4, row * 4 + 4)] as [number, number, number, number],
      });
    const ports = (batch.flags[row]! & B.FLAG_PORTS) !== 0 ? ` ${batch.sport[row]}>${batch.dport[row]}` : '';
    const flags = (batch.flags[row]! & B.FLAG_TCP_FLAGS) !== 0 ? ` flags ${batch.tcpFlags[row]}` : '';
    expect(batch.flags[row]! & B.FLAG_CONNECTION).toBe(B.FLAG_CONNECTION);
    rows.push(
      `${batch.protocol[row]} ${end(batch.src)} ${end(batch.dst)}${ports} ${batch.packets[row]} ${batch.bytes[row]}${flags} @${batch.seconds[row]}.${batch.nanos[row]}`,
    );
  });
  return { rows, warnings };
}

describe('flow lists', () => {
  test('CSV columns are found by name, in any order and with any common delimiter', () => {
    expect(
      rowsOf('dst_port,proto,src,dst,src_port,packets,bytes,ts\n80,tcp,10.0.0.1,10.0.0.2,4000,5,300,12.5\n'),
    ).toEqual(['6 10.0.0.1 10.0.0.2 4000>80 5 300 @12.500000000']);
    expect(
      rowsOf(
        '\ufeffSource IP;Dest IP;Protocol;DstPort\r\n10.0.0.1;fd00::1;udp;53\r\nfd00::2;fd00::1;17;53\r\n',
      ),
    ).toEqual(['malformed', '17 fd00::2 fd00::1 0>53 1 0 @0.0']);
    expect(rowsOf('saddr\tdaddr\tproto\ticmp_type\n10.0.0.1\t10.0.0.2\ticmp\t8')).toEqual([
      '1 10.0.0.1 10.0.0.2 0>2048 1 0 @0.0',
    ]);
  });

  test('a record without a port keeps quiet about it', () => {
    expect(rowsOf('src,dst,proto,dport\n10.0.0.1,10.0.0.2,tcp,-\n10.0.0.1,10.0.0.2,47,\n')).toEqual([
      '6 10.0.0.1 10.0.0.2 1 0 @0.0',
      '47 10.0.0.1 10.0.0.2 1 0 @0.0',
    ]);
  });

  test('lines that are no records are counted, blank ones are not', () => {
    expect(
      rowsOf('src,dst,proto\nx,10.0.0.2,tcp\n\n10.0.0.1,10.0.0.2\n10.0.0.1,10.0.0.2,nonsense\n'),
    ).toEqual(['malformed', 'malformed', 'malformed']);
  });

  test('NDJSON with numbers and text, a broken line, and TCP flags in letters', () => {
    const lines = [
      '{"src_ip":"10.0.0.1","dst_ip":"10.0.0.2","proto":6,"dport":443,"tcp_flags":"SA","timestamp":1700000000123}',
      '{"src_ip":',
      '[]',
      '{"src":"10.0.0.1","dst":"10.0.0.2","protocol":"UDP","dst_port":"53","time":"2023-11-14T22:13:20.5Z","x":{"y":1}}',
    ];
    expect(rowsOf(lines.join('\n'))).toEqual([
      '6 10.0.0.1 10.0.0.2 0>443 1 0 flags 18 @1700000000.123000000',
      'malformed',
      'malformed',
      '17 10.0.0.1 10.0.0.2 0>53 1 0 @1700000000.500000000',
    ]);
  });

  test('a quoted cell may hold line breaks; a quote that is never closed costs its line only', () => {
    const row = '17 10.0.0.1 10.0.0.2 0>53 1 0 @0.0';
    const quoted = 'src,dst,proto,dport,note\n10.0.0.1,10.0.0.2,udp,53,"two\nlines, ""quoted"""\r\n';
    expect(rowsOf(`${quoted}10.0.0.1,10.0.0.2,udp,53,inner " quote\n`)).toEqual([row, row]);
    expect(rowsOf(`${quoted}10.0.0.1,10.0.0.2,udp,53,"open\n10.0.0.1,10.0.0.2,udp,53,\n`)).toEqual([
      row,
      row,
      row,
    ]);
  });

  test('a line without end is cut and counted, and what follows is read', () => {
    const { rows, warnings } = listOf(
      `src,dst,proto\n10.0.0.1,10.0.0.2,${'x'.repeat(3 << 20)}\n10.0.0.1,10.0.0.2,47\n`,
    );
    expect(rows.at(-1)).toBe('47 10.0.0.1 10.0.0.2 1 0 @0.0');
    expect(new Set(rows.slice(0, -1))).toEqual(new Set(['malformed']));
    expect(warnings).toEqual([expect.stringContaining('malformed')]);
  });

  test('pods instead of addresses are malformed, and it is said why', () => {
    const { rows, warnings } = listOf('src,dst,proto\nshop/web-1,shop/db-0,tcp\n');
    expect(rows).toEqual(['malformed']);
    expect(warnings).toEqual([expect.stringContaining('names a pod')]);
  });

  test('lists without what a flow needs are refused, and it is said how the columns are called', () => {
    expect(() => rowsOf('src,dst,dport\n10.0.0.1,10.0.0.2,80\n')).toThrow(
      'without a protocol: src, dst, dport',
    );
    expect(() => rowsOf('{"src":"10.0.0.1","time":5}\n{"src":"10.0.0.3"}\n')).toThrow(
      'without a destination and a',
    );
    expect(rowsOf('{"src":"10.0.0.1"}\n{"src":"10.0.0.1","dst":"10.0.0.2","proto":47}\n')).toEqual([
      'malformed',
      '47 10.0.0.1 10.0.0.2 1 0 @0.0',
    ]);
  });

  test('a count that is no number makes a record malformed, a missing one does not', () => {
    expect(
      rowsOf('src,dst,proto,packets,bytes\n10.0.0.1,10.0.0.2,gre,many,5\n10.0.0.1,10.0.0.2,gre,2,-\n'),
    ).toEqual(['malformed', '47 10.0.0.1 10.0.0.2 2 0 @0.0']);
  });

  test('quotes as RFC 4180 has them', () => {
    expect(splitCsv('a,"b,""c""",,"d"', ',')).toEqual(['a', 'b,"c"', '', 'd']);
    expect(splitCsv('"open,a', ',')).toEqual(['open,a']);
  });

  test('times in seconds, smaller units and ISO 8601', () => {
    expect(parseTime('1700000000')).toEqual({ seconds: 1700000000, nanos: 0 });
    expect(parseTime('1700000000.000000001')).toEqual({ seconds: 1700000000, nanos: 1 });
    expect(parseTime('1700000000123456')).toEqual({ seconds: 1700000000, nanos: 123456000 });
    expect(parseTime('1700000000123456789')).toEqual({ seconds: 1700000000, nanos: 123456789 });
    expect(parseTime('2023-11-14 22:13:20')).toEqual({ seconds: 1700000000, nanos: 0 });
    expect(parseTime('2023-11-15T00:13:20.25+02:00')).toEqual({ seconds: 1700000000, nanos: 250000000 });
    expect(parseTime('yesterday')).toEqual({ seconds: 0, nanos: 0, isUnread: true });
    for (const none of [undefined, '', '-']) expect(parseTime(none)).toEqual({ seconds: 0, nanos: 0 });
  });

  test('beyond what rows hold is the nearest that they do, and known to be', () => {
    const first = { seconds: 0, nanos: 0, isOutside: true };
    const last = { seconds: 4_294_967_295, nanos: 999_999_999, isOutside: true };
    for (const early of ['-1', '-0.5', '1969-12-31T23:59:59Z', '-86400'])
      expect(parseTime(early)).toEqual(first);
    for (const late of [
      '4294967296',
      '99999999999',
      '2106-02-07T06:28:16Z',
      '99999999999123',
      '5000-01-01T00:00:00Z',
    ])
      expect(parseTime(late)).toEqual(last);
    expect(parseTime('4294967295.5')).toEqual({ seconds: 4_294_967_295, nanos: 500_000_000 });
    expect(parseTime('-0.0')).toEqual({ seconds: 0, nanos: 0 });
  });
});
