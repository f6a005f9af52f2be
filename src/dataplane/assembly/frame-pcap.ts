// How much of a piece of a classic pcap file is whole records. Source: draft-ietf-opsawg-pcap.

/** u32 at `at`, byte-swapped when the file's order is not this machine's. */
export function fileWord(at: usize, swapped: u32): u32 {
  const word = load<u32>(at);
  return swapped ? bswap<u32>(word) : word;
}

/**
 * Walks whole records, at most `maxRecords`. Returns records * 2^32 + bytes; negative when a record claims more than
 * `limit` bytes, since classic pcap cannot be picked up again behind a wrong length.
 */
export function framePcap(
  chunk: usize,
  bytes: u32,
  maxRecords: u32,
  swapped: u32,
  headerBytes: u32,
  limit: u32,
): f64 {
  let at: u32 = 0;
  let records: u32 = 0;
  let broken = false;
  while (records < maxRecords && at + headerBytes <= bytes) {
    const captured = fileWord(chunk + at + 8, swapped);
    if (captured > limit) {
      broken = true;
      break;
    }
    if (at + headerBytes + captured > bytes) break;
    at += headerBytes + captured;
    records++;
  }
  const walked = <f64>records * 4294967296.0 + <f64>at;
  return broken ? -walked - 1 : walked;
}
