// Short copies and comparisons as loads and stores: memory.copy leaves WebAssembly for each call, which costs more than the copying.

/** Copies the 16 bytes of an address. */
export function copyAddress(to: usize, from: usize): void {
  store<u64>(to, load<u64>(from));
  store<u64>(to, load<u64>(from, 8), 8);
}

/** True when the same address, 16 bytes, stands at both places. */
export function isSameAddress(a: usize, b: usize): bool {
  return load<u64>(a) == load<u64>(b) && load<u64>(a, 8) == load<u64>(b, 8);
}

/** Copies a row, a multiple of 8 bytes. */
export function copyRow(to: usize, from: usize, bytes: u32): void {
  for (let at: usize = 0; at < bytes; at += 8) store<u64>(to + at, load<u64>(from + at));
}

/** Zeroes a row, a multiple of 8 bytes. */
export function clearRow(at: usize, bytes: u32): void {
  for (let end = at + bytes; at < end; at += 8) store<u64>(at, 0);
}
