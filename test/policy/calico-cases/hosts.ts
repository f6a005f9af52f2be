/** Sections 5.1 and 5.5 of the semantics: where each kind of traffic meets policy, and host endpoints. */
import { type CalicoCase, felix, fromWeb, gnp, hostEndpoint, np, toWeb } from './manifests.ts';

/** A host endpoint of n1 that allows by its profile. */
const HOST = hostEndpoint(
  'n1-eth0',
  '{ node: n1, interfaceName: eth0, expectedIPs: [192.168.0.11], profiles: [projectcalico-default-allow] }',
  '{ host: n1 }',
);
/** Another for all its interfaces. */
const ANY = hostEndpoint(
  'n1-any',
  '{ node: n1, interfaceName: "*", expectedIPs: [192.168.0.11], profiles: [projectcalico-default-allow] }',
  '{ host: n1 }',
);

const on = (host: string, flags: string, rules: string): string =>
  `{ selector: "host == '${host}'", ${flags === '' ? '' : `${flags}: true, ${flags === 'applyOnForward' ? '' : 'applyOnForward: true, '}`}${rules} }`;
const forward = (rules: string, name = 'forward', host = 'n1'): string =>
  gnp(name, on(host, 'applyOnForward', rules));
const preDnat = (rules: string, name = 'dnat', host = 'n1'): string => gnp(name, on(host, 'preDNAT', rules));
const untracked = (rules: string, name = 'track', host = 'n1'): string =>
  gnp(name, on(host, 'doNotTrack', rules));
const normal = (rules: string, name = 'normal', host = 'n1'): string => gnp(name, on(host, '', rules));
const DENY_IN = 'types: [Ingress], ingress: [{ action: Deny }]';
const DENY_OUT = 'types: [Egress], egress: [{ action: Deny }]';
const OUTSIDE = '192.0.2.9';

