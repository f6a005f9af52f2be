// Names of addresses, as a capture's name resolution blocks give them: kept in trace order until there is no more room. They are for
// reports alone; nothing is judged by them.
//
// Source: draft-ietf-opsawg-pcapng (Name Resolution Block).

import * as P from '../../packet/pcapng-layout';
import { half } from './pcapng-field';
import { state } from './pcapng-interface';

const BLOCK_HEAD: u32 = 8;
const RECORD_IPV4: u32 = 1;
const RECORD_IPV6: u32 = 2;
const NAME_MAX: u32 = 255;

/** Bytes up to the NUL at the end of the first name. */
function nameBytes(at: usize, end: usize): u32 {
  let length: u32 = 0;
  while (at + length < end && length < NAME_MAX && load<u8>(at + length) !== 0) length++;
  return length;
}

function keepName(pcapng: usize, family: u32, value: usize, end: usize): void {
  const addressBytes: u32 = family === 4 ? 4 : 16;
  const length = nameBytes(value + addressBytes, end);
  if (length === 0) return;
  const used = state(pcapng, P.PCAPNG_NAMES_USED);
  const bytes = P.PCAPNG_NAME_HEAD + length;
  if (used + bytes > <u32>P.PCAPNG_NAMES_BYTES) {
    store<u32>(pcapng + (P.PCAPNG_NAMES_OMITTED << 2), state(pcapng, P.PCAPNG_NAMES_OMITTED) + 1);
    return;
  }
  const entry = pcapng + P.PCAPNG_NAMES + used;
  memory.fill(entry, 0, P.PCAPNG_NAME_HEAD);
  store<u8>(entry, <u8>family);
  store<u8>(entry, <u8>length, 1);
  memory.copy(entry + 2, value, addressBytes);
  memory.copy(entry + P.PCAPNG_NAME_HEAD, value + addressBytes, length);
  store<u32>(pcapng + (P.PCAPNG_NAMES_USED << 2), used + bytes);
}

/** Keeps the names of a block; of an address with several names the first. */
export function readNames(pcapng: usize, at: usize, length: u32): void {
  const swapped = state(pcapng, P.PCAPNG_SWAPPED) !== 0;
  const end = at + length - 4;
  let record = at + BLOCK_HEAD;
  while (record + 4 <= end) {
    const type = half(record, swapped);
    const bytes = half(record + 2, swapped);
    const value = record + 4;
    if (type === 0 || value + bytes > end) return;
    if (type === RECORD_IPV4 && bytes > 4) keepName(pcapng, 4, value, value + bytes);
    else if (type === RECORD_IPV6 && bytes > 16) keepName(pcapng, 6, value, value + bytes);
    record = value + ((bytes + 3) & ~3);
  }
}
