/** AWS VPC flow logs without a header: the fields that their owner names, and what the AWS command line prints around the records. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseAwsFields } from '../../src/trace/formats/aws-fields.ts';
import { openTrace } from '../../src/trace/open.ts';
import { dryplane } from '../cli/kept-program.ts';
import { scanned } from '../convert/records.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-aws-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileOf(content: string): string {
  const path = join(folder, `${files++}.log`);
  writeFileSync(path, content);
  return path;
}

async function read(content: string, fields?: string): Promise<string[]> {
  const { value, diagnostics } = openTrace(fileOf(content), undefined, fields?.split(' '));
  if (value === undefined) throw new Error(diagnostics[0]!.message);
  expect(value.format).toBe('aws-vpc');
  const { text } = await scanned(value);
  return text.ndjson
    .trimEnd()
    .split('\n')
    .map((line) => {
      const {
        src,
        sport,
        dst,
        dport,
        packets,
        skip,
        tcp_flags: flags = '',
      } = JSON.parse(line) as Record<string, string>;
      return skip ?? `${src}:${sport} ${dst}:${dport} ${packets} ${flags}`.trim();
    });
}

const CUSTOM = 'tcp-flags dstport srcport dstaddr srcaddr protocol packets';
const RECORD = '2 443 40000 10.0.2.7 10.0.1.5 6 12';
const ROW = '10.0.1.5:40000 10.0.2.7:443 12 S';
const V2 =
  '2 123456789010 eni-1235b8ca 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK';
const V2_ROW = '172.31.16.139:20641 172.31.16.21:22 20';
const NODATA = '2 123456789010 eni-1235b8ca - - - - - - - 1431280876 1431280934 - NODATA';

describe('fields in an order of one’s own', () => {
  test('lines', async () => {
    expect(await read(`${RECORD}\n18 40000 443 10.0.1.5 10.0.2.7 6 9\n2 443\n`, CUSTOM)).toEqual([
      ROW,
      '10.0.1.5:40000 10.0.2.7:443 9',
      'malformed',
    ]);
  });

  test('messages of CloudWatch', async () => {
    const events = [RECORD, RECORD].map((message, id) => ({ id: String(id), timestamp: 1, message }));
    expect(await read(JSON.stringify({ messageType: 'DATA_MESSAGE', logEvents: events }), CUSTOM)).toEqual([
      ROW,
      ROW,
    ]);
  });

  test('a header in the file goes before them', async () => {
    expect(
      await read(`srcaddr dstaddr srcport dstport protocol packets\n10.0.0.1 10.0.0.2 1 2 6 3\n`, CUSTOM),
    ).toEqual(['10.0.0.1:1 10.0.0.2:2 3']);
  });

  test('lines that have other fields are no such log', () => {
    expect(
      openTrace(fileOf('one two three four five six seven\n'), undefined, CUSTOM.split(' ')).value,
    ).toBeUndefined();
  });

  test('the words of AWS itself, underscores, commas', () => {
    for (const text of [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS writes its names so.
      '${tcp-flags} ${srcaddr} ${dstaddr} ${protocol}',
      'tcp_flags,srcaddr, dstaddr protocol',
    ])
      expect(parseAwsFields(text)).toEqual({
        fields: ['tcp-flags', 'srcaddr', 'dstaddr', 'protocol'],
        problems: [],
      });
    const later =
      'srcaddr dstaddr protocol tgw-pair-attachment-id packets-lost-mtu-exceeded ecs-second-container-id reject-reason';
    expect(parseAwsFields(later).problems).toEqual([]);
  });

  test('a wrong name gets the near one, what is missing is told', () => {
    const { problems } = parseAwsFields('srcadr dstaddr protocl nonsense-of-mine');
    expect(problems.map(({ at, hint }) => [at!.column, hint])).toEqual([
      [1, 'did you mean srcaddr?'],
      [16, 'did you mean protocol?'],
      [24, "names are those of the log's format in AWS"],
    ]);
    expect(parseAwsFields('srcaddr dstport').problems[0]!.message).toContain('without dstaddr and protocol');
  });
});

describe('what the AWS command line prints', () => {
  test.each([
    [
      'tail',
      `2014-12-14T04:06:50+00:00 eni-1235b8ca-all ${V2}\n2014-12-14T04:06:50+00:00 eni-1235b8ca-all ${NODATA}\n`,
    ],
    ['tail --format short', `2014-12-14T04:06:50 ${V2}\n2014-12-14T04:06:50 ${NODATA}\n`],
    [
      'text',
      `EVENTS\t1418530100000\t${V2}\t1418530010000\nEVENTS\t1418530100000\t${NODATA}\t1418530010000\n`,
    ],
    [
      'table',
      `------\n|   GetLogEvents   |\n+-----+\n||   events   ||\n|+----+|\n||  ingestionTime |  message  | timestamp ||\n||  1418530100000 |  ${V2}  |  1418530010000  ||\n||  1418530100000 |  ${NODATA}  |  1418530010000  ||\n|+-----+|\n`,
    ],
    [
      'a query as CSV',
      `@timestamp,@message\n2014-12-14 04:06:50.000,"${V2}"\n2014-12-14 04:06:50.000,${NODATA}\n`,
    ],
  ])('%s', async (_name, content) => {
    const rows = await read(content);
    expect(rows.filter((row) => row !== 'non-ip')).toEqual([V2_ROW]);
    expect(rows.at(-1)).toBe('non-ip');
  });

  test('with fields of one’s own', async () => {
    expect(await read(`2014-12-14T04:06:50+00:00 eni-1-all ${RECORD}\n`, CUSTOM)).toEqual([ROW]);
  });
});

describe('the option', () => {
  test('is checked, shown with a caret, and must have a use', () => {
    const path = fileOf(`${RECORD}\n`);
    expect(dryplane(['convert', path, '--trace-fields', CUSTOM]).stdout).toContain('"dport":443');
    expect(dryplane(['replay', path, '--trace-fields', CUSTOM]).stdout).toContain('aws-vpc');
    const wrong = dryplane(['replay', path, '--trace-fields', 'srcadr dstaddr protocol']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/--trace-fields:1:1.*"srcadr" is no field[\s\S]*did you mean srcaddr\?/);
    const idle = dryplane(['convert', 'traces/calico/flows.csv', '--trace-fields', CUSTOM]);
    expect([idle.code, idle.stdout]).toEqual([2, '']);
    expect(idle.stderr).toContain('--trace-fields without a trace that is an AWS VPC flow log');
  });
});
