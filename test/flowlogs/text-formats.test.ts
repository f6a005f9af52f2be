/** Flow logs as lines of text, written here. */
import { describe, expect, test } from 'vitest';
import { ndjson, rowsOfText } from './text.ts';

describe('aws-vpc', () => {
  const line = '2 123456789010 eni-1 10.0.0.1 10.0.0.2 4000 80 6 5 500 1700000000 1700000060 ACCEPT OK';
  const row = '6 10.0.0.1:4000 > 10.0.0.2:80 5p 500B ? allow@cloud @1700000000.000000000';

  test('a header gives the order; headers in between are none of the records', () => {
    const header = 'dstaddr srcaddr protocol dstport srcport action start';
    const text = `${header}\n10.0.0.2 10.0.0.1 6 80 4000 REJECT 1700000000123\n${header}\n10.0.0.2 10.0.0.1 6 80 4000 ACCEPT 1700000000\n`;
    expect(rowsOfText(text).rows).toEqual([
      '6 10.0.0.1:4000 > 10.0.0.2:80 1p 0B ? deny@cloud @1700000000.123000000',
      '6 10.0.0.1:4000 > 10.0.0.2:80 1p 0B ? allow@cloud @1700000000.000000000',
    ]);
  });

  test('the packet’s own addresses go before the interface’s', () => {
    const text = 'srcaddr dstaddr pkt-srcaddr pkt-dstaddr protocol\n10.0.0.9 10.0.0.2 10.0.0.1 - 47\n';
    expect(rowsOfText(text).rows).toEqual(['47 10.0.0.1 > 10.0.0.2 1p 0B ? @0.000000000']);
  });

  test('SYN tells who began, SYN with ACK who answered', () => {
    const text = (flags: number): string =>
      `srcaddr dstaddr srcport dstport protocol tcp-flags\n10.0.0.1 10.0.0.2 4000 80 6 ${flags}\n`;
    expect([2, 18, 4, 0].map((flags) => rowsOfText(text(flags)).rows[0])).toEqual([
      '6 10.0.0.1:4000 > 10.0.0.2:80 1p 0B f2 @0.000000000',
      '6 10.0.0.2:80 > 10.0.0.1:4000 1p 0B @0.000000000',
      '6 10.0.0.1:4000 > 10.0.0.2:80 1p 0B ? @0.000000000',
      '6 10.0.0.1:4000 > 10.0.0.2:80 1p 0B ? @0.000000000',
    ]);
  });

  test('without a header, and inside CloudWatch’s documents', () => {
    const none = '2 1 eni-1 - - - - - - - 1431280876 1431280934 - NODATA';
    const lost = '2 1 eni-1 - - - - - - - 1431280876 1431280934 - SKIPDATA';
    const plain = rowsOfText(`${none}\n${line}\n${lost}\nbogus\n`);
    expect(plain.rows).toEqual(['non-ip', row, 'non-ip', 'malformed']);
    expect(plain.warnings.join()).toMatch(/malformed.*NODATA.*SKIPDATA/);
    for (const text of [
      JSON.stringify({
        messageType: 'DATA_MESSAGE',
        logEvents: [{ message: none }, { id: 'x', message: line }],
      }),
      JSON.stringify({ events: [{ message: none }, { message: line, eventId: '1' }] }, null, 2),
    ])
      expect(rowsOfText(text).rows).toEqual(['non-ip', row]);
    expect(rowsOfText(`${line}\n`, 'aws-vpc').rows).toEqual([row]);
  });
});

