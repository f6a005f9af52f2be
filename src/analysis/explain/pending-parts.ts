/**
 * A flow's answers with and without staged policies side by side. Answers by ranges of ports are cut at the borders of
 * both, so that each range has one answer of either kind.
 */
import { addressKey } from '../../net/address.ts';
import type { Decision } from '../../policy/decision.ts';
import type { FlowAnswer, FlowPart } from '../../policy/judge/judge-flow.ts';

/** A part of a flow, and what staged policies would make of it. */
export interface PairedPart extends FlowPart {
  readonly pending?: Decision;
}

function sidesOf({ packet }: FlowPart): string {
  return `${addressKey(packet.source)} ${addressKey(packet.destination)}`;
}

function overlapping(
  part: FlowPart & { readonly ports: NonNullable<FlowPart['ports']> },
  others: FlowAnswer,
) {
  const { ports, packet } = part;
  return others.parts.flatMap((other): PairedPart[] => {
    if (other.ports === undefined || sidesOf(other) !== sidesOf(part)) return [];
    const first = Math.max(ports.first, other.ports.first);
    const last = Math.min(ports.last, other.ports.last);
    if (first > last) return [];
    return [
      {
        ...part,
        ports: { first, last },
        packet: { ...packet, destinationPort: first },
        pending: other.decision,
      },
    ];
  });
}

/** The parts of the enforced answer with the pending decision of each; without pending ones where none are given. */
export function pairedParts(enforced: FlowAnswer, pending: FlowAnswer | undefined): readonly PairedPart[] {
  if (pending === undefined) return enforced.parts;
  return enforced.parts.flatMap((part): PairedPart[] => {
    const { ports, packet } = part;
    if (ports !== undefined) return overlapping({ ...part, ports }, pending);
    const same = pending.parts.find(
      (other) => sidesOf(other) === sidesOf(part) && other.packet.destinationPort === packet.destinationPort,
    );
    return [same === undefined ? part : { ...part, pending: same.decision }];
  });
}
