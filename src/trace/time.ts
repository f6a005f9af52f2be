/** Times as flow logs write them → seconds and nanoseconds, without going through a double where that would lose digits. */

export interface TraceTime {
  /** Since 1970. */
  readonly seconds: number;
  readonly nanos: number;
}

const NO_TIME: TraceTime = { seconds: 0, nanos: 0 };

/** Digits behind a decimal point as nanoseconds. */
const fractionNanos = (digits: string): number => Number(digits.slice(0, 9).padEnd(9, '0'));

/**
 * Seconds, milliseconds, microseconds or nanoseconds since 1970 (told apart by their size), with a fraction or without, or ISO 8601
 * (without a zone: UTC). Anything else is time 0.
 */
export function parseTime(text: string | undefined): TraceTime {
  if (text === undefined) return NO_TIME;
  const number = /^(\d{1,19})(?:\.(\d+))?$/.exec(text);
  if (number !== null) return fromNumber(number[1]!, number[2] ?? '');
  const iso = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:?\d\d)?$/i.exec(text);
  if (iso === null) return NO_TIME;
  const milliseconds = Date.parse(`${iso[1]}T${iso[2]}${iso[4] ?? 'Z'}`);
  if (Number.isNaN(milliseconds) || milliseconds < 0) return NO_TIME;
  return { seconds: Math.floor(milliseconds / 1000), nanos: fractionNanos(iso[3] ?? '') };
}

function fromNumber(digits: string, fraction: string): TraceTime {
  // 12 digits and more are no seconds before the year 5000.
  const unitDigits = digits.length <= 11 ? 0 : digits.length <= 14 ? 3 : digits.length <= 17 ? 6 : 9;
  if (unitDigits === 0) return { seconds: Number(digits) >>> 0, nanos: fractionNanos(fraction) };
  return {
    seconds: Number(digits.slice(0, -unitDigits)) >>> 0,
    nanos: fractionNanos(digits.slice(-unitDigits) + fraction),
  };
}
