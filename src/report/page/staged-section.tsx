/** What staged policies would change, were they enforced. */
import { formatCount } from '../../output/quantity.ts';
import type { StagedPage } from '../page-document.ts';
import { ChangeList } from './change-list.tsx';
import { ScrollRegion } from './scroll-region.tsx';

export function StagedSection({ staged }: { readonly staged: StagedPage }) {
  const { policies, changed, omitted } = staged;
  return (
    <>
      <ScrollRegion label="Staged policies, by what they would change">
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">Policy</th>
              <th scope="col" class="number">
                Newly denied
              </th>
              <th scope="col" class="number">
                Newly allowed
              </th>
              <th scope="col" class="number">
                Otherwise
              </th>
              <th scope="col">Where</th>
            </tr>
          </thead>
          <tbody>
            {policies.map(({ policy, location, newlyDenied, newlyAllowed, other }) => (
              <tr key={`${policy} ${location}`}>
                <td class="strong">{policy}</td>
                <td class={`number ${newlyDenied === 0 ? 'dim' : 'deny-ink'}`}>{formatCount(newlyDenied)}</td>
                <td class={`number ${newlyAllowed === 0 ? 'dim' : 'allow-ink'}`}>
                  {formatCount(newlyAllowed)}
                </td>
                <td class={`number ${other === 0 ? 'dim' : ''}`}>{formatCount(other)}</td>
                <td class="place-ink">{location}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <h3>Flows that would change</h3>
      {changed.length === 0 ? (
        <p class="empty">Nothing in these traces would change.</p>
      ) : (
        <ChangeList changes={changed} omitted={omitted} />
      )}
    </>
  );
}
