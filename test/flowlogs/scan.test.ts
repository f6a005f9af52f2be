/**
 * Formats that are read straight from bytes: whatever stands in a log, its rows are those that the reader of texts gives, every
 * column of them, and as much is said of what is skipped.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { logInputs } from '../mutation/log-inputs.ts';
import { drawn, isDeep } from '../random/depth.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';
import { bothReadings, type Setting } from './both-readings.ts';
import { recordLines, SCANNED_FORMATS } from './record-lines.ts';

const seed = chosenSeed();
const RECORDS = drawn(700, 2000);
const SAMPLES = resolve(import.meta.dirname, '../../../shared/samples/flowlogs');
const SETTINGS: readonly Setting[] = [
  {},
  { names: true },
  { names: true, deciders: true, copies: true },
  { chunkBytes: 4096, deciders: true },
];

/** What may be changed about a line so that it is another one, or none. */
const CHARACTERS = [
  ...'"\\{}[],: 0123456789-.eE+tfnul\u0001\t\r\xa0ä',
  '""',
  '\\"',
  '\\u0041',
  '0',
  '00',
  '1e3',
  '-1',
  'null',
  'true',
  '{}',
  '[]',
  '[1,]',
  '::1',
  'fd00::1',
  '\n',
  ' \n',
  '\r\n',
];

function changed(line: string, draw: Random): string {
  let text = line;
  for (let times = 1 + draw.below(2); times > 0; times--) {
    const at = draw.below(text.length + 1);
    const removed = draw.pick([0, 0, 1, 1, 2, draw.below(30)]);
    text = text.slice(0, at) + (draw.chance(0.8) ? draw.pick(CHARACTERS) : '') + text.slice(at + removed);
  }
  return text;
}

/** Values in the place of others, and members of objects twice, gone or in another order. */
function changedMembers(value: unknown, draw: Random): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    if (draw.chance(0.97)) return JSON.stringify(value);
    return draw.pick([
      'null',
      'true',
      '""',
      '0',
      '-1',
      '1.5',
      '1e3',
      '"-"',
      '"x"',
      '[]',
      '{}',
      '"70000"',
      '70000',
      '"0"',
    ]);
  }
  const members = Object.entries(value).map(
    ([key, inner]) => `${JSON.stringify(key)}:${changedMembers(inner, draw)}`,
  );
  if (draw.chance(0.02) && members.length > 0) members.push(draw.pick(members));
  if (draw.chance(0.05))
    members.splice(draw.below(members.length + 1), draw.below(2), '"more":[1,{"a":"b"}]');
  if (draw.chance(0.03)) members.reverse();
  const between = draw.chance(0.02) ? ', ' : ',';
  return `{${members.join(between)}}`;
}

