/**
 * Which records of a trace are wanted, by their time: the words of `--from` and `--to`, and the half-open range that they
 * make. A word may count from the earliest first record of all traces, which is known when these are open.
 */
import type { Checked, Diagnostic } from '../diagnostic/diagnostic.ts';
import type { TraceTime } from './time.ts';

/** [from, to); an absent end is open. */
export interface TimeRange {
  readonly from?: TraceTime;
  readonly to?: TraceTime;
}

/** A time, or how long behind the beginning of the traces. */
export interface TimeBound {
  readonly time: TraceTime;
  readonly isRelative: boolean;
}

/** The two ends as they were written. */
export interface RangeBounds {
  readonly from?: TimeBound;
  readonly to?: TimeBound;
}

const BILLION = 1_000_000_000;
/** What the SECONDS column holds. */
const LATEST_SECOND = 0xffff_ffff;

const EXAMPLES =
  'write 2026-03-01T10:00:00Z, 2026-03-01, 1772359200.5 (seconds since 1970), or +30s from the first record';

/** Units of durations, in seconds. */
export const UNIT_SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

interface Slip {
  readonly problem: string;
  /** Characters before it. */
  readonly at: number;
  readonly length: number;
  readonly hint: string;
}

const nanosOf = (digits: string): number => Number(digits.slice(0, 9).padEnd(9, '0'));

/** `+1h30m`: whole numbers or decimal ones, each with its unit. */
function parseDuration(text: string): TimeBound | Slip {
  const part = /(\d+)(?:\.(\d+))?(ms|s|m|h|d)/y;
  let seconds = 0;
  let nanos = 0;
  part.lastIndex = 1;
  let behind = 1;
  for (let found = part.exec(text); found !== null; found = part.exec(text)) {
    const unit = UNIT_SECONDS[found[3]!]!;
    const whole = Number(found[1]) * unit;
    const fraction = nanosOf(found[2] ?? '') * unit;
    seconds += Math.floor(whole);
    nanos += Math.round((whole - Math.floor(whole)) * BILLION + fraction);
    behind = part.lastIndex;
  }
  if (behind < text.length || behind === 1) {
    const rest = text.slice(behind);
    return {
      problem: rest === '' ? 'found nothing behind +' : `${JSON.stringify(rest)} is no duration`,
      at: behind,
      length: rest.length,
      hint: /^\d+(\.\d+)?$/.test(rest)
        ? `write +${rest}s for seconds`
        : 'write +30s, +5m, +1h30m: units are ms, s, m, h, d',
    };
  }
  return {
    time: { seconds: seconds + Math.floor(nanos / BILLION), nanos: nanos % BILLION },
    isRelative: true,
  };
}

function parseSeconds(text: string, whole: string, fraction: string): TimeBound | Slip {
  const seconds = Number(whole);
  if (seconds <= LATEST_SECOND) return { time: { seconds, nanos: nanosOf(fraction) }, isRelative: false };
  const unit = [1e3, 1e6, 1e9].find((divisor) => seconds / divisor <= LATEST_SECOND);
  const digits = unit === undefined ? 0 : String(unit).length - 1;
  const hint =
    unit === undefined ? EXAMPLES : `in seconds that is ${whole.slice(0, -digits)}.${whole.slice(-digits)}`;
  return { problem: `${whole} seconds since 1970 is beyond the year 2106`, at: 0, length: text.length, hint };
}

const PARTS: readonly (readonly [name: string, largest: number, smallest: number])[] = [
  ['year', 9999, 0],
  ['month', 12, 1],
  ['day', 31, 1],
  ['hour', 23, 0],
  ['minute', 59, 0],
  ['second', 59, 0],
];

/** The first number of a date that no date has. */
function slipInDate(text: string): Slip | undefined {
  const fields = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?/i.exec(text)!;
  let at = 0;
  for (const [index, [name, largest, smallest]] of PARTS.entries()) {
    const digits = fields[index + 1];
    if (digits === undefined) continue;
    if (Number(digits) > largest || Number(digits) < smallest)
      return {
        problem: `${digits} is no ${name}`,
        at,
        length: digits.length,
        hint: `${name}s are ${smallest} to ${largest}`,
      };
    at += digits.length + 1;
  }
  return undefined;
}

const DATE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.(\d{1,9}))?\s?(Z|[+-]\d\d:?\d\d)?)?$/i;

