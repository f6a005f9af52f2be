/** Times as flow logs write them → seconds and nanoseconds, without going through a double where that would lose digits. */

export interface TraceTime {
  /** Since 1970. */
  readonly seconds: number;
  readonly nanos: number;
  /** What was written lies before 1970 or beyond 2106, which rows cannot hold: this is the nearest time that they can. */
  readonly isOutside?: true;
  /** What was written is no time: this is time 0. */
  readonly isUnread?: true;
}

const NO_TIME: TraceTime = { seconds: 0, nanos: 0 };

/** Digits behind a decimal point as nanoseconds. */
const fractionNanos = (digits: string): number => Number(digits.slice(0, 9).padEnd(9, '0'));

const UNREAD_TIME: TraceTime = { seconds: 0, nanos: 0, isUnread: true };
const SECONDS_MOST = 0xffff_ffff;

/** The time, or the nearest that a row can hold. */
function held(seconds: number, nanos: number): TraceTime {
  if (seconds < 0) return { seconds: 0, nanos: 0, isOutside: true };
  if (seconds > SECONDS_MOST) return { seconds: SECONDS_MOST, nanos: 999_999_999, isOutside: true };
  return { seconds, nanos };
}

/** Seconds as most logs write them: up to nine digits, or ten that a row can hold; -1 for anything else. */
function plainSeconds(text: string): number {
  if (text.length > 10) return -1;
  let seconds = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    seconds = seconds * 10 + digit;
  }
  return seconds <= SECONDS_MOST ? seconds : -1;
}

/**
 * Seconds, milliseconds, microseconds or nanoseconds since 1970 (told apart by their size), with a fraction or without, or ISO 8601
 * (without a zone: UTC). Nothing, or a dash, is time 0.
 */
export function parseTime(text: string | undefined): TraceTime {
  if (text === undefined || text === '' || text === '-') return NO_TIME;
  const plain = plainSeconds(text);
  if (plain >= 0) return { seconds: plain, nanos: 0 };
  const number = /^(-?)(\d{1,19})(?:\.(\d+))?$/.exec(text);
  if (number !== null) return fromNumber(number[1] === '-', number[2]!, number[3] ?? '');
  const iso = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:?\d\d)?$/i.exec(text);
  if (iso === null) return UNREAD_TIME;
  const milliseconds = Date.parse(`${iso[1]}T${iso[2]}${iso[4] ?? 'Z'}`);
  if (Number.isNaN(milliseconds)) return UNREAD_TIME;
  return held(Math.floor(milliseconds / 1000), fractionNanos(iso[3] ?? ''));
}

function fromNumber(isNegative: boolean, digits: string, fraction: string): TraceTime {
  // 12 digits and more are no seconds before the year 5000.
  const unitDigits = digits.length <= 11 ? 0 : digits.length <= 14 ? 3 : digits.length <= 17 ? 6 : 9;
  const seconds = unitDigits === 0 ? digits : digits.slice(0, -unitDigits);
  const nanos = fractionNanos(unitDigits === 0 ? fraction : digits.slice(-unitDigits) + fraction);
  const isZero = Number(seconds) === 0 && nanos === 0;
  return held(isNegative && !isZero ? -1 : Number(seconds), nanos);
}
