/** Sound flow logs of every format that are to be damaged, in each shape that the format comes in. */
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { FlowFormatName } from '../../src/trace/flow-log/flow-format.ts';
import { ndjson } from '../flowlogs/text.ts';
import type { Random } from '../random/mulberry.ts';
import type { Input } from './capture-inputs.ts';

export interface LogInput extends Input {
  readonly format: FlowFormatName;
}

/** What a record is made of. */
interface Drawn {
  readonly src: string;
  readonly dst: string;
  readonly sport: number;
  readonly dport: number;
  readonly isTcp: boolean;
  readonly seconds: number;
  readonly packets: number;
  readonly bytes: number;
}

const RECORDS = 12;

function draw({ below, pick, chance }: Random): Drawn {
  const address = (): string => (chance(0.1) ? `fd00::${below(9)}` : `10.0.0.${1 + below(20)}`);
  const packets = 1 + below(20);
  return {
    src: address(),
    dst: address(),
    sport: 40_000 + below(50),
    dport: pick([80, 443, 53, 5432]),
    isTcp: chance(0.7),
    seconds: 1_700_000_000 + below(600),
    packets,
    bytes: packets * 100,
  };
}

const isoTime = ({ seconds }: Drawn): string => new Date(seconds * 1000).toISOString();
const protocolNumber = ({ isTcp }: Drawn): number => (isTcp ? 6 : 17);
const protocolName = ({ isTcp }: Drawn): string => (isTcp ? 'tcp' : 'udp');

const hubble = (one: Drawn): object => ({
  flow: {
    time: isoTime(one),
    verdict: one.dport === 443 ? 'DROPPED' : 'FORWARDED',
    drop_reason_desc: one.dport === 443 ? 'POLICY_DENIED' : undefined,
    IP: { source: one.src, destination: one.dst, ipVersion: 'IPv4' },
    l4: one.isTcp
      ? { TCP: { source_port: one.sport, destination_port: one.dport, flags: { SYN: true } } }
      : { UDP: { source_port: one.sport, destination_port: one.dport } },
    source: { ID: 7, namespace: 'shop', pod_name: 'pod-1', labels: ['k8s:app=web'] },
    destination: { namespace: 'shop', pod_name: 'pod-2' },
    event_type: { type: one.dport === 443 ? 1 : 4, sub_type: 0 },
    trace_observation_point: 'TO_ENDPOINT',
    traffic_direction: 'INGRESS',
    egress_denied_by: [{ name: 'db', namespace: 'shop', kind: 'CiliumNetworkPolicy' }],
    is_reply: false,
  },
  node_name: 'node-a',
  time: isoTime(one),
});

const whisker = (one: Drawn): object => ({
  start_time: isoTime(one),
  end_time: isoTime(one),
  action: 'Allow',
  source_name: 'pod-*',
  source_namespace: 'shop',
  source_labels: 'app=web',
  dest_name: 'pod-*',
  dest_namespace: 'shop',
  dest_labels: 'app=db',
  protocol: protocolName(one),
  dest_port: one.dport,
  reporter: 'Dst',
  policies: {
    enforced: [{ kind: 'NetworkPolicy', name: 'db', namespace: 'shop', tier: 'default', action: 'Allow' }],
    pending: [],
  },
  packets_in: one.packets,
  packets_out: one.packets,
  bytes_in: one.bytes,
  bytes_out: one.bytes,
});

const enterprise = (one: Drawn): object => ({
  start_time: one.seconds,
  end_time: one.seconds + 300,
  source_ip: one.src,
  source_name_aggr: 'web-*',
  source_namespace: 'shop',
  source_port: one.sport,
  source_type: 'wep',
  dest_ip: one.dst,
  dest_name_aggr: 'db-*',
  dest_port: one.dport,
  dest_type: 'wep',
  proto: protocolName(one),
  action: 'allow',
  reporter: 'dst',
  policies: { all_policies: ['0|default|shop/default.db|allow|0'] },
  packets_in: one.packets,
  packets_out: 1,
  bytes_in: one.bytes,
  bytes_out: 0,
});

const gcp = (one: Drawn): object => ({
  insertId: 'x',
  jsonPayload: {
    connection: {
      src_ip: one.src,
      dest_ip: one.dst,
      src_port: one.sport,
      dest_port: one.dport,
      protocol: protocolNumber(one),
    },
    reporter: 'SRC',
    start_time: isoTime(one),
    packets_sent: String(one.packets),
    bytes_sent: String(one.bytes),
  },
});

