/** Flows that fare in two ways, each with who decides on either side. */
import { countOf } from '../../output/quantity.ts';
import type { PageChange } from '../page-document.ts';
import { useFirst } from './first-rows.tsx';

/** Before somebody asks for all. */
const SHOWN = 10;

export function ChangeList({
  changes,
  omitted,
}: {
  readonly changes: readonly PageChange[];
  readonly omitted: number;
}) {
  const [shown, rest] = useFirst(changes, SHOWN, omitted);
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
      {rest}
    </>
  );
}
