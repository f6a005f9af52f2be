/** Every flow log of others beside the project: what it is recognised as, how many records it holds, and some of them field by field. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { rowsOf } from './rows.ts';

const samples = fileURLToPath(new URL('../../../shared/samples/flowlogs/', import.meta.url));

interface Sample {
  readonly file: string;
  readonly format: string;
  readonly records: number;
  /** Records that are skipped, by reason. */
  readonly skipped?: Readonly<Record<string, number>>;
  readonly packets: number;
  readonly bytes: number;
  /** Records by their place, from 1 on. */
  readonly spots?: Readonly<Record<number, string>>;
}

const AWS: readonly Sample[] = [
  {
    file: 'aws-vpc/aws-docs-examples.noheader.log',
    format: 'aws-vpc',
    records: 7,
    skipped: { 'non-ip': 2 },
    packets: 102,
    bytes: 18_025,
    spots: {
      1: '6 172.31.16.139:20641 > 172.31.16.21:22 20p 4249B ? allow@cloud @1418530010.000000000',
      2: '6 172.31.9.69:49761 > 172.31.9.12:3389 20p 4249B ? deny@cloud @1418530010.000000000',
      3: 'non-ip',
      6: '1 172.31.16.139 > 203.0.113.12 4p 336B ? deny@cloud @1432917094.000000000',
      7: '6 [2001:db8:1234:a100:8d6e:3477:df66:f105]:34892 > [2001:db8:1234:a102:3304:8879:34cf:4071]:22 54p 8855B ? allow@cloud @1477913708.000000000',
    },
  },
  {
    file: 'aws-vpc/otel_valid_tgw_flow_log.log',
    format: 'aws-vpc',
    records: 1,
    packets: 10,
    bytes: 1000,
    spots: { 1: '6 10.0.0.1:12345 > 10.0.1.1:443 10p 1000B f2 @1700000000.000000000' },
  },
  {
    file: 'aws-vpc/otel_valid_vpc_flow_cw.json',
    format: 'aws-vpc',
    records: 2,
    packets: 40,
    bytes: 8498,
    spots: { 2: '6 172.31.9.69:49761 > 172.31.9.12:3389 20p 4249B ? deny@cloud @1418530010.000000000' },
  },
  {
    file: 'aws-vpc/otel_valid_vpc_flow_log_multi.log',
    format: 'aws-vpc',
    records: 2,
    packets: 40,
    bytes: 8498,
    spots: { 1: '6 172.31.16.139:20641 > 172.31.16.21:22 20p 4249B ? allow@cloud @1418530010.000000000' },
  },
  {
    file: 'aws-vpc/otel_valid_vpc_flow_log_nodata.log',
    format: 'aws-vpc',
    records: 1,
    skipped: { 'non-ip': 1 },
    packets: 0,
    bytes: 0,
  },
  {
    file: 'aws-vpc/v2_records.noheader.log',
    format: 'aws-vpc',
    records: 5,
    skipped: { 'non-ip': 2 },
    packets: 50,
    bytes: 4200,
    spots: { 2: '6 192.0.2.1:49152 > 198.51.100.1:443 20p 1680B ? allow@cloud @1439387264.000000000' },
  },
  {
    // Flags 19 hold SYN and ACK: the source answered. Flags 3 do not: it began.
    file: 'aws-vpc/v3_file.log',
    format: 'aws-vpc',
    records: 2,
    packets: 20,
    bytes: 8090,
    spots: {
      1: '6 172.18.160.93:47460 > 192.168.0.1:443 10p 6392B @1568300367.000000000',
      2: '6 172.18.160.9:8088 > 192.168.0.1:443 10p 1698B f3 @1568300367.000000000',
    },
  },
  { file: 'aws-vpc/v4_file.log', format: 'aws-vpc', records: 2, packets: 20, bytes: 8090 },
  {
    file: 'aws-vpc/v5_file.log',
    format: 'aws-vpc',
    records: 3,
    skipped: { malformed: 1 },
    packets: 32,
    bytes: 7910,
    spots: {
      1: '6 192.0.2.156:50318 > 198.51.100.6:443 15p 4895B allow@cloud @1614866493.000000000',
      2: '6 192.0.2.156:50318 > 198.51.100.7:443 16p 3015B f7 allow@cloud @1614866493.000000000',
    },
  },
];

