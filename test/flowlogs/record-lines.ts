/** Lines of the formats that are read straight from bytes, as their producers write them: many of few shapes, with values of every kind that may stand in them. */
import type { FlowFormatName } from '../../src/trace/flow-log/flow-format.ts';
import type { Random } from '../random/mulberry.ts';

interface RecordLines {
  readonly head: string;
  readonly records: readonly string[];
}

export const SCANNED_FORMATS: readonly (readonly [FlowFormatName, string])[] = [
  ['hubble', 'wrapped'],
  ['hubble', 'bare'],
  ['aws-vpc', 'version 2'],
  ['aws-vpc', 'own fields'],
  ['zeek', 'text'],
  ['zeek', 'json'],
  ['calico-enterprise', ''],
  ['calico-whisker', 'plain'],
  ['calico-whisker', 'keyed'],
];

const address = (draw: Random): string =>
  draw.chance(0.1) ? `fd00::${draw.below(9)}` : `10.0.${draw.below(3)}.${draw.below(256)}`;
const port = (draw: Random): number => (draw.chance(0.1) ? 0 : draw.below(65_536));
const seconds = (draw: Random): number => 1_700_000_000 + draw.below(100_000);
const iso = (draw: Random): string => {
  const time = new Date(seconds(draw) * 1000).toISOString().slice(0, 19);
  return `${time}${draw.pick(['', '.5', '.123456789', '.000001'])}Z`;
};
const count = (draw: Random): number => draw.pick([0, 1, 7, draw.below(1e6), draw.below(2 ** 31) * 1000]);

/** Without members that are undefined. */
const line = (object: object): string => JSON.stringify(object);

function hubbleL4(draw: Random): object {
  const ports = { source_port: port(draw), destination_port: port(draw) };
  const flags = draw.pick([{ SYN: true }, { SYN: true, ACK: true }, { ACK: true, PSH: false }]);
  return draw.pick<object>([
    { TCP: { ...ports, flags } },
    { TCP: { ...ports, flags } },
    { TCP: ports },
    { UDP: ports },
    { SCTP: ports },
    { ICMPv4: { type: draw.pick([0, 8, 3]), code: draw.below(3) } },
    { ICMPv6: { type: 128 } },
  ]);
}

function hubbleEnd(draw: Random): object {
  const app = draw.pick(['web', 'db', 'api']);
  return {
    ID: draw.below(4000),
    identity: draw.below(60_000),
    namespace: draw.pick(['shop', 'other']),
    labels: Array.from({ length: draw.below(3) }, (_, index) => `k8s:label-${index}=${app}`),
    pod_name: draw.chance(0.8) ? `${app}-${draw.below(9)}` : undefined,
    workloads: draw.chance(0.5) ? [{ name: app, kind: 'Deployment' }] : undefined,
  };
}

const EVENTS: readonly object[] = [
  {
    is_reply: true,
    event_type: { type: 4 },
    traffic_direction: 'INGRESS',
    trace_observation_point: 'TO_ENDPOINT',
  },
  { is_reply: false, event_type: { type: 4, sub_type: 0 }, traffic_direction: 'EGRESS' },
  { event_type: { type: 5, sub_type: 1 }, traffic_direction: 'INGRESS' },
  { traffic_direction: 'EGRESS', event_type: { type: 4, sub_type: 3 }, trace_observation_point: 'TO_STACK' },
  { event_type: { type: 1, sub_type: 133 }, is_reply: null },
];

function hubble(draw: Random, isWrapped: boolean): string {
  const time = iso(draw);
  const isDropped = draw.chance(0.3);
  const by = [{ name: draw.pick(['a', 'b']), namespace: 'shop', kind: 'CiliumNetworkPolicy' }];
  const flow = {
    time,
    verdict: isDropped ? 'DROPPED' : draw.pick(['FORWARDED', 'FORWARDED', 'AUDIT']),
    drop_reason: isDropped && draw.chance(0.5) ? 133 : undefined,
    ethernet: { source: '16:6c:5d:0f:4b:0a', destination: 'de:3c:66:0a:bd:11' },
    IP: { source: address(draw), destination: address(draw), ipVersion: 'IPv4' },
    l4: hubbleL4(draw),
    source: hubbleEnd(draw),
    destination: hubbleEnd(draw),
    Type: 'L3_L4',
    node_name: 'node-a',
    ...draw.pick(EVENTS),
    drop_reason_desc: isDropped && draw.chance(0.5) ? 'POLICY_DENIED' : undefined,
    ingress_denied_by: isDropped ? by : undefined,
    egress_allowed_by: isDropped ? undefined : by,
    Summary: 'TCP Flags: SYN',
  };
  return line(isWrapped ? { flow, node_name: 'node-a', time } : flow);
}

const VPC_NAMES =
  'pkt-srcaddr pkt-dstaddr srcaddr dstaddr srcport dstport protocol tcp-flags packets bytes start action log-status';

function vpc(draw: Random, isOwn: boolean): string {
  const [src, dst, time] = [address(draw), address(draw), seconds(draw)];
  const number = draw.pick([6, 6, 17, 1, 58, 47, 132]);
  const counts = `${count(draw)} ${count(draw)}`;
  const action = draw.pick(['ACCEPT', 'REJECT', draw.chance(0.1) ? '-' : 'ACCEPT']);
  const ports = `${port(draw)} ${port(draw)} ${number}`;
  if (draw.chance(0.03))
    return isOwn
      ? '- - - - - - - - - - 1700000000 - NODATA'
      : '2 1 eni-1 - - - - - - - 1700000000 1700000060 - NODATA';
  if (!isOwn)
    return `2 123456789010 eni-1 ${src} ${dst} ${ports} ${counts} ${time} ${time + 60} ${action} OK`;
  const flags = draw.pick(['0', '2', '18', '19', '3', '-']);
  return `${src} ${draw.pick([dst, '-'])} ${src} ${dst} ${ports} ${flags} ${counts} ${time} ${action} OK`;
}