const stations: readonly CalicoCase[] = [
  {
    id: '5.1-1',
    says: 'local pod to local pod: egress of one, ingress of the other, no named host endpoint',
    manifests: [
      HOST,
      forward(`types: [Ingress, Egress], ingress: [{ action: Deny }], egress: [{ action: Deny }]`),
      fromWeb('{ action: Allow, protocol: TCP }'),
      np(
        'shop/q',
        `{ selector: "app == 'db'", ingress: [{ action: Allow, destination: { ports: [80] }, protocol: TCP }] }`,
      ),
    ],
    flows: [
      ['tcp shop/web to shop/db:80', 'allow policy np:shop/q @ingress'],
      ['tcp shop/web to shop/db:81', 'deny np:shop/q @ingress'],
      ['udp shop/web to shop/db:80', 'deny np:shop/p @egress'],
    ],
  },
  {
    id: '5.1-2',
    says: 'local pod to anything remote: its egress, then forward policy of the interface that leads there',
    manifests: [
      HOST,
      forward('types: [Egress], egress: [{ action: Deny, protocol: UDP }, { action: Allow }]'),
      fromWeb('{ action: Deny, protocol: SCTP }, { action: Allow }'),
    ],
    flows: [
      [`udp 10.0.1.1 to ${OUTSIDE}:80`, 'deny policy gnp:forward #0 @forward-egress'],
      ['udp 10.0.1.1 to 10.0.2.1:80', 'deny policy gnp:forward #0 @forward-egress'],
      [`sctp 10.0.1.1 to ${OUTSIDE}:80`, 'deny policy np:shop/p #0 @egress'],
      [`tcp 10.0.1.1 to ${OUTSIDE}:80`, 'allow policy np:shop/p #1 @egress'],
    ],
  },
  {
    id: '5.1-3a',
    says: 'remote to local pod: untracked policy first',
    manifests: [
      HOST,
      untracked(DENY_IN),
      preDnat('types: [Ingress], ingress: [{ action: Allow }]'),
      toWeb('{ action: Allow }'),
    ],
    flows: [[`tcp ${OUTSIDE}:40000 to 10.0.1.1:80`, 'deny policy gnp:track @untracked-ingress']],
  },
  {
    id: '5.1-3b',
    says: 'remote to local pod: then pre-DNAT policy',
    manifests: [HOST, preDnat(DENY_IN), toWeb('{ action: Allow }')],
    flows: [[`tcp ${OUTSIDE} to 10.0.1.1:80`, 'deny policy gnp:dnat @pre-dnat']],
  },
  {
    id: '5.1-3c',
    says: 'remote to local pod: then forward policy, then the pod',
    manifests: [
      HOST,
      forward('types: [Ingress], ingress: [{ action: Deny, protocol: UDP }, { action: Allow }]'),
      toWeb('{ action: Allow, protocol: TCP }'),
    ],
    flows: [
      [`udp ${OUTSIDE} to 10.0.1.1:80`, 'deny policy gnp:forward @forward-ingress'],
      ['udp 10.0.2.1 to 10.0.1.1:80', 'deny policy gnp:forward @forward-ingress'],
      [`tcp ${OUTSIDE} to 10.0.1.1:80`, 'allow policy np:shop/p @ingress'],
      [`sctp ${OUTSIDE} to 10.0.1.1:80`, 'deny tier-end np:shop/p @ingress'],
    ],
  },
  {
    id: '5.1-4',
    says: 'pod to its own host: its egress, then the action for that; host policy of ingress is never asked',
    manifests: [HOST, normal(DENY_IN), fromWeb('{ action: Deny, protocol: UDP }, { action: Allow }')],
    flows: [
      ['udp 10.0.1.1 to 192.168.0.11:80', 'deny policy np:shop/p #0 @egress'],
      ['tcp 10.0.1.1 to 192.168.0.11:80', 'allow endpoint-to-host np:shop/p #1 @egress'],
      ['tcp 10.0.1.2 to 192.168.0.11:80', 'allow endpoint-to-host'],
    ],
  },
  {
    id: '5.1-5',
    says: 'host process to local pod: no policy at all',
    manifests: [HOST, normal(DENY_OUT), toWeb('{ action: Deny }')],
    flows: [['tcp 192.168.0.11 to 10.0.1.1:80', 'allow host-to-local @none']],
  },
  {
    id: '5.1-6',
    says: 'host process to anything remote: untracked, then normal egress',
    manifests: [
      HOST,
      untracked(
        'types: [Egress], egress: [{ action: Deny, protocol: UDP }, { action: Allow, protocol: SCTP }]',
      ),
      normal(
        'types: [Egress], egress: [{ action: Deny, protocol: SCTP }, { action: Deny, destination: { ports: [81] }, protocol: TCP }, { action: Allow }]',
      ),
    ],
    flows: [
      [`udp 192.168.0.11:40000 to ${OUTSIDE}:80`, 'deny policy gnp:track @untracked-egress'],
      [`sctp 192.168.0.11:40000 to ${OUTSIDE}:80`, 'allow policy gnp:track #1 @untracked-egress'],
      [`tcp 192.168.0.11 to ${OUTSIDE}:81`, 'deny policy gnp:normal #1 @host-egress'],
      [`tcp 192.168.0.11 to ${OUTSIDE}:80`, 'allow policy gnp:normal #2 @host-egress'],
    ],
  },
  {
    id: '5.1-7',
    says: 'remote to host process: untracked, pre-DNAT, normal ingress',
    manifests: [
      HOST,
      untracked('types: [Ingress], ingress: [{ action: Deny, protocol: UDP }]'),
      preDnat('types: [Ingress], ingress: [{ action: Deny, protocol: SCTP }]'),
      normal('types: [Ingress], ingress: [{ action: Allow, protocol: TCP, destination: { ports: [80] } }]'),
    ],
    flows: [
      [`udp ${OUTSIDE} to 192.168.0.11:80`, 'deny policy gnp:track @untracked-ingress'],
      [`sctp ${OUTSIDE} to 192.168.0.11:80`, 'deny policy gnp:dnat @pre-dnat'],
      [`tcp ${OUTSIDE} to 192.168.0.11:80`, 'allow policy gnp:normal @host-ingress'],
      [`tcp ${OUTSIDE} to 192.168.0.11:81`, 'deny tier-end gnp:normal @host-ingress'],
    ],
  },
  {
    id: '5.1-8',
    says: 'remote to remote through a node: forward policy both ways, normal policy never',
    manifests: [
      hostEndpoint('n3-eth0', '{ node: n3, interfaceName: eth0 }', '{ through: "yes" }'),
      gnp(
        'f',
        `{ selector: has(through), applyOnForward: true, types: [Ingress, Egress], ingress: [{ action: Deny, source: { nets: [192.0.2.7/32] } }, { action: Allow }], egress: [{ action: Deny, source: { nets: [192.0.2.8/32] } }, { action: Allow }] }`,
      ),
    ],
    flows: [
      ['tcp 192.0.2.7 to 192.168.0.13:30432', 'deny policy gnp:f #0 @forward-ingress to=10.0.1.2:5432'],
      ['tcp 192.0.2.8 to 192.168.0.13:30432', 'deny policy gnp:f #0 @forward-egress'],
      ['tcp 192.0.2.9 to 192.168.0.13:30432', 'allow'],
    ],
  },
  {
    id: '5.1-9',
    says: 'pod to itself by its own address: never leaves the pod',
    manifests: [toWeb('{ action: Deny }')],
    flows: [['tcp 10.0.1.1 to 10.0.1.1:80', 'allow self @none']],
  },
  {
    id: '5.1-10',
    says: 'pod to a Service to itself: its egress and its ingress',
    manifests: [
      np(
        'bank/p',
        `{ selector: "app == 'web'", types: [Ingress], ingress: [{ action: Allow, source: { selector: "app == 'api'" } }] }`,
      ),
    ],
    flows: [
      ['tcp bank/web to 10.96.0.10:80', 'deny tier-end np:bank/p @ingress'],
      ['tcp bank/api to 10.96.0.10:80', 'allow policy np:bank/p @ingress'],
    ],
  },
  {
    id: '5.1-11',
    says: 'pod to a host-network pod elsewhere: its egress there, then ingress of the host endpoint',
    manifests: [
      fromWeb('{ action: Allow, protocol: TCP }'),
      gnp(
        'h',
        `{ selector: "host == 'n2'", types: [Ingress], ingress: [{ action: Allow, protocol: TCP, destination: { ports: [80] } }] }`,
      ),
    ],
    flows: [
      ['tcp 10.0.1.1 to 192.168.0.12:80', 'allow policy gnp:h @host-ingress'],
      ['tcp 10.0.1.1 to 192.168.0.12:81', 'deny tier-end gnp:h @host-ingress'],
      ['udp 10.0.1.1 to 192.168.0.12:80', 'deny tier-end np:shop/p @egress'],
    ],
  },
];