const OTHER_CLOUDS: readonly Sample[] = [
  {
    file: 'gcp-vpc/gcp-flowlogs-reader-payloads.ndjson',
    format: 'gcp-vpc',
    records: 4,
    packets: 50,
    bytes: 3287,
    spots: {
      1: '6 198.51.100.75:49444 > 192.0.2.2:3389 4p 491B ? @1522763257.301723960',
      4: '1 192.0.2.2 > 192.0.2.3 20p 1020B ? @1522763313.937764566',
    },
  },
  {
    file: 'gcp-vpc/otel-vpc-flow.ndjson',
    format: 'gcp-vpc',
    records: 5,
    packets: 928,
    bytes: 171_398,
    spots: {
      1: '6 203.0.113.4:55524 > 192.0.2.4:443 16p 0B ? @1759008879.250342106',
      4: '6 10.10.0.2:22 > 45.78.237.21:45090 32p 36352B ? @1762550180.386845714',
    },
  },
  {
    file: 'azure/nsg-flowlog-v1.json',
    format: 'azure',
    records: 9,
    packets: 9,
    bytes: 0,
    spots: {
      1: '6 192.0.2.95:51529 > 10.1.0.4:5358 1p 0B deny@cloud @1487282421.000000000',
      2: '6 192.0.2.17:61771 > 10.1.0.4:3389 1p 0B allow@cloud @1487282370.000000000',
      6: '17 198.51.100.194:53 > 10.1.0.4:1732 1p 0B deny@cloud @1487282481.000000000',
    },
  },
  {
    file: 'azure/nsg-flowlog-v2.json',
    format: 'azure',
    records: 11,
    packets: 90,
    bytes: 46_661,
    spots: {
      1: '17 192.0.2.190:28746 > 10.5.16.4:443 1p 0B deny@cloud @1542110402.000000000',
      4: '6 10.5.16.4:59831 > 203.0.113.118:443 0p 0B allow@cloud @1542110377.000000000',
      6: '6 10.5.16.4:44931 > 203.0.113.115:443 54p 30986B allow@cloud @1542110379.000000000',
    },
  },
  {
    file: 'azure/vnet-flowlog-v4.json',
    format: 'azure',
    records: 19,
    packets: 86,
    bytes: 47_820,
    spots: {
      1: '6 10.0.0.6:23956 > 52.239.184.180:443 0p 0B allow@cloud @1663146003.599000000',
      10: '6 10.0.0.6:36776 > 104.16.218.84:443 55p 34683B allow@cloud @1663146022.793000000',
      11: '6 101.33.218.153:55188 > 10.0.0.6:22 1p 0B deny@cloud @1663145998.065000000',
    },
  },
];

const HUBBLE: readonly Sample[] = [
  {
    file: 'cilium-docs/hubble-exporter.ndjson',
    format: 'hubble',
    records: 2,
    packets: 2,
    bytes: 0,
    spots: {
      1: '58 [fe80::64d8:8aff:fe72:fc14] > [ff02::2]:133/0 1p 0B ? @1692619933.517394084',
      2: '6 10.244.1.60:44916 > 10.244.1.5:80 1p 0B f2 deny @1692619938.510175415',
    },
  },
  {
    file: 'hubble-otel/basic-sample-10-flows.ndjson',
    format: 'hubble',
    records: 10,
    skipped: { duplicate: 5 },
    packets: 10,
    bytes: 0,
    spots: {
      1: 'duplicate 6 10.0.2.1:42044 > 10.0.2.16:15020 1p 0B @1623862333.136834446',
      2: '6 10.0.2.1:42044 > 10.0.2.16:15020 1p 0B f17 ? allow @1623862333.136893596',
      // The outside answered; the pod had begun.
      7: '6 10.0.2.13:36804 > 35.246.31.234:443 1p 0B allow @1623862333.596426115',
      9: '6 10.0.2.1:50908 > 10.0.2.12:10054 1p 0B f2 allow @1623862333.611147709',
      10: 'duplicate 6 10.0.2.1:50908 > 10.0.2.12:10054 1p 0B @1623862333.611167691',
    },
  },
  {
    file: 'hubble-otel/basic-sample-330-dns-flows.ndjson',
    format: 'hubble',
    records: 330,
    packets: 330,
    bytes: 0,
  },
  {
    file: 'hubble-otel/basic-sample-348-http-flows.ndjson',
    format: 'hubble',
    records: 348,
    packets: 348,
    bytes: 0,
  },
  {
    file: 'hubble-otel/basic-sample-400-icmpv4-flows.ndjson',
    format: 'hubble',
    records: 18,
    skipped: { duplicate: 11 },
    packets: 18,
    bytes: 0,
    spots: {
      1: '1 10.244.0.148 > 10.244.0.160:8/0 1p 0B allow @1636540886.095336300',
      2: 'duplicate 1 10.244.0.160 > 10.244.0.148:0/0 1p 0B @1636540886.095357000',
    },
  },
  {
    file: 'hubble-otel/basic-sample-400-l7-redirected-flows.ndjson',
    format: 'hubble',
    records: 400,
    packets: 400,
    bytes: 0,
    spots: { 1: '17 10.244.0.206:54314 > 10.244.1.227:53 1p 0B allow@source @1636540856.871850100' },
  },
  {
    file: 'hubble-otel/basic-sample-400-tcp-flows.ndjson',
    format: 'hubble',
    records: 400,
    skipped: { duplicate: 191 },
    packets: 400,
    bytes: 0,
  },
  {
    file: 'hubble-otel/basic-sample-400-udp-flows.ndjson',
    format: 'hubble',
    records: 400,
    skipped: { duplicate: 148 },
    packets: 400,
    bytes: 0,
    spots: {
      2: 'duplicate 17 10.244.0.206:54314 > 10.244.1.227:53 1p 0B @1636540856.871894600',
      4: 'duplicate 17 10.244.0.148:33960 > 10.244.1.227:53 1p 0B ? @1636540856.872571900',
    },
  },
  { file: 'hubble-otel/basic-sample-5-dns-flows.ndjson', format: 'hubble', records: 5, packets: 5, bytes: 0 },
  {
    file: 'hubble-otel/basic-sample-5-http-flows.ndjson',
    format: 'hubble',
    records: 5,
    packets: 5,
    bytes: 0,
  },
];

