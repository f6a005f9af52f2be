/** One flow: what it is, who decided and where, the walk that says so, and the command that says it again. */
import { formatBytes, formatCount } from '../../output/quantity.ts';
import { shellWord } from '../../output/shell.ts';
import type { ReplayPage } from '../page-document.ts';
import { CopyLine } from './copy-line.tsx';
import type { FlowStore } from './flow-store.ts';
import { MarkedLine } from './marked-line.tsx';
import { ScrollRegion } from './scroll-region.tsx';
import { VerdictBadge } from './verdict-badge.tsx';

export interface FlowDetailProps {
  readonly page: ReplayPage;
  readonly store: FlowStore;
  readonly row: number;
  readonly onClose: () => void;
}

/** Where an end of a flow is: its name with the address behind it. */
function endText(store: FlowStore, place: number): string {
  const { name, address } = store.flows.places[place]!;
  return name === '' || address === '' ? name + address : `${name} (${address})`;
}

function Facts({ page, store, row }: Omit<FlowDetailProps, 'onClose'>) {
  const { columns, flows } = store;
  const decision = store.decision(row);
  const judged = columns.judged[row]!;
  const judgedPort = columns.judgedPort[row]!;
  const isRewritten =
    judged !== columns.dst[row] || judgedPort !== (flows.ports[columns.port[row]!]!.port ?? -1);
  const snapshot = page.document.snapshots[columns.snapshot[row]!];
  const facts: readonly (readonly [string, string])[] = [
    ['From', endText(store, columns.src[row]!)],
    ['To', `${endText(store, columns.dst[row]!)}, ${flows.ports[columns.port[row]!]!.label}`],
    ...(isRewritten
      ? [['Arrives at', `${endText(store, judged)}${judgedPort < 0 ? '' : `, port ${judgedPort}`}`] as const]
      : []),
    [
      'Traffic',
      `${formatCount(columns.packets[row]!)} packets, ${formatBytes(columns.bytes[row]!)}, ${formatCount(columns.connections[row]!)} ${columns.connections[row] === 1 ? 'connection' : 'connections'}`,
    ],
    ['Decided by', decision.why],
    ...(decision.place === '' ? [] : [['In', decision.place] as const]),
    ...(snapshot === undefined ? [] : [['Snapshot', snapshot.time] as const]),
    ...(columns.doubtful[row] === 1
      ? [['Doubtful', 'an invalid object that was left out could change this'] as const]
      : []),
  ];
  return (
    <dl class="facts">
      {facts.map(([label, text]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd class={label === 'In' ? 'place-ink' : ''}>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

function Walk({ page, store, row }: Omit<FlowDetailProps, 'onClose'>) {
  const { walk, example } = store.decision(row);
  if (walk === null)
    return (
      <p class="dim">
        The page has no room for this walk: it holds those of other decisions, denied ones and the heaviest
        first. The command below prints it.
      </p>
    );
  if (walk.length === 0)
    return (
      <p class="dim">
        No walk of a first packet ends like this: what went before on the connection, or what the record
        leaves out, made the difference.
      </p>
    );
  return (
    <>
      {example !== row && (
        <p class="dim">
          Decided by the same rules as <b>{store.flow(example)}</b>, whose walk this is:
        </p>
      )}
      <ScrollRegion label="The walk" className="walk">
        {walk.map((number, index) => (
          // Lines repeat; their places do not.
          <MarkedLine key={index} text={page.lines[number]!} />
        ))}
      </ScrollRegion>
    </>
  );
}

export function FlowDetail({ page, store, row, onClose }: FlowDetailProps) {
  const flow = store.flow(row);
  const snapshot = page.document.snapshots[store.columns.snapshot[row]!];
  const at = snapshot === undefined ? '' : ` --at ${shellWord(snapshot.time)}`;
  return (
    <aside class="detail" aria-label="The chosen flow">
      <header>
        <VerdictBadge verdict={store.decision(row).verdict} />
        <h3>{flow}</h3>
        <button type="button" class="quiet" onClick={onClose}>
          Close
        </button>
      </header>
      <Facts page={page} store={store} row={row} />
      <h4>Why</h4>
      <Walk page={page} store={store} row={row} />
      {page.explain !== '' && (
        <CopyLine label="again:" text={`${page.explain}${at} ${flow.split(' ').map(shellWord).join(' ')}`} />
      )}
    </aside>
  );
}
