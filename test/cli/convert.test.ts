/** `dryplane convert` as a user runs it. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import type { ReplayDocument } from '../../src/analysis/replay/replay-document.ts';
import { dryplane } from './kept-program.ts';
import { CAPTURE, checkedDocument, QUICKSTART, ROOT } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-convert-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FLOWS = 'traces/calico/flows.csv';
const capture = readFileSync(join(ROOT, CAPTURE));

/** A capture without packets but the first few of the quickstart's, of any link type. */
function captureOf(linkType: number, bytes = 24 + 16 + 62): Buffer {
  const copy = Buffer.from(capture.subarray(0, bytes));
  copy.writeUInt32LE(linkType, 20);
  return copy;
}

const fileOf = (name: string, content: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const totalsOf = (path: string): ReplayDocument['packets'] =>
  checkedDocument<ReplayDocument>(dryplane(['replay', path, ...QUICKSTART, '--format', 'json']).stdout)
    .packets;

describe('records', () => {
  test('NDJSON goes to the screen, and leaves out what a record does not say', () => {
    const { code, stdout, stderr } = dryplane(['convert', CAPTURE]);
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(1634);
    expect(JSON.parse(lines[0]!)).toEqual({
      time: '1770000000.100938000',
      kind: 'packet',
      src: '198.51.100.23',
      dst: '10.42.1.10',
      protocol: 'tcp',
      sport: 40001,
      dport: 8080,
      tcp_flags: 'S',
      packets: 1,
      bytes: 62,
    });
    expect(lines.filter((line) => line.includes('"skip":"non-ip"'))).toHaveLength(6);
  });

  test('what is written is judged as the capture is', () => {
    for (const name of ['records.csv', 'records.ndjson']) {
      const path = join(folder, name);
      expect(dryplane(['convert', CAPTURE, '-o', path])).toEqual({ code: 0, stdout: '', stderr: '' });
      expect(totalsOf(path), name).toEqual(totalsOf(CAPTURE));
    }
  });

  test('the ending of the file names the format, --format goes before it', () => {
    const path = join(folder, 'as-ndjson.csv');
    dryplane(['convert', FLOWS, '-o', path]);
    expect(readFileSync(path, 'utf8')).toMatch(/^time,kind,src,/);
    dryplane(['convert', FLOWS, '-o', path, '--format', 'ndjson']);
    expect(readFileSync(path, 'utf8')).toMatch(/^\{"kind":"flow"/);
  });

  test('several traces follow each other, into several formats at once', () => {
    const csv = join(folder, 'both.csv');
    const { stdout, code } = dryplane([
      'convert',
      FLOWS,
      CAPTURE,
      '--format',
      'ndjson',
      '--format',
      `csv=${csv}`,
    ]);
    expect(code).toBe(0);
    const kinds = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { kind: string }).kind);
    expect(new Set(kinds.slice(0, 10))).toEqual(new Set(['flow']));
    expect(kinds.filter((kind) => kind === 'packet')).toHaveLength(1634);
    expect(readFileSync(csv, 'utf8').trimEnd().split('\n')).toHaveLength(kinds.length + 1);
  });

  test('what one trace tells of verdicts is not told of the next', () => {
    const log = fileOf(
      'calico.log',
      `${JSON.stringify({ reporter: 'dst', action: 'deny', source_ip: '10.0.0.1', dest_ip: '10.0.0.2', proto: 'tcp', dest_port: 80, policies: { enforced_policies: ['0|default|np:shop/db|deny|1'] } })}\n`,
    );
    const [first, ...others] = dryplane(['convert', log, CAPTURE]).stdout.trimEnd().split('\n');
    expect(JSON.parse(first!)).toMatchObject({
      observed: 'deny',
      observed_by: '["default","NetworkPolicy","shop","db",1]',
    });
    expect(others.filter((line) => line.includes('observed'))).toEqual([]);
  });

  test('what a reader could not make of a trace is told beside the rows', () => {
    const log = fileOf(
      'log.ndjson',
      '{"src":"10.0.0.1","dst":"10.0.0.2","proto":"tcp","dport":80}\nnothing\n',
    );
    const { code, stdout, stderr } = dryplane(['convert', log]);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      '{"kind":"flow","packets":1,"bytes":0,"skip":"malformed"}',
    );
    expect(stderr).toMatch(/1 record is no flow that can be read: skipped as malformed/);
    expect(dryplane(['convert', '-q', log]).stderr).toBe('');
  });

  test('a pipe that is closed early ends it in silence', async () => {
    const child = spawn(
      process.execPath,
      [join(ROOT, 'dist/main.js'), 'convert', ...Array<string>(40).fill(CAPTURE)],
      { cwd: ROOT },
    );
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += String(chunk);
    });
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
    expect(stderr).toBe('');
  });
});

