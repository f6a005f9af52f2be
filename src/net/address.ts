/**
 * Addresses as four words, and their text. Parsed by hand: flow logs hold millions of them, so no object is made but
 * the result. Text is strict here; the API server's lenient spellings are `cidr.ts`'s business.
 */

/** IPv4 stands in `words[0]` (10.1.2.3 is 0x0a010203) with zeros behind it; IPv6 fills all four, big-endian. */
export interface Address {
  readonly family: 4 | 6;
  readonly words: readonly [number, number, number, number];
}

const DOT = 46;
const COLON = 58;

/**
 * Four decimal octets with dots, as an unsigned word; -1 when the text is something else.
 * Leading zeros (`010`) are refused unless `leadingZeros` is set, and then read as decimal.
 */
export function parseIpv4Word(text: string, start: number, end: number, leadingZeros: boolean): number {
  let word = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let position = start; position < end; position++) {
    const code = text.charCodeAt(position);
    if (code === DOT) {
      if (digits === 0 || ++dots > 3) return -1;
      word = word * 256 + octet;
      octet = 0;
      digits = 0;
      continue;
    }
    if (code < 48 || code > 57) return -1;
    if (digits > 0 && octet === 0 && !leadingZeros) return -1;
    octet = octet * 10 + code - 48;
    if (++digits > 3 || octet > 255) return -1;
  }
  return dots === 3 && digits > 0 ? word * 256 + octet : -1;
}

function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** The eight groups of an IPv6 text, `::` filled in and a dotted tail taken apart; undefined when it is none. */
function parseIpv6Groups(
  text: string,
  start: number,
  end: number,
  leadingZeros: boolean,
): number[] | undefined {
  const groups: number[] = [];
  let gap = -1;
  let position = start;
  if (text.charCodeAt(position) === COLON) {
    if (text.charCodeAt(position + 1) !== COLON) return undefined;
    gap = 0;
    position += 2;
  }
  while (position < end) {
    const groupStart = position;
    let value = 0;
    while (position < end) {
      const digit = hexValue(text.charCodeAt(position));
      if (digit < 0) break;
      value = value * 16 + digit;
      position++;
    }
    if (text.charCodeAt(position) === DOT && position < end) {
      const tail = parseIpv4Word(text, groupStart, end, leadingZeros);
      if (tail < 0) return undefined;
      groups.push(tail >>> 16, tail & 0xffff);
      position = end;
      break;
    }
    if (position === groupStart || position - groupStart > 4) return undefined;
    groups.push(value);
    if (position === end) break;
    if (text.charCodeAt(position) !== COLON || ++position === end) return undefined;
    if (text.charCodeAt(position) === COLON) {
      if (gap >= 0) return undefined;
      gap = groups.length;
      position++;
    }
  }
  if (gap < 0) return groups.length === 8 ? groups : undefined;
  if (groups.length > 7) return undefined;
  groups.splice(gap, 0, ...Array<number>(8 - groups.length).fill(0));
  return groups;
}

/** Reads `text` between two positions; undefined when it is no address. For the strict form use `parseAddress`. */
export function parseAddressPart(
  text: string,
  start: number,
  end: number,
  leadingZeros: boolean,
): Address | undefined {
  const word = parseIpv4Word(text, start, end, leadingZeros);
  if (word >= 0) return { family: 4, words: [word, 0, 0, 0] };
  if (end - start < 2 || text.indexOf(':', start) < 0) return undefined;
  const groups = parseIpv6Groups(text, start, end, leadingZeros);
  if (groups === undefined) return undefined;
  const wordAt = (index: number): number => groups[index]! * 0x10000 + groups[index + 1]!;
  return { family: 6, words: [wordAt(0), wordAt(2), wordAt(4), wordAt(6)] };
}

/** The address that `text` spells, IPv4-mapped IPv6 staying IPv6; undefined for anything else, zones included. */
export function parseAddress(text: string): Address | undefined {
  return parseAddressPart(text, 0, text.length, false);
}

function formatIpv4Word(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** The text of an address; IPv6 as RFC 5952 sections 4 and 5 want it. */
export function formatAddress(address: Address): string {
  const { family, words } = address;
  if (family === 4) return formatIpv4Word(words[0]);
  if (words[0] === 0 && words[1] === 0 && words[2] === 0xffff) return `::ffff:${formatIpv4Word(words[3])}`;
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff]);
  let gapStart = -1;
  let gapLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > gapLength) {
      gapStart = start;
      gapLength = length;
    }
    if (length > 0) start += length - 1;
  }
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (gapStart < 0) return hex(groups);
  return `${hex(groups.slice(0, gapStart))}::${hex(groups.slice(gapStart + gapLength))}`;
}

/** A key for maps: equal exactly for equal addresses, cheaper than the text. */
export function addressKey(address: Address): string {
  const { family, words } = address;
  return family === 4 ? `${words[0]}` : `${words[0]}:${words[1]}:${words[2]}:${words[3]}`;
}

/** Same family and same words. */
export function sameAddress(a: Address, b: Address): boolean {
  return compareAddresses(a, b) === 0;
}

/** Order for sorting: IPv4 before IPv6, then by value. */
export function compareAddresses(a: Address, b: Address): number {
  if (a.family !== b.family) return a.family - b.family;
  for (let index = 0; index < 4; index++) {
    const difference = a.words[index]! - b.words[index]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