function withFile<T>(content: string | Buffer, use: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-scan-'));
  try {
    const path = join(folder, 'log');
    writeFileSync(path, content);
    return use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function expectSame(
  path: string,
  format: Parameters<typeof bothReadings>[1],
  what: string,
  settings = SETTINGS,
): number {
  let scanned = 0;
  for (const setting of settings) {
    const { difference, scanned: rows } = bothReadings(path, format, setting);
    if (difference !== undefined) expect.fail(`${what}, ${JSON.stringify(setting)}: ${difference}`);
    scanned = Math.max(scanned, rows);
  }
  return scanned;
}

describe.runIf(existsSync(SAMPLES))('samples', () => {
  const files = readdirSync(SAMPLES, { recursive: true, encoding: 'utf8' })
    .map((file) => join(SAMPLES, file))
    .filter((file) => statSync(file).isFile() && !/\.(gz|zst|parquet|md)$/.test(file));
  test('every file is read alike', () => {
    let scanned = 0;
    for (const [index, file] of files.entries()) {
      const settings = isDeep ? SETTINGS : [SETTINGS[(seed + index) % SETTINGS.length]!];
      scanned += expectSame(file, undefined, `SEED=${seed} ${file}`, settings);
    }
    expect(scanned).toBeGreaterThan(1000);
  });
});

/** What is no address stands in as few records as leave the others to be scanned. */
test('addresses, sound and unsound', () => {
  const octets = ['0', '9', '10', '99', '100', '199', '200', '249', '250', '255'];
  const sound = octets.flatMap((a, index) =>
    octets.map((b, other) => `${a}.${b}.${octets[(index + other) % 10]}.${octets[(index * other) % 10]}`),
  );
  const odd = [
    '256',
    '260',
    '300',
    '999',
    '1000',
    '00',
    '01',
    '010',
    '',
    'a',
    '-1',
    '+1',
    ' 1',
    '1/8',
    '1.1',
  ];
  const unsound = odd.flatMap((octet) =>
    [0, 1, 2, 3].map((at) => ['10', '20', '30', '40'].with(at, octet).join('.')),
  );
  const others = ['1.2.3', '1.2.3.', '.1.2.3', '1..2.3', '1.2.3.4.5', '1.2.3.4x', '....', '::1', '-'];
  const record = (source: string, destination: string): string =>
    `2 123456789010 eni-1 ${source} ${destination} 1000 80 6 3 300 1700000000 1700000060 ACCEPT OK`;
  const lines = [
    ...sound.map((address) => record(address, '10.0.0.1')),
    ...sound.map((address) => record('10.0.0.1', address)),
    ...[...unsound, ...others].flatMap((address) => [
      record(address, '10.0.0.1'),
      record('10.0.0.1', address),
    ]),
  ];
  withFile(`${lines.join('\n')}\n`, (path) => {
    expect(expectSame(path, 'aws-vpc', 'addresses')).toBeGreaterThanOrEqual(2 * sound.length - 2);
  });
});

test('cells beside the edges of 64 bytes, and more or fewer than there should be', () => {
  const record = (account: string, rest = 'OK'): string =>
    `2 ${account} eni-1 10.0.0.1 10.0.0.2 1000 80 6 3 300 1700000000 1700000060 ACCEPT ${rest}`;
  const accounts = Array.from({ length: 140 }, (_, length) => '1'.repeat(length));
  const lines = accounts.flatMap((account) => [
    record(account),
    ...(account.length % 7 === 0 ? ['OK ', 'OK more', '', '-', 'O\tK', 'Öl', 'OK\r'] : []).map((rest) =>
      record(account, rest),
    ),
  ]);
  lines.splice(3, 0, lines[2]!.slice(0, -3), ' '.repeat(200), `${' '.repeat(200)}x`);
  withFile(`${lines.join('\n')}\n`, (path) => {
    expect(expectSame(path, 'aws-vpc', 'cells')).toBeGreaterThan(100);
  });
});

test('objects and lists that begin as others did', () => {
  const boxes = [
    '[]',
    '["k8s:app=web"]',
    '["k8s:app=web","k8s:version=v2"]',
    '["k8s:app=web","k8s:version=v3"]',
    '["k8s:app=web","k8s:version=v2"',
    '["k8s:app=web","k8s:version=v2"]]',
    '["k8s:app=web","k8s:version=v2",]',
    '["k8s:app=we]","k8s:version=v2"]',
    '["k8s:app=we]","k8s:version=v2"',
    '[{"name":"web","kind":"Deployment"}]',
    '[{"name":"web","kind":"Deployment"}',
    '[{"name":"web","kind":"Deployment"},{"name":"web"}]',
    '[{"name":"web","kind":"Deployment"},{"name":"wäb"}]',
    '[{"name":"web","kind":"Deployment"},{"name":"w\tb"}]',
    ...[215, 222, 223, 224, 225, 226, 240, 300, 600].map((length) => `["${'x'.repeat(length)}"]`),
    ...[215, 222, 223, 224, 225, 226, 240, 300, 600].map((length) => `["${'x'.repeat(length)}]`),
  ];
  const record = (box: string): string =>
    `{"flow":{"time":"2023-11-14T22:13:20Z","verdict":"FORWARDED","IP":{"source":"10.0.0.1","destination":"10.0.0.2"},"l4":{"TCP":{"source_port":1000,"destination_port":80}},"source":{"labels":${box}},"is_reply":false}}`;
  // Each behind every other one.
  const lines = boxes.flatMap((box) => boxes.map((other) => `${record(box)}\n${record(other)}`));
  withFile(`${lines.join('\n')}\n`, (path) => {
    expect(expectSame(path, 'hubble', 'boxes')).toBeGreaterThan(lines.length);
  });
});

test('every blank of JSON, wherever one may stand', () => {
  const record =
    '{"flow":{"time":"2023-11-14T22:13:20Z","verdict":"FORWARDED","IP":{"source":"10.0.0.1","destination":"10.0.0.2"},"l4":{"TCP":{"source_port":1000,"destination_port":80}},"source":{"labels":["k8s:app=web"]},"is_reply":false}}';
  const joints = [...record.matchAll(/(?<=[{}[\],])|(?=[{}[\],])|(?<=":)/g)].map(({ index }) => index);
  const lines = joints.flatMap((at) =>
    [' ', '\t', '\r', ' \t\r '].map((blank) => record.slice(0, at) + blank + record.slice(at)),
  );
  withFile(`${[record, ...lines, record].join('\n')}\n`, (path) => {
    expect(expectSame(path, 'hubble', 'blanks')).toBeGreaterThan(0);
  });
});

describe(`drawn logs, SEED=${seed}`, () => {
  test('sound ones', () => {
    const draw = random(seed);
    for (let round = 0; round < drawn(1, 2); round++)
      for (const { name, bytes, format } of logInputs(draw))
        withFile(bytes, (path) => expectSame(path, format, `SEED=${seed} ${name}`));
  });

  test.each(SCANNED_FORMATS)('%s with changed records', (format, dialect) => {
    const draw = random(seed);
    const lines = recordLines(format, dialect, RECORDS, draw);
    const records = lines.records.map((line) => {
      if (draw.chance(0.6)) return line;
      if (line.startsWith('{') && draw.chance(0.7)) return changedMembers(JSON.parse(line), draw);
      return changed(line, draw);
    });
    const content = Buffer.from(`${lines.head}${records.join('\n')}\n`, draw.chance(0.5) ? 'utf8' : 'latin1');
    const scanned = withFile(content, (path) => expectSame(path, format, `SEED=${seed} ${format}`));
    // Few enough that no seed draws fewer: of so few records, many are of shapes that are new.
    expect(scanned).toBeGreaterThan(RECORDS / 70);
    expect(scanned).toBeLessThan(RECORDS);
  });
});
