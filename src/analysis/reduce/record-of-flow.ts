/** The first record of a trace that a flow of the notation means: by the addresses and ports that the record itself has. */
import type { Flow } from '../../flow/flow.ts';
import { isIcmp } from '../../net/protocol.ts';
import type { PacketBatch } from '../../packet/batch.ts';
import { FLAG_PORTS } from '../../packet/batch-layout.ts';
import type { FirstPacket } from '../../policy/decision.ts';
import { resolveFlow } from '../../policy/judge/resolve-flow.ts';
import type { World } from '../../policy/world.ts';
import { scanTraces } from '../../replay/scan.ts';
import type { TraceSource } from '../../trace/open.ts';
import type { ReadingTraces } from './judged-record.ts';

const endsKey = (family: number, protocol: number, src: ArrayLike<number>, dst: ArrayLike<number>): string =>
  `${family} ${protocol} ${Array.from(src).join('.')} ${Array.from(dst).join('.')}`;

const keyOf = ({ source, destination, protocol }: FirstPacket): string =>
  endsKey(source.family, protocol, source.words, destination.words);

/** Whether a row between the ends of a packet has its ports, or its ICMP type; what the packet leaves open is any. */
function hasPorts(
  { protocol, sourcePort, destinationPort, icmp }: FirstPacket,
  { flags, sport, dport }: PacketBatch,
  row: number,
): boolean {
  const asked = isIcmp(protocol) && icmp !== undefined ? icmp.type * 256 + icmp.code : destinationPort;
  if (asked === undefined && sourcePort === undefined) return true;
  if ((flags[row]! & FLAG_PORTS) === 0) return false;
  return (
    (asked === undefined || dport[row] === asked) && (sourcePort === undefined || sport[row] === sourcePort)
  );
}

/** Its number, counted from 1; undefined where no record is of the flow, or the flow means nothing in the world. */
export async function firstRecordOf(
  source: TraceSource,
  flow: Flow,
  world: World,
  reading: ReadingTraces,
): Promise<number | undefined> {
  const wanted = new Map<string, FirstPacket[]>();
  for (const packet of resolveFlow(flow, world).value)
    wanted.set(keyOf(packet), [...(wanted.get(keyOf(packet)) ?? []), packet]);
  let before = 0;
  let found: number | undefined;
  await scanTraces([source], {
    ...reading,
    onRows: ({ batch, count }) => {
      for (let row = 0; row < count && found === undefined; row++) {
        if (batch.skip[row] !== 0) continue;
        const [src, dst] = [batch.src, batch.dst].map((words) => words.subarray(row * 4, row * 4 + 4));
        const packets = wanted.get(endsKey(batch.family[row]!, batch.protocol[row]!, src!, dst!)) ?? [];
        if (packets.some((packet) => hasPorts(packet, batch, row))) found = before + row + 1;
      }
      before += count;
      return found === undefined;
    },
  });
  return found;
}