function parseDate(text: string): TimeBound | Slip | undefined {
  const date = DATE.exec(text);
  if (date === null) return undefined;
  const whole = { at: 0, length: text.length };
  const [, day, clock = '00:00', second = ':00', fraction = '', zone = 'Z'] = date;
  const milliseconds = Date.parse(`${day}T${clock}${second}${zone.toUpperCase()}`);
  const slip = slipInDate(text);
  if (slip !== undefined) return slip;
  // 31 February is the third of March to some.
  if (
    Number.isNaN(milliseconds) ||
    new Date(Date.parse(`${day}T00:00:00Z`)).getUTCDate() !== Number(day!.slice(8))
  )
    return { problem: `${day} is no day of the calendar`, hint: EXAMPLES, ...whole };
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 0 || seconds > LATEST_SECOND)
    return { problem: `${text} is outside of 1970 to 2106, which traces can hold`, hint: EXAMPLES, ...whole };
  return { time: { seconds, nanos: nanosOf(fraction) }, isRelative: false };
}

function parseBound(text: string): TimeBound | Slip {
  if (text.startsWith('+')) return parseDuration(text);
  const number = /^(\d+)(?:\.(\d+))?$/.exec(text);
  if (number !== null) return parseSeconds(text, number[1]!, number[2] ?? '');
  const date = parseDate(text);
  if (date !== undefined) return date;
  // Where it stops to look like a time.
  const begun =
    /^\d{4}(?:-\d\d(?:-\d\d(?:[T ]\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?)?)?)?/i.exec(text)?.[0].length ?? 0;
  const at = begun < text.length ? begun : 0;
  const rest = text.slice(at);
  return {
    problem:
      text === ''
        ? 'found nothing, where a time was expected'
        : `${JSON.stringify(rest)} is no ${at === 0 ? 'time' : 'part of a time'}`,
    at,
    length: Math.max(1, rest.length),
    hint: EXAMPLES,
  };
}

/**
 * Reads the word behind `option` (`--from`, `--to`): RFC 3339 (without a zone: UTC), a date (its midnight in UTC), seconds since
 * 1970 with a fraction, or `+` and a duration. A mistake is a diagnostic with its column in the word.
 */
export function parseTimeBound(text: string, option: string): Checked<TimeBound | undefined> {
  const read = parseBound(text);
  if (!('problem' in read)) return { value: read, diagnostics: [] };
  const { problem, at, length, hint } = read;
  const diagnostic: Diagnostic = {
    code: 'cli/time',
    severity: 'error',
    message: problem,
    at: { file: option, line: 1, column: at + 1 },
    sourceLine: text,
    span: length,
    hint,
  };
  return { value: undefined, diagnostics: [diagnostic] };
}

/** Negative, zero or positive as `a` is before, at or behind `b`. */
export function compareTimes(a: TraceTime, b: TraceTime): number {
  return a.seconds - b.seconds || a.nanos - b.nanos;
}

function resolve(bound: TimeBound, first: TraceTime): TraceTime {
  if (!bound.isRelative) return bound.time;
  const nanos = bound.time.nanos + first.nanos;
  return {
    seconds: bound.time.seconds + first.seconds + Math.floor(nanos / BILLION),
    nanos: nanos % BILLION,
  };
}

/** Whether an end counts from the first record, which then must be known. */
export function isRelative({ from, to }: RangeBounds): boolean {
  return from?.isRelative === true || to?.isRelative === true;
}

/** The range; `first` is the time of the earliest first record of all traces. */
export function resolveRange({ from, to }: RangeBounds, first: TraceTime): TimeRange {
  return {
    ...(from === undefined ? {} : { from: resolve(from, first) }),
    ...(to === undefined ? {} : { to: resolve(to, first) }),
  };
}

/** Whether a record of the time is wanted. Nanoseconds of a second or more carry over. */
export function isInRange({ from, to }: TimeRange, time: TraceTime): boolean {
  const at = {
    seconds: time.seconds + Math.floor(time.nanos / BILLION),
    nanos: time.nanos % BILLION,
  };
  return (
    (from === undefined || compareTimes(at, from) >= 0) && (to === undefined || compareTimes(at, to) < 0)
  );
}

/** What both words together get wrong: a range that holds no time at all. */
export function rangeProblems({ from, to }: RangeBounds): Diagnostic[] {
  if (from === undefined || to === undefined || from.isRelative !== to.isRelative) return [];
  if (compareTimes(from.time, to.time) < 0) return [];
  return [
    {
      code: 'cli/time',
      severity: 'error',
      message: '--to is not later than --from: no time lies between them',
      hint: 'the record at --to is left out, the one at --from is in',
    },
  ];
}
