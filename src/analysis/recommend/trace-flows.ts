/**
 * Tallied flows → what policies could be made for: each with the first packets that it stands for, or with why nothing is to be
 * opened for it. Nothing is dropped: every flow of the trace is in one list or the other.
 */
import { parseFlow } from '../../flow/notation.ts';
import { type Address, addressKey } from '../../net/address.ts';
import { hasPolicyPorts, isIcmp } from '../../net/protocol.ts';
import { isNameWords } from '../../packet/name-words.ts';
import type { FirstPacket } from '../../policy/decision.ts';
import { resolveFlow } from '../../policy/judge/resolve-flow.ts';
import type { World } from '../../policy/world.ts';
import type { FlowTally } from '../../replay/result.ts';
import { REASONS, VERDICTS } from '../../tables/verdict.ts';
import { isKnown } from '../port-fields.ts';
import { countFlows, type FlowNaming } from '../replay/flow-counts.ts';
import type { FlowCount } from '../replay/flow-document.ts';
import { knownRanges, rangeFinder } from '../replay/known-ranges.ts';
import type { FlowRows } from './flow-rows.ts';
import type { LeftOutWhy } from './recommend-document.ts';

export interface TraceFlow {
  /** What `explain` takes. */
  readonly text: string;
  readonly protocol: string;
  /** As the packet carried it; null where the protocol has none, or the trace does not tell. */
  readonly port: number | null;
  /** How it is judged by the manifests; absent for one that no trace holds. */
  readonly count?: FlowCount;
  readonly connections: number;
  readonly packets: number;
  readonly bytes: number;
  readonly first?: { readonly trace: number; readonly record: number };
  /** No trace holds it. */
  readonly isAdded?: true;
  /** Never empty for a flow that is wanted. */
  readonly firstPackets: readonly FirstPacket[];
  /** Absent for a flow that is wanted. */
  readonly why?: LeftOutWhy;
}

interface FlowSource {
  readonly tallies: readonly FlowTally[];
  readonly naming: FlowNaming;
  readonly rows: FlowRows;
  readonly world: World;
  /** Also what the policies of the manifests deny, or the trace says was denied. */
  readonly includeDenied: boolean;
}

/** Reasons for which a packet opens no connection, whatever the policies say. */
const NO_CONNECTION = ['invalid', 'spoofed', 'unknown-interface', 'table-full'];

/** Flows by addresses, protocol, port and where they went, heaviest first. */
export function traceFlows(source: FlowSource): TraceFlow[] {
  const counts = countFlows(source.tallies, source.naming);
  const groups = new Map<string, { tally: FlowTally; count: FlowCount }[]>();
  source.tallies.forEach((tally, index) => {
    const { family, src, dst, protocol, dport, judgedDst, judgedDport, reason } = tally;
    const isConnection = !NO_CONNECTION.includes(REASONS[reason]!);
    const key = [family, src, dst, protocol, dport, judgedDst, judgedDport, isConnection].join('|');
    const member = { tally, count: counts[index]! };
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [member]);
    else group.push(member);
  });
  const isUnknown = unknownAddresses(source.world);
  return [...groups.values()].map((group) => flowOf(group, source, isUnknown));
}

function flowOf(
  group: readonly { readonly tally: FlowTally; readonly count: FlowCount }[],
  source: FlowSource,
  isUnknown: (address: Address) => boolean,
): TraceFlow {
  const sum = (key: 'connections' | 'packets' | 'bytes'): number =>
    group.reduce((total, { tally }) => total + tally[key], 0);
  const notes = source.rows.of(group[0]!.tally);
  const wanted = group.find(({ tally }) => whyRefused(tally, notes, source) === undefined);
  const { tally, count } = wanted ?? group[0]!;
  const flow = {
    count,
    text: count.flow,
    protocol: count.protocol,
    port: count.dport,
    connections: sum('connections'),
    packets: sum('packets'),
    bytes: sum('bytes'),
    ...(notes.first === undefined ? {} : { first: notes.first }),
  };
  const refused = wanted === undefined ? whyRefused(tally, notes, source) : undefined;
  if (refused !== undefined) return { ...flow, firstPackets: [], why: refused };
  const packets = firstPacketsOf(tally, count, source.world, isUnknown);
  return typeof packets === 'string'
    ? { ...flow, firstPackets: [], why: packets }
    : { ...flow, firstPackets: packets };
}