test('an ending that names no format is refused, unless --format says what is meant', () => {
  const path = join(folder, 'records.json');
  const { code, stderr } = dryplane(['convert', FLOWS, '-o', path]);
  expect(code).toBe(2);
  expect(stderr).toContain('no format is called json');
  expect(stderr).toContain('did you mean .ndjson?');
  expect(dryplane(['convert', FLOWS, '-o', path, '--format', 'csv']).code).toBe(0);
  expect(dryplane(['convert', FLOWS, '-o', join(folder, 'records')]).code).toBe(0);
});

describe('pcap', () => {
  test('frames stay as they lie, with their time and length, from any compression', () => {
    const path = join(folder, 'frames.pcap');
    const zipped = fileOf('capture.pcap.gz', gzipSync(capture));
    expect(dryplane(['convert', zipped, '-o', path])).toEqual({ code: 0, stdout: '', stderr: '' });
    const written = readFileSync(path);
    expect(written.length).toBe(capture.length);
    expect(written.toString('hex', 0, 24)).toBe(
      '4d3cb2a102000400000000000000000000000400'.concat('01000000'),
    );
    for (let at = 24; at < capture.length; ) {
      const captured = capture.readUInt32LE(at + 8);
      expect(written.readUInt32LE(at)).toBe(capture.readUInt32LE(at));
      expect(written.readUInt32LE(at + 4)).toBe(capture.readUInt32LE(at + 4) * 1000);
      expect(written.compare(capture, at + 8, at + 16 + captured, at + 8, at + 16 + captured)).toBe(0);
      at += 16 + captured;
    }
    expect(totalsOf(path)).toEqual(totalsOf(CAPTURE));
  });

  test('several captures become one, bytes on standard output', () => {
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(ROOT, 'dist/main.js'), 'convert', CAPTURE, '-', '--format', 'pcap'],
      { cwd: ROOT, input: capture, maxBuffer: 1 << 26 },
    );
    expect(status).toBe(0);
    expect(stdout.length).toBe(24 + 2 * (capture.length - 24));
  });

  test('bare IP packets of any such link type go together', () => {
    const [raw, ipv4] = [fileOf('raw.pcap', captureOf(12)), fileOf('ipv4.pcap', captureOf(228))];
    const path = join(folder, 'ip.pcap');
    expect(dryplane(['convert', raw, ipv4, '-o', path]).code).toBe(0);
    expect(readFileSync(path).readUInt32LE(20)).toBe(101);
  });

  test('an empty capture stays one', () => {
    const path = join(folder, 'empty.pcap');
    expect(dryplane(['convert', fileOf('none.pcap', captureOf(113, 24)), '-o', path]).code).toBe(0);
    expect(readFileSync(path).length).toBe(24);
    expect(readFileSync(path).readUInt32LE(20)).toBe(113);
  });

  test('two link types are refused by name, and leave no file', () => {
    const cooked = fileOf('cooked.pcap', captureOf(113));
    const path = join(folder, 'mixed.pcap');
    const { code, stderr } = dryplane(['convert', CAPTURE, cooked, '-o', path]);
    expect(code).toBe(2);
    expect(stderr).toContain(
      `${CAPTURE} has frames of EN10MB (link type 1), ${cooked} of LINUX_SLL (link type 113)`,
    );
    expect(existsSync(path)).toBe(false);
  });

  test('a flow log has no frames', () => {
    const { code, stderr } = dryplane(['convert', FLOWS, CAPTURE, '-o', join(folder, 'none.pcap')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/traces\/calico\/flows.csv is a flow log \(csv\), a pcap needs frames/);
  });
});
