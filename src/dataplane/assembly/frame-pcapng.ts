// pcapng blocks → packets with their time and link type. Byte order and interfaces belong to a section and are kept from piece to
// piece. Never reads outside the chunk, and always moves on.
//
// Source: draft-ietf-opsawg-pcapng.

import * as P from '../../packet/pcapng-layout';
import { double, findOption, half, pcapngWord, timeOf } from './pcapng-field';
import { interfaceAt, readInterface, readStatistics, state } from './pcapng-interface';
import { readNames } from './pcapng-names';
import { readVerdict } from './pcapng-verdict';

const BLOCK_SECTION: u32 = 0x0a0d0d0a;
const BLOCK_INTERFACE: u32 = 1;
const BLOCK_PACKET: u32 = 2;
const BLOCK_SIMPLE: u32 = 3;
const BLOCK_NAMES: u32 = 4;
const BLOCK_STATISTICS: u32 = 5;
const BLOCK_ENHANCED: u32 = 6;
const BLOCK_BYTES_MIN: u32 = 12;
const SECTION_BYTES_MIN: u32 = 28;
const INTERFACE_BYTES_MIN: u32 = 20;
const SIMPLE_BYTES_MIN: u32 = 16;
/** Headers of enhanced and obsolete packet blocks, and the length behind them. */
const PACKET_BYTES_MIN: u32 = 32;
const PACKET_DATA: u32 = 28;
/** What must be in memory as a whole is no larger. */
const LARGEST_BLOCK: u32 = 1 << 20;
const SIMPLE_DATA: u32 = 12;
const OPTION_FLAGS: u32 = 2;
const OPTION_DROPS: u32 = 4;
const OPTION_VERDICT: u32 = 7;
/** A kind, and eight bytes of what the program answered. */
const VERDICT_BYTES: u32 = 9;
const DIRECTION_BITS: u32 = 3;
/** Where the flags say how many bytes of frame check sequence the packet has; 0 says nothing. */
const FCS_SHIFT: u32 = 5;
const FCS_BITS: u32 = 15;
/** As a little-endian load finds it in a little-endian section. */
const BYTE_ORDER: u32 = 0x1a2b3c4d;

function bytesMin(type: u32): u32 {
  if (type === BLOCK_SECTION) return SECTION_BYTES_MIN;
  if (type === BLOCK_INTERFACE) return INTERFACE_BYTES_MIN;
  if (type === BLOCK_SIMPLE) return SIMPLE_BYTES_MIN;
  if (type === BLOCK_PACKET || type === BLOCK_ENHANCED) return PACKET_BYTES_MIN;
  return BLOCK_BYTES_MIN;
}

function isPacket(type: u32): bool {
  return type === BLOCK_PACKET || type === BLOCK_ENHANCED || type === BLOCK_SIMPLE;
}

/** Takes the byte order of a section; a PROBLEM_ code. */
function openSection(pcapng: usize, at: usize): u32 {
  const magic = load<u32>(at, 8);
  if (magic !== BYTE_ORDER && bswap<u32>(magic) !== BYTE_ORDER) return P.PROBLEM_BYTE_ORDER;
  store<u32>(pcapng + (P.PCAPNG_SWAPPED << 2), magic === BYTE_ORDER ? 0 : 1);
  return P.PROBLEM_NONE;
}

/** Begins a section whose block is whole; a PROBLEM_ code. */
function beginSection(pcapng: usize, at: usize): u32 {
  const swapped = state(pcapng, P.PCAPNG_SWAPPED) !== 0;
  const minor = half(at + 14, swapped);
  if (half(at + 12, swapped) !== 1 || (minor !== 0 && minor !== 2)) return P.PROBLEM_VERSION;
  store<u32>(pcapng + (P.PCAPNG_FIRST_INTERFACE << 2), state(pcapng, P.PCAPNG_INTERFACES));
  return P.PROBLEM_NONE;
}

/**
 * What the options in [at, end) say of the packet and of what its interface lost before it; returns the bytes of its frame check
 * sequence, 0 when they do not say.
 */
function readOptions(pcapng: usize, row: usize, at: usize, end: usize, swapped: bool, found: usize): u32 {
  const drops = findOption(at, end, swapped, OPTION_DROPS, 8);
  if (drops !== 0) addDrops(row, <f64>double(drops, swapped));
  const flags = findOption(at, end, swapped, OPTION_FLAGS, 4);
  const bits: u32 = flags === 0 ? 0 : pcapngWord(flags, swapped);
  store<u32>(found, bits & DIRECTION_BITS, P.FOUND_DIRECTION);
  const fcs = (bits >> FCS_SHIFT) & FCS_BITS;
  const verdict = findOption(at, end, swapped, OPTION_VERDICT, VERDICT_BYTES);
  if (verdict === 0) return fcs;
  const code = readVerdict(verdict, swapped);
  store<u32>(found, code, P.FOUND_VERDICT);
  if (code !== 0) store<u32>(pcapng + (P.PCAPNG_TELLS << 2), 1);
  return fcs;
}

