/** Ways in which a trace is damaged: bytes of any file, and words, lines and values of texts. Each takes bytes and gives others. */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Random } from '../random/mulberry.ts';

type Damage = (bytes: Buffer, random: Random) => Buffer;

const between = (random: Random, bytes: Buffer): readonly [from: number, to: number] => {
  const [a, b] = [random.below(bytes.length + 1), random.below(bytes.length + 1)];
  return a < b ? [a, b] : [b, a];
};

/** A piece that is rarely large. */
const piece = (random: Random, bytes: Buffer): readonly [from: number, to: number] => {
  const from = random.below(bytes.length + 1);
  return [from, Math.min(bytes.length, from + random.below(random.pick([8, 64, 600])))];
};

const EXTREMES = [0, 1, 2, 3, 4, 7, 8, 12, 16, 0x7f, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x40000, 0x40001]
  .concat([0x100000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff])
  .map((value) => value >>> 0);

const anyBytes = (random: Random, count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, () => random.below(256)));

/** Damage that needs to know nothing of the file. */
const OF_BYTES: readonly Damage[] = [
  function bitsFlipped(bytes, random) {
    const changed = Buffer.from(bytes);
    for (let flips = 1 + random.below(12); flips > 0 && changed.length > 0; flips--)
      changed[random.below(changed.length)]! ^= 1 << random.below(8);
    return changed;
  },
  function bytesReplaced(bytes, random) {
    const changed = Buffer.from(bytes);
    for (let count = 1 + random.below(20); count > 0 && changed.length > 0; count--)
      changed[random.below(changed.length)] = random.below(256);
    return changed;
  },
  function lengthBlownUp(bytes, random) {
    const changed = Buffer.from(bytes);
    for (let count = 1 + random.below(3); count > 0 && changed.length >= 8; count--) {
      const at = random.below(changed.length - 4) & (random.chance(0.8) ? ~1 : ~0);
      const value = random.pick(EXTREMES);
      if (random.chance(0.4)) changed.writeUInt16LE(value & 0xffff, at);
      else if (random.chance(0.5)) changed.writeUInt32LE(value, at);
      else changed.writeUInt32BE(value, at);
    }
    return changed;
  },
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  function removed(bytes, random) {
    const [from, to] = piece(random, bytes);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  function inserted(bytes, random) {
    const at = random.below(bytes.length + 1);
    const more = random.chance(0.5)
      ? anyBytes(random, random.below(40))
      : Buffer.alloc(random.below(5000), random.pick([0, 0xff, 10, 32]));
    return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
  },
  function spliced(bytes, random) {
    const [from, to] = between(random, bytes);
    const at = random.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, to), bytes.subarray(at)]);
  },
  function emptied(bytes, random) {
    const [from, to] = piece(random, bytes);
    return Buffer.from(bytes).fill(random.pick([0, 0xff, 0x20]), from, to);
  },
  (bytes, random) => Buffer.concat([bytes, bytes.subarray(random.below(bytes.length + 1))]),
];

const HUGE = [
  ...['1e308', '-1e999', '9007199254740993', '9007199254740991', '18446744073709551616', '4294967296'],
  ...['65536', '-1', '-0', '0.5', '1e-400', 'NaN', 'Infinity', '0x7fffffff', '00080', '1_000', '١٢', ''],
  '9'.repeat(400),
];

const VALUES: readonly unknown[] = [
  ...[null, true, '', '-', [], {}, [[]], -1, 0, 0.1, 1e300, 2 ** 53, '\0', '\ud800', '١٢'],
  ...['10.0.0.256', '::ffff:10.0.0.1', 'fd00::%eth0', '10.0.0.1/32', '2023-13-45T99:99:99Z', '__proto__'],
  'x'.repeat(70_000),
  Array.from({ length: 2000 }, (_, index) => index),
];

const NOT_UTF8 = ['\xff', '\xc0\x80', '\xed\xa0\x80', '\xf8\x88', '\x80'];

function deep(random: Random): string {
  const depth = random.pick([3, 100, 20_000]);
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
    ['{"flow":', '}'],
  ]);
  return open!.repeat(depth) + (random.chance(0.5) ? `1${close!.repeat(depth)}` : '');
}

/** Replaces one match of a pattern, a random one. */
function oneReplaced(text: string, pattern: RegExp, random: Random, by: (found: string) => string): string {
  const found = [...text.matchAll(pattern)];
  if (found.length === 0) return text;
  const { 0: word, index } = random.pick(found);
  return text.slice(0, index) + by(word) + text.slice(index + word.length);
}

