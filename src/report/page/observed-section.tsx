/** What traces say became of packets, beside what is judged here. */
import { formatCount, formatShare } from '../../output/quantity.ts';
import type { ObservedPage } from '../page-document.ts';
import { ChangeList } from './change-list.tsx';
import { ScrollRegion } from './scroll-region.tsx';

const COLUMNS = ['allow', 'deny', 'undetermined', 'unspecified'];

function Pairs({ pairs }: Pick<ObservedPage, 'pairs'>) {
  const verdicts = COLUMNS.filter((verdict) => pairs.some((pair) => pair.verdict === verdict));
  return (
    <ScrollRegion label="Observed against simulated">
      <table class="plain narrow">
        <thead>
          <tr>
            <th scope="col">Packets</th>
            {verdicts.map((verdict) => (
              <th key={verdict} scope="col" class="number">
                here: {verdict}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {['allow', 'deny'].map((observed) => (
            <tr key={observed}>
              <th scope="row">observed: {observed}</th>
              {verdicts.map((verdict) => {
                const pair = pairs.find((one) => one.observed === observed && one.verdict === verdict);
                const isCompared = verdict === 'allow' || verdict === 'deny';
                const ink = !isCompared
                  ? 'undetermined-ink'
                  : verdict === observed
                    ? 'allow-ink'
                    : 'deny-ink';
                return (
                  <td key={verdict} class={`number ${pair === undefined ? 'dim' : ink}`}>
                    {pair === undefined ? '–' : formatCount(pair.packets)}
                    {pair !== undefined && isCompared && (
                      <span class="unseen">{verdict === observed ? ', agrees' : ', disagrees'}</span>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

export function ObservedSection({ observed }: { readonly observed: ObservedPage }) {
  const { agree, compared, unit, pairs, groups, groupsOmitted, otherPolicy, otherPolicyPackets } = observed;
  return (
    <>
      <p class="big">
        {compared === 0
          ? 'Nothing that was observed could be compared.'
          : `${formatShare(agree, compared)} of ${formatCount(compared)} ${unit}s fare here as they were observed.`}
      </p>
      {pairs.length > 0 && <Pairs pairs={pairs} />}
      <h3>What disagrees, by who decided on either side</h3>
      {groups.length === 0 ? (
        <p class="empty">Nothing disagrees.</p>
      ) : (
        <ChangeList changes={groups} omitted={groupsOmitted} />
      )}
      {otherPolicy.length > 0 && (
        <details>
          <summary>
            The same verdict by another policy than the trace names: {formatCount(otherPolicyPackets)} packets
          </summary>
          <ChangeList changes={otherPolicy} omitted={0} />
        </details>
      )}
    </>
  );
}