const ZEEK_FIELDS =
  'ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes';

function zeek(draw: Random): Record<string, string | number | undefined> {
  const proto = draw.pick(['tcp', 'tcp', 'udp', 'icmp', 'unknown_transport']);
  const isIcmp = proto === 'icmp';
  return {
    ts: Number(`${seconds(draw)}.${draw.pick(['25', '305988', '000001', '0'])}`),
    uid: 'CHhAvVGS1DHFjwGM9',
    'id.orig_h': address(draw),
    'id.orig_p': isIcmp ? draw.pick([8, 3, 128, 0]) : port(draw),
    'id.resp_h': address(draw),
    'id.resp_p': isIcmp ? draw.pick([0, 1, 129]) : port(draw),
    proto,
    service: draw.pick(['http', undefined]),
    duration: 0.05,
    orig_bytes: draw.chance(0.8) ? count(draw) : undefined,
    resp_bytes: count(draw),
    conn_state: draw.pick(['SF', 'OTH']),
    missed_bytes: 0,
    history: draw.pick(['ShADadFf', 'Dd', '^hADr', undefined]),
    orig_pkts: draw.chance(0.9) ? draw.below(20) : undefined,
    orig_ip_bytes: draw.chance(0.9) ? count(draw) : undefined,
    resp_pkts: draw.below(20),
    resp_ip_bytes: draw.chance(0.9) ? count(draw) : undefined,
  };
}

function zeekText(draw: Random): string {
  const record = zeek(draw);
  return ZEEK_FIELDS.split(' ')
    .map((name) => record[name] ?? '-')
    .join('\t');
}

const ZEEK_HEAD = `#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#fields\t${ZEEK_FIELDS.replaceAll(' ', '\t')}\n`;

function enterprise(draw: Random): string {
  const isWhole = draw.chance(0.7);
  const time = seconds(draw);
  return line({
    start_time: time,
    end_time: time + 300,
    source_ip: isWhole ? address(draw) : null,
    source_name: draw.pick(['-', 'web-1']),
    source_name_aggr: draw.pick(['web-*', 'pub', 'api-6d5f7c9b8-*']),
    source_namespace: draw.pick(['shop', '-']),
    source_port: isWhole ? port(draw) : null,
    source_type: draw.pick(['wep', 'net', 'ns']),
    source_labels: { labels: ['app=web'] },
    dest_ip: isWhole ? address(draw) : null,
    dest_name: '-',
    dest_name_aggr: draw.pick(['db-*', 'pvt']),
    dest_namespace: draw.pick(['shop', '-']),
    dest_port: port(draw),
    dest_type: draw.pick(['wep', 'net']),
    proto: draw.pick(['tcp', 'udp', 'icmp']),
    action: draw.pick(['allow', 'deny']),
    reporter: draw.pick(['src', 'dst', 'fwd']),
    policies: { all_policies: [draw.pick(['0|default|shop/default.db|allow|0', '0|a|a.b|deny|-1'])] },
    bytes_in: count(draw),
    bytes_out: count(draw),
    num_flows: 1,
    packets_in: count(draw),
    packets_out: count(draw),
  });
}

function whisker(draw: Random, isKeyed: boolean): string {
  const key = {
    action: draw.pick(['Allow', 'Deny']),
    source_name: draw.pick(['web-*', 'pub', 'api-6d5f7c9b8-*']),
    source_namespace: draw.pick(['shop', '']),
    source_type: draw.pick([undefined, 'WorkloadEndpoint']),
    dest_name: draw.pick(['db-*', 'pvt']),
    dest_namespace: draw.pick(['shop', '-']),
    protocol: draw.pick(['tcp', 'udp', 'icmp', 'ICMPv6']),
    dest_port: port(draw),
    reporter: draw.pick(['Src', 'Dst']),
    policies: {
      enforced: [
        {
          kind: 'NetworkPolicy',
          name: draw.pick(['db', 'web']),
          namespace: 'shop',
          tier: 'default',
          action: 'Allow',
        },
      ],
      pending: [],
    },
  };
  const start = draw.chance(0.5) ? iso(draw) : seconds(draw);
  const counts = {
    packets_in: count(draw),
    packets_out: count(draw),
    bytes_in: count(draw),
    bytes_out: count(draw),
  };
  return line(
    isKeyed ? { Key: key, start_time: start, ...counts } : { start_time: start, ...key, ...counts },
  );
}

const WRITERS: Readonly<Record<string, (draw: Random, dialect: string) => string>> = {
  hubble: (draw, dialect) => hubble(draw, dialect === 'wrapped'),
  'aws-vpc': (draw, dialect) => vpc(draw, dialect === 'own fields'),
  zeek: (draw, dialect) => (dialect === 'text' ? zeekText(draw) : line(zeek(draw))),
  'calico-enterprise': enterprise,
  'calico-whisker': (draw, dialect) => whisker(draw, dialect === 'keyed'),
};

/** `records` lines of a format, and what stands before them. */
export function recordLines(format: string, dialect: string, records: number, draw: Random): RecordLines {
  const write = WRITERS[format]!;
  const head = dialect === 'own fields' ? `${VPC_NAMES}\n` : dialect === 'text' ? ZEEK_HEAD : '';
  return { head, records: Array.from({ length: records }, () => write(draw, dialect)) };
}