const table = (file: string, spots: Sample['spots'] = {}): Sample => ({
  file,
  format: 'conntrack',
  records: 80,
  packets: 366,
  bytes: 371_742,
  spots: {
    1: '6 203.0.113.50:41844 > 10.244.1.12:9090 10p 1400B allow @0.000000000',
    4: '6 10.244.1.12:35086 > 10.244.2.20:8080 1p 60B @0.000000000',
    9: '17 10.244.1.10:35510 > 10.96.0.10:53 via 10.244.2.21:5353 2p 184B allow @0.000000000',
    // Its own source is translated: policy sees the pod's.
    12: '6 10.244.1.10:59458 > 203.0.113.50:443 10p 5602B allow @0.000000000',
    ...spots,
  },
});

const KERNEL: readonly Sample[] = [
  {
    file: 'antrea/ovs-dpctl-dump-conntrack.txt',
    format: 'conntrack',
    records: 3,
    packets: 1_428_102,
    bytes: 259_707_820,
    spots: {
      3: '6 100.10.0.105:41284 > 100.50.25.1:443 via 100.10.0.106:6443 724295p 200517093B allow @1595666408.959000000',
    },
  },
  table('conntrack/n1-conntrack-L.txt'),
  table('conntrack/n1-conntrack-L-extended.txt'),
  table('conntrack/n1-proc-nf_conntrack.txt'),
  table('conntrack/n1-conntrack-L.xml'),
  {
    file: 'conntrack/n1-conntrack-E.txt',
    format: 'conntrack',
    records: 169,
    // 86 updates, and none that ends without counters.
    skipped: { duplicate: 87 },
    packets: 170,
    bytes: 100,
    spots: {
      1: '6 10.244.1.10:53948 > 10.96.0.20:80 via 10.244.2.20:8080 1p 0B @1795226099.570567000',
      4: 'duplicate 6 10.244.1.10:53948 > 10.96.0.20:80 via 10.244.2.20:8080 1p 0B allow @1795226099.570826000',
      169: '6 10.244.1.10:59274 > 10.244.1.12:7777 2p 100B @1795226112.615607000',
    },
  },
  {
    file: 'conntrack/n2-conntrack-E.txt',
    format: 'conntrack',
    records: 115,
    skipped: { duplicate: 47 },
    packets: 115,
    bytes: 0,
    spots: { 1: '17 172.18.0.2:56639 > 172.18.0.3:4789 1p 0B @1795226099.570721000' },
  },
  {
    file: 'conntrack/n2-conntrack-L-extended.txt',
    format: 'conntrack',
    records: 68,
    packets: 282,
    bytes: 347_696,
    spots: { 8: '1 10.244.1.12 > 10.244.2.20:8/0 6p 504B allow @0.000000000' },
  },
  {
    file: 'inspektor-gadget/trace_tcpconnect.ndjson',
    format: 'inspektor-gadget',
    records: 2,
    packets: 2,
    bytes: 0,
    spots: {
      1: '6 10.244.0.8:41464 > 1.1.1.1:80 1p 0B @1722451111.977700392',
      2: '6 172.17.0.3:45942 > 1.1.1.1:80 1p 0B @1722451156.455283441',
    },
  },
];

