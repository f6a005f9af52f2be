/** Section 5.1 of the semantics: where each kind of traffic meets policy. */
import { DENY_IN, DENY_OUT, forward, HOST, normal, OUTSIDE, preDnat, untracked } from './host-policies.ts';
import { type CalicoCase, fromWeb, gnp, hostEndpoint, np, toWeb } from './manifests.ts';

export const STATION_CASES: readonly CalicoCase[] = [
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
  {
    id: '5.1-12',
    says: 'between nodes a packet is policed at each of them, in the order of the way',
    manifests: [
      HOST,
      preDnat(
        'types: [Ingress], ingress: [{ action: Deny, protocol: UDP, destination: { ports: [1] } }]',
        'dnat-3',
        'n3',
      ),
      forward(
        'types: [Ingress, Egress], ingress: [{ action: Deny, protocol: UDP, destination: { ports: ["1:2"] } }, { action: Allow }], egress: [{ action: Deny, protocol: UDP, destination: { ports: ["1:4"] } }, { action: Allow }]',
        'forward-3',
        'n3',
      ),
      np(
        'bank/out',
        '{ selector: "app == \'api\'", types: [Egress], egress: [{ action: Deny, protocol: UDP, destination: { ports: ["1:3"] } }, { action: Allow }] }',
      ),
      untracked(
        'types: [Ingress], ingress: [{ action: Deny, protocol: UDP, destination: { ports: ["1:5"] } }]',
        'track-1',
      ),
      preDnat(
        'types: [Ingress], ingress: [{ action: Deny, protocol: UDP, destination: { ports: ["1:6"] } }]',
        'dnat-1',
      ),
      forward(
        'types: [Ingress], ingress: [{ action: Deny, protocol: UDP, destination: { ports: ["1:7"] } }, { action: Allow }]',
        'forward-1',
      ),
      toWeb('{ action: Deny, protocol: UDP, destination: { ports: ["1:8"] } }, { action: Allow }'),
    ],
    flows: [
      ['udp 10.0.3.1:40000 to 10.0.1.1:1', 'deny gnp:dnat-3 @pre-dnat'],
      ['udp 10.0.3.1:40000 to 10.0.1.1:2', 'deny gnp:forward-3 @forward-ingress'],
      ['udp 10.0.3.1:40000 to 10.0.1.1:3', 'deny np:bank/out @egress'],
      ['udp 10.0.3.1:40000 to 10.0.1.1:4', 'deny gnp:forward-3 @forward-egress'],
      ['udp 10.0.3.1:40000 to 10.0.1.1:5', 'deny gnp:track-1 @untracked-ingress'],
      ['udp 10.0.3.1:40000 to 10.0.1.1:6', 'deny gnp:dnat-1 @pre-dnat'],
      ['udp 10.0.3.1:40000 to 10.0.1.1:7', 'deny gnp:forward-1 @forward-ingress'],
      ['udp 10.0.3.1:40000 to 10.0.1.1:8', 'deny np:shop/p @ingress'],
      ['udp 10.0.3.1:40000 to 10.0.1.1:9', 'allow np:shop/p #1 @ingress'],
    ],
  },
  {
    id: '5.1-13',
    says: 'a host to a pod of another node: its own egress, forward policy there, the pod',
    manifests: [
      HOST,
      normal(
        'types: [Egress], egress: [{ action: Deny, protocol: UDP, destination: { ports: [1] } }, { action: Allow }]',
        'normal-3',
        'n3',
      ),
      forward(
        'types: [Ingress], ingress: [{ action: Deny, protocol: UDP, destination: { ports: ["1:2"] } }, { action: Allow }]',
        'forward-1',
      ),
      toWeb('{ action: Deny, protocol: UDP, destination: { ports: ["1:3"] } }, { action: Allow }'),
    ],
    flows: [
      ['udp 192.168.0.13 to 10.0.1.1:1', 'deny gnp:normal-3 @host-egress'],
      ['udp 192.168.0.13 to 10.0.1.1:2', 'deny gnp:forward-1 @forward-ingress'],
      ['udp 192.168.0.13 to 10.0.1.1:3', 'deny np:shop/p @ingress'],
      ['udp 192.168.0.13 to 10.0.1.1:4', 'allow np:shop/p @ingress'],
    ],
  },
  {
    id: '5.1-14',
    says: 'a host to a Service: untracked policy sees the address that is dialled, the rest the backend',
    manifests: [
      HOST,
      untracked(
        'types: [Egress], egress: [{ action: Deny, destination: { nets: [10.96.0.0/16] }, protocol: TCP, source: { ports: [1] } }, { action: Deny, destination: { nets: [10.0.2.1/32] } }]',
      ),
      normal(
        'types: [Egress], egress: [{ action: Deny, destination: { nets: [10.96.0.0/16] } }, { action: Allow, destination: { nets: [10.0.2.1/32] } }]',
      ),
    ],
    flows: [
      ['tcp 192.168.0.11:1 to 10.96.0.10:80', 'deny gnp:track #0 @untracked-egress'],
      ['tcp 192.168.0.11:2 to 10.96.0.10:80', 'allow to=10.0.2.1:8080 pro:kns.bank'],
    ],
  },
];
