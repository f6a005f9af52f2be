/** Numbers as records of flow logs write them. */

/** A whole number of 0..`largest`, from a number or its text (`80`, `80.0`); undefined when it is none. */
export function wholeOf(value: unknown, largest: number): number | undefined {
  if (typeof value === 'string' ? value.trim() === '' : typeof value !== 'number') return undefined;
  const number = Number(value);
  return Number.isInteger(number) && number >= 0 && number <= largest ? number : undefined;
}

/** A count: `missing` when it is not there, and what no record may have (NaN) when it is no whole number. */
export function countOf(value: unknown, missing: number): number {
  if (value === undefined || value === null || value === '' || value === '-') return missing;
  return wholeOf(value, Number.MAX_SAFE_INTEGER) ?? Number.NaN;
}

const TCP_FLAG_LETTERS = 'FSRPAUEC';

/** A number, 0x and hex digits, or letters as `S`, `SA`, `...AP.SF`. */
export function tcpFlagsOf(value: unknown): number | undefined {
  const number = wholeOf(value, 0xfff);
  if (number !== undefined || typeof value !== 'string') return number;
  if (!/^[FSRPAUECWN.·]+$/i.test(value)) return undefined;
  let flags = 0;
  for (const letter of value.toUpperCase()) {
    const bit = TCP_FLAG_LETTERS.indexOf(letter);
    if (bit >= 0) flags |= 1 << bit;
  }
  return flags;
}