// Totals are those of nfdump's own summary lines.
const NETFLOW: readonly Sample[] = [
  { file: 'nfdump/conn-size.nfdump-1.7.1.csv', format: 'nfdump', records: 0, packets: 0, bytes: 0 },
  {
    file: 'nfdump/icmp.nfdump-1.7.1.csv',
    format: 'nfdump',
    records: 12,
    packets: 12,
    bytes: 720,
    spots: {
      1: '1 192.168.0.89 > 192.168.0.1:8/0 1p 60B ? @1309144887.000000000',
      3: '1 192.168.0.1 > 192.168.0.89:0/0 1p 60B ? @1309144887.000000000',
    },
  },
  {
    file: 'nfdump/icmp6.nfdump-1.7.1.csv',
    format: 'nfdump',
    records: 49,
    packets: 49,
    bytes: 3862,
    spots: {
      2: '58 [fe80::260:97ff:fe07:69ea] > [fe80::200:86ff:fe05:80da]:136/0 1p 64B ? @921159907.000000000',
    },
  },
  {
    file: 'nfdump/wikipedia.biflow.nfdump-1.7.1.csv',
    format: 'nfdump',
    records: 34,
    packets: 126,
    bytes: 22_896,
    spots: {
      2: '6 141.142.220.118:49997 > 208.80.152.3:80 10p 2395B f26 ? @1300475168.000000000',
    },
  },
  {
    file: 'nfdump/wikipedia.nfdump-1.7.1.csv',
    format: 'nfdump',
    records: 57,
    packets: 126,
    bytes: 22_896,
    spots: { 4: '17 141.142.2.2:53 > 141.142.220.118:37676 1p 127B ? @1300475168.000000000' },
  },
  {
    file: 'nfdump/wikipedia.nfdump-1.7.1.json',
    format: 'nfdump',
    records: 57,
    packets: 126,
    bytes: 22_896,
    spots: {
      1: '17 141.142.220.118:43927 > 141.142.2.2:53 1p 66B ? @1300475168.853000000',
      4: '17 141.142.2.2:53 > 141.142.220.118:37676 1p 127B ? @1300475168.854000000',
    },
  },
  {
    file: 'netobserv/log-lines.ndjson',
    format: 'netobserv',
    records: 100,
    packets: 40_000,
    bytes: 7_612_000,
    spots: {
      1: '6 10.130.2.13:3100 > 10.130.2.2:36936 400p 20800B ? @1637501832.000000000',
      2: '6 10.129.2.11:45018 > 10.0.156.12:9537 400p 116000B ? @1637501832.000000000',
    },
  },
];

const zeek = (
  name: string,
  records: number,
  packets: number,
  bytes: number,
  spots: Sample['spots'] = {},
): Sample => ({
  file: `zeek/${name}`,
  format: 'zeek',
  records,
  packets,
  bytes,
  spots,
});

// The same capture as nfdump's: the same totals.
const BASIC = [34, 126, 22_896] as const;

