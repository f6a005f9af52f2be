/** How the traces of a replay are called in a headline. */
import { firstOf } from '../output/quantity.ts';

/** Paths as they were given, the first ones of many. */
export function traceNames(traces: readonly { readonly path: string }[]): string {
  return firstOf(traces.map(({ path }) => (path === '-' ? 'standard input' : path)));
}
