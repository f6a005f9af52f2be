// The two sides of a record that is being scanned: an IPv4 address is read as it stands; any other address, and one beside which a name
// stands where names are read, is what the reader of texts made of the same bytes before.

import {
  FIELD_DESTINATION,
  FIELD_DESTINATION_NAME,
  FIELD_OTHER_DESTINATION,
  FIELD_OTHER_SOURCE,
  FIELD_SOURCE,
  FIELD_SOURCE_NAME,
  NAME_FIELDS,
  SCAN_FIELDS,
  SCAN_NAMES,
  SCAN_PRESENT,
  SCAN_SIDE_KEY_BYTES,
  SCAN_SIDE_KEYS,
  SCAN_SIDES,
  SCAN_SIDES_AT,
  SCAN_SIDES_MISSING,
  SCANNED_ALL,
  SCANNED_NEW_SIDES,
  SCANNED_TEXT,
  SIDE_BYTES,
  SIDE_FAMILY,
  SIDE_KEY_BYTES,
  SIDE_NAME,
  SIDE_WORDS,
  SIDES_MOST,
} from '../../packet/scan-layout';
import { addKnown, findKnown, sealKey } from './known';
import { appendValue } from './scan-record';
import { ipv4Between, REFUSED } from './scan-text';

/** Longer ones are no addresses, and no names of objects. */
const PART_MOST: usize = 300;

function startOf(scanner: usize, field: u32): usize {
  return load<u32>(scanner + ((<usize>field) << 3), SCAN_FIELDS);
}

function endOf(scanner: usize, field: u32): usize {
  return load<u32>(scanner + ((<usize>field) << 3), SCAN_FIELDS + 4);
}

function has(present: u32, field: u32): bool {
  return ((present >> field) & 1) !== 0;
}

/** Writes a side's key: its address, and where they count the parts of its name; 0 when one is too long. */
function writeKey(scanner: usize, to: usize, present: u32, address: u32, name: u32, names: u32): usize {
  for (let part: u32 = 0; part <= names; part++) {
    const field = part === 0 ? address : name + part - 1;
    if (!has(present, field)) {
      store<u16>(to, 0);
      to += 2;
      continue;
    }
    const at = startOf(scanner, field);
    const end = endOf(scanner, field);
    if (end - at > PART_MOST) return 0;
    to = appendValue(to, at, end);
  }
  return to;
}

/** Finds one side; a SCANNED_ code. */
function findSide(scanner: usize, side: usize, key: usize, own: u32, other: u32, name: u32): u32 {
  const present = load<u32>(scanner, SCAN_PRESENT);
  const address = has(present, own) ? own : other;
  const isNamed = load<u32>(scanner, SCAN_NAMES) !== 0 && (has(present, name) || has(present, name + 1));
  if (!isNamed) {
    if (!has(present, address)) return SCANNED_TEXT;
    const word = ipv4Between(startOf(scanner, address), endOf(scanner, address));
    if (word !== REFUSED) {
      store<u32>(side, 4, SIDE_FAMILY);
      store<u32>(side, 0, SIDE_NAME);
      store<u64>(side, <u64>word, SIDE_WORDS);
      store<u64>(side, 0, SIDE_WORDS + 8);
      return SCANNED_ALL;
    }
  }
  const end = writeKey(scanner, key + 8, present, address, name, isNamed ? NAME_FIELDS : 0);
  if (end === 0) return SCANNED_TEXT;
  store<u32>(key, <u32>end);
  const found = findKnown(scanner + SCAN_SIDES_AT, SIDES_MOST, key + 8, end, sealKey(key + 8, end));
  if (found === 0) return SCANNED_NEW_SIDES;
  for (let word: usize = 0; word < <usize>SIDE_BYTES; word += 8)
    store<u64>(side + word, load<u64>(found + word));
  return SCANNED_ALL;
}

/** Finds both sides of the record at hand; a SCANNED_ code. */
export function findSides(scanner: usize): u32 {
  const source = findSide(
    scanner,
    scanner + SCAN_SIDES,
    scanner + SCAN_SIDE_KEYS,
    FIELD_SOURCE,
    FIELD_OTHER_SOURCE,
    FIELD_SOURCE_NAME,
  );
  if (source === SCANNED_TEXT) return source;
  const destination = findSide(
    scanner,
    scanner + SCAN_SIDES + SIDE_BYTES,
    scanner + SCAN_SIDE_KEYS + SCAN_SIDE_KEY_BYTES,
    FIELD_DESTINATION,
    FIELD_OTHER_DESTINATION,
    FIELD_DESTINATION_NAME,
  );
  if (destination === SCANNED_TEXT) return destination;
  const missing: u32 = (source === SCANNED_NEW_SIDES ? 1 : 0) | (destination === SCANNED_NEW_SIDES ? 2 : 0);
  store<u32>(scanner, missing, SCAN_SIDES_MISSING);
  return missing === 0 ? SCANNED_ALL : SCANNED_NEW_SIDES;
}

/**
 * Remembers what a side is that scanning has just not known: 0 the source, 1 the destination; four words, a family (0 for a name in the place of
 * an address) and the name's number.
 */
export function rememberSide(
  scanner: usize,
  side: u32,
  family: u32,
  name: u32,
  word0: u32,
  word1: u32,
  word2: u32,
  word3: u32,
): void {
  const key = scanner + SCAN_SIDE_KEYS + <usize>side * SCAN_SIDE_KEY_BYTES;
  const end: usize = load<u32>(key);
  const hash = sealKey(key + 8, end);
  const table = scanner + SCAN_SIDES_AT;
  if (findKnown(table, SIDES_MOST, key + 8, end, hash) !== 0) return;
  const value = addKnown(table, SIDES_MOST, SIDE_KEY_BYTES, key + 8, end, hash);
  if (value === 0) return;
  store<u32>(value, family, SIDE_FAMILY);
  store<u32>(value, name, SIDE_NAME);
  store<u32>(value, word0, SIDE_WORDS);
  store<u32>(value, word1, SIDE_WORDS + 4);
  store<u32>(value, word2, SIDE_WORDS + 8);
  store<u32>(value, word3, SIDE_WORDS + 12);
}
