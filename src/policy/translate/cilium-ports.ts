/**
 * Ports and ICMP types of Cilium's rules → what is asked of protocol and destination port. A port without a protocol is one of TCP, UDP and
 * SCTP; port 0 is every port, and so is type 0, an echo's reply: both are the same word in Cilium's tables.
 *
 * Source: cilium/cilium pkg/policy/l4.go, pkg/policy/portrange.go (PortRangeToMaskedPorts), pkg/policy/api/{l4,icmp}.go.
 */
import { ICMP, ICMPV6, SCTP, TCP, UDP } from '../../net/protocol-layout.ts';
import type { CiliumRule } from '../api/cilium.ts';
import type { NetworkPolicyPort } from '../api/network-policy.ts';
import type { EntityMatch, RuleMatch } from '../policy.ts';
import { type PortsAsked, portMatches } from './network-policy-ports.ts';

/** A rule's conditions but for its peers. */
export interface CiliumLayer4 {
  readonly asked: Pick<RuleMatch, 'family' | 'protocol' | 'icmp'>;
  readonly ports: Pick<EntityMatch, 'ports' | 'namedPorts'>;
}

const EVERY_PORT_PROTOCOL = [TCP, UDP, SCTP];

/** One entry a protocol; none where the rule matches nothing. */
export function ciliumLayer4(
  { ports }: Pick<CiliumRule, 'ports'>,
  asked: Omit<PortsAsked, 'entries'>,
): CiliumLayer4[] {
  if (ports === undefined) return [{ asked: {}, ports: {} }];
  const entries = ports.entries.flatMap(({ protocol, port, endPort }) =>
    (protocol === undefined ? EVERY_PORT_PROTOCOL : [protocol]).map(
      (one): NetworkPolicyPort => ({
        protocol: one,
        ...(port === undefined ? {} : { port }),
        ...(endPort === undefined ? {} : { endPort }),
      }),
    ),
  );
  const matches = entries.length === 0 ? [] : portMatches({ ...asked, entries });
  return [
    ...matches.map(({ protocol, ports: found }) => ({
      asked: protocol === undefined ? {} : { protocol },
      ports: found,
    })),
    ...ports.icmps.map(({ family, type }) => ({
      asked: {
        family,
        protocol: family === 4 ? ICMP : ICMPV6,
        ...(type === 0 ? {} : { icmp: { type } }),
      },
      ports: {},
    })),
  ];
}
