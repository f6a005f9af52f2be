/** Section 5.5 of the semantics: ports that are never cut off a host. */
import { DENY_IN, forward, HOST, OUTSIDE } from './host-policies.ts';
import { type CalicoCase, felix, gnp } from './manifests.ts';

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

export const FAILSAFE_CASES: readonly CalicoCase[] = [
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
