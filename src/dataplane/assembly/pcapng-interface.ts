// Interfaces of a pcapng capture: their rows, and what interface and statistics blocks say of them.
//
// Source: draft-ietf-opsawg-pcapng.

import { LINK_NFLOG } from '../../packet/pcap-layout';
import * as P from '../../packet/pcapng-layout';
import { double, half, pcapngWord } from './pcapng-field';

const OPTION_NAME: u32 = 2;
const OPTION_RESOLUTION: u32 = 9;
const OPTION_FCS: u32 = 13;
const OPTION_OFFSET: u32 = 14;
const OPTION_INTERFACE_DROPS: u32 = 5;
const OPTION_SYSTEM_DROPS: u32 = 7;
/** Microseconds, where the interface does not say. */
const RESOLUTION_DEFAULT: u32 = 6;
const INTERFACE_OPTIONS: u32 = 16;
const STATISTICS_OPTIONS: u32 = 20;

/** A word of the state. */
export function state(pcapng: usize, index: u32): u32 {
  return load<u32>(pcapng + (index << 2));
}

/** The row of the section's interface; 0 when the section has none of the number. */
export function interfaceAt(pcapng: usize, number: u32): usize {
  const first = state(pcapng, P.PCAPNG_FIRST_INTERFACE);
  if (number >= state(pcapng, P.PCAPNG_INTERFACES) - first) return 0;
  return pcapng + P.PCAPNG_ROWS + (first + number) * P.INTERFACE_ROW_BYTES;
}

/** Gives an interface its row. */
export function readInterface(pcapng: usize, at: usize, length: u32): void {
  const number = state(pcapng, P.PCAPNG_INTERFACES);
  if (number >= <u32>P.INTERFACES_MAX) {
    const omitted = state(pcapng, P.PCAPNG_OMITTED_INTERFACES);
    store<u32>(pcapng + (P.PCAPNG_OMITTED_INTERFACES << 2), omitted + 1);
    return;
  }
  const swapped = state(pcapng, P.PCAPNG_SWAPPED) !== 0;
  const row = pcapng + P.PCAPNG_ROWS + number * P.INTERFACE_ROW_BYTES;
  memory.fill(row, 0, P.INTERFACE_ROW_BYTES);
  const linkType = half(at + 8, swapped);
  store<u32>(row, linkType, P.INTERFACE_LINK_TYPE);
  if (linkType === LINK_NFLOG) store<u32>(pcapng + (P.PCAPNG_TELLS << 2), 1);
  store<u32>(row, pcapngWord(at + 12, swapped), P.INTERFACE_SNAPLEN);
  store<u32>(row, RESOLUTION_DEFAULT, P.INTERFACE_RESOLUTION);
  const end = at + length - 4;
  let option = at + INTERFACE_OPTIONS;
  while (option + 4 <= end) {
    const code = half(option, swapped);
    const bytes = half(option + 2, swapped);
    const value = option + 4;
    if (code === 0 || value + bytes > end) break;
    if (code === OPTION_NAME) {
      const kept = min(bytes, <u32>P.INTERFACE_NAME_MAX);
      store<u32>(row, kept, P.INTERFACE_NAME_BYTES);
      memory.copy(row + P.INTERFACE_NAME, value, kept);
    } else if (code === OPTION_RESOLUTION && bytes >= 1)
      store<u32>(row, <u32>load<u8>(value), P.INTERFACE_RESOLUTION);
    else if (code === OPTION_FCS && bytes >= 1) store<u32>(row, <u32>load<u8>(value), P.INTERFACE_FCS_BYTES);
    else if (code === OPTION_OFFSET && bytes >= 8)
      store<u64>(row, double(value, swapped), P.INTERFACE_OFFSET);
    option = value + ((bytes + 3) & ~3);
  }
  store<u32>(pcapng + (P.PCAPNG_INTERFACES << 2), number + 1);
}

/** Notes what an interface lost; its latest statistics hold. */
export function readStatistics(pcapng: usize, at: usize, length: u32): void {
  if (length < STATISTICS_OPTIONS + 4) return;
  const swapped = state(pcapng, P.PCAPNG_SWAPPED) !== 0;
  const row = interfaceAt(pcapng, pcapngWord(at + 8, swapped));
  if (row === 0) return;
  const end = at + length - 4;
  let dropped: f64 = 0;
  let option = at + STATISTICS_OPTIONS;
  while (option + 4 <= end) {
    const code = half(option, swapped);
    const bytes = half(option + 2, swapped);
    if (code === 0 || option + 4 + bytes > end) break;
    if ((code === OPTION_INTERFACE_DROPS || code === OPTION_SYSTEM_DROPS) && bytes === 8)
      dropped += <f64>double(option + 4, swapped);
    option += 4 + ((bytes + 3) & ~3);
  }
  store<f64>(row, dropped, P.INTERFACE_DROPPED);
}
