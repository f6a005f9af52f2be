/**
 * All that packets have beside their addresses, divided so that up to four programs (either end's, in either set) find every packet of a
 * part alike: protocol, destination port, source port where one of them is tested, ICMP type and code. ICMP stands in IPv4 and ICMPv6 in
 * IPv6 alone; ports begin at 1; discovery and listener reports of ICMPv6, which no policy is asked about, are in no part.
 */
import {
  DISCOVERY_FIRST,
  DISCOVERY_LAST,
  DISCOVERY_REPORT,
  ICMP,
  ICMPV6,
  SCTP,
  TCP,
  UDP,
} from '../../net/protocol-layout.ts';
import { isDiscovery } from '../../policy/judge/possible-packets.ts';
import * as L from '../../tables/program-layout.ts';
import type { ProgramReader } from '../../tables/program-reader.ts';

/** Packets of one group: keys and source ports from to, both included. */
export interface KeyRange {
  /** GROUP_ code. */
  readonly group: number;
  readonly first: number;
  readonly last: number;
  /** 0 to 0 in groups without ports. */
  readonly firstSource: number;
  readonly lastSource: number;
}

export interface PortPart {
  /** What the part's own packet has. */
  readonly protocol: number;
  /** Port, ICMP type * 256 + code; 0 of other protocols. */
  readonly port: number;
  readonly sourcePort: number;
  /** Number of the part's ranges in `PortSets`. */
  readonly set: number;
  /** Of each program, in the order asked; 0 for those that are not there. */
  readonly columns: readonly number[];
}

/** A program of one set; undefined where there is none. */
export type AskedProgram = { readonly reader: ProgramReader; readonly program: number } | undefined;

/** What tells packets apart beyond the programs. */
export interface Further {
  /** Keys and source ports where it changes, by group. */
  readonly keys: (group: number) => Iterable<number>;
  readonly sources: (group: number) => Iterable<number>;
  /** Keys that are asked about elsewhere. */
  readonly leavesOut?: (group: number, key: number) => boolean;
  /** Whether ranges that the programs find alike are alike all the same. */
  readonly mergesOthers: boolean;
}

/** Lists of ranges, each under one number. */
export class PortSets {
  readonly sets: (readonly KeyRange[])[] = [];
  readonly #numbers = new Map<string, number>();

  of(ranges: readonly KeyRange[]): number {
    const key = ranges
      .map((one) => `${one.group} ${one.first} ${one.last} ${one.firstSource} ${one.lastSource}`)
      .join();
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.sets.push(ranges) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}

const PORTS_END = 65_536;
const PROTOCOLS = [TCP, UDP, SCTP, ICMP, ICMPV6];
const GROUPS: Readonly<Record<4 | 6, readonly number[]>> = {
  4: [L.GROUP_TCP, L.GROUP_UDP, L.GROUP_SCTP, L.GROUP_ICMP, L.GROUP_OTHER],
  6: [L.GROUP_TCP, L.GROUP_UDP, L.GROUP_SCTP, L.GROUP_ICMPV6, L.GROUP_OTHER],
};

/** The group of TCP, UDP or SCTP. */
export const groupOf = (protocol: number): number => PROTOCOLS.indexOf(protocol);

const hasPorts = (group: number): boolean => group <= L.GROUP_SCTP;
const DISCOVERY_STARTS = [DISCOVERY_FIRST, DISCOVERY_LAST + 1, DISCOVERY_REPORT, DISCOVERY_REPORT + 1].map(
  (type) => type << 8,
);

/** Ranges between ascending starts, the first from `lowest` on. */
function rangesOf(starts: Iterable<number>, lowest: number, end: number): [number, number][] {
  const inside = [...starts].filter((start) => start > lowest && start < end);
  const sorted = [lowest, ...new Set(inside)].sort((left, right) => left - right);
  return sorted.map((start, index) => [start, (sorted[index + 1] ?? end) - 1]);
}

/** Keys of a group that something tells apart; for other protocols than those of the groups, their numbers. */
function keyRanges(group: number, asked: readonly AskedProgram[], further: Further | undefined) {
  const starts = asked.flatMap((one) =>
    one === undefined ? [] : [...one.reader.startsOf(one.program, group)],
  );
  const all = [
    ...starts,
    ...(further?.keys(group) ?? []),
    ...(group === L.GROUP_ICMPV6 ? DISCOVERY_STARTS : []),
  ];
  if (group !== L.GROUP_OTHER)
    return rangesOf(all, hasPorts(group) ? 1 : 0, PORTS_END).filter(
      ([first]) => group !== L.GROUP_ICMPV6 || !isDiscovery(first >> 8),
    );
  const apart = PROTOCOLS.flatMap((protocol) => [protocol, protocol + 1]);
  return rangesOf([...all, ...apart], 0, 256).filter(([first]) => !PROTOCOLS.includes(first));
}

function sourceRanges(group: number, asked: readonly AskedProgram[], further: Further | undefined) {
  if (!hasPorts(group)) return [[0, 0] as const];
  const starts = asked.flatMap((one) =>
    one === undefined ? [] : [...one.reader.sourceStartsOf(one.program, group)],
  );
  return rangesOf([...starts, ...(further?.sources(group) ?? [])], 1, PORTS_END);
}

/** The parts that programs, and what matters beyond them, divide all packets of a family into. Ranges that all find alike are one part. */
export function portParts(
  family: 4 | 6,
  asked: readonly AskedProgram[],
  sets: PortSets,
  further?: Further,
): PortPart[] {
  const parts = new Map<string, Omit<PortPart, 'set'> & { ranges: KeyRange[] }>();
  for (const group of GROUPS[family])
    for (const [first, last] of keyRanges(group, asked, further))
      for (const [firstSource, lastSource] of sourceRanges(group, asked, further)) {
        if (further?.leavesOut?.(group, first) === true) continue;
        const columns = asked.map((one) =>
          one === undefined ? 0 : one.reader.columnOf(one.program, group, first, firstSource),
        );
        const range = { group, first, last, firstSource, lastSource };
        const key = further?.mergesOthers === false ? `${parts.size}` : columns.join();
        const part = parts.get(key);
        if (part !== undefined) part.ranges.push(range);
        else
          parts.set(key, {
            protocol: group === L.GROUP_OTHER ? first : PROTOCOLS[group]!,
            port: group === L.GROUP_OTHER ? 0 : first,
            sourcePort: firstSource,
            ranges: [range],
            columns,
          });
      }
  return [...parts.values()].map(({ ranges, ...part }) => ({ ...part, set: sets.of(ranges) }));
}

/** Parts of the packets to one port; source ports apart where a program tests them. */
export function partsOfPort(
  { protocol, port }: Pick<PortPart, 'protocol' | 'port'>,
  asked: readonly AskedProgram[],
  sets: PortSets,
  further?: Further,
): PortPart[] {
  const group = groupOf(protocol);
  return sourceRanges(group, asked, further).map(([firstSource, lastSource]) => ({
    protocol,
    port,
    sourcePort: firstSource,
    set: sets.of([{ group, first: port, last: port, firstSource, lastSource }]),
    columns: [],
  }));
}