/** Another text, one character a byte. */
type TextDamage = (text: string, random: Random) => string;

const ofLines =
  (change: (lines: string[], random: Random) => string[]): TextDamage =>
  (text, random) =>
    change(text.split('\n'), random).join('\n');

/** Replaces or removes a value of a parsed JSON text, anywhere in it. */
function valueChanged(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.chance(0.15)) return random.pick(VALUES);
  const copy = structuredClone(value) as Record<string, unknown>;
  const keys = Object.keys(copy);
  if (keys.length === 0) return random.pick(VALUES);
  const key = random.pick(keys);
  if (random.chance(0.25)) delete copy[key];
  else copy[key] = valueChanged(copy[key], random);
  return copy;
}

function jsonChanged(text: string, random: Random): string {
  try {
    return JSON.stringify(valueChanged(JSON.parse(text), random)) ?? '';
  } catch {
    return text;
  }
}

/** Damage of texts. */
const OF_TEXT: readonly TextDamage[] = [
  ofLines((lines, random) => {
    const at = random.below(lines.length);
    return lines.toSpliced(at, 0, ...Array.from({ length: 1 + random.below(4) }, () => lines[at]!));
  }),
  ofLines((lines, random) => lines.toSpliced(random.below(lines.length), 1 + random.below(2))),
  ofLines((lines, random) => lines.toSpliced(random.below(lines.length), 1, random.pick(lines))),
  ofLines((lines, random) => {
    const at = random.below(lines.length);
    return lines.with(at, lines[at]!.slice(0, random.below(lines[at]!.length + 1)));
  }),
  ofLines((lines, random) => {
    const at = random.below(lines.length);
    return lines.with(at, jsonChanged(lines[at]!, random));
  }),
  (text, random) => (text.length < 200_000 ? jsonChanged(text, random) : text),
  (text, random) => oneReplaced(text, /\d+(?:\.\d+)?/g, random, () => random.pick(HUGE)),
  (text, random) => oneReplaced(text, /\d+(?:\.\d+)?/g, random, (word) => word + random.pick(HUGE)),
  (text, random) => oneReplaced(text, /"[^"\n]*"\s*:\s*[^,{}[\]\n]*,?/g, random, () => ''),
  (text, random) => oneReplaced(text, /[A-Za-z_.]+/g, random, () => random.pick(NOT_UTF8)),
  (text, random) => oneReplaced(text, /[",:;{}[\]()=<>\t ]/g, random, (word) => word.repeat(random.below(4))),
  (text, random) =>
    oneReplaced(text, /[",:;{}[\]()=<>\t ]/g, random, () => random.pick([...'",:;{}[]()\\\0'])),
  (text, random) => oneReplaced(text, /:|,|\n/g, random, (word) => word + deep(random)),
  (text, random) => oneReplaced(text, /\n/g, random, () => random.pick(['\r', '\r\n', '\n\n\n', ' ', '\0'])),
  (text, random) => oneReplaced(text, /\w+|\W/g, random, (word) => word.repeat(150_000 / word.length)),
  function pieceRepeated(text, random) {
    const at = random.below(text.length);
    const piece = text.slice(at, at + 1 + random.below(80)).replaceAll('\n', ' ');
    return (
      text.slice(0, at) +
      piece.repeat(Math.ceil(random.pick([5000, 1_000_000]) / (piece.length + 1))) +
      text.slice(at)
    );
  },
  (text) => `\xef\xbb\xbf${text}`,
  (text, random) => oneReplaced(text, /\w+/g, random, (word) => `"${word}`),
];

const isText = (bytes: Buffer): boolean => bytes.length > 0 && bytes[0]! >= 9 && bytes[0]! < 127;

const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** What was compressed, damaged, and compressed again. */
function inside(bytes: Buffer, random: Random): Buffer {
  try {
    return gzipSync(damaged(gunzipSync(bytes), random));
  } catch {
    return bytes;
  }
}

/** Damages a trace in one to four ways. */
export function damaged(bytes: Buffer, random: Random): Buffer {
  let changed = bytes;
  for (let times = random.pick([1, 1, 1, 2, 4]); times > 0; times--) {
    if (isGzip(changed) && random.chance(0.4)) changed = inside(changed, random);
    else if (isText(changed) && random.chance(0.7))
      changed = Buffer.from(random.pick(OF_TEXT)(changed.toString('latin1'), random), 'latin1');
    else changed = random.pick(OF_BYTES)(changed, random);
  }
  return changed;
}