/** Describes the packet of a block at `found`. */
function describePacket(pcapng: usize, type: u32, at: usize, length: u32, found: usize): void {
  const swapped = state(pcapng, P.PCAPNG_SWAPPED) !== 0;
  const isSimple = type === BLOCK_SIMPLE;
  const number = isSimple ? 0 : type === BLOCK_PACKET ? half(at + 8, swapped) : pcapngWord(at + 8, swapped);
  const row = interfaceAt(pcapng, number);
  const frame = at + (isSimple ? SIMPLE_DATA : PACKET_DATA);
  const room = length - (isSimple ? SIMPLE_BYTES_MIN : PACKET_BYTES_MIN);
  const original = pcapngWord(at + (isSimple ? 8 : 24), swapped);
  let captured = isSimple ? original : pcapngWord(at + 20, swapped);
  if (isSimple) {
    const snaplen: u32 = row === 0 ? 0 : load<u32>(row, P.INTERFACE_SNAPLEN);
    if (snaplen !== 0 && captured > snaplen) captured = snaplen;
    if (captured > room) captured = room;
  } else if (row !== 0) {
    timeOf(pcapng, row, pcapngWord(at + 12, swapped), pcapngWord(at + 16, swapped));
    if (state(pcapng, P.PCAPNG_TIME_IS_BAD) !== 0)
      store<u32>(pcapng + (P.PCAPNG_BAD_TIMES << 2), state(pcapng, P.PCAPNG_BAD_TIMES) + 1);
    if (type === BLOCK_PACKET) {
      const drops = half(at + 10, swapped);
      if (drops !== 0xffff) addDrops(row, <f64>drops);
    }
  }
  const isBad = row === 0 || captured > room;
  let fcs: u32 = 0;
  store<u32>(found, 0, P.FOUND_VERDICT);
  store<u32>(found, 0, P.FOUND_DIRECTION);
  if (isBad) {
    store<u32>(pcapng + (P.PCAPNG_BAD_PACKETS << 2), state(pcapng, P.PCAPNG_BAD_PACKETS) + 1);
    captured = 0;
  } else if (type === BLOCK_ENHANCED) {
    const options = frame + ((captured + 3) & ~3);
    const end = at + length - 4;
    if (options + 4 <= end) fcs = readOptions(pcapng, row, options, end, swapped, found);
  }
  store<u32>(found, <u32>frame, P.FOUND_FRAME);
  store<u32>(found, captured, P.FOUND_CAPTURED);
  store<u32>(found, original, P.FOUND_ORIGINAL);
  store<u32>(found, state(pcapng, P.PCAPNG_SECONDS), P.FOUND_SECONDS);
  store<u32>(found, state(pcapng, P.PCAPNG_NANOS), P.FOUND_NANOS);
  store<u32>(found, isBad ? P.LINK_BAD : load<u32>(row, P.INTERFACE_LINK_TYPE), P.FOUND_LINK_TYPE);
  store<u32>(found, <u32>row, P.FOUND_INTERFACE);
  store<u32>(found, swapped ? 1 : 0, P.FOUND_SWAPPED);
  if (!isBad) withoutFcs(found, fcs !== 0 ? fcs : load<u32>(row, P.INTERFACE_FCS_BYTES));
}

/** Time of the packet of a block, `seconds << 32 | nanoseconds`; of one that tells none, that of the packet before it. */
function packetTime(pcapng: usize, type: u32, at: usize): u64 {
  if (type !== BLOCK_SIMPLE) {
    const swapped = state(pcapng, P.PCAPNG_SWAPPED) !== 0;
    const row = interfaceAt(
      pcapng,
      type === BLOCK_PACKET ? half(at + 8, swapped) : pcapngWord(at + 8, swapped),
    );
    if (row !== 0) timeOf(pcapng, row, pcapngWord(at + 12, swapped), pcapngWord(at + 16, swapped));
  }
  return ((<u64>state(pcapng, P.PCAPNG_SECONDS)) << 32) | <u64>state(pcapng, P.PCAPNG_NANOS);
}