const endpoints: readonly CalicoCase[] = [
  {
    id: '5.5-matching-1',
    says: 'a named host endpoint comes before one found by its address, that before *',
    manifests: [
      hostEndpoint('c-any', '{ node: n1, interfaceName: "*" }', '{ which: any }'),
      hostEndpoint('b-found', '{ node: n1, expectedIPs: [192.168.0.11] }', '{ which: found }'),
      gnp('found', `{ selector: "which == 'found'", types: [Ingress], ingress: [{ action: Allow }] }`),
    ],
    flows: [[`tcp ${OUTSIDE} to 192.168.0.11:80`, 'allow policy gnp:found @host-ingress']],
  },
  {
    id: '5.5-matching-2',
    says: 'of several candidates the first by name wins',
    manifests: [
      hostEndpoint('b', '{ node: n1, expectedIPs: [192.168.0.11] }', '{ which: b }'),
      hostEndpoint('a', '{ node: n1, expectedIPs: [192.168.0.11] }', '{ which: a }'),
      gnp('a', `{ selector: "which == 'a'", types: [Ingress], ingress: [{ action: Deny }] }`),
      gnp('b', `{ selector: "which == 'b'", types: [Ingress], ingress: [{ action: Allow }] }`),
    ],
    flows: [[`tcp ${OUTSIDE} to 192.168.0.11:80`, 'deny policy gnp:a @host-ingress']],
  },
  {
    id: '5.5-any-1',
    says: "forward and pre-DNAT policy of * is met on pods' interfaces too, its normal policy is not",
    manifests: [
      ANY,
      forward(
        'types: [Ingress, Egress], ingress: [{ action: Deny, protocol: UDP }, { action: Allow }], egress: [{ action: Deny, protocol: SCTP }, { action: Allow }]',
      ),
      preDnat('types: [Ingress], ingress: [{ action: Deny, protocol: UDPLite }]'),
      normal('order: 5, types: [Ingress, Egress], ingress: [{ action: Deny }], egress: [{ action: Deny }]'),
    ],
    flows: [
      ['udp shop/web to shop/db:80', 'deny policy gnp:forward @forward-ingress'],
      ['sctp shop/web to shop/db:80', 'deny policy gnp:forward @forward-egress'],
      ['proto:136 10.0.1.1 to 10.0.1.2', 'deny policy gnp:dnat @pre-dnat'],
      ['tcp shop/web to shop/db:80', 'allow profile @ingress'],
    ],
  },
  {
    id: '5.5-any-pre-dnat',
    says: "what pre-DNAT policy of * allows on a pod's interface, its forward policy does not see; the pods are asked all the same",
    manifests: [
      ANY,
      preDnat('types: [Ingress], ingress: [{ action: Allow, protocol: TCP }]'),
      forward('types: [Ingress], ingress: [{ action: Deny }]'),
      fromWeb(
        '{ action: Allow, destination: { ports: [80, 81] }, protocol: TCP }, { action: Allow, protocol: UDP }',
      ),
    ],
    flows: [
      ['tcp shop/web to shop/db:80', 'allow profile @ingress'],
      ['tcp shop/web to shop/db:82', 'deny tier-end np:shop/p @egress'],
      ['udp shop/web to shop/db:80', 'deny policy gnp:forward @forward-ingress'],
    ],
  },
  {
    id: '5.5-any-2',
    says: 'untracked policy on * is not supported: it is never met',
    manifests: [ANY, untracked(DENY_IN)],
    flows: [[`tcp ${OUTSIDE} to 192.168.0.11:80`, 'allow profile @host-ingress']],
  },
  {
    id: '5.5-none',
    says: 'no host endpoint: no policy there',
    manifests: [gnp('g', '{ types: [Ingress, Egress] }')],
    flows: [
      [`tcp ${OUTSIDE} to 192.168.0.11:80`, 'allow no-endpoint @none'],
      [`tcp 192.168.0.11 to ${OUTSIDE}:80`, 'allow no-endpoint @none'],
    ],
  },
  {
    id: '5.5-named',
    says: 'a named one without policy and profile drops everything but failsafes; forwarded traffic is accepted',
    manifests: [],
    flows: [
      [`tcp ${OUTSIDE} to 192.168.0.12:80`, 'deny no-profile @host-ingress'],
      [`tcp 192.168.0.12 to ${OUTSIDE}:80`, 'deny no-profile @host-egress'],
      [`tcp ${OUTSIDE} to 192.168.0.12:22`, 'allow failsafe @host-ingress'],
      [`udp 192.168.0.12 to ${OUTSIDE}:53`, 'allow failsafe @host-egress'],
      [`tcp ${OUTSIDE} to 10.0.2.1:80`, 'allow profile pro:kns.bank @ingress'],
    ],
  },
  {
    id: '5.5-normal',
    says: 'normal: failsafes, tiers, profiles, drop',
    manifests: [
      HOST,
      gnp(
        'g',
        `{ selector: "host == 'n1'", types: [Ingress], ingress: [{ action: Deny, protocol: TCP }, { action: Pass, protocol: UDP }] }`,
      ),
    ],
    flows: [
      [`tcp ${OUTSIDE} to 192.168.0.11:22`, 'allow failsafe @host-ingress'],
      [`tcp ${OUTSIDE} to 192.168.0.11:23`, 'deny policy gnp:g @host-ingress'],
      [`udp ${OUTSIDE} to 192.168.0.11:23`, 'allow profile pro:projectcalico-default-allow @host-ingress'],
      [`sctp ${OUTSIDE} to 192.168.0.11:23`, 'deny tier-end gnp:g @host-ingress'],
    ],
  },
  {
    id: '5.5-forward-1',
    says: 'forward: no failsafes, no profiles; none at all accepts, some in this direction deny at their end',
    manifests: [
      HOST,
      forward(
        'types: [Ingress], ingress: [{ action: Allow, protocol: TCP, destination: { ports: [80] } }, { action: Pass, protocol: UDP }]',
      ),
    ],
    flows: [
      [`tcp ${OUTSIDE} to 10.0.1.1:22`, 'deny tier-end gnp:forward @forward-ingress'],
      [`tcp ${OUTSIDE} to 10.0.1.1:80`, 'allow profile @ingress'],
      [`udp ${OUTSIDE} to 10.0.1.1:22`, 'allow profile @ingress'],
      [`tcp 10.0.1.1 to ${OUTSIDE}:22`, 'allow profile @egress'],
      [`tcp ${OUTSIDE} to 10.0.2.1:22`, 'allow profile @ingress'],
    ],
  },
  {
    id: '5.5-forward-2',
    says: 'a forward policy is normal policy of the host as well',
    manifests: [HOST, forward(DENY_IN)],
    flows: [[`tcp ${OUTSIDE} to 192.168.0.11:80`, 'deny policy gnp:forward @host-ingress']],
  },
  {
    id: '5.5-dnat-1',
    says: "pre-DNAT: sees the node port; its Allow skips the host's other policy, not the pod's",
    manifests: [
      HOST,
      preDnat(
        'types: [Ingress], ingress: [{ action: Allow, protocol: TCP, destination: { ports: [30432] } }, { action: Deny, protocol: TCP, destination: { ports: [5432] } }]',
      ),
      forward('types: [Ingress], ingress: [{ action: Deny }]'),
      np(
        'shop/q',
        `{ selector: "app == 'db'", types: [Ingress], ingress: [{ action: Allow, source: { nets: [192.0.2.0/25] } }] }`,
      ),
    ],
    flows: [
      ['tcp 192.0.2.9 to 192.168.0.11:30432', 'allow policy np:shop/q @ingress to=10.0.1.2:5432'],
      ['tcp 192.0.2.200 to 192.168.0.11:30432', 'deny tier-end np:shop/q @ingress'],
      ['tcp 192.0.2.9 to 10.0.1.2:5432', 'deny policy gnp:dnat #1 @pre-dnat'],
      ['tcp 192.0.2.9 to 10.0.1.2:80', 'deny policy gnp:forward @forward-ingress'],
    ],
  },
  {
    id: '5.5-dnat-2',
    says: "pre-DNAT: failsafes are not refused, the end of a tier never drops, an Allow skips the host's normal policy",
    manifests: [
      HOST,
      preDnat(
        'types: [Ingress], ingress: [{ action: Deny, protocol: UDP }, { action: Deny, protocol: TCP, destination: { ports: [22] } }, { action: Allow, protocol: TCP, destination: { ports: [81] } }]',
      ),
      normal('types: [Ingress], ingress: [{ action: Deny }]'),
    ],
    flows: [
      [`tcp ${OUTSIDE} to 192.168.0.11:22`, 'allow failsafe @host-ingress'],
      [`tcp ${OUTSIDE} to 192.168.0.11:81`, 'allow policy gnp:dnat #2 @pre-dnat'],
      [`tcp ${OUTSIDE} to 192.168.0.11:80`, 'deny policy gnp:normal @host-ingress'],
      [`udp ${OUTSIDE} to 192.168.0.11:80`, 'deny policy gnp:dnat #0 @pre-dnat'],
    ],
  },
  {
    id: '5.5-untracked-1',
    says: "untracked: sees the address before translation, and an Allow skips the host's normal policy",
    manifests: [
      HOST,
      untracked(
        'types: [Ingress], ingress: [{ action: Allow, protocol: UDP, destination: { ports: [99] } }, { action: Deny, protocol: UDP }]',
      ),
      normal('types: [Ingress, Egress], ingress: [{ action: Deny }], egress: [{ action: Deny }]'),
    ],
    flows: [
      [`udp ${OUTSIDE}:5000 to 192.168.0.11:99`, 'allow policy gnp:track #0 @untracked-ingress'],
      [`udp ${OUTSIDE} to 192.168.0.11:98`, 'deny policy gnp:track #1 @untracked-ingress'],
      [`tcp ${OUTSIDE} to 192.168.0.11:98`, 'deny policy gnp:normal @host-ingress'],
      [`udp 192.168.0.11:99 to ${OUTSIDE}:5000`, 'deny policy gnp:normal @host-egress'],
    ],
  },
  {
    id: '5.5-untracked-2',
    says: 'untracked: failsafes and replies from them are not refused; the end of a tier never drops',
    manifests: [
      HOST,
      untracked(
        'types: [Ingress, Egress], ingress: [{ action: Deny, protocol: TCP }], egress: [{ action: Deny, protocol: TCP }]',
      ),
    ],
    flows: [
      [`tcp ${OUTSIDE}:40000 to 192.168.0.11:22`, 'allow failsafe @host-ingress'],
      [`tcp 192.168.0.11:22 to ${OUTSIDE}:40000`, 'allow profile @host-egress'],
      [`tcp ${OUTSIDE}:40000 to 192.168.0.11:23`, 'deny policy gnp:track @untracked-ingress'],
      [`udp ${OUTSIDE}:40000 to 192.168.0.11:23`, 'allow profile @host-ingress'],
    ],
  },
  {
    id: '5.5-egress',
    says: 'traffic of a host to a Service is judged behind translation',
    manifests: [
      HOST,
      normal(
        'types: [Egress], egress: [{ action: Deny, destination: { nets: [10.96.0.0/16] } }, { action: Allow, protocol: TCP, destination: { nets: [10.0.2.1/32], ports: [8080] } }]',
      ),
    ],
    flows: [['tcp 192.168.0.11 to 10.96.0.10:80', 'allow to=10.0.2.1:8080 pro:kns.bank @ingress']],
  },
  {
    id: '5.5-namespaced',
    says: 'namespaced policies never select host endpoints',
    manifests: [np('shop/all', '{ selector: "all() || has(host)" }')],
    flows: [[`tcp ${OUTSIDE} to 192.168.0.13:80`, 'allow profile @host-ingress']],
  },
  {
    id: '5.5-automatic',
    says: 'an automatic host endpoint changes nothing until a policy selects it; then only failsafes are left',
    manifests: [gnp('g', '{ types: [Ingress, Egress], egress: [{ action: Allow }] }')],
    flows: [
      [`tcp ${OUTSIDE} to 192.168.0.13:80`, 'deny tier-end gnp:g @host-ingress'],
      [`tcp ${OUTSIDE} to 192.168.0.13:6443`, 'allow failsafe @host-ingress'],
      [`tcp 192.168.0.13 to ${OUTSIDE}:80`, 'allow policy gnp:g @host-egress'],
    ],
  },
];

