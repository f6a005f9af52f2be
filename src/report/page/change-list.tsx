/** Flows that fare in two ways, each with who decides on either side. */
import { useState } from 'preact/hooks';
import { countOf, formatCount } from '../../output/quantity.ts';
import type { PageChange } from '../page-document.ts';

/** Before somebody asks for all. */
const SHOWN = 10;

export function ChangeList({
  changes,
  omitted,
}: {
  readonly changes: readonly PageChange[];
  readonly omitted: number;
}) {
  const [isAll, setAll] = useState(false);
  const shown = isAll ? changes : changes.slice(0, SHOWN);
  const more = changes.length - shown.length;
  return (
    <>
      <ul class="changes">
        {shown.map((change) => (
          <li key={`${change.flow} ${change.what} ${change.sides.map(({ text }) => text).join(' ')}`}>
            <p class="change-head">
              <b>{change.flow}</b> <span class="dim">{countOf(change.packets, 'packet')}</span>{' '}
              <span class="tag">{change.what}</span>
            </p>
            <dl class="facts">
              {change.sides.map(({ label, text, place }) => (
                <div key={label}>
                  <dt>{label}</dt>
                  <dd>
                    {text} <span class="place-ink">{place}</span>
                  </dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ul>
      {more > 0 && (
        <button type="button" class="quiet" onClick={() => setAll(true)}>
          Show {formatCount(more)} more
        </button>
      )}
      {omitted > 0 && <p class="dim">{formatCount(omitted)} more are not on this page.</p>}
    </>
  );
}