const netobserv = (one: Drawn): object => ({
  SrcAddr: one.src,
  DstAddr: one.dst,
  Proto: protocolNumber(one),
  SrcPort: one.sport,
  DstPort: one.dport,
  Packets: one.packets,
  Bytes: one.bytes,
  Flags: 2,
  Sampling: 50,
  TimeFlowStartMs: one.seconds * 1000,
});

const gadget = (one: Drawn): object => ({
  timestamp: isoTime(one),
  type: 'connect',
  src: { addr: one.src, port: one.sport, proto: protocolNumber(one) },
  dst: { addr: one.dst, port: one.dport, proto: protocolNumber(one) },
});

const zeekJson = (one: Drawn): object => ({
  _path: 'conn',
  ts: one.seconds + 0.5,
  uid: 'CHhAvVGS1DHFjwGM9',
  'id.orig_h': one.src,
  'id.orig_p': one.sport,
  'id.resp_h': one.dst,
  'id.resp_p': one.dport,
  proto: protocolName(one),
  conn_state: 'SF',
  history: 'ShADadFf',
  orig_pkts: one.packets,
  orig_ip_bytes: one.bytes,
  resp_pkts: 1,
});

const nfdumpJson = (one: Drawn): object => ({
  type: 'FLOW',
  first: isoTime(one).replace('Z', ''),
  src4_addr: one.src,
  dst4_addr: one.dst,
  src_port: one.sport,
  dst_port: one.dport,
  proto: protocolNumber(one),
  in_packets: one.packets,
  in_bytes: one.bytes,
});

const plain = (one: Drawn): object => ({
  time: isoTime(one),
  src: one.src,
  dst: one.dst,
  proto: protocolName(one),
  sport: one.sport,
  dport: one.dport,
  packets: one.packets,
  bytes: one.bytes,
  verdict: 'allow',
});

const antrea = (one: Drawn): object => ({
  flowStartSeconds: one.seconds,
  sourceIP: one.src,
  destinationIP: one.dst,
  sourceTransportPort: one.sport,
  destinationTransportPort: one.dport,
  protocolIdentifier: protocolNumber(one),
  packetDeltaCount: String(one.packets),
  octetDeltaCount: String(one.bytes),
  reversePacketTotalCount: '3',
  sourcePodName: 'pod-1',
  ingressNetworkPolicyName: 'db',
  ingressNetworkPolicyNamespace: 'shop',
  ingressNetworkPolicyType: 1,
  ingressNetworkPolicyRuleAction: 1,
});

const calicoColumns = (one: Drawn): string =>
  `${one.seconds} ${one.seconds + 60} wep shop pod-1 - wep shop pod-2 [app=db,a=b c] ${one.src} ${one.dst} ${protocolNumber(one)} ${one.sport} ${one.dport} 1 1 1 in ${one.packets} 2 ${one.bytes} 119 allow`;

const calicoMetrics = (one: Drawn): string =>
  `Nov 21 10:00:00 host calico: action="deny" dstIP="${one.dst}" dstPort="${one.dport}" inPackets=0 outPackets=${one.packets} policy="shop.db" proto="${protocolNumber(one)}" rule="-1" ruleDir="egress" srcIP="${one.src}" srcPort="${one.sport}" tier="default" trafficDir="outbound" updateType=report`;

const vpcLine = (one: Drawn): string =>
  `2 123456789010 eni-1 ${one.src} ${one.dst} ${one.sport} ${one.dport} ${protocolNumber(one)} ${one.packets} ${one.bytes} ${one.seconds} ${one.seconds + 60} ACCEPT OK`;

const VPC_HEADER =
  'version vpc-id srcaddr dstaddr srcport dstport protocol tcp-flags packets bytes start end pkt-srcaddr pkt-dstaddr action log-status';

const vpcOwn = (one: Drawn): string =>
  `5 vpc-1 ${one.src} ${one.dst} ${one.sport} ${one.dport} ${protocolNumber(one)} 3 ${one.packets} ${one.bytes} ${one.seconds} ${one.seconds + 60} ${one.src} - ACCEPT OK`;