const INBOUND: readonly (readonly [protocol: string, port: number])[] = [
  ['tcp', 22],
  ['udp', 68],
  ['tcp', 179],
  ['tcp', 2379],
  ['tcp', 2380],
  ['tcp', 5473],
  ['tcp', 6443],
  ['tcp', 6666],
  ['tcp', 6667],
];
const OUTBOUND: readonly (readonly [protocol: string, port: number])[] = [
  ['udp', 53],
  ['udp', 67],
  ...INBOUND.slice(2),
];

const failsafes: readonly CalicoCase[] = [
  {
    id: '5.5-failsafe-1',
    says: 'the lists of ports without any configuration',
    manifests: [],
    flows: [
      ...INBOUND.map(
        ([protocol, port]) =>
          [`${protocol} ${OUTSIDE} to 192.168.0.12:${port}`, 'allow failsafe @host-ingress'] as const,
      ),
      ...OUTBOUND.map(
        ([protocol, port]) =>
          [`${protocol} 192.168.0.12 to ${OUTSIDE}:${port}`, 'allow failsafe @host-egress'] as const,
      ),
      [`udp ${OUTSIDE} to 192.168.0.12:22`, 'deny no-profile'],
      [`tcp 192.168.0.12 to ${OUTSIDE}:22`, 'deny no-profile'],
      [`tcp 192.168.0.12 to ${OUTSIDE}:53`, 'deny no-profile'],
    ],
  },
  {
    id: '5.5-failsafe-2',
    says: 'an entry may name the remote address; a list replaces the usual one; an empty list is none',
    manifests: [
      felix(
        '{ failsafeInboundHostPorts: [{ protocol: tcp, port: 22, net: 192.0.2.0/25 }, { protocol: udp, port: 1000 }], failsafeOutboundHostPorts: [] }',
      ),
    ],
    flows: [
      ['tcp 192.0.2.9 to 192.168.0.12:22', 'allow failsafe @host-ingress'],
      ['tcp 192.0.2.200 to 192.168.0.12:22', 'deny no-profile @host-ingress'],
      ['udp 192.0.2.200 to 192.168.0.12:1000', 'allow failsafe @host-ingress'],
      ['tcp 192.0.2.9 to 192.168.0.12:6443', 'deny no-profile @host-ingress'],
      ['udp 192.168.0.12 to 192.0.2.9:53', 'deny no-profile @host-egress'],
    ],
  },
  {
    id: '5.5-failsafe-3',
    says: 'failsafes are for hosts: never for pods, never for forwarded traffic',
    manifests: [HOST, forward(DENY_IN), gnp('pods', `{ selector: "app == 'web'", types: [Ingress] }`)],
    flows: [
      [`tcp ${OUTSIDE} to 10.0.1.1:22`, 'deny policy gnp:forward @forward-ingress'],
      [`tcp ${OUTSIDE} to 10.0.2.1:22`, 'deny tier-end gnp:pods @ingress'],
    ],
  },
];

export const HOST_CASES: readonly CalicoCase[] = [...stations, ...endpoints, ...failsafes];
