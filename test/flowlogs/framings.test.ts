/** How records lie in files of the kinds that tools leave behind: event streams, logs that were put together, lines of two releases. */
import { describe, expect, test } from 'vitest';
import { scannedText } from '../convert/records.ts';

type Row = Record<string, unknown>;
async function read(
  text: string | Buffer,
  chunkBytes?: number,
): Promise<{ rows: Row[]; warnings: readonly string[] }> {
  const { text: written, warnings } = await scannedText(text, chunkBytes);
  return {
    rows: written.ndjson
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Row),
    warnings,
  };
}

describe('event streams', () => {
  const flow = (port: number): string =>
    JSON.stringify({
      start_time: '2026-01-01T00:00:00Z',
      action: 'Allow',
      reporter: 'Dst',
      source_name: 'a-*',
      source_namespace: 'x',
      dest_name: 'b-*',
      dest_namespace: 'y',
      protocol: 'tcp',
      dest_port: port,
      packets_in: 3,
      packets_out: 2,
      bytes_in: 30,
      bytes_out: 20,
    });

  test.each([
    ['data alone', `data: ${flow(80)}\n\ndata: ${flow(81)}\n\n`],
    [
      'with its other lines',
      `: hello\nretry: 1000\n\nevent: flow\nid: 1\ndata: ${flow(80)}\n\nid: 2\ndata: ${flow(81)}\n\n: bye\n`,
    ],
  ])('%s', async (_name, text) => {
    const { rows, warnings } = await read(text);
    expect(rows).toMatchObject([
      { src_name: 'x/a-*', dst_name: 'y/b-*', dport: 80, packets: 5 },
      { src_name: 'x/a-*', dst_name: 'y/b-*', dport: 81, packets: 5 },
    ]);
    expect(warnings).toEqual([]);
  });
});

describe('Zeek logs that were put together', () => {
  const log = (fields: string, row: string, path = 'conn'): string =>
    `#separator \\x09\n#set_separator\t,\n#path\t${path}\n#open\t2026-01-01\n#fields\t${fields}\n#types\tany\n${row}\n#close\t2026-01-02\n`;
  const FIELDS = 'ts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto';
  const ROW = '1700000000.5\t10.0.0.1\t1000\t10.0.0.2\t80\ttcp';
  const READ = { src: '10.0.0.1', sport: 1000, dst: '10.0.0.2', dport: 80 };

  test('the same columns go on', async () => {
    const { rows, warnings } = await read(log(FIELDS, ROW) + log(FIELDS, ROW) + log(FIELDS, ROW));
    expect(rows).toMatchObject([READ, READ, READ]);
    expect(warnings).toEqual([]);
  });

  test.each([1 << 20, 256])(
    'other columns, as many, end it: nothing is read under wrong names (%i bytes at a time)',
    async (chunk) => {
      const turned = 'ts\tid.resp_h\tid.resp_p\tid.orig_h\tid.orig_p\tproto';
      const { rows, warnings } = await read(log(FIELDS, ROW) + log(turned, ROW) + log(FIELDS, ROW), chunk);
      expect(rows).toMatchObject([READ]);
      expect(warnings).toEqual([
        expect.stringMatching(/^a second header names other columns: nothing behind it was read/),
      ]);
    },
  );
});

describe("Calico's lines", () => {
  test('with aggregated names beside the own ones, and policies', async () => {
    const head = '1529529591 1529529892';
    const ends =
      'wep policy-demo nginx-7d98456675-2mcs4 nginx-7d98456675-* - wep kube-system - kube-dns-7cc87d595-* -';
    const tail = '192.168.224.225 192.168.135.53 17 36486 53 1 1 1 in 1 1 73 119 deny';
    const { rows } = await read(
      `${head} ${ends} ${tail} ["0|default|kube-system/default.dns|deny|2"] [1.0.0.1] 1\n${head} ${ends} ${tail}\n`,
    );
    const flow = {
      time: '1529529591.000000000',
      src: '192.168.224.225',
      dst: '192.168.135.53',
      protocol: 'udp',
      sport: 36486,
      dport: 53,
      packets: 2,
      bytes: 192,
      observed: 'deny',
      observed_at: 'path',
    };
    expect(rows).toMatchObject([{ ...flow, observed_by: expect.stringContaining('"dns",2') }, flow]);
    expect(rows[1]).not.toHaveProperty('observed_by');
  });
});

test.each([1 << 20, 64])(
  'a header that begins with no letter is no record, in pieces of %d bytes',
  async (chunkBytes) => {
    const log = Buffer.from(
      '\x80ersion srcaddr dstaddr dstport protocol packets bytes\n2 10.0.0.1 10.0.0.2 80 6 3 300\n2 10.0.0.3 10.0.0.4 81 6 1 100\n',
      'latin1',
    );
    const { rows } = await read(log, chunkBytes);
    expect(rows).toMatchObject([
      { src: '10.0.0.1', dport: 80 },
      { src: '10.0.0.3', dport: 81 },
    ]);
  },
);
