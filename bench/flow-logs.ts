/** Flow logs of any size for timing, a writer a format: connections between the pods of a synthetic cluster, records as their producers write them. */
import { formatAddress } from '#src/net/address.js';
import type { Cluster } from '#src/policy/cluster.js';
import type { FlowFormatName } from '#src/trace/flow-log/flow-format.js';
import { randomFrom, synthesizePackets } from './synthetic.ts';

/** A connection, as writers need it. */
interface Flow {
  readonly src: string;
  readonly dst: string;
  readonly sport: number;
  readonly dport: number;
  readonly isTcp: boolean;
  readonly packets: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly iso: string;
}

/** A format's log: what stands before the records, one record, what stands between and behind them. */
interface LogWriter {
  readonly format: FlowFormatName;
  /** Where a format is written in more than one way. */
  readonly dialect?: string;
  /** What a bare scan does with a record: splits lines, or parses each as JSON; `document`: the bytes are one JSON text. */
  readonly scan: 'lines' | 'json' | 'document';
  readonly head?: string;
  readonly record: (flow: Flow) => string;
  readonly between?: string;
  readonly tail?: string;
}

const number = ({ isTcp }: Flow): number => (isTcp ? 6 : 17);
const name = ({ isTcp }: Flow): string => (isTcp ? 'tcp' : 'udp');

const hubble = (flow: Flow): object => ({
  flow: {
    time: flow.iso,
    uuid: '6f9b4f0c-92a8-4b0b-9c9d-1b1f3f3d9a11',
    verdict: 'FORWARDED',
    ethernet: { source: '16:6c:5d:0f:4b:0a', destination: 'de:3c:66:0a:bd:11' },
    IP: { source: flow.src, destination: flow.dst, ipVersion: 'IPv4' },
    l4: flow.isTcp
      ? { TCP: { source_port: flow.sport, destination_port: flow.dport, flags: { SYN: true } } }
      : { UDP: { source_port: flow.sport, destination_port: flow.dport } },
    source: {
      ID: 1021,
      identity: 23_017,
      namespace: 'shop',
      labels: ['k8s:app=web', 'k8s:io.kubernetes.pod.namespace=shop'],
      pod_name: 'web-6d5f7c9b8-x2kqz',
      workloads: [{ name: 'web', kind: 'Deployment' }],
    },
    destination: {
      ID: 877,
      identity: 9_412,
      namespace: 'shop',
      labels: ['k8s:app=db', 'k8s:io.kubernetes.pod.namespace=shop'],
      pod_name: 'db-0',
    },
    Type: 'L3_L4',
    node_name: 'node-a',
    event_type: { type: 4, sub_type: 0 },
    traffic_direction: 'INGRESS',
    trace_observation_point: 'TO_ENDPOINT',
    is_reply: false,
    Summary: 'TCP Flags: SYN',
  },
  node_name: 'node-a',
  time: flow.iso,
});

const gcp = (flow: Flow): object => ({
  insertId: '1ftchz9fpbyoj2',
  jsonPayload: {
    bytes_sent: String(flow.bytes),
    connection: {
      dest_ip: flow.dst,
      dest_port: flow.dport,
      protocol: number(flow),
      src_ip: flow.src,
      src_port: flow.sport,
    },
    end_time: flow.iso,
    packets_sent: String(flow.packets),
    reporter: 'SRC',
    src_instance: { project_id: 'p', region: 'us-central1', vm_name: 'vm', zone: 'us-central1-a' },
    start_time: flow.iso,
  },
  logName: 'projects/p/logs/compute.googleapis.com%2Fvpc_flows',
  resource: { labels: { location: 'us-central1-a', subnetwork_name: 'default' }, type: 'gce_subnetwork' },
  timestamp: flow.iso,
});

const calico = (flow: Flow): object => ({
  start_time: flow.seconds,
  end_time: flow.seconds + 300,
  source_ip: flow.src,
  source_name: '-',
  source_name_aggr: 'web-6d5f7c9b8-*',
  source_namespace: 'shop',
  source_port: flow.sport,
  source_type: 'wep',
  source_labels: { labels: ['app=web'] },
  dest_ip: flow.dst,
  dest_name: '-',
  dest_name_aggr: 'db-*',
  dest_namespace: 'shop',
  dest_port: flow.dport,
  dest_type: 'wep',
  dest_labels: { labels: ['app=db'] },
  proto: name(flow),
  action: 'allow',
  reporter: 'dst',
  policies: { all_policies: ['0|default|shop/default.db|allow|0'] },
  bytes_in: flow.bytes,
  bytes_out: flow.bytes,
  num_flows: 1,
  packets_in: flow.packets,
  packets_out: flow.packets,
});

const zeek = (flow: Flow): object => ({
  ts: flow.seconds + 0.25,
  uid: 'CHhAvVGS1DHFjwGM9',
  'id.orig_h': flow.src,
  'id.orig_p': flow.sport,
  'id.resp_h': flow.dst,
  'id.resp_p': flow.dport,
  proto: name(flow),
  service: 'http',
  duration: 0.05,
  orig_bytes: flow.bytes,
  resp_bytes: flow.bytes,
  conn_state: 'SF',
  missed_bytes: 0,
  history: 'ShADadFf',
  orig_pkts: flow.packets,
  orig_ip_bytes: flow.bytes,
  resp_pkts: flow.packets,
  resp_ip_bytes: flow.bytes,
});

