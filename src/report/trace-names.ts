/** How the traces of a replay are called in a headline. */
import { firstOf } from '../output/quantity.ts';
import { sourceName } from '../output/source-name.ts';

/** Paths as they were given, the first ones of many. */
export function traceNames(traces: readonly { readonly path: string }[]): string {
  return firstOf(traces.map(({ path }) => sourceName(path)));
}