function conntrackTuples(one: Drawn, counters: boolean): string {
  const counted = counters ? ` packets=${one.packets} bytes=${one.bytes}` : '';
  return `src=${one.src} dst=10.96.0.1 sport=${one.sport} dport=80${counted} src=${one.dst} dst=${one.src} sport=${one.dport} dport=${one.sport}${counted}`;
}

const conntrackEntry = (one: Drawn): string =>
  one.isTcp
    ? `ipv4     2 tcp      6 431999 ESTABLISHED ${conntrackTuples(one, true)} [ASSURED] mark=0 zone=0 use=2`
    : `ipv4     2 udp      17 29 ${conntrackTuples(one, true)} mark=0 zone=0 use=2`;

const conntrackEvent = (one: Drawn): string =>
  `[${one.seconds}.000001]\t ${one.packets > 5 ? '   [NEW]' : ' [UPDATE]'} ${one.isTcp ? 'tcp      6 60 SYN_RECV' : 'udp      17 30'} ${conntrackTuples(one, false)}`;

const conntrackXml = (one: Drawn): string => {
  const side = (direction: string, src: string, dst: string): string =>
    `<meta direction="${direction}"><layer3 protonum="2" protoname="ipv4"><src>${src}</src><dst>${dst}</dst></layer3><layer4 protonum="${protocolNumber(one)}" protoname="${protocolName(one)}"><sport>${one.sport}</sport><dport>${one.dport}</dport></layer4><counters><packets>${one.packets}</packets><bytes>${one.bytes}</bytes></counters></meta>`;
  return `<flow>${side('original', one.src, one.dst)}${side('reply', one.dst, one.src)}<meta direction="independent"><state>ESTABLISHED</state><timeout>9</timeout><assured/></meta></flow>`;
};

const ovsEntry = (one: Drawn): string =>
  `${protocolName(one)},orig=(src=${one.src},dst=${one.dst},sport=${one.sport},dport=${one.dport}),reply=(src=${one.dst},dst=${one.src},sport=${one.dport},dport=${one.sport})${one.isTcp ? ',protoinfo=(state=ESTABLISHED)' : ''}`;

const ZEEK_HEADER =
  '#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#open\t2023-11-14-22-13-20\n' +
  '#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\thistory\torig_pkts\torig_ip_bytes\n' +
  '#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tstring\tcount\tcount\n';

const zeekLine = (one: Drawn): string =>
  `${one.seconds}.5\tCx\t${one.src}\t${one.sport}\t${one.dst}\t${one.dport}\t${protocolName(one)}\tSF\tShADadFf\t${one.packets}\t${one.bytes}`;

const nfdumpLine = (one: Drawn): string =>
  `${isoTime(one).slice(0, 23).replace('T', ' ')},0.500,${protocolName(one).toUpperCase()},${one.src},${one.sport},${one.dst},${one.dport},${one.packets},${one.bytes},1`;

const csvLine = (one: Drawn): string =>
  `${one.seconds},${one.src},${one.dst},${protocolName(one)},${one.sport},${one.dport},${one.packets},${one.bytes},"a ""quoted"" note"`;

const azureTuple = (one: Drawn): string =>
  `${one.seconds},${one.src},${one.dst},${one.sport},${one.dport},${one.isTcp ? 'T' : 'U'},I,A,C,${one.packets},${one.bytes},1,60`;

const azure = (drawn: readonly Drawn[]): object => ({
  records: [
    {
      time: isoTime(drawn[0]!),
      systemId: 'x',
      category: 'NetworkSecurityGroupFlowEvent',
      properties: {
        Version: 2,
        flows: [{ rule: 'r', flows: [{ mac: '0', flowTuples: drawn.map(azureTuple) }] }],
      },
    },
  ],
});

/** Columns of a table in Parquet, in groups of few rows. */
function parquet(
  codec: 'UNCOMPRESSED' | 'SNAPPY',
  columns: readonly (readonly [string, (one: Drawn) => unknown])[],
) {
  return (drawn: readonly Drawn[]): Buffer => {
    const columnData = columns.map(([name, cellOf]) => {
      const data = drawn.map(cellOf);
      return { name, data, type: typeof data[0] === 'number' ? ('INT32' as const) : ('STRING' as const) };
    });
    return Buffer.from(parquetWriteBuffer({ columnData, codec, rowGroupSize: 5 }));
  };
}