const ZEEK_HEAD = [
  '#separator \\x09',
  '#set_separator\t,',
  '#empty_field\t(empty)',
  '#unset_field\t-',
  '#path\tconn',
  '#open\t2023-11-14-22-13-20',
  '#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_parents',
  '#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\tbool\tbool\tcount\tstring\tcount\tcount\tcount\tcount\tset[string]\n',
].join('\n');

const nfdumpTime = ({ iso }: Flow): string => iso.slice(0, 23).replace('T', ' ');

const conntrack = (flow: Flow): string => {
  const counters = `packets=${flow.packets} bytes=${flow.bytes}`;
  const head = flow.isTcp ? 'ipv4     2 tcp      6 431999 ESTABLISHED' : 'ipv4     2 udp      17 29';
  return `${head} src=${flow.src} dst=${flow.dst} sport=${flow.sport} dport=${flow.dport} ${counters} src=${flow.dst} dst=${flow.src} sport=${flow.dport} dport=${flow.sport} ${counters} ${flow.isTcp ? '[ASSURED] ' : ''}mark=0 use=1`;
};

const AZURE_HEAD =
  '{"records":[{"time":"2023-11-14T22:13:20.0000000Z","systemId":"x","category":"NetworkSecurityGroupFlowEvent","properties":{"Version":2,"flows":[{"rule":"DefaultRule","flows":[{"mac":"000D3AF87856","flowTuples":[';

export const LOGS: readonly LogWriter[] = [
  { format: 'hubble', scan: 'json', record: (flow) => JSON.stringify(hubble(flow)) },
  {
    format: 'aws-vpc',
    scan: 'lines',
    record: (flow) =>
      `2 123456789010 eni-1235b8ca123456789 ${flow.src} ${flow.dst} ${flow.sport} ${flow.dport} ${number(flow)} ${flow.packets} ${flow.bytes} ${flow.seconds} ${flow.seconds + 60} ACCEPT OK`,
  },
  {
    format: 'zeek',
    dialect: 'text',
    scan: 'lines',
    head: ZEEK_HEAD,
    record: (flow) =>
      `${flow.seconds}.250000\tCHhAvVGS1DHFjwGM9\t${flow.src}\t${flow.sport}\t${flow.dst}\t${flow.dport}\t${name(flow)}\thttp\t0.05\t${flow.bytes}\t${flow.bytes}\tSF\t-\t-\t0\tShADadFf\t${flow.packets}\t${flow.bytes}\t${flow.packets}\t${flow.bytes}\t-`,
  },
  { format: 'zeek', dialect: 'JSON', scan: 'json', record: (flow) => JSON.stringify(zeek(flow)) },
  { format: 'calico-enterprise', scan: 'json', record: (flow) => JSON.stringify(calico(flow)) },
  { format: 'conntrack', scan: 'lines', record: conntrack },
  {
    format: 'nfdump',
    scan: 'lines',
    head: 'firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows\n',
    record: (flow) =>
      `${nfdumpTime(flow)},0.500,${name(flow).toUpperCase()},${flow.src},${flow.sport},${flow.dst},${flow.dport},${flow.packets},${flow.bytes},1`,
  },
  {
    format: 'csv',
    scan: 'lines',
    head: 'time,src,dst,proto,sport,dport,packets,bytes\n',
    record: (flow) =>
      `${flow.seconds},${flow.src},${flow.dst},${name(flow)},${flow.sport},${flow.dport},${flow.packets},${flow.bytes}`,
  },
  {
    format: 'azure',
    scan: 'document',
    head: AZURE_HEAD,
    record: (flow) =>
      `"${flow.seconds},${flow.src},${flow.dst},${flow.sport},${flow.dport},${flow.isTcp ? 'T' : 'U'},I,A,C,${flow.packets},${flow.bytes},${flow.packets},${flow.bytes}"`,
    between: ',',
    tail: ']}]}]}}]}',
  },
  { format: 'gcp-vpc', scan: 'json', record: (flow) => JSON.stringify(gcp(flow)) },
];

/** About `bytes` bytes of a format, and how many records they hold. The same arguments give the same bytes. */
export function writeLog(
  { head = '', record, between = '\n', tail = '' }: LogWriter,
  cluster: Cluster,
  bytes: number,
): { readonly content: Buffer; readonly records: number } {
  const random = randomFrom(5);
  const packets = synthesizePackets(cluster, 20_000, 1000, 6);
  const parts: Buffer[] = [];
  let text = head;
  let records = 0;
  for (let written = 0; written < bytes; records++) {
    const { source, destination, protocol, sourcePort, destinationPort } =
      packets[Math.floor(random() * packets.length)]!;
    const seconds = 1_700_000_000 + (records >> 6);
    const count = 1 + Math.floor(random() * 40);
    const flow: Flow = {
      src: formatAddress(source),
      dst: formatAddress(destination),
      sport: sourcePort!,
      dport: destinationPort!,
      isTcp: protocol === 6,
      packets: count,
      bytes: count * 400,
      seconds,
      iso: new Date(seconds * 1000 + (records & 63)).toISOString(),
    };
    const before = records === 0 ? '' : between;
    const line = before + record(flow);
    text += line;
    written += line.length;
    if (text.length < 1 << 20) continue;
    parts.push(Buffer.from(text));
    text = '';
  }
  parts.push(Buffer.from(`${text}${between === '\n' ? '\n' : ''}${tail}`));
  return { content: Buffer.concat(parts), records };
}
