/** Flow logs of any size for timing, a writer a format: connections between the pods of a synthetic cluster, records as their producers write them. */
import { formatAddress } from '#src/net/address.js';
import type { Cluster } from '#src/policy/cluster.js';
import type { FlowFormatName } from '#src/trace/flow-log/flow-format.js';
import {
  antrea,
  calico,
  calicoLine,
  type Flow,
  gadget,
  gcp,
  hubble,
  netobserv,
  plain,
  protocolName,
  protocolNumber,
  zeek,
} from './flow-log-records.ts';
import { randomFrom, synthesizePackets } from './synthetic.ts';

/** A format's log: what stands before the records, one record, what stands between and behind them. */
interface LogWriter {
  readonly format: FlowFormatName;
  /** Where a format is written in more than one way. */
  readonly dialect?: string;
  /** What a bare scan does with a record: splits lines, or parses each as JSON; `document`: the bytes are one JSON text. */
  readonly scan: 'lines' | 'json' | 'document';
  /** What stands between the fields of a line. */
  readonly separator?: string;
  readonly head?: string;
  readonly record: (flow: Flow) => string;
  readonly between?: string;
  readonly tail?: string;
}

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
    separator: ' ',
    record: (flow) =>
      `2 123456789010 eni-1235b8ca123456789 ${flow.src} ${flow.dst} ${flow.sport} ${flow.dport} ${protocolNumber(flow)} ${flow.packets} ${flow.bytes} ${flow.seconds} ${flow.seconds + 60} ACCEPT OK`,
  },
  {
    format: 'zeek',
    dialect: 'text',
    scan: 'lines',
    separator: '\t',
    head: ZEEK_HEAD,
    record: (flow) =>
      `${flow.seconds}.250000\tCHhAvVGS1DHFjwGM9\t${flow.src}\t${flow.sport}\t${flow.dst}\t${flow.dport}\t${protocolName(flow)}\thttp\t0.05\t${flow.bytes}\t${flow.bytes}\tSF\t-\t-\t0\tShADadFf\t${flow.packets}\t${flow.bytes}\t${flow.packets}\t${flow.bytes}\t-`,
  },
  { format: 'zeek', dialect: 'JSON', scan: 'json', record: (flow) => JSON.stringify(zeek(flow)) },
  { format: 'calico-enterprise', scan: 'json', record: (flow) => JSON.stringify(calico(flow)) },
  { format: 'conntrack', scan: 'lines', separator: ' ', record: conntrack },
  {
    format: 'nfdump',
    scan: 'lines',
    separator: ',',
    head: 'firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows\n',
    record: (flow) =>
      `${nfdumpTime(flow)},0.500,${protocolName(flow).toUpperCase()},${flow.src},${flow.sport},${flow.dst},${flow.dport},${flow.packets},${flow.bytes},1`,
  },
  {
    format: 'csv',
    scan: 'lines',
    separator: ',',
    head: 'time,src,dst,proto,sport,dport,packets,bytes\n',
    record: (flow) =>
      `${flow.seconds},${flow.src},${flow.dst},${protocolName(flow)},${flow.sport},${flow.dport},${flow.packets},${flow.bytes}`,
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
  { format: 'netobserv', scan: 'json', record: (flow) => JSON.stringify(netobserv(flow)) },
  { format: 'antrea', scan: 'json', record: (flow) => JSON.stringify(antrea(flow)) },
  { format: 'inspektor-gadget', scan: 'json', record: (flow) => JSON.stringify(gadget(flow)) },
  { format: 'calico-lines', scan: 'lines', separator: ' ', record: calicoLine },
  { format: 'ndjson', scan: 'json', record: (flow) => JSON.stringify(plain(flow)) },
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
