// What a packet keeps on its way from one point of capture to the next, as one word: two packets with different fingerprints are
// not the same one. Free of what hops and NAT change (addresses, ports, TTL, DSCP, link layer, checksums) and, as far as it can
// be, of how much was captured. Filled where copies are looked for (BATCH_COPIES), else 0.

import { ICMP, ICMPV6, SCTP, TCP, UDP } from '../../net/protocol-layout';
import { BATCH_COPIES, FINGERPRINT, POINT } from '../../packet/batch-layout';
import { columnAt } from './identify';

const FACTOR: u64 = 0x9e3779b97f4a7c15;
const SYN: u32 = 2;
/** No-operation twice, then a timestamp of ten bytes, as a little-endian load finds them. */
const TIMESTAMP_OPTION: u32 = 0x0a080101;
/** Set in every fingerprint, so that none is 0. */
const SOME: u32 = 2;
/** Set where the packet has an IPv4 identification: an equal one is no retransmission. */
export const FINGERPRINT_IDENTIFIED: u32 = 1;

function mixed(sum: u64, word: u64): u64 {
  sum = (sum ^ word) * FACTOR;
  return sum ^ (sum >> 29);
}

function finished(sum: u64, id: u32): u32 {
  const word = <u32>((sum * FACTOR) >> 32);
  return ((word | FINGERPRINT_IDENTIFIED | SOME) ^ FINGERPRINT_IDENTIFIED) | (id !== 0 ? 1 : 0);
}

/** Up to `most` bytes from `at` on, as far as they were captured. */
function bytesMixed(sum: u64, at: usize, end: usize, most: usize): u64 {
  if (at + most < end) end = at + most;
  for (; at + 8 <= end; at += 8) sum = mixed(sum, load<u64>(at));
  let rest: u64 = 0;
  for (; at < end; at++) rest = (rest << 8) | load<u8>(at);
  return mixed(sum, rest);
}

/** Sequence and acknowledgement, flags, window, timestamps; with an identification the sequence alone tells enough. */
function tcpMixed(sum: u64, id: u32, at: usize, end: usize): u64 {
  if (id !== 0) return at + 8 <= end ? mixed(sum, load<u32>(at, 4)) : sum;
  if (at + 16 > end) return bytesMixed(sum, at + 4, end, 12);
  sum = mixed(mixed(sum, load<u64>(at, 4)), load<u32>(at, 12));
  // Options of a SYN may be changed on the way (the segment size).
  if (<u32>load<u8>(at, 13) & SYN || at + 32 > end || load<u32>(at, 20) !== TIMESTAMP_OPTION) return sum;
  return mixed(sum, load<u64>(at, 24));
}

/** Of an error, what NAT leaves alone in the packet that it quotes: length and identification, or the flow's label. */
function icmpMixed(sum: u64, protocol: u32, at: usize, end: usize): u64 {
  if (at + 8 > end) return bytesMixed(sum, at, end, 2);
  const type = <u32>load<u8>(at);
  const isError =
    protocol === ICMP ? type === 3 || type === 4 || type === 5 || type === 11 || type === 12 : type < 128;
  sum = mixed(sum, load<u16>(at));
  if (!isError) return bytesMixed(mixed(sum, load<u32>(at, 4)), at + 8, end, 16);
  return bytesMixed(sum, at + 8, end, 8);
}

/**
 * The fingerprint of a packet whose transport lies in [at, end), of `length` bytes by its IP header. `id`: the IPv4
 * identification, 0 without.
 */
export function fingerprintOf(protocol: u32, id: u32, length: u32, at: usize, end: usize): u32 {
  let sum = mixed(FACTOR, (((<u64>id) << 32) | (length << 8)) ^ protocol);
  if (protocol === TCP) sum = tcpMixed(sum, id, at, end);
  else if (protocol === ICMP || protocol === ICMPV6) sum = icmpMixed(sum, protocol, at, end);
  else if (protocol === UDP) sum = bytesMixed(sum, at + 8, end, id !== 0 ? 8 : 24);
  else if (protocol === SCTP)
    sum = bytesMixed(at + 8 <= end ? mixed(sum, load<u32>(at, 4)) : sum, at + 12, end, 16);
  else sum = bytesMixed(sum, at, end, 16);
  return finished(sum, id);
}

/** The fingerprint of a later fragment; `id` is the datagram's identification, of either family. */
export function fingerprintOfFragment(id: u32, offset: u32, length: u32): u32 {
  return finished(mixed(mixed(FACTOR, ((<u64>id) << 32) | length), offset), id);
}

/** Stores a fingerprint where copies are looked for. */
export function storeFingerprint(batch: usize, row: u32, fingerprint: u32): void {
  store<u32>(columnAt(batch, FINGERPRINT) + (row << 2), fingerprint);
}

/** Whether copies are looked for. */
export function looksForCopies(batch: usize): bool {
  return load<u32>(batch + (BATCH_COPIES << 2)) !== 0;
}

/** Adds what a link layer says of the place of capture to the row's point, where copies are looked for. */
export function addPoint(batch: usize, row: u32, word: u64): void {
  if (!looksForCopies(batch)) return;
  const at = columnAt(batch, POINT) + (row << 2);
  store<u32>(at, <u32>(mixed(mixed(FACTOR, load<u32>(at)), word) >> 32));
}
