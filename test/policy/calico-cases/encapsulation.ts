/** Section 5.9 of the semantics, and what 6.1 says of iptables: overlay packets, and those that pods make. */
import { type CalicoCase, felix, fromWeb, gnp, hostEndpoint, pool, toWeb } from './manifests.ts';

const OUTSIDE = '192.0.2.9';
const HOST = hostEndpoint(
  'n1-eth0',
  '{ node: n1, interfaceName: eth0, profiles: [projectcalico-default-allow] }',
  '{ host: n1 }',
);
const DENY_FORWARD = gnp(
  'forward',
  `{ selector: "host == 'n1'", applyOnForward: true, types: [Ingress], ingress: [{ action: Deny }] }`,
);

const IPIP = pool('pods-4', '{ cidr: 10.0.0.0/16, ipipMode: Always }');
const VXLAN = pool('pods-4', '{ cidr: 10.0.0.0/16, vxlanMode: Always }');
const withNetworks = (fixture: string): string =>
  [11, 12, 13].reduce(
    (text, last, index) =>
      text.replace(
        `kind: Node, metadata: { name: n${index + 1} }`,
        `kind: Node, metadata: { name: n${index + 1}, annotations: { projectcalico.org/IPv4Address: 192.168.0.${last}/${last === 13 ? 32 : 24} } }`,
      ),
    fixture,
  );

const encapsulation: readonly CalicoCase[] = [
  {
    id: '5.9-1',
    says: 'IPIP in, enabled: from addresses of nodes accepted, from others refused',
    manifests: [IPIP],
    flows: [
      ['proto:4 192.168.0.11 to 192.168.0.12', 'allow failsafe @host-ingress'],
      [`proto:4 ${OUTSIDE} to 192.168.0.12`, 'deny workload-encap @host-ingress'],
    ],
  },
  {
    id: '5.9-2',
    says: 'VXLAN in, enabled: from addresses of nodes accepted, from others refused',
    manifests: [VXLAN],
    flows: [
      ['udp 192.168.0.11 to 192.168.0.12:4789', 'allow failsafe @host-ingress'],
      [`udp ${OUTSIDE} to 192.168.0.12:4789`, 'deny workload-encap @host-ingress'],
      ['udp 192.168.0.11 to 192.168.0.12:4790', 'deny no-profile @host-ingress'],
    ],
  },
  {
    id: '5.9-3',
    says: 'out to nodes: accepted',
    manifests: [VXLAN],
    flows: [
      ['udp 192.168.0.12 to 192.168.0.11:4789', 'allow failsafe @host-egress'],
      [`udp 192.168.0.12 to ${OUTSIDE}:4789`, 'deny no-profile @host-egress'],
    ],
  },
  {
    id: '5.9-4',
    says: 'not enabled: the policy of the host decides',
    manifests: [],
    flows: [
      ['proto:4 192.168.0.11 to 192.168.0.12', 'deny no-profile @host-ingress'],
      ['udp 192.168.0.11 to 192.168.0.12:4789', 'deny no-profile @host-ingress'],
      ['udp 192.168.0.11 to 192.168.0.13:4789', 'allow profile @host-ingress'],
    ],
  },
  {
    id: '5.9-told',
    says: 'Felix may be told outright whether IPIP and VXLAN are enabled, whatever the pools say',
    manifests: [VXLAN, felix('{ vxlanEnabled: false, ipipEnabled: true }')],
    flows: [
      ['udp 192.168.0.11 to 192.168.0.12:4789', 'deny no-profile @host-ingress'],
      ['proto:4 192.168.0.11 to 192.168.0.12', 'allow failsafe @host-ingress'],
      [`proto:4 ${OUTSIDE} to 192.168.0.13`, 'deny workload-encap @host-ingress'],
    ],
  },
  {
    id: '5.9-wireguard',
    says: 'WireGuard, enabled: its port is accepted in and out, of its family',
    manifests: [
      felix('{ wireguardEnabled: true, wireguardListeningPort: 51000 }'),
      felix('{ wireguardEnabledV6: true }', 'node.n2'),
    ],
    flows: [
      [`udp ${OUTSIDE} to 192.168.0.12:51000`, 'allow failsafe @host-ingress'],
      [`udp 192.168.0.12 to ${OUTSIDE}:51000`, 'allow failsafe @host-egress'],
      [`udp ${OUTSIDE} to 192.168.0.12:51820`, 'deny no-profile @host-ingress'],
      ['udp 2001:db8::9 to [fd00:a::12]:51821', 'allow failsafe @host-ingress'],
      ['udp 2001:db8::9 to [fd00:a::12]:51000', 'deny no-profile @host-ingress'],
    ],
  },
  {
    id: '5.9-5',
    says: 'inner packets are policed with inner addresses, on the tunnel device',
    manifests: [IPIP, HOST, DENY_FORWARD, toWeb('{ action: Allow, source: { nets: [10.0.2.0/24] } }')],
    flows: [
      ['tcp 10.0.2.1 to 10.0.1.1:80', 'allow policy np:shop/p @ingress'],
      ['tcp 10.0.3.1 to 10.0.1.1:80', 'deny tier-end np:shop/p @ingress'],
      [`tcp ${OUTSIDE} to 10.0.1.1:80`, 'deny policy gnp:forward @forward-ingress'],
    ],
  },
  {
    id: '5.9-6',
    says: 'a host endpoint of the tunnel device meets them',
    manifests: [
      VXLAN,
      DENY_FORWARD,
      hostEndpoint('n1-tunnel', '{ node: n1, interfaceName: vxlan.calico }', '{ host: n1 }'),
    ],
    flows: [
      ['tcp 10.0.2.1 to 10.0.1.1:80', 'deny policy gnp:forward @forward-ingress'],
      [`tcp ${OUTSIDE} to 10.0.1.1:80`, 'allow profile @ingress'],
    ],
  },
  {
    id: '5.9-7',
    says: 'across subnets only: nodes of one network speak without a tunnel',
    edit: withNetworks,
    manifests: [pool('pods-4', '{ cidr: 10.0.0.0/16, vxlanMode: CrossSubnet }'), HOST, DENY_FORWARD],
    flows: [
      ['tcp 10.0.2.1 to 10.0.1.1:80', 'deny policy gnp:forward @forward-ingress'],
      ['tcp 10.0.3.1 to 10.0.1.1:80', 'allow profile @ingress'],
    ],
  },
];