const ZEEK: readonly Sample[] = [
  zeek('core.cisco-fabric-path__conn.log', 64, 128, 5120, {
    1: '6 1.1.1.6:57005 > 2.2.2.2:48879 2p 80B @0.000000000',
    64: '99 [1234::51] > [5678::] 2p 80B ? @0.000000000',
  }),
  zeek('core.pppoe__conn.log', 7, 25, 2282, {
    1: '58 [fc00:0:2:100::1:1] > [fc00::1]:128/0 10p 1000B @0.000000000',
    2: '58 [fe80::c801:eff:fe88:8] > [fe80::ce05:eff:fe88:0]:134/0 1p 64B @0.000000000',
    3: '17 [fe80::c801:eff:fe88:8]:547 > [fe80::ce05:eff:fe88:0]:546 2p 288B @0.000000000',
  }),
  zeek('core.tcp.rxmit-history__conn-1.log', 1, 39, 30_211, {
    1: '6 10.0.88.85:50368 > 192.168.0.27:80 39p 30211B @0.000000000',
  }),
  zeek('core.tcp.rxmit-history__conn-2.log', ...BASIC),
  zeek('core.tunnels.gre__conn.log', 7, 40, 5211),
  zeek('core.tunnels.gtp.inner_teredo__conn.log', 17, 23, 2240),
  zeek('core.tunnels.teredo__conn.log', 21, 104, 37_659, {
    1: '6 192.168.2.16:1576 > 75.126.130.163:80 2p 80B ? @0.000000000',
    4: '6 192.168.2.16:1576 > 75.126.130.163:80 1p 40B ? @0.000000000',
    6: '17 192.168.2.16:1920 > 192.168.2.1:53 4p 616B @0.000000000',
  }),
  zeek('core.tunnels.vxlan__conn.log', 5, 18, 1900),
  zeek('opt.basic__conn.log', ...BASIC),
  zeek('opt.basic__conn.ts-filled.derived.log', ...BASIC, {
    3: '17 141.142.220.50:5353 > 224.0.0.251:5353 1p 179B @1300475167.274002000',
    34: '6 141.142.220.235:6705 > 173.192.163.128:80 1p 48B ? @1300475171.521034000',
  }),
  zeek('scripts.base.frameworks.logging.field-extension__conn.log', ...BASIC, {
    2: '17 141.142.220.118:32902 > 141.142.2.2:53 2p 183B @0.000000000',
  }),
  zeek('scripts.base.frameworks.logging.scope_sep__conn.log', ...BASIC, {
    2: '17 141.142.220.118:32902 > 141.142.2.2:53 2p 183B @0.000000000',
  }),
  zeek('scripts.base.protocols.dhcp.dhcp-all-msg-types__conn.log', 4, 9, 2846),
  zeek('scripts.base.protocols.ftp.ftp-ipv6__conn.log', 6, 136, 14_575),
  zeek('scripts.policy.protocols.conn.mac-logging__conn1.log', ...BASIC),
  zeek('scripts.policy.protocols.conn.mac-logging__conn2.log', 2, 3, 547),
  zeek('scripts.policy.protocols.conn.mac-logging__conn3.log', 1333, 1333, 53_320),
  zeek('scripts.policy.protocols.conn.mac-logging__conn3.ts-filled.derived.log', 1333, 1333, 53_320),
  zeek('scripts.policy.protocols.conn.speculative-service__conn-post-large.log', 2, 38, 246_788),
  zeek('scripts.policy.protocols.conn.speculative-service__conn-wiki.log', ...BASIC),
  zeek('zeek-docs-conn.ndjson', 3, 18, 1991, {
    1: '17 192.168.4.76:36844 > 192.168.4.1:53 4p 315B @1591367999.305988000',
    3: '89 192.168.170.2 > 224.0.0.6 4p 768B ? @1098361214.420459000',
  }),
];

const ALL = [...AWS, ...OTHER_CLOUDS, ...HUBBLE, ...KERNEL, ...NETFLOW, ...ZEEK];

describe.skipIf(!existsSync(samples))('flow logs of others', () => {
  test.each(ALL)('$file', ({ file, format, records, skipped = {}, packets, bytes, spots = {} }) => {
    const read = rowsOf(join(samples, file));
    expect(read.source.format).toBe(format);
    expect(read.rows).toHaveLength(records);
    expect(countsOf(read.rows)).toEqual(skipped);
    expect({ packets: read.packets, bytes: read.bytes }).toEqual({ packets, bytes });
    for (const [record, text] of Object.entries(spots)) expect(read.rows[Number(record) - 1]).toBe(text);
  });

  test.each(ALL.filter(({ records }) => records < 1000))('$file in small pieces is the same', ({ file }) => {
    expect(rowsOf(join(samples, file), undefined, 256).rows).toEqual(rowsOf(join(samples, file)).rows);
  });

  test.each([
    ['aws-vpc/v6_file.log', 'an AWS VPC flow log without srcaddr and dstaddr and protocol'],
    ['aws-vpc/parquet_file.log', 'which is no trace that is known'],

    ['zeek/zeek-docs-conn.tsv.txt', 'which is no trace that is known'],
  ])('%s is refused', (file, message) => {
    expect(() => rowsOf(join(samples, file))).toThrow(message);
  });
});

function countsOf(rows: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of rows) {
    const reason = /^[a-z-]+/.exec(row)?.[0];
    if (reason !== undefined) counts[reason] = (counts[reason] ?? 0) + 1;
  }
  return counts;
}
