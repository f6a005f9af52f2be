/** Sections 5.4, 5.7, 5.8 and 5.10 of the semantics: hosts and their pods, unknown addresses, translation, states of pods. */
import {
  type CalicoCase,
  felix,
  fromWeb,
  gnp,
  hostEndpoint,
  np,
  pool,
  snp,
  tier,
  toWeb,
} from './manifests.ts';

const OUTSIDE = '192.0.2.9';
const HOST = hostEndpoint(
  'n1-eth0',
  '{ node: n1, interfaceName: eth0, profiles: [projectcalico-default-allow] }',
  '{ host: n1 }',
);

const local: readonly CalicoCase[] = [
  {
    id: '5.4-1',
    says: 'host to local pod: no policy; by path, not by address: another node is policed',
    manifests: [toWeb('{ action: Deny }')],
    flows: [
      ['tcp 192.168.0.11 to 10.0.1.1:80', 'allow host-to-local'],
      ['tcp fd00:a::11 to [fd00:1::1]:80', 'allow host-to-local'],
      ['tcp 192.168.0.13 to 10.0.1.1:80', 'deny policy np:shop/p @ingress'],
    ],
  },
  {
    id: '5.4-2',
    says: 'local pod to host: egress policy, then Drop',
    manifests: [felix('{ defaultEndpointToHostAction: Drop }'), fromWeb('{ action: Allow, protocol: TCP }')],
    flows: [
      ['udp 10.0.1.1 to 192.168.0.11:80', 'deny tier-end np:shop/p @egress'],
      ['tcp 10.0.1.1 to 192.168.0.11:80', 'deny endpoint-to-host @egress'],
      ['tcp 10.0.1.2 to 192.168.0.11:80', 'deny endpoint-to-host @egress'],
      ['tcp 10.0.1.1 to 192.168.0.13:80', 'allow @host-ingress'],
      ['icmp6 fd00:1::1 to fd00:a::11 type 135 code 0', 'allow untracked @none'],
    ],
  },
  {
    id: '5.4-3',
    says: 'the action for a pod and its host is that of the node',
    manifests: [
      felix('{ defaultEndpointToHostAction: Drop }'),
      felix('{ defaultEndpointToHostAction: Return }', 'node.n2'),
    ],
    flows: [
      ['tcp 10.0.1.1 to 192.168.0.11:80', 'deny endpoint-to-host'],
      ['tcp 10.0.2.1 to 192.168.0.12:80', 'allow endpoint-to-host'],
    ],
  },
  {
    id: '5.4-4',
    says: 'Return leaves the packet to the host, Accept accepts',
    manifests: [felix('{ defaultEndpointToHostAction: Accept }')],
    flows: [['tcp 10.0.1.1 to 192.168.0.11:80', 'allow endpoint-to-host']],
  },
];

const addresses: readonly CalicoCase[] = [
  {
    id: '5.7-1',
    says: 'what belongs to nothing matches no selector, but blocks and lone negative selectors',
    manifests: [
      gnp(
        'g',
        `{ selector: "app == 'web'", types: [Ingress], ingress: [{ action: Deny, source: { selector: all() } }, { action: Allow, protocol: TCP, source: { nets: [192.0.2.0/24] } }, { action: Allow, protocol: UDP, source: { notSelector: has(app) } }] }`,
      ),
    ],
    flows: [
      [`tcp ${OUTSIDE} to 10.0.1.1:80`, 'allow policy gnp:g #1'],
      [`udp ${OUTSIDE} to 10.0.1.1:80`, 'allow policy gnp:g #2'],
      ['udp 10.0.2.3 to 10.0.1.1:80', 'deny policy gnp:g #0'],
    ],
  },
  {
    id: '5.7-2',
    says: 'addresses of nodes are outside unless a host endpoint expects them',
    manifests: [toWeb(`{ action: Allow, source: { selector: has(host), namespaceSelector: global() } }`)],
    flows: [
      ['tcp 192.168.0.13 to 10.0.1.1:80', 'allow policy np:shop/p'],
      ['tcp fd00:a::12 to [fd00:1::1]:80', 'deny'],
    ],
  },
];

