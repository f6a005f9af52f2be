/** A port of a service that speaks UDP, without a protocol: the default is TCP. */
import { TCP, UDP } from '../../net/protocol-layout.ts';
import type { Check } from '../check.ts';
import { networkPolicyRules } from '../network-policy-rules.ts';

/** Ports whose service speaks UDP, at least first. Source: IANA, Service Name and Transport Protocol Port Number Registry. */
const SPEAKS_UDP: ReadonlyMap<number, string> = new Map([
  [53, 'DNS'],
  [67, 'DHCP'],
  [68, 'DHCP'],
  [69, 'TFTP'],
  [123, 'NTP'],
  [161, 'SNMP'],
  [162, 'SNMP traps'],
  [500, 'IKE'],
  [514, 'syslog'],
  [1812, 'RADIUS'],
  [1813, 'RADIUS'],
  [4500, 'IPsec'],
  [4789, 'VXLAN'],
  [6081, 'Geneve'],
  [8125, 'StatsD'],
  [8472, 'VXLAN'],
  [51820, 'WireGuard'],
]);

export const PORT_WITHOUT_PROTOCOL: Check = {
  code: 'lint/port-without-protocol',
  severity: 'warning',
  title: 'a port without a protocol is of TCP, where UDP was likely meant',
  *find(subject) {
    const { sources } = subject;
    for (const { policy, rule, path } of networkPolicyRules(subject)) {
      const object = sources.objectAt(policy.at);
      const others = new Set(rule.ports.filter(({ protocol }) => protocol === UDP).map(({ port }) => port));
      // Any UDP port.
      if (others.has(undefined)) continue;
      for (const [index, { port, protocol }] of rule.ports.entries()) {
        const service = typeof port === 'number' ? SPEAKS_UDP.get(port) : undefined;
        if (service === undefined || protocol !== TCP || others.has(port)) continue;
        const place = [...path, 'ports', index];
        if (object === undefined || object.valueAt([...place, 'protocol']) !== undefined) continue;
        const { at, span } = object.spotAt([...place, 'port']);
        yield {
          at,
          span,
          message: `port ${port} has no protocol, which means TCP: ${service} speaks UDP`,
          suggestion: `add { protocol: UDP, port: ${port} }${port === 53 ? ', and keep TCP for long answers' : ''}`,
        };
      }
    }
  },
};