/** Why a tallied flow is not to be opened, by what became of it. */
function whyRefused(
  { verdict, reason }: FlowTally,
  { wasAllowed, wasDenied }: { readonly wasAllowed: boolean; readonly wasDenied: boolean },
  { includeDenied }: FlowSource,
): LeftOutWhy | undefined {
  if (NO_CONNECTION.includes(REASONS[reason]!)) return 'no-connection';
  if (includeDenied) return undefined;
  if (wasDenied && !wasAllowed) return 'denied-by-log';
  return VERDICTS[verdict] === 'deny' ? 'denied-by-policy' : undefined;
}

/** Whether an address lies in a range of the cluster and nothing in the manifests has it. */
function unknownAddresses({ cluster, book }: World): (address: Address) => boolean {
  const rangeOf = rangeFinder(knownRanges(cluster));
  return (address) => !book.facts.has(addressKey(address)) && rangeOf(address) !== undefined;
}

function firstPacketsOf(
  tally: FlowTally,
  { flow: text }: FlowCount,
  world: World,
  isUnknown: (address: Address) => boolean,
): readonly FirstPacket[] | LeftOutWhy {
  const { family, src, dst, protocol, dport, judgedDst, judgedDport, sport } = tally;
  if ((hasPolicyPorts(protocol) || isIcmp(protocol)) && !isKnown(tally)) return 'missing-field';
  if (isNameWords(src, 0) || isNameWords(dst, 0)) return packetsOfNames(text, world);
  const [source, destination, judged]: Address[] = [
    { family, words: src },
    { family, words: dst },
    { family, words: judgedDst },
  ] as Address[];
  if (isUnknown(source!) || isUnknown(destination!) || isUnknown(judged!)) return 'unknown-address';
  const packet: FirstPacket = {
    source: source!,
    destination: destination!,
    protocol,
    ...(hasPolicyPorts(protocol) ? { destinationPort: dport } : {}),
    ...(hasPolicyPorts(protocol) && sport !== 0 ? { sourcePort: sport } : {}),
    ...(isIcmp(protocol) ? { icmp: { type: dport >> 8, code: dport & 255 } } : {}),
  };
  const isRewritten = addressKey(judged!) !== addressKey(destination!) || judgedDport !== dport;
  // A Service sends the next connection to any backend that it has for the source's node; elsewhere the trace told where it went.
  const isBackend = world.book.facts
    .get(addressKey(destination!))
    ?.virtualPorts.some(
      (one) =>
        one.protocol === protocol &&
        one.port === dport &&
        one.backends.some(
          ({ address, port }) => port === judgedDport && addressKey(address) === addressKey(judged!),
        ),
    );
  if (!isRewritten) return [packet];
  const port = hasPolicyPorts(protocol) ? { port: judgedDport } : {};
  const told = { ...packet, translated: { address: judged!, ...port } };
  return isBackend === true ? [packet, told] : [told];
}

/** Pods by name; a network that a log names has no address that could stand in a policy. */
function packetsOfNames(text: string, world: World): readonly FirstPacket[] | LeftOutWhy {
  const parsed = parseFlow(text);
  if ('problem' in parsed) return 'no-address';
  const { source, destination } = parsed.flow;
  if ([source, destination].some(({ kind }) => kind === 'network' || kind === 'network-set'))
    return 'no-address';
  const packets = resolveFlow(parsed.flow, world).value;
  return packets.length === 0 ? 'no-address' : packets;
}
