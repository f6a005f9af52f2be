/** Which ports the cluster serves and which ones rules name. */
import { SCTP, TCP, UDP } from '../net/protocol-layout.ts';
import type { Cluster } from '../policy/cluster.ts';
import type { AddressBook } from '../policy/endpoints.ts';
import type { Policy, RuleMatch } from '../policy/policy.ts';
import { PortRanks } from '../tables/port-ranks.ts';

/** The section of port ranks: served are ports of services, backends and containers, named are those that rules list. */
export function portRanks(cluster: Cluster, book: AddressBook, policies: readonly Policy[]): Uint8Array {
  const ranks = new PortRanks();
  for (const { ports } of cluster.pods) for (const { protocol, port } of ports) ranks.serve(protocol, port);
  for (const { virtualPorts } of book.facts.values())
    for (const { protocol, port, backends } of virtualPorts) {
      ranks.serve(protocol, port);
      for (const backend of backends) ranks.serve(protocol, backend.port);
    }
  let marked: RuleMatch | undefined;
  for (const { rules } of policies)
    for (const list of [rules.ingress, rules.egress])
      for (const { match } of list) {
        const { protocol, destination } = match;
        // Rules that differ in their peers share the list of ports.
        if (marked?.destination.ports === destination.ports && marked?.protocol === protocol) continue;
        marked = match;
        for (const range of destination.ports ?? [])
          for (const named of protocol === undefined ? [TCP, UDP, SCTP] : [protocol])
            ranks.name(named, range);
      }
  return ranks.bytes();
}