const VPC_COLUMNS = [
  ['version', () => 5],
  ['srcaddr', ({ src }: Drawn) => src],
  ['dstaddr', ({ dst }: Drawn) => dst],
  ['srcport', ({ sport }: Drawn) => sport],
  ['dstport', ({ dport }: Drawn) => dport],
  ['protocol', protocolNumber],
  ['packets', ({ packets }: Drawn) => packets],
  ['bytes', ({ bytes }: Drawn) => bytes],
  ['start', ({ seconds }: Drawn) => seconds],
  ['action', () => 'ACCEPT'],
  ['log_status', () => 'OK'],
] as const;

const PLAIN_COLUMNS = [
  ['src', ({ src }: Drawn) => src],
  ['dst', ({ dst }: Drawn) => dst],
  ['proto', protocolName],
  ['dport', ({ dport }: Drawn) => dport],
  ['packets', ({ packets }: Drawn) => packets],
] as const;

type Writer = (drawn: readonly Drawn[]) => string | Buffer;

const lines =
  (line: (one: Drawn) => string, before = ''): Writer =>
  (drawn) =>
    `${before}${drawn.map((one) => `${line(one)}\n`).join('')}`;
const objects =
  (object: (one: Drawn) => object): Writer =>
  (drawn) =>
    ndjson(...drawn.map(object));

const SHAPES: readonly (readonly [format: FlowFormatName, shape: string, write: Writer])[] = [
  ['hubble', 'wrapped', objects(hubble)],
  ['hubble', 'array', (drawn) => JSON.stringify(drawn.map(hubble), null, 1)],
  ['calico-whisker', 'lines', objects(whisker)],
  [
    'calico-whisker',
    'list',
    (drawn) => JSON.stringify({ total: { totalPages: 1 }, items: drawn.map(whisker) }),
  ],
  ['calico-enterprise', 'lines', objects(enterprise)],
  ['gcp-vpc', 'lines', objects(gcp)],
  ['gcp-vpc', 'array', (drawn) => JSON.stringify(drawn.map(gcp))],
  ['netobserv', 'lines', objects(netobserv)],
  ['antrea', 'lines', objects(antrea)],
  ['calico-lines', 'columns', lines(calicoColumns)],
  ['calico-lines', 'metrics', lines(calicoMetrics)],
  ['inspektor-gadget', 'lines', objects(gadget)],
  ['zeek', 'json', objects(zeekJson)],
  ['zeek', 'text', lines(zeekLine, ZEEK_HEADER)],
  ['nfdump', 'json', (drawn) => JSON.stringify(drawn.map(nfdumpJson))],
  [
    'nfdump',
    'csv',
    lines(nfdumpLine, 'firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows\n'),
  ],
  ['ndjson', 'lines', objects(plain)],
  ['csv', 'lines', lines(csvLine, 'time,src,dst,proto,sport,dport,packets,bytes,note\n')],
  ['aws-vpc', 'version 2', lines(vpcLine)],
  ['aws-vpc', 'own fields', lines(vpcOwn, `${VPC_HEADER}\n`)],
  [
    'aws-vpc',
    'CloudWatch',
    (drawn) => JSON.stringify({ logEvents: drawn.map((one) => ({ id: '1', message: vpcLine(one) })) }),
  ],
  ['azure', 'document', (drawn) => JSON.stringify(azure(drawn))],
  ['conntrack', 'table', lines(conntrackEntry)],
  ['conntrack', 'events', lines(conntrackEvent)],
  ['conntrack', 'xml', lines(conntrackXml, '<?xml version="1.0" encoding="utf-8"?>\n<conntrack>\n')],
  ['conntrack', 'ovs', lines(ovsEntry)],
  ['aws-vpc', 'parquet', parquet('UNCOMPRESSED', VPC_COLUMNS)],
  ['ndjson', 'parquet', parquet('SNAPPY', PLAIN_COLUMNS)],
];

/** One of each, drawn anew; some compressed. */
export function logInputs(random: Random): LogInput[] {
  return SHAPES.flatMap(([format, shape, write]) => {
    const written = write(Array.from({ length: RECORDS }, () => draw(random)));
    const bytes = typeof written === 'string' ? Buffer.from(written) : written;
    const name = `${format} (${shape})`;
    const plainInput = { format, name, bytes };
    return random.chance(0.1)
      ? [plainInput, { format, name: `${name} in gzip`, bytes: gzipSync(bytes) }]
      : [plainInput];
  });
}
