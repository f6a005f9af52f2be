/** Flow logs of every format with damaged lines, odd line ends, and other encodings: counted, told, and what is around them is read. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { FlowFormatName } from '../../src/trace/flow-log/flow-format.ts';
import { processorClock } from '../processor-time.ts';
import { chosenSeed, random } from '../random/mulberry.ts';
import { ndjson, rowsOfText } from './text.ts';

interface Log {
  readonly format: FlowFormatName;
  /** What stands before the records. */
  readonly head: string;
  /** One record. */
  readonly record: string;
}

const object = (format: FlowFormatName, record: object): Log => ({
  format,
  head: '',
  record: JSON.stringify(record),
});

/** One record of each format whose records are lines. */
const LOGS: readonly Log[] = [
  object('hubble', {
    flow: {
      verdict: 'FORWARDED',
      IP: { source: '10.0.0.1', destination: '10.0.0.2' },
      l4: { UDP: { source_port: 4, destination_port: 53 } },
    },
  }),
  object('gcp-vpc', {
    jsonPayload: { connection: { src_ip: '10.0.0.1', dest_ip: '10.0.0.2', protocol: 17 } },
  }),
  object('netobserv', { SrcAddr: '10.0.0.1', DstAddr: '10.0.0.2', Proto: 17, SrcPort: 4, DstPort: 53 }),
  object('antrea', {
    sourceIP: '10.0.0.1',
    destinationIP: '10.0.0.2',
    protocolIdentifier: 17,
    sourceTransportPort: 4,
    destinationTransportPort: 53,
    packetDeltaCount: '1',
  }),
  object('inspektor-gadget', {
    src: { addr: '10.0.0.1', port: 4 },
    dst: { addr: '10.0.0.2', port: 53, proto: 17 },
    type: 'connect',
  }),
  object('calico-enterprise', {
    source_ip: '10.0.0.1',
    dest_ip: '10.0.0.2',
    proto: 'udp',
    action: 'allow',
    reporter: 'dst',
  }),
  object('zeek', {
    'id.orig_h': '10.0.0.1',
    'id.orig_p': 4,
    'id.resp_h': '10.0.0.2',
    'id.resp_p': 53,
    proto: 'udp',
  }),
  object('nfdump', { src4_addr: '10.0.0.1', dst4_addr: '10.0.0.2', proto: 17, src_port: 4, dst_port: 53 }),
  object('ndjson', { src: '10.0.0.1', dst: '10.0.0.2', proto: 17, sport: 4, dport: 53 }),
  {
    format: 'aws-vpc',
    head: '',
    record: '2 1 eni-1 10.0.0.1 10.0.0.2 4 53 17 1 60 1700000000 1700000060 ACCEPT OK',
  },
  {
    format: 'zeek',
    head: '#separator \\x09\n#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\n',
    record: '1\t10.0.0.1\t4\t10.0.0.2\t53\tudp',
  },
  {
    format: 'conntrack',
    head: '',
    record:
      'udp      17 30 src=10.0.0.1 dst=10.0.0.2 sport=4 dport=53 src=10.0.0.2 dst=10.0.0.1 sport=53 dport=4',
  },
  {
    format: 'nfdump',
    head: 'firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows\n',
    record: '1700000000,0,UDP,10.0.0.1,4,10.0.0.2,53,1,60,1',
  },
  { format: 'csv', head: 'src,dst,proto,sport,dport\n', record: '10.0.0.1,10.0.0.2,udp,4,53' },
];

const FLOW = /^17 10\.0\.0\.1(:[04])? > 10\.0\.0\.2(:53)? /;
const kindsOf = (rows: readonly string[]): string[] => rows.map((row) => (FLOW.test(row) ? 'flow' : row));

describe.each(LOGS)('$format $head', ({ format, head, record }) => {
  const kinds = (text: string | Buffer, chunkBytes?: number): string[] => {
    const read = rowsOfText(text, undefined, chunkBytes);
    expect(read.source.format).toBe(format);
    return kindsOf(read.rows);
  };

  test('a byte order mark, CRLF, blank lines, and no line end at the end', () => {
    const text = `\ufeff${head}${record}\r\n\r\n${record}\r\n  \n${record}`.replaceAll(/(?<!\r)\n/g, '\r\n');
    expect(kinds(text)).toEqual(['flow', 'flow', 'flow']);
  });

  test('lines that are nothing, with zeros, and with bytes above ASCII', () => {
    const junk = Buffer.from(
      `${record}\nnothing\n${record.replaceAll('10.0.0.1', '10.0\0.0.1')}\n\xff\xfe{[(\n${record}\n`,
      'latin1',
    );
    expect(kinds(Buffer.concat([Buffer.from(head), junk]))).toEqual([
      'flow',
      'malformed',
      'malformed',
      'malformed',
      'flow',
    ]);
  });

  test('a last line that is cut anywhere is no other flow', () => {
    for (const kept of [4, Math.floor(record.length / 2), record.length - 8]) {
      const [first, second, ...rest] = kinds(`${head}${record}\n${record.slice(0, kept)}`);
      expect([first, second === 'flow' || second === 'malformed', rest]).toEqual(['flow', true, []]);
    }
  });

  test('a line above a megabyte costs itself alone', () => {
    const long = `${record}\n${'x'.repeat((2 << 20) + 5)}\n${record}\n`;
    const found = kinds(head + long);
    expect([found[0], found.at(-1)]).toEqual(['flow', 'flow']);
    expect(new Set(found.slice(1, -1))).toEqual(new Set(['malformed']));
    expect(found.length).toBeLessThan(8);
  });

  test('in pieces of any size it is the same, compressed too', () => {
    const text = `${head}${`${record}\n`.repeat(20)}broken\n${record}`;
    const whole = kinds(text);
    expect(whole.filter((kind) => kind === 'flow')).toHaveLength(21);
    for (const bytes of [16, 77, 500]) expect(kinds(text, bytes)).toEqual(whole);
    expect(kinds(gzipSync(text))).toEqual(whole);
  });

  test('the word of the user goes before recognition', () => {
    const read = rowsOfText(`${head}${record}\n`, format);
    expect(kindsOf(read.rows)).toEqual(['flow']);
  });
});

