/**
 * The time up to which kernels frame a trace that is merged with others, as they are told it and as they answer: a word
 * that says whether, and two for `seconds << 32 | nanoseconds`.
 */
import type { TraceTime } from './time.ts';

const MOST = 0xffff_ffff;

/** Writes the limit at `whether` and `at`, indices of `words`; none when `merging` is absent. */
export function writeLimit(
  words: Uint32Array,
  whether: number,
  at: number,
  merging: { readonly before: TraceTime } | undefined,
): void {
  words[whether] = merging === undefined ? 0 : 1;
  if (merging === undefined) return;
  const { seconds, nanos } = merging.before;
  words[at] = seconds > MOST ? MOST : nanos;
  words[at + 1] = Math.min(seconds, MOST);
}

/** The time of the record that was left for the limit, if one was. */
export function readNext(words: Uint32Array, whether: number, at: number): { next?: TraceTime } {
  return words[whether] === 0 ? {} : { next: { seconds: words[at + 1]!, nanos: words[at]! } };
}
