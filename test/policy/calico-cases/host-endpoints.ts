/** Section 5.5 of the semantics: host endpoints, their interfaces, and the four placements of policy. */
import { ANY, DENY_IN, forward, HOST, normal, OUTSIDE, preDnat, untracked } from './host-policies.ts';
import { type CalicoCase, fromWeb, gnp, hostEndpoint, np } from './manifests.ts';

export const HOST_ENDPOINT_CASES: readonly CalicoCase[] = [
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
