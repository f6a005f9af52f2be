/**
 * CIDR blocks: text ⇄ prefix. Parsed by hand, since network sets hold a million of them; `ip-num` is asked only why a
 * text is no CIDR. Spellings that the API server's lenient mode takes are taken and told as oddities.
 *
 * Source: kubernetes/kubernetes staging/src/k8s.io/apimachinery/pkg/util/validation/ip.go.
 */
import { type Address, formatAddress, parseAddressPart } from './address.ts';
import { whyNotCidr } from './cidr-problem.ts';

/** `network` has no bits set behind `prefixBits` (0..32 or 0..128). */
export interface Cidr {
  readonly network: Address;
  readonly prefixBits: number;
}

/** What the strict mode of the API server would refuse. */
export type CidrOddity = 'leading-zeros' | 'host-bits' | 'ipv4-mapped';

const SLASH = 47;

/** The bits of word `index` (0..3) that belong to a prefix of `bits`; an unsigned word. */
export function prefixMask(bits: number, index: number): number {
  const inWord = Math.min(32, Math.max(0, bits - 32 * index));
  return inWord === 0 ? 0 : (0xffffffff << (32 - inWord)) >>> 0;
}

/** The block of `prefixBits` around an address: bits behind the prefix are cleared. */
export function cidrOf(address: Address, prefixBits: number): Cidr {
  const { family, words } = address;
  const masked = (index: number): number => (words[index]! & prefixMask(prefixBits, index)) >>> 0;
  const network: Address =
    family === 4
      ? { family, words: [masked(0), 0, 0, 0] }
      : { family, words: [masked(0), masked(1), masked(2), masked(3)] };
  return { network, prefixBits };
}

/** The block that holds one address only. */
export function hostCidr(address: Address): Cidr {
  return { network: address, prefixBits: address.family === 4 ? 32 : 128 };
}

/** Decimal prefix length from `start` to the end of the text; -1 when it is none. Leading zeros are refused, as Go does. */
function parsePrefixBits(text: string, start: number): number {
  const digits = text.length - start;
  if (digits < 1 || digits > 3) return -1;
  if (digits > 1 && text.charCodeAt(start) === 48) return -1;
  let bits = 0;
  for (let position = start; position < text.length; position++) {
    const code = text.charCodeAt(position);
    if (code < 48 || code > 57) return -1;
    bits = bits * 10 + code - 48;
  }
  return bits;
}

function isMapped({ family, words }: Address): boolean {
  return family === 6 && words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
}

/**
 * The block that `text` means; host bits are masked away, leading zeros of an octet are decimal, IPv4-mapped IPv6 stays
 * IPv6: each is listed in `oddities`. Otherwise why the text is no CIDR.
 */
export function parseCidr(
  text: string,
): { cidr: Cidr; oddities: readonly CidrOddity[] } | { problem: string } {
  const slash = text.indexOf('/');
  const bits = slash < 0 ? -1 : parsePrefixBits(text, slash + 1);
  if (bits < 0 || text.charCodeAt(slash) !== SLASH) return { problem: whyNotCidr(text) };
  let address = parseAddressPart(text, 0, slash, false);
  let oddities: CidrOddity[] | undefined;
  if (address === undefined) {
    address = parseAddressPart(text, 0, slash, true);
    oddities = ['leading-zeros'];
  }
  if (address === undefined || bits > (address.family === 4 ? 32 : 128)) return { problem: whyNotCidr(text) };
  const cidr = cidrOf(address, bits);
  if (isMapped(address)) oddities = [...(oddities ?? []), 'ipv4-mapped'];
  const { words } = cidr.network;
  if (words.some((word, index) => word !== address.words[index]))
    oddities = [...(oddities ?? []), 'host-bits'];
  return { cidr, oddities: oddities ?? NO_ODDITIES };
}

const NO_ODDITIES: readonly CidrOddity[] = [];

/** Address text, slash, prefix length. */
export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr.network)}/${cidr.prefixBits}`;
}

/** Whether the address lies in the block; families never mix. */
export function cidrContains(cidr: Cidr, address: Address): boolean {
  const { network, prefixBits } = cidr;
  if (network.family !== address.family) return false;
  for (let index = 0; index * 32 < prefixBits; index++) {
    const difference = (network.words[index]! ^ address.words[index]!) & prefixMask(prefixBits, index);
    if (difference !== 0) return false;
  }
  return true;
}

/** Whether every address of `inner` lies in `outer`; equal blocks do. */
export function cidrWithin(inner: Cidr, outer: Cidr): boolean {
  return inner.prefixBits >= outer.prefixBits && cidrContains(outer, inner.network);
}
