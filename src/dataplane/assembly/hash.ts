// Hashes of addresses and ports. Symmetric ones add the two sides' hashes, so that both directions of a connection meet.

const SIDE: u64 = 0x9e3779b97f4a7c15;
const PORT: u64 = 0xc2b2ae3d27d4eb4f;
const FINAL: u64 = 0xff51afd7ed558ccd;

function mixSide(high: u64, low: u64, port: u32): u64 {
  let mixed = (high ^ rotl<u64>(low * PORT, 29)) + (<u64>port + 1) * PORT;
  mixed *= SIDE;
  return mixed ^ (mixed >> 32);
}

function side(address: usize, port: u32): u64 {
  return mixSide(load<u64>(address), load<u64>(address, 8), port);
}

function final(mixed: u64): u32 {
  mixed = (mixed ^ (mixed >> 29)) * FINAL;
  return <u32>(mixed >> 32);
}

/** Of a connection: the same for both directions, never 0. */
export function connectionHash(src: usize, dst: usize, sport: u32, dport: u32, protocol: u32): u32 {
  return final(side(src, sport) + side(dst, dport) + <u64>protocol * SIDE) | 1;
}

/** The same of IPv4 addresses, as words. */
export function narrowHash(src: u32, dst: u32, sport: u32, dport: u32, protocol: u32): u32 {
  return final(mixSide(src, 0, sport) + mixSide(dst, 0, dport) + <u64>protocol * SIDE) | 1;
}

/** What one address of a pair adds to the pair's hash. */
export function shardSide(address: usize): u64 {
  return side(address, 0x10001);
}

/** Of an unordered pair of sides; its low bits are a shard. */
export function pairHashOf(one: u64, other: u64): u32 {
  return final((one + other) * PORT);
}

/** Of an unordered pair of addresses. */
export function pairHash(src: usize, dst: usize): u32 {
  return pairHashOf(shardSide(src), shardSide(dst));
}

/** Of an ordered pair of addresses and whatever else makes the key, never 0. */
export function orderedHash(src: usize, dst: usize, rest: u64): u32 {
  return final((side(src, 0x20003) * PORT) ^ (side(dst, 0x30005) + rest * SIDE)) | 1;
}

/** Of one address, never 0. */
export function addressHash(address: usize): u32 {
  return final(side(address, 0)) | 1;
}

/** Of the words from `at` to `end`, a multiple of 8 bytes. */
export function wordsHash(at: usize, end: usize): u32 {
  let mixed = SIDE;
  for (; at < end; at += 8) mixed = (rotl<u64>(mixed, 27) ^ load<u64>(at)) * PORT;
  return final(mixed);
}
