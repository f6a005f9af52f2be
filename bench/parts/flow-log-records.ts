/** One record of each format of flow logs, as its producer writes it: what a connection of the synthetic cluster would have left there. */

/** A connection, as writers need it. */
export interface Flow {
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

export const protocolNumber = ({ isTcp }: Flow): number => (isTcp ? 6 : 17);
export const protocolName = ({ isTcp }: Flow): string => (isTcp ? 'tcp' : 'udp');

/** An end of an event: names, labels and whether it has a controller differ from address to address, so that records have several shapes. */
const hubbleEnd = (app: string, address: string): object => {
  const last = Number(address.slice(address.lastIndexOf('.') + 1)) || 0;
  const name = `${app}-${last % 13}`;
  return {
    ID: 1000 + last,
    identity: 20_000 + (last % 13),
    namespace: 'shop',
    labels: [
      `k8s:app=${name}`,
      'k8s:io.cilium.k8s.policy.cluster=default',
      'k8s:io.kubernetes.pod.namespace=shop',
      ...(last % 3 === 0 ? ['k8s:version=v2'] : []),
    ],
    pod_name: `${name}-6d5f7c9b8-x${last}`,
    ...(last % 2 === 0 ? { workloads: [{ name, kind: 'Deployment' }] } : {}),
  };
};

const hubbleFlags = ({ packets }: Flow): object =>
  packets % 4 === 0 ? { SYN: true } : { PSH: true, ACK: true };

export const hubble = (flow: Flow): object => ({
  flow: {
    time: flow.iso,
    uuid: '6f9b4f0c-92a8-4b0b-9c9d-1b1f3f3d9a11',
    verdict: 'FORWARDED',
    ethernet: { source: '16:6c:5d:0f:4b:0a', destination: 'de:3c:66:0a:bd:11' },
    IP: { source: flow.src, destination: flow.dst, ipVersion: 'IPv4' },
    l4: flow.isTcp
      ? { TCP: { source_port: flow.sport, destination_port: flow.dport, flags: hubbleFlags(flow) } }
      : { UDP: { source_port: flow.sport, destination_port: flow.dport } },
    source: hubbleEnd('web', flow.src),
    destination: hubbleEnd('db', flow.dst),
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

export const gcp = (flow: Flow): object => ({
  insertId: '1ftchz9fpbyoj2',
  jsonPayload: {
    bytes_sent: String(flow.bytes),
    connection: {
      dest_ip: flow.dst,
      dest_port: flow.dport,
      protocol: protocolNumber(flow),
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

export const calico = (flow: Flow): object => ({
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
  proto: protocolName(flow),
  action: 'allow',
  reporter: 'dst',
  policies: { all_policies: ['0|default|shop/default.db|allow|0'] },
  bytes_in: flow.bytes,
  bytes_out: flow.bytes,
  num_flows: 1,
  packets_in: flow.packets,
  packets_out: flow.packets,
});

export const zeek = (flow: Flow): object => ({
  ts: flow.seconds + 0.25,
  uid: 'CHhAvVGS1DHFjwGM9',
  'id.orig_h': flow.src,
  'id.orig_p': flow.sport,
  'id.resp_h': flow.dst,
  'id.resp_p': flow.dport,
  proto: protocolName(flow),
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

export const antrea = (flow: Flow): object => ({
  flowStartSeconds: flow.seconds,
  flowEndSeconds: flow.seconds + 60,
  flowEndReason: 2,
  sourceIP: flow.src,
  destinationIP: flow.dst,
  sourceTransportPort: flow.sport,
  destinationTransportPort: flow.dport,
  protocolIdentifier: protocolNumber(flow),
  packetTotalCount: String(flow.packets),
  octetTotalCount: String(flow.bytes),
  packetDeltaCount: String(flow.packets),
  octetDeltaCount: String(flow.bytes),
  reversePacketTotalCount: String(flow.packets),
  reverseOctetTotalCount: String(flow.bytes),
  reversePacketDeltaCount: String(flow.packets),
  reverseOctetDeltaCount: String(flow.bytes),
  sourcePodName: 'web-6d5f7c9b8-x2kqz',
  sourcePodNamespace: 'shop',
  sourceNodeName: 'node-a',
  destinationPodName: 'db-0',
  destinationPodNamespace: 'shop',
  destinationNodeName: 'node-b',
  ingressNetworkPolicyName: 'db',
  ingressNetworkPolicyNamespace: 'shop',
  ingressNetworkPolicyType: 1,
  ingressNetworkPolicyRuleAction: 1,
  egressNetworkPolicyRuleAction: 0,
  tcpState: 'ESTABLISHED',
  flowType: 2,
});

export const gadget = (flow: Flow): object => ({
  timestamp: flow.iso,
  k8s: { node: 'node-a', namespace: 'shop', podName: 'web-6d5f7c9b8-x2kqz', containerName: 'main' },
  proc: { comm: 'curl', pid: 4711, tid: 4711, creds: { uid: 0, gid: 0 } },
  netns_id: 4026532268,
  mntns_id: 4026532266,
  type: 'connect',
  src: { addr: flow.src, port: flow.sport, proto: protocolNumber(flow), version: 4 },
  dst: { addr: flow.dst, port: flow.dport, proto: protocolNumber(flow), version: 4 },
});

export const netobserv = (flow: Flow): object => ({
  AgentIP: '192.168.0.1',
  Bytes: flow.bytes,
  DstAddr: flow.dst,
  DstK8S_Name: 'db-0',
  DstK8S_Namespace: 'shop',
  DstK8S_Type: 'Pod',
  DstMac: 'de:3c:66:0a:bd:11',
  DstPort: flow.dport,
  Etype: 2048,
  Flags: 16,
  IfDirections: [1],
  Interfaces: ['eth0'],
  Packets: flow.packets,
  Proto: protocolNumber(flow),
  SrcAddr: flow.src,
  SrcK8S_Name: 'web-6d5f7c9b8-x2kqz',
  SrcK8S_Namespace: 'shop',
  SrcK8S_Type: 'Pod',
  SrcMac: '16:6c:5d:0f:4b:0a',
  SrcPort: flow.sport,
  TimeFlowStartMs: flow.seconds * 1000,
  TimeFlowEndMs: flow.seconds * 1000 + 500,
  TimeReceived: flow.seconds + 1,
});

/** Under names that no exporter owns. */
export const plain = (flow: Flow): object => ({
  time: flow.iso,
  src: flow.src,
  dst: flow.dst,
  proto: protocolName(flow),
  sport: flow.sport,
  dport: flow.dport,
  packets: flow.packets,
  bytes: flow.bytes,
});

/** A line of Calico's metrics in syslog. */
export const calicoLine = (flow: Flow): string =>
  `${flow.iso} host-1 calico-felix: action=allow srcIP=${flow.src} srcPort=${flow.sport} dstIP=${flow.dst} dstPort=${flow.dport} proto=${protocolName(flow)} ruleDir=ingress inPackets=${flow.packets} inBytes=${flow.bytes} outPackets=0 outBytes=0 tier="default" policy="shop/default.db" rule=0 updateType=report`;