const NAT = [pool('pods-4', '{ cidr: 10.0.0.0/16, natOutgoing: true }')];
const fromNode = gnp(
  'h',
  `{ selector: "host == 'n2'", types: [Ingress], ingress: [{ action: Allow, source: { nets: [192.168.0.11/32] } }] }`,
);

const translation: readonly CalicoCase[] = [
  {
    id: '5.8-1',
    says: 'pods and hosts see the destination behind translation: rules with the address of a Service never match',
    manifests: [
      fromWeb(
        '{ action: Deny, destination: { nets: [10.96.0.0/16] } }, { action: Allow, protocol: TCP, destination: { nets: [10.0.2.1/32], ports: [8080] } }',
      ),
    ],
    flows: [['tcp shop/web to 10.96.0.10:80', 'allow to=10.0.2.1:8080']],
  },
  {
    id: '5.8-2',
    says: 'pre-DNAT and untracked policy see the destination before it',
    manifests: [
      HOST,
      gnp(
        'dnat',
        `{ selector: "host == 'n1'", preDNAT: true, applyOnForward: true, types: [Ingress], ingress: [{ action: Deny, protocol: TCP, destination: { nets: [192.168.0.11/32], ports: [30432] }, source: { nets: [192.0.2.0/25] } }] }`,
      ),
      gnp(
        'track',
        `{ selector: "host == 'n1'", doNotTrack: true, applyOnForward: true, types: [Ingress], ingress: [{ action: Deny, protocol: TCP, destination: { ports: [5432] } }] }`,
      ),
    ],
    flows: [
      ['tcp 192.0.2.9 to 192.168.0.11:30432', 'deny policy gnp:dnat @pre-dnat'],
      ['tcp 192.0.2.200 to 192.168.0.11:30432', 'allow profile @ingress to=10.0.1.2:5432'],
      ['tcp 192.0.2.200:40000 to 10.0.1.2:5432', 'deny policy gnp:track @untracked-ingress'],
    ],
  },
  {
    id: '5.8-source-1',
    says: 'between pods nothing is masqueraded',
    manifests: [...NAT, toWeb('{ action: Allow, source: { nets: [10.0.2.1/32] } }')],
    flows: [['tcp 10.0.2.1 to 10.0.1.1:80', 'allow policy np:shop/p']],
  },
  {
    id: '5.8-source-2',
    says: 'pod to the host of another node: masqueraded with natOutgoing, not without, and not with hosts excluded',
    manifests: [...NAT, fromNode, fromWeb('{ action: Allow, source: { nets: [10.0.1.1/32] } }')],
    flows: [
      ['tcp 10.0.1.1 to 192.168.0.12:80', 'allow policy gnp:h @host-ingress'],
      ['tcp fd00:1::1 to [fd00:a::12]:80', 'deny tier-end np:shop/p @egress'],
    ],
  },
  {
    id: '5.8-source-3',
    says: 'pod to the host of another node without natOutgoing: the pod',
    manifests: [pool('pods-4', '{ cidr: 10.0.0.0/16 }'), fromNode],
    flows: [['tcp 10.0.1.1 to 192.168.0.12:80', 'deny tier-end gnp:h @host-ingress']],
  },
  {
    id: '5.8-source-4',
    says: 'pod to the host of another node with hosts excluded: the pod',
    manifests: [...NAT, fromNode, felix('{ natOutgoingExclusions: IPPoolsAndHostIPs }')],
    flows: [['tcp 10.0.1.1 to 192.168.0.12:80', 'deny tier-end gnp:h @host-ingress']],
  },
  {
    id: '5.8-source-5',
    says: 'to a destination in any pool nothing is masqueraded; pools of load balancers do not count',
    manifests: [...NAT, fromNode, pool('hosts', '{ cidr: 192.168.0.0/24 }')],
    flows: [['tcp 10.0.1.1 to 192.168.0.12:80', 'deny tier-end gnp:h @host-ingress']],
  },
  {
    id: '5.8-source-6',
    says: 'pools of load balancers do not count',
    manifests: [...NAT, fromNode, pool('balancers', '{ cidr: 192.168.0.0/24, allowedUses: [LoadBalancer] }')],
    flows: [['tcp 10.0.1.1 to 192.168.0.12:80', 'allow policy gnp:h @host-ingress']],
  },
  {
    id: '5.8-source-7',
    says: 'hairpin: ingress policy sees the pod itself',
    manifests: [
      np(
        'bank/p',
        `{ selector: "app == 'web'", types: [Ingress], ingress: [{ action: Allow, source: { nets: [10.0.2.1/32] } }] }`,
      ),
    ],
    flows: [['tcp bank/web to 10.96.0.10:80', 'allow policy np:bank/p @ingress']],
  },
  {
    id: '5.8-source-8',
    says: 'behind a node port: the client on the same node, else the node that was dialled',
    manifests: [
      np(
        'shop/p',
        `{ selector: "app == 'db'", types: [Ingress], ingress: [{ action: Log }, { action: Allow, source: { nets: [192.0.2.0/24] } }, { action: Deny, source: { nets: [192.168.0.13/32] } }] }`,
      ),
    ],
    flows: [
      [`tcp ${OUTSIDE} to 192.168.0.11:30432`, 'allow policy np:shop/p #1 @ingress'],
      [`tcp ${OUTSIDE} to 192.168.0.13:30432`, 'deny policy np:shop/p #2 @ingress'],
    ],
  },
  {
    id: '5.8-source-9',
    says: 'behind a node port with external traffic policy Local: the client',
    edit: (fixture) =>
      fixture.replace('spec: { type: NodePort,', 'spec: { type: NodePort, externalTrafficPolicy: Local,'),
    manifests: [
      np(
        'shop/p',
        `{ selector: "app == 'db'", types: [Ingress], ingress: [{ action: Allow, source: { nets: [192.0.2.0/24] } }] }`,
      ),
    ],
    flows: [[`tcp ${OUTSIDE} to 192.168.0.11:30432`, 'allow policy np:shop/p #0 @ingress']],
  },
];

