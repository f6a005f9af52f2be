/** Bare scans: the least that anybody must do with a trace's bytes, to hold the readers against. Each takes the whole file's bytes and returns a number that hangs on all of them. */

const NEWLINE = 10;

/** Every record's header of a classic capture (microseconds, little-endian). */
export function walkPcap(bytes: Buffer): number {
  let records = 0;
  for (let at = 24; at + 16 <= bytes.length; records++) at += 16 + bytes.readUInt32LE(at + 8);
  return records;
}

/** Every block's header of a pcapng (little-endian). */
export function walkPcapng(bytes: Buffer): number {
  let packets = 0;
  for (let at = 0; at + 12 <= bytes.length; ) {
    if (bytes.readUInt32LE(at) === 6) packets++;
    at += bytes.readUInt32LE(at + 4);
  }
  return packets;
}

/** Every line as text, a piece of the file at a time. */
export function splitLines(bytes: Buffer): number {
  let length = 0;
  eachLine(bytes, (line) => {
    length += line.length;
  });
  return length;
}

/** Every line as text, and each of its fields. */
export function splitFields(bytes: Buffer, separator: string): number {
  let fields = 0;
  eachLine(bytes, (line) => {
    fields += line.split(separator).length;
  });
  return fields;
}

/** Every line as parsed JSON. */
export function parseLines(bytes: Buffer): number {
  let keys = 0;
  eachLine(bytes, (line) => {
    keys += Object.keys(JSON.parse(line) as object).length;
  });
  return keys;
}

/** The whole file as one JSON text. */
export function parseDocument(bytes: Buffer): number {
  return Object.keys(JSON.parse(bytes.toString('latin1')) as object).length;
}

const PIECE_BYTES = 1 << 18;

function eachLine(bytes: Buffer, take: (line: string) => void): void {
  for (let at = 0; at < bytes.length; ) {
    const last = bytes.lastIndexOf(NEWLINE, Math.min(bytes.length, at + PIECE_BYTES) - 1);
    const end = last < at ? bytes.length : last + 1;
    for (const line of bytes.toString('latin1', at, end).split('\n')) if (line !== '') take(line);
    at = end;
  }
}