describe('JSON that is not one object a line', () => {
  const flow = {
    src: '10.0.0.1',
    dst: '10.0.0.2',
    proto: 17,
    dport: 53,
    note: 'a "{" [quoted\\\\"] brace }',
  };
  const read = (text: string, chunkBytes?: number): string[] =>
    kindsOf(rowsOfText(text, undefined, chunkBytes).rows);

  test('rubbish between objects, and an array that is cut', () => {
    const objects = JSON.stringify([flow, flow], null, 1);
    expect(read(objects)).toEqual(['flow', 'flow']);
    expect(read(objects.slice(0, -12))).toEqual(['flow', 'malformed']);
    expect(read(`[${JSON.stringify(flow)}, 7 ${JSON.stringify(flow)}]`)).toEqual([
      'flow',
      'malformed',
      'flow',
    ]);
    for (const bytes of [16, 60, 200]) expect(read(objects, bytes)).toEqual(['flow', 'flow']);
  });

  test('an object that never ends is cut, not held in memory', () => {
    const text = `[${JSON.stringify(flow)},\n{"src":"${'x'.repeat(3 << 20)}`;
    const rows = read(text);
    expect(rows[0]).toBe('flow');
    expect(new Set(rows.slice(1))).toEqual(new Set(['malformed']));
    expect(rows.length).toBeLessThan(8);
  });

  test('a megabyte of opening braces or quotes takes no time to speak of', () => {
    const spent = processorClock();
    for (const rubbish of ['{', '"', '{"', '[', '\\"'])
      read(`[${JSON.stringify(flow)},${rubbish.repeat((1 << 20) / rubbish.length)}`);
    expect(spent()).toBeLessThan(5000);
  });
});

describe('lines of one piece over and over', () => {
  const BYTES = 120_000;

  test.each([
    ['conntrack', '<flow><meta direction="original"></meta>'],
    ['conntrack', '<meta direction="original">'],
    ['conntrack', 'src=1 dst=1 '],
    ['conntrack', 'a,orig=(src=),'],
    ['calico-lines', '[ '],
    ['calico-lines', 'word'],
    ['calico-lines', 'a="'],
    ['aws-vpc', '"message":"\\\\"'],
    ['azure', '"flowTuples":['],
    ['hubble', '{"flow":'],
    ['gcp-vpc', '},{"a":'],
    ['calico-whisker', '"items":[{'],
    ['csv', '"'],
    ['nfdump', ','],
    ['zeek', '\t'],
  ] as const)('%s: %s is refused or read in no time', (format, piece) => {
    const spent = processorClock();
    const line = piece.repeat(BYTES / piece.length);
    for (const given of [format, undefined])
      try {
        rowsOfText(`${line}\n${line}`, given);
      } catch (error) {
        expect((error as Error).message).toMatch(/begins with|which is no|without|columns|resembles/);
      }
    expect(spent()).toBeLessThan(4000);
  });
});

describe('any bytes', () => {
  const seed = chosenSeed();

  test.each(LOGS)(`in the place of others: $format, SEED=${seed}`, ({ format, head, record }) => {
    const { below } = random(seed);
    const whole = Buffer.from(`${head}${`${record}\n`.repeat(6)}`);
    // What tells the format stays.
    const first = head.length + record.length + 1;
    for (let round = 0; round < 60; round++) {
      const bytes = Buffer.from(whole);
      for (let changes = below(12); changes >= 0; changes--)
        bytes[first + below(bytes.length - first)] = below(256);
      const cut = bytes.subarray(0, bytes.length - below(record.length));
      const read = rowsOfText(cut, format);
      // Every record is a row; pieces of any size find the same ones.
      expect(rowsOfText(cut, format, 64).rows).toEqual(read.rows);
      expect(read.rows.length).toBeGreaterThan(0);
    }
  });
});

describe('what is not recognised', () => {
  test('names what it resembles', () => {
    expect(() => rowsOfText('{"id.orig_h":"10.0.0.1","conn_state":"SF","orig_pkts":3}\n')).toThrow(
      'it resembles zeek (id.orig_h, conn_state, orig_pkts)',
    );
    expect(() => rowsOfText('{"SrcAddr":"10.0.0.1","Etype":2048,"Bytes":3}\n')).toThrow(
      'it resembles netobserv',
    );
  });

  test('is not what the user says', () => {
    expect(() => rowsOfText('src,dst,proto\n10.0.0.1,10.0.0.2,tcp\n', 'zeek')).toThrow(
      /which does not look like zeek; leave --trace-format out/,
    );
    expect(() => rowsOfText(ndjson({ a: 1 }), 'ndjson')).toThrow('JSON records without a source');
  });
});
