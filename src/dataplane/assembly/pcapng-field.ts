// Numbers, options and times of pcapng blocks.
//
// Source: draft-ietf-opsawg-pcapng.

import {
  INTERFACE_OFFSET,
  INTERFACE_RESOLUTION,
  PCAPNG_NANOS,
  PCAPNG_SECONDS,
  PCAPNG_TIME_IS_BAD,
} from '../../packet/pcapng-layout';

const BILLION: u64 = 1_000_000_000;
const SECONDS_MOST: u64 = 0xffffffff;
/** The largest power of ten that 64 bits hold. */
const LARGEST_POWER: u32 = 19;
const NANO_POWER: u32 = 9;
/** 2^34 times a billion still fits into 64 bits. */
const NANO_SHIFT_MAX: u32 = 34;

/** A word in the section's byte order. */
export function pcapngWord(at: usize, swapped: bool): u32 {
  const value = load<u32>(at);
  return swapped ? bswap<u32>(value) : value;
}

/** Two bytes in the section's byte order. */
export function half(at: usize, swapped: bool): u32 {
  const value = load<u16>(at);
  return <u32>(swapped ? bswap<u16>(value) : value);
}

/** Eight bytes in the section's byte order. */
export function double(at: usize, swapped: bool): u64 {
  const value = load<u64>(at);
  return swapped ? bswap<u64>(value) : value;
}

/** Where the option of this code and at least so many bytes begins among those in [at, end); 0 without. */
export function findOption(at: usize, end: usize, swapped: bool, wanted: u32, bytes: u32): usize {
  while (at + 4 <= end) {
    const code = half(at, swapped);
    const length = half(at + 2, swapped);
    if (code === 0 || at + 4 + length > end) return 0;
    if (code === wanted && length >= bytes) return at + 4;
    at += 4 + ((length + 3) & ~3);
  }
  return 0;
}

function powerOfTen(exponent: u32): u64 {
  let power: u64 = 1;
  for (let index: u32 = 0; index < exponent; index++) power *= 10;
  return power;
}

/** Keeps the time of a packet: units since the interface's offset to seconds and nanoseconds. */
export function timeOf(pcapng: usize, row: usize, high: u32, low: u32): void {
  const units = ((<u64>high) << 32) | <u64>low;
  const resolution = load<u32>(row, INTERFACE_RESOLUTION);
  const exponent = resolution & 127;
  let seconds: u64 = 0;
  let nanos: u64 = 0;
  if ((resolution & 128) !== 0) {
    const fraction = exponent === 0 ? 0 : exponent < 64 ? units & (((<u64>1) << exponent) - 1) : units;
    seconds = exponent < 64 ? units >> exponent : 0;
    if (exponent <= NANO_SHIFT_MAX) nanos = (fraction * BILLION) >> exponent;
    else if (exponent - NANO_SHIFT_MAX < 64)
      nanos = ((fraction >> (exponent - NANO_SHIFT_MAX)) * BILLION) >> NANO_SHIFT_MAX;
  } else if (exponent <= LARGEST_POWER) {
    const unit = powerOfTen(exponent);
    seconds = units / unit;
    const fraction = units % unit;
    nanos =
      exponent <= NANO_POWER
        ? fraction * powerOfTen(NANO_POWER - exponent)
        : fraction / powerOfTen(exponent - NANO_POWER);
  } else if (exponent - NANO_POWER <= LARGEST_POWER) nanos = units / powerOfTen(exponent - NANO_POWER);
  keepTime(pcapng, seconds, load<i64>(row, INTERFACE_OFFSET), nanos);
}

/** A time before 1970 becomes the first that 32 bits hold, one beyond 2106 the last. */
function keepTime(pcapng: usize, seconds: u64, offset: i64, nanos: u64): void {
  const isEarly = offset < 0 && seconds < <u64>-offset;
  const room = offset < 0 ? SECONDS_MOST + <u64>-offset : SECONDS_MOST - min(<u64>offset, SECONDS_MOST);
  const isLate = !isEarly && (seconds > room || (offset > 0 && <u64>offset > SECONDS_MOST));
  store<u32>(
    pcapng + (PCAPNG_SECONDS << 2),
    isEarly ? 0 : isLate ? <u32>SECONDS_MOST : <u32>(seconds + <u64>offset),
  );
  store<u32>(pcapng + (PCAPNG_NANOS << 2), isEarly ? 0 : isLate ? <u32>(BILLION - 1) : <u32>nanos);
  store<u32>(pcapng + (PCAPNG_TIME_IS_BAD << 2), isEarly || isLate ? 1 : 0);
}
