/** What the page rests on: traces, snapshots, what was skipped, assumptions, times. */
import { formatBytes, formatCount } from '../../output/quantity.ts';
import { sourceName } from '../../output/source-name.ts';
import type { ReplayPage } from '../page-document.ts';
import { MarkedLine } from './marked-line.tsx';
import { ScrollRegion } from './scroll-region.tsx';

function instant(seconds: string): string {
  return seconds === ''
    ? ''
    : `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ')}`;
}

function Traces({ page }: { readonly page: ReplayPage }) {
  return (
    <ScrollRegion label="List of traces">
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Trace</th>
            <th scope="col">Format</th>
            <th scope="col" class="number">
              Records
            </th>
            <th scope="col" class="number">
              Packets
            </th>
            <th scope="col" class="number">
              Bytes
            </th>
            <th scope="col">From (UTC)</th>
            <th scope="col">To (UTC)</th>
          </tr>
        </thead>
        <tbody>
          {page.document.traces.map((trace) => (
            <tr key={trace.path}>
              <td>{sourceName(trace.path)}</td>
              <td>{trace.format}</td>
              <td class="number">{formatCount(trace.records)}</td>
              <td class="number">{formatCount(trace.packets)}</td>
              <td class="number">{formatBytes(trace.bytes)}</td>
              <td>{instant(trace.first_time)}</td>
              <td>{instant(trace.last_time)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function Snapshots({ page }: { readonly page: ReplayPage }) {
  const { snapshots } = page.document;
  if (snapshots.length === 0) return null;
  return (
    <>
      <h3>Snapshots of the cluster</h3>
      <ul class="plain-list">
        {snapshots.map(({ time, packets, policies, endpoints }) => (
          <li key={time}>
            from <b>{time}</b>: {formatCount(packets)} packets, {formatCount(policies)} policies,{' '}
            {formatCount(endpoints)} endpoints
          </li>
        ))}
      </ul>
    </>
  );
}

function Skipped({ page }: { readonly page: ReplayPage }) {
  const skipped = page.document.skipped.filter(({ packets }) => packets > 0);
  return (
    <>
      <h3>Skipped, nothing to judge</h3>
      {skipped.length === 0 ? (
        <p class="empty">Nothing was skipped.</p>
      ) : (
        <ul class="plain-list">
          {skipped.map(({ reason, packets, bytes }) => (
            <li key={reason}>
              <b>{formatCount(packets)}</b> {reason} <span class="dim">{formatBytes(bytes)}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

export function FactsSection({ page }: { readonly page: ReplayPage }) {
  return (
    <>
      <Traces page={page} />
      <Snapshots page={page} />
      <Skipped page={page} />
      <h3>Good to know</h3>
      <div class="notes">
        {page.notes.map((text) => (
          <MarkedLine key={text} text={text} />
        ))}
      </div>
    </>
  );
}
