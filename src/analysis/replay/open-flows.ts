/**
 * What leaves the flows of a replay `unspecified`. Tables know that an answer is open, not why: such flows, and they alone, are
 * asked of the judge once more.
 */
import { carriesPorts, isIcmp } from '../../net/protocol.ts';
import { isNameWords } from '../../packet/name-words.ts';
import type { FirstPacket } from '../../policy/decision.ts';
import { judge } from '../../policy/judge/judge.ts';
import type { OpenChoice } from '../../policy/open-choice.ts';
import type { World } from '../../policy/world.ts';
import type { FlowTally } from '../../replay/result.ts';
import { isKnown } from '../port-fields.ts';

/** The choice that leaves a flow open; undefined where records name pods, whose addresses nobody knows. */
export type OpenFinder = (tally: FlowTally) => OpenChoice | undefined;

/** `worlds`: by epoch. */
export function createOpenFinder(worlds: readonly World[]): OpenFinder {
  return (tally) => {
    const world = worlds[tally.epoch]!;
    if (isNameWords(tally.src, 0) || isNameWords(tally.dst, 0)) return undefined;
    const { verdict, open } = judge(packetOf(tally), world);
    if (verdict === 'unspecified') return open;
    // Policy has an answer, so that the packet was open for belonging to no connection.
    return world.profile.invalidPackets === 'unspecified' ? 'invalid-packets' : undefined;
  };
}

/** The first packet of a flow, as far as its row tells. */
export function packetOf(tally: FlowTally): FirstPacket {
  const { family, src, dst, protocol, sport, dport, judgedDst, judgedDport } = tally;
  const hasPorts = carriesPorts(protocol) && isKnown(tally);
  const isRewritten = judgedDport !== dport || judgedDst.some((word, index) => word !== dst[index]);
  return {
    source: { family, words: src },
    destination: { family, words: dst },
    protocol,
    ...(hasPorts && sport !== 0 ? { sourcePort: sport } : {}),
    ...(hasPorts ? { destinationPort: dport } : {}),
    ...(isIcmp(protocol) && isKnown(tally) ? { icmp: { type: dport >> 8, code: dport & 255 } } : {}),
    ...(isRewritten && hasPorts
      ? { translated: { address: { family, words: judgedDst }, port: judgedDport } }
      : {}),
  };
}