const encapsulated: readonly CalicoCase[] = [
  {
    id: '6.1-ipip',
    says: 'IPIP from a pod is dropped before policy unless Felix allows it',
    manifests: [fromWeb('{ action: Allow }')],
    flows: [
      [`proto:4 10.0.1.1 to ${OUTSIDE}`, 'deny workload-encap @egress'],
      ['proto:4 10.0.2.1 to 10.0.1.1', 'deny workload-encap @egress'],
      [`proto:4 ${OUTSIDE} to 10.0.1.1`, 'allow profile @ingress'],
    ],
  },
  {
    id: '6.1-vxlan',
    says: 'VXLAN from a pod is dropped before policy unless Felix allows it',
    manifests: [fromWeb('{ action: Allow }')],
    flows: [
      [`udp 10.0.1.1 to ${OUTSIDE}:4789`, 'deny workload-encap @egress'],
      [`tcp 10.0.1.1 to ${OUTSIDE}:4789`, 'allow policy np:shop/p @egress'],
    ],
  },
  {
    id: '6.1-allowed',
    says: 'Felix may allow both, node by node, and name another port',
    manifests: [
      fromWeb('{ action: Allow }'),
      felix('{ allowVXLANPacketsFromWorkloads: true, allowIPIPPacketsFromWorkloads: true }', 'node.n1'),
      felix('{ vxlanPort: 8472 }'),
    ],
    flows: [
      [`udp 10.0.1.1 to ${OUTSIDE}:8472`, 'allow policy np:shop/p @egress'],
      [`proto:4 10.0.1.1 to ${OUTSIDE}`, 'allow policy np:shop/p @egress'],
      [`udp 10.0.2.1 to ${OUTSIDE}:8472`, 'deny workload-encap @egress'],
      [`udp 10.0.2.1 to ${OUTSIDE}:4789`, 'allow profile @egress'],
      [`proto:4 10.0.2.1 to ${OUTSIDE}`, 'deny workload-encap @egress'],
    ],
  },
];

export const ENCAPSULATION_CASES: readonly CalicoCase[] = [...encapsulation, ...encapsulated];
