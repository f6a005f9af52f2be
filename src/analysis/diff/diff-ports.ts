/** Sets of ports in words: `tcp 80, 443, 8000-8100`, `icmp type 8`, `all packets`. */
import { formatPortRange } from '../../net/port.ts';
import { protocolName } from '../../net/protocol.ts';
import { SCTP, TCP, UDP } from '../../net/protocol-layout.ts';
import * as L from '../../tables/program-layout.ts';
import type { KeyRange } from '../joint/joint-ports.ts';

const PORT_END = 65_535;
const PROTOCOLS: Readonly<Record<number, number>> = {
  [L.GROUP_TCP]: TCP,
  [L.GROUP_UDP]: UDP,
  [L.GROUP_SCTP]: SCTP,
};
/** Groups without ports whose keys are types and codes, or protocols. */
const ICMP_WORDS: Readonly<Record<number, string>> = { [L.GROUP_ICMP]: 'icmp', [L.GROUP_ICMPV6]: 'icmpv6' };
/** How many ranges of one protocol are listed. */
const LISTED = 12;

/** Neighbouring ranges of the same source ports joined. */
function joined(ranges: readonly KeyRange[]): KeyRange[] {
  const sorted = [...ranges].sort(
    (one, other) =>
      one.firstSource - other.firstSource || one.lastSource - other.lastSource || one.first - other.first,
  );
  const found: KeyRange[] = [];
  for (const range of sorted) {
    const before = found.at(-1);
    const goesOn =
      before !== undefined &&
      before.firstSource === range.firstSource &&
      before.lastSource === range.lastSource &&
      before.last + 1 >= range.first;
    if (goesOn) found[found.length - 1] = { ...before, last: Math.max(before.last, range.last) };
    else found.push(range);
  }
  return found;
}

function listed(texts: readonly string[]): string {
  const more = texts.length - LISTED;
  return more > 0 ? `${texts.slice(0, LISTED).join(', ')} and ${more} more` : texts.join(', ');
}

function portsText(protocol: number, ranges: readonly KeyRange[]): string {
  const name = protocolName(protocol);
  const bySource = new Map<string, string[]>();
  for (const { first, last, firstSource, lastSource } of joined(ranges)) {
    const source =
      firstSource === 1 && lastSource === PORT_END
        ? ''
        : formatPortRange({ first: firstSource, last: lastSource });
    const list = bySource.get(source) ?? [];
    list.push(first <= 1 && last === PORT_END ? '' : formatPortRange({ first, last }));
    bySource.set(source, list);
  }
  return [...bySource]
    .map(
      ([source, ports]) =>
        `${name}${ports.includes('') ? '' : ` ${listed(ports)}`}${source === '' ? '' : ` from port ${source}`}`,
    )
    .join('; ');
}

function typesText(name: string, ranges: readonly KeyRange[]): string {
  const texts = joined(ranges).map(({ first, last }) => {
    const [type, lastType] = [first >> 8, last >> 8];
    if ((first & 255) === 0 && (last & 255) === 255)
      return type === 0 && lastType === 255 ? '' : `type ${formatPortRange({ first: type, last: lastType })}`;
    const codes =
      type === lastType
        ? `code ${formatPortRange({ first: first & 255, last: last & 255 })}`
        : `code ${first & 255} to type ${lastType} code ${last & 255}`;
    return `type ${type} ${codes}`;
  });
  return texts.includes('') ? name : `${name} ${listed(texts)}`;
}

/** What ranges cover, in words. */
export function rangesText(ranges: readonly KeyRange[]): string {
  const byGroup = new Map<number, KeyRange[]>();
  for (const range of ranges) {
    const list = byGroup.get(range.group) ?? [];
    list.push(range);
    byGroup.set(range.group, list);
  }
  const texts = [...byGroup]
    .sort(([one], [other]) => one - other)
    .map(([group, list]) => {
      const protocol = PROTOCOLS[group];
      if (protocol !== undefined) return portsText(protocol, list);
      const icmp = ICMP_WORDS[group];
      return icmp === undefined ? othersText(list) : typesText(icmp, list);
    });
  const isWhole = (name: string): boolean => texts.includes(name);
  const all = ['tcp', 'udp', 'sctp', OTHERS].every(isWhole) && (isWhole('icmp') || isWhole('icmpv6'));
  return all ? 'all packets' : texts.join('; ');
}

const OTHERS = 'all other protocols';

/** Protocols without ports: by name where they are few. */
function othersText(ranges: readonly KeyRange[]): string {
  const numbers = ranges.flatMap(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  );
  const known = 256 - 5;
  if (numbers.length === known) return OTHERS;
  if (numbers.length <= LISTED) return numbers.map((number) => `protocol ${protocolName(number)}`).join(', ');
  if (known - numbers.length > LISTED) return `${numbers.length} other protocols`;
  const taken = new Set([...numbers, 1, 6, 17, 58, 132]);
  const missing = Array.from({ length: 256 }, (_, number) => number).filter((number) => !taken.has(number));
  return `other protocols except ${missing.map(protocolName).join(', ')}`;
}
