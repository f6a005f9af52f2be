/** What became of the packets: five verdicts, and the reasons behind them. */
import { formatBytes, formatCount, formatShare } from '../../output/quantity.ts';
import type { ReplayPage } from '../page-document.ts';
import { ScrollRegion } from './scroll-region.tsx';
import { VERDICTS, VerdictBadge, VerdictSign } from './verdict-badge.tsx';

/** The shares as one bar; the numbers stand below it. */
function ShareBar({ page }: { readonly page: ReplayPage }) {
  const { packets } = page.document;
  return (
    <div class="share-bar" aria-hidden="true">
      {VERDICTS.filter((verdict) => packets[verdict] > 0).map((verdict) => (
        <span
          key={verdict}
          class={`fill ${verdict}`}
          style={{ flexGrow: String(packets[verdict]), flexBasis: '3px' }}
        />
      ))}
    </div>
  );
}

function Cards({ page }: { readonly page: ReplayPage }) {
  const { packets, bytes, flows } = page.document;
  return (
    <ul class="cards">
      {VERDICTS.map((verdict) => (
        <li
          key={verdict}
          class={packets[verdict] === 0 && flows[verdict] === 0 ? 'card none' : `card ${verdict}`}
        >
          <span class="card-title">
            <VerdictSign verdict={verdict} /> {verdict}
          </span>
          <span class="card-share">{formatShare(packets[verdict], packets.total)}</span>
          <span class="card-more">
            {formatCount(packets[verdict])} packets
            <br />
            {bytes.total === 0 ? '' : `${formatBytes(bytes[verdict])} · `}
            {formatCount(flows[verdict])} flows
          </span>
        </li>
      ))}
    </ul>
  );
}

function Reasons({ page }: { readonly page: ReplayPage }) {
  const { reasons, packets } = page.document;
  return (
    <details>
      <summary>The same by reason</summary>
      <ScrollRegion label="Totals by reason">
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">Verdict</th>
              <th scope="col">Reason</th>
              <th scope="col" class="number">
                Packets
              </th>
              <th scope="col" class="number">
                Share
              </th>
              <th scope="col" class="number">
                Bytes
              </th>
              <th scope="col" class="number">
                Flows
              </th>
            </tr>
          </thead>
          <tbody>
            {reasons.map(({ verdict, reason, packets: count, bytes, flows }) => (
              <tr key={`${verdict} ${reason}`}>
                <td>
                  <VerdictBadge verdict={verdict} />
                </td>
                <td>
                  {reason}
                  {page.reasonWords[reason] !== reason && (
                    <span class="dim"> {page.reasonWords[reason]}</span>
                  )}
                </td>
                <td class="number">{formatCount(count)}</td>
                <td class="number">{formatShare(count, packets.total)}</td>
                <td class="number">{formatBytes(bytes)}</td>
                <td class="number">{formatCount(flows)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </details>
  );
}

export function TotalsSection({ page }: { readonly page: ReplayPage }) {
  return (
    <>
      <ShareBar page={page} />
      <Cards page={page} />
      <Reasons page={page} />
    </>
  );
}