/** True when the packet of a block is at or behind the time up to which packets are taken: its time is kept. */
function isLeft(pcapng: usize, type: u32, at: usize): bool {
  const time = packetTime(pcapng, type, at);
  if (time < load<u64>(pcapng + (P.PCAPNG_BEFORE << 2))) return false;
  store<u64>(pcapng + (P.PCAPNG_NEXT << 2), time);
  store<u32>(pcapng + (P.PCAPNG_LEFT << 2), 1);
  return true;
}

function addDrops(row: usize, drops: f64): void {
  store<f64>(row, load<f64>(row, P.INTERFACE_DROPPED_BEFORE) + drops, P.INTERFACE_DROPPED_BEFORE);
}

/** Takes the frame check sequence off both lengths. */
function withoutFcs(found: usize, fcs: u32): void {
  const captured = load<u32>(found, P.FOUND_CAPTURED);
  let original = load<u32>(found, P.FOUND_ORIGINAL);
  if (original < captured) original = captured;
  if (fcs !== 0 && original >= fcs) original -= fcs;
  store<u32>(found, original, P.FOUND_ORIGINAL);
  store<u32>(found, captured < original ? captured : original, P.FOUND_CAPTURED);
}

function answer(pcapng: usize, used: u32, problem: u32): void {
  store<u32>(pcapng + (P.PCAPNG_USED << 2), used);
  store<u32>(pcapng + (P.PCAPNG_PROBLEM << 2), problem);
}

/** Sees to a whole block of a kind that holds no packet; a PROBLEM_ code. */
function readBlock(pcapng: usize, type: u32, at: usize, length: u32): u32 {
  if (type === BLOCK_SECTION) return beginSection(pcapng, at);
  if (type === BLOCK_INTERFACE) readInterface(pcapng, at, length);
  else if (type === BLOCK_STATISTICS) readStatistics(pcapng, at, length);
  else if (type === BLOCK_NAMES) readNames(pcapng, at, length);
  return P.PROBLEM_NONE;
}

/**
 * Walks the blocks of `bytes` bytes at `chunk`, up to `most` packets, and describes these at `found` (FOUND_BYTES each); returns
 * their number. PCAPNG_USED and PCAPNG_PROBLEM say how far it came and why not further.
 */
export function framePcapng(pcapng: usize, found: usize, chunk: usize, bytes: u32, most: u32): u32 {
  let at: u32 = min(state(pcapng, P.PCAPNG_SKIP), bytes);
  store<u32>(pcapng + (P.PCAPNG_SKIP << 2), state(pcapng, P.PCAPNG_SKIP) - at);
  const isLimited = state(pcapng, P.PCAPNG_IS_LIMITED) !== 0;
  store<u32>(pcapng + (P.PCAPNG_LEFT << 2), 0);
  let packets: u32 = 0;
  let problem: u32 = P.PROBLEM_NONE;
  while (packets < most && bytes - at >= BLOCK_BYTES_MIN) {
    const block = chunk + at;
    const isSection = load<u32>(block) === BLOCK_SECTION;
    if (isSection) {
      problem = openSection(pcapng, block);
      if (problem !== P.PROBLEM_NONE) break;
    }
    const swapped = state(pcapng, P.PCAPNG_SWAPPED) !== 0;
    const type = isSection ? BLOCK_SECTION : pcapngWord(block, swapped);
    const length = pcapngWord(block + 4, swapped);
    const smallest = bytesMin(type);
    if ((length & 3) !== 0 || length < smallest) {
      problem = P.PROBLEM_LENGTH;
      break;
    }
    if (length > LARGEST_BLOCK && (isPacket(type) || isSection || type === BLOCK_INTERFACE)) {
      problem = P.PROBLEM_LENGTH;
      break;
    }
    if (length > bytes - at) {
      // What is not read need not be in memory as a whole.
      if (at !== 0 || length <= LARGEST_BLOCK) break;
      store<u32>(pcapng + (P.PCAPNG_SKIP << 2), length - bytes);
      at = bytes;
      break;
    }
    if (pcapngWord(block + length - 4, swapped) !== length) {
      problem = P.PROBLEM_LENGTHS_DIFFER;
      break;
    }
    if (isPacket(type)) {
      if (isLimited && isLeft(pcapng, type, block)) break;
      describePacket(pcapng, type, block, length, found + packets * P.FOUND_BYTES);
      packets++;
    } else {
      problem = readBlock(pcapng, type, block, length);
      if (problem !== P.PROBLEM_NONE) break;
    }
    at += length;
  }
  answer(pcapng, at, problem);
  return packets;
}
