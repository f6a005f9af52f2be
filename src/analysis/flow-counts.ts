/** Tallied flows with their names, their notation and who decided. */
import type { Legend } from '../compile/legend.ts';
import type { Flow, Side } from '../flow/flow.ts';
import { formatFlow } from '../flow/notation.ts';
import { carriesPorts, hasPolicyPorts, isIcmp, protocolName } from '../net/protocol.ts';
import type { FlowTally } from '../replay/result.ts';
import { HOOKS, REASONS, VERDICTS } from '../tables/verdict.ts';
import type { AddressNames, NamedAddress } from './address-names.ts';
import { namesOfOutcome } from './decider.ts';
import { isKnown } from './port-fields.ts';
import type { FlowCount } from './replay-document.ts';

/**
 * A tallied flow as a flow of the notation, with names where the manifests give any. The name of a service means its
 * backends as a source and only its own ports as a destination: elsewhere its address stands.
 */
function flowOf(tally: FlowTally, source: Side, destination: Side): Flow {
  const { family, protocol, dport, src, dst } = tally;
  const address = (words: FlowTally['src']): Side => ({ kind: 'address', address: { family, words } });
  return {
    protocol,
    source: source.kind === 'service' ? address(src) : source,
    destination: destination.kind === 'service' && !isAtService(tally) ? address(dst) : destination,
    ...(hasPolicyPorts(protocol) ? { destinationPort: isKnown(tally) ? dport : '*' } : {}),
    ...(isIcmp(protocol) && isKnown(tally) ? { icmp: { type: dport >> 8, code: dport & 255 } } : {}),
  };
}

/** Whether a flow to an address of a service was judged at backends of its own. */
function isAtService({ dst, dport, judgedDst, judgedDport, reason }: FlowTally): boolean {
  const isRewritten = judgedDport !== dport || judgedDst.some((word, index) => word !== dst[index]);
  return isRewritten || REASONS[reason] === 'backends-differ';
}

function countOfTally(tally: FlowTally, names: AddressNames, legend: Legend): FlowCount {
  const { family, protocol, dport } = tally;
  const named = (words: readonly number[]): NamedAddress => names.ofWords(family, words, 0);
  const [src, dst, judged] = [named(tally.src), named(tally.dst), named(tally.judgedDst)];
  const hook = HOOKS[tally.hook] ?? 'none';
  const number = hook === 'egress' ? tally.egress : tally.ingress;
  const outcome = hook !== 'none' && number < legend.outcomeCount ? legend.outcome(number) : undefined;
  const ports = carriesPorts(protocol) && isKnown(tally);
  const icmp = isIcmp(protocol) && isKnown(tally);
  return {
    flow: formatFlow(flowOf(tally, src.side, dst.side)),
    protocol: protocolName(protocol),
    src: src.address,
    src_name: src.name,
    sport: ports && tally.sport !== 0 ? tally.sport : null,
    dst: dst.address,
    dst_name: dst.name,
    dport: ports ? dport : null,
    icmp_type: icmp ? dport >> 8 : null,
    icmp_code: icmp ? dport & 255 : null,
    judged_dst: judged.address,
    judged_dst_name: judged.name,
    judged_dport: ports ? tally.judgedDport : null,
    verdict: VERDICTS[tally.verdict]!,
    reason: REASONS[tally.reason]!,
    decider: namesOfOutcome(hook, outcome),
    packets: tally.packets,
    bytes: tally.bytes,
    connections: tally.connections,
  };
}

/** Named flows in the order of the tallies. */
export function countFlows(tallies: readonly FlowTally[], names: AddressNames, legend: Legend): FlowCount[] {
  return tallies.map((tally) => countOfTally(tally, names, legend));
}
