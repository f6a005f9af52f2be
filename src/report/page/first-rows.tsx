/** A list of which the first are shown: a button shows the others, and what the page does not hold is said. */
import type { ComponentChild } from 'preact';
import { useState } from 'preact/hooks';
import { formatCount } from '../../output/quantity.ts';

/** What is shown of a list, and what stands behind it; `omitted`: how many the page does not hold. */
export function useFirst<T>(
  list: readonly T[],
  most: number,
  omitted: number,
): readonly [shown: readonly T[], rest: ComponentChild] {
  const [isAll, setAll] = useState(false);
  const shown = isAll ? list : list.slice(0, most);
  const more = list.length - shown.length;
  return [
    shown,
    <>
      {more > 0 && (
        <button type="button" class="quiet" onClick={() => setAll(true)}>
          Show {formatCount(more)} more
        </button>
      )}
      {omitted > 0 && <p class="dim">{formatCount(omitted)} more are not on this page.</p>}
    </>,
  ];
}