describe('zeek', () => {
  const header = (separator: string, fields: string): string =>
    `#separator ${separator}\n#path\tconn\n#fields\t${fields.replaceAll(' ', '\t')}\n#types\tx\n`;
  const fields =
    'ts id.orig_h id.orig_p id.resp_h id.resp_p proto conn_state history orig_pkts resp_pkts ip_proto';
  const rowOf = (...cells: readonly string[]): string => `${cells.join('\t')}\n`;

  test('columns by name; who began is a guess where Zeek turned it round or met it midway', () => {
    const tcp = (state: string, history: string): string =>
      rowOf('1700000000.5', '10.0.0.1', '4000', '10.0.0.2', '80', 'tcp', state, history, '3', '2', '6');
    const text = `${header('\\x09', fields)}${tcp('SF', 'ShADadFf')}${tcp('OTH', 'C')}${tcp('SF', '^d')}#close\t2023\n`;
    const flow = '6 10.0.0.1:4000 > 10.0.0.2:80 5p 0B';
    const at = '@1700000000.500000000';
    const { rows } = rowsOfText(text);
    expect(rows).toEqual([`${flow} ${at}`, `${flow} ? ${at}`, `${flow} ? ${at}`]);
    // Files put together repeat the header; one with other columns is not read by the first one's.
    expect(rowsOfText(text + text).rows).toEqual([...rows, ...rows]);
    const other = text
      .replaceAll('\tts\t', '\t_write_ts\tts\t')
      .replaceAll('1700000000.5', '9\t1700000000.5');
    expect(rowsOfText(other).rows).toEqual(rows);
    expect(rowsOfText(text + other).rows).toEqual([...rows, 'malformed', 'malformed', 'malformed']);
  });

  test('what stands for nothing is what the header says', () => {
    const text =
      header('\\x09', fields).replace('#path', '#empty_field\tEMPTY\n#unset_field\tNIL\n#path') +
      rowOf('1', '10.0.0.1', '4000', '10.0.0.2', '80', 'tcp', 'SF', 'EMPTY', 'NIL', 'NIL', 'NIL');
    expect(rowsOfText(text).rows).toEqual(['6 10.0.0.1:4000 > 10.0.0.2:80 1p 0B @1.000000000']);
  });

  test('ICMP holds its type in the ports, other protocols have a number of their own', () => {
    const text =
      header('\\x09', fields) +
      rowOf('1', '10.0.0.1', '8', '10.0.0.2', '0', 'icmp', 'OTH', '-', '1', '1', '1') +
      rowOf('1', '10.0.0.1', '3', '10.0.0.2', '1', 'icmp', 'OTH', '-', '1', '0', '1') +
      rowOf('1', 'fd00::1', '128', 'fd00::2', '129', 'icmp', 'OTH', '-', '1', '0', '58') +
      rowOf('1', '10.0.0.1', '5', '10.0.0.2', '7', 'unknown_transport', 'S0', '-', '1', '0', '132') +
      rowOf('1', '10.0.0.1', '5', '10.0.0.2', '7', 'unknown_transport', 'S0', '-', '1', '0', '-');
    expect(rowsOfText(text).rows).toEqual([
      '1 10.0.0.1 > 10.0.0.2:8/0 2p 0B @1.000000000',
      '1 10.0.0.1 > 10.0.0.2:3/1 1p 0B @1.000000000',
      '58 [fd00::1] > [fd00::2]:128/0 1p 0B @1.000000000',
      '132 10.0.0.1:5 > 10.0.0.2:7 1p 0B @1.000000000',
      'malformed',
    ]);
  });

  test('JSON with flat and nested names; of a stream of all logs the connections alone', () => {
    const text = ndjson(
      {
        _path: 'conn',
        ts: 1.25,
        id: { orig_h: '10.0.0.1', orig_p: 1, resp_h: '10.0.0.2', resp_p: 53 },
        proto: 'udp',
      },
      { _path: 'dns', ts: 1, 'id.orig_h': '10.0.0.1', 'id.resp_h': '10.0.0.2', proto: 'udp' },
      {
        ts: '2023-11-14T22:13:20Z',
        'id.orig_h': '10.0.0.1',
        'id.orig_p': 1,
        'id.resp_h': '10.0.0.2',
        'id.resp_p': 2,
        proto: 'tcp',
      },
    );
    expect(rowsOfText(text).rows).toEqual([
      '17 10.0.0.1:1 > 10.0.0.2:53 1p 0B @1.250000000',
      'non-ip',
      '6 10.0.0.1:1 > 10.0.0.2:2 1p 0B @1700000000.000000000',
    ]);
  });

  test('other logs of Zeek are refused', () => {
    const dns = header('\\x09', fields).replace('conn\n', 'dns\n');
    expect(() => rowsOfText(dns)).toThrow('a Zeek log of dns, of which conn alone is read');
    expect(() => rowsOfText(header('\\x09', 'ts uid'))).toThrow('without id.orig_h and id.resp_h and proto');
  });
});