const web = (name: string, rules: string, more = ''): string =>
  np(`shop/${name}`, `{ selector: "app == 'web'", types: [Ingress], ingress: [${rules}]${more} }`);
const REQUEST = 'tcp shop/db to shop/web:80';

const states: readonly CalicoCase[] = [
  {
    id: '5.10-1',
    says: 'no policy in a direction: allowed',
    manifests: [fromWeb('')],
    flows: [[REQUEST, 'allow profile pro:kns.shop @ingress']],
  },
  {
    id: '5.10-2',
    says: 'only staged ones: allowed',
    manifests: [snp('shop/s', '{}')],
    flows: [[REQUEST, 'allow profile pro:kns.shop @ingress']],
  },
  {
    id: '5.10-3',
    says: 'only tiers that pass, none matched: the profile',
    manifests: [
      tier('t', '{ order: 1, defaultAction: Pass }'),
      web('p', '{ action: Deny, protocol: UDP }', ', tier: t'),
    ],
    flows: [[REQUEST, 'allow profile pro:kns.shop @ingress']],
  },
  {
    id: '5.10-4',
    says: 'one policy in a tier that denies, none matched: dropped',
    manifests: [web('p', '{ action: Allow, protocol: UDP }')],
    flows: [[REQUEST, 'deny tier-end np:shop/p @ingress']],
  },
  {
    id: '5.10-5',
    says: 'Pass in the last tier: the profile',
    manifests: [web('p', '{ action: Pass }')],
    flows: [[REQUEST, 'allow profile pro:kns.shop @ingress']],
  },
];

export const PATH_CASES: readonly CalicoCase[] = [...local, ...addresses, ...translation, ...states];
