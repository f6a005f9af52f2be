/** Which ports the cluster serves and which ones rules name. */
import { SCTP, TCP, UDP } from '../net/protocol-layout.ts';
import type { Cluster, Pod } from '../policy/cluster.ts';
import type { AddressBook, VirtualPort } from '../policy/endpoints.ts';
import type { Policy, RuleMatch } from '../policy/policy.ts';
import { PortRanks } from '../tables/port-ranks.ts';

/** Takes note of ports, once for each thing that serves or names them. */
export type PortMarks = Pick<PortRanks, 'serve' | 'name'>;

/** The section of port ranks: served are ports of services, backends and containers, named are those that rules list. */
export function portRanks(cluster: Cluster, book: AddressBook, policies: readonly Policy[]): Uint8Array {
  const ranks = new PortRanks();
  markAll(cluster, book, policies, ranks);
  return ranks.bytes();
}

/** Marks all ports of a cluster. */
export function markAll(
  cluster: Pick<Cluster, 'pods'>,
  book: Pick<AddressBook, 'facts'>,
  policies: readonly Policy[],
  marks: PortMarks,
): void {
  for (const pod of cluster.pods) markPod(pod, marks);
  for (const { virtualPorts } of book.facts.values())
    for (const virtualPort of virtualPorts) markVirtualPort(virtualPort, marks);
  for (const policy of policies) markPolicy(policy, marks);
}

export function markPod({ ports }: Pick<Pod, 'ports'>, marks: PortMarks): void {
  for (const { protocol, port } of ports) marks.serve(protocol, port);
}

export function markVirtualPort({ protocol, port, backends }: VirtualPort, marks: PortMarks): void {
  marks.serve(protocol, port);
  for (const backend of backends) marks.serve(protocol, backend.port);
}

export function markPolicy({ rules }: Pick<Policy, 'rules'>, marks: PortMarks): void {
  let marked: RuleMatch | undefined;
  for (const list of [rules.ingress, rules.egress])
    for (const { match } of list) {
      const { protocol, destination } = match;
      // Rules that differ in their peers share the list of ports.
      if (marked?.destination.ports === destination.ports && marked?.protocol === protocol) continue;
      marked = match;
      for (const range of destination.ports ?? [])
        for (const named of protocol === undefined ? [TCP, UDP, SCTP] : [protocol]) marks.name(named, range);
    }
}