describe('conntrack', () => {
  const tuples =
    'src=10.0.0.1 dst=10.96.0.1 sport=4000 dport=80 packets=3 bytes=300 src=10.0.0.2 dst=10.0.0.9 sport=8080 dport=4000 packets=2 bytes=200 [ASSURED] mark=0 use=1';

  test('tables, with and without the family; the trailer is no record', () => {
    const text = `tcp      6 431999 ESTABLISHED ${tuples}\nipv4     2 tcp      6 9 ESTABLISHED ${tuples}\nconntrack v1.4.7 (conntrack-tools): 2 flow entries have been shown.\n`;
    const row = '6 10.0.0.1:4000 > 10.96.0.1:80 via 10.0.0.2:8080 5p 500B allow @0.000000000';
    expect(rowsOfText(text).rows).toEqual([row, row]);
  });

  test('events: what follows NEW repeats it, unless the end brings counters; the first that shows an answer tells of it', () => {
    const plain = tuples.replaceAll(/(packets|bytes)=\d+ /g, '');
    const unreplied = plain.replace('src=10.0.0.2', '[UNREPLIED] src=10.0.0.2').replace(' [ASSURED]', '');
    const text = [
      `[1700000000.000001]\t    [NEW] tcp      6 120 SYN_SENT ${unreplied}`,
      `[1700000000.000002]\t [UPDATE] tcp      6 60 SYN_RECV ${plain}`,
      `[1700000000.000003]\t[DESTROY] tcp      6 ${plain}`,
      `[1700000000.000004]\t[DESTROY] tcp      6 ${tuples}`,
    ].join('\n');
    const flow = '6 10.0.0.1:4000 > 10.96.0.1:80 via 10.0.0.2:8080';
    expect(rowsOfText(text).rows).toEqual([
      `${flow} 1p 0B @1700000000.000001000`,
      `duplicate ${flow} 1p 0B allow @1700000000.000002000`,
      `duplicate ${flow} 1p 0B @1700000000.000003000`,
      `${flow} 5p 500B allow @1700000000.000004000`,
    ]);
  });

  test('protocols without ports, and damage', () => {
    const text = [
      'unknown  89 596 src=10.0.0.1 dst=224.0.0.5 [UNREPLIED] src=224.0.0.5 dst=10.0.0.1 mark=0 use=1',
      'gre      47 29 timeout=30, stream_timeout=180 src=10.0.0.1 dst=10.0.0.2 srckey=0x0 dstkey=0x1 src=10.0.0.2 dst=10.0.0.1 srckey=0x1 dstkey=0x0 use=1',
      'icmp     1 29 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=7 src=10.0.0.2 dst=10.0.0.1 type=0 code=0 id=7 use=1',
      'tcp      6 9 src=10.0.0.1 dst=',
    ].join('\n');
    expect(rowsOfText(text).rows).toEqual([
      '89 10.0.0.1 > 224.0.0.5 1p 0B @0.000000000',
      '47 10.0.0.1 > 10.0.0.2 1p 0B allow @0.000000000',
      '1 10.0.0.1 > 10.0.0.2:8/0 1p 0B allow @0.000000000',
      'malformed',
    ]);
  });
});

describe('nfdump', () => {
  test('the short dialect, the fast one, and columns of one’s choice', () => {
    const row = '6 10.0.0.1:4000 > 10.0.0.2:80 3p 300B ? @1700000000.000000000';
    for (const text of [
      'firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows\n2023-11-14 22:13:20.000,0.5,TCP,10.0.0.1,4000,10.0.0.2,80,3,300,1\n',
      'cnt,af,firstSeen,lastSeen,proto,srcAddr,srcPort,dstAddr,dstPort,srcAS,dstAS,input,output,flags,srcTos,packets,bytes\n1,2,1700000000000,1700000001000,6,10.0.0.1,4000,10.0.0.2,80,0,0,0,0,,0,3,300\n',
      'firstSeen,srcAddr,dstAddr,srcPort,dstPort,proto,packets,bytes\n2023-11-14 22:13:20,10.0.0.1,10.0.0.2,4000,80,6,3,300\n',
    ]) {
      const read = rowsOfText(text);
      expect(read.source.format).toBe('nfdump');
      expect(read.rows).toEqual([row]);
    }
  });

  test('ICMP in the destination port; what stands behind the records is none', () => {
    const header = 'firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows\n';
    const flow = (proto: string, port: string): string =>
      `1700000000,0,${proto},10.0.0.1,0,10.0.0.2,${port},1,60,1\n`;
    const text = `${header}${flow('ICMP', '2048')}${flow('ICMP', '3.1')}Summary\nflows,bytes,packets,avg_bps,avg_pps,avg_bpp\n2,120,2,0,0,60\n`;
    expect(rowsOfText(text).rows).toEqual([
      '1 10.0.0.1 > 10.0.0.2:8/0 1p 60B ? @1700000000.000000000',
      '1 10.0.0.1 > 10.0.0.2:3/1 1p 60B ? @1700000000.000000000',
    ]);
  });
});
