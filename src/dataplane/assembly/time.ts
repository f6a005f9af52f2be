// Times of rows. A fraction may say more than a second, as broken captures have it; it carries over, and stops where 32 bits end.

const BILLION: u32 = 1_000_000_000;
const LATEST: u32 = 0xffffffff;

/** `carry` seconds later. */
export function carriedBy(second: u32, carry: u32): u32 {
  return second > LATEST - carry ? LATEST : second + carry;
}

/** The second that a row lies in. */
export function carriedSecond(second: u32, nano: u32): u32 {
  return nano < BILLION ? second : carriedBy(second, nano / BILLION);
}

/** `seconds << 32 | nanoseconds`, which compares as times do. */
export function timeWord(second: u32, nano: u32): u64 {
  if (nano < BILLION) return ((<u64>second) << 32) | nano;
  return ((<u64>carriedSecond(second, nano)) << 32) | <u64>(nano % BILLION);
}
