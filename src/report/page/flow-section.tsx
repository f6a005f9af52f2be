/** The flows: filters, the table, and the one that is chosen. */
import { useMemo, useState } from 'preact/hooks';
import { formatBytes, formatCount } from '../../output/quantity.ts';
import type { ReplayPage } from '../page-document.ts';
import { FlowDetail } from './flow-detail.tsx';
import { FlowFilters } from './flow-filters.tsx';
import type { FlowFilter, FlowStore, Sort, SortKey } from './flow-store.ts';
import { VerdictBadge } from './verdict-badge.tsx';
import { type Column, VirtualTable } from './virtual-table.tsx';

/** Rows that a printed page shows. */
const PRINTED = 100;

export interface FlowSectionProps {
  readonly page: ReplayPage;
  readonly store: FlowStore;
  readonly filter: FlowFilter;
  readonly onFilter: (filter: FlowFilter) => void;
}

function flowColumns(store: FlowStore): Column<SortKey>[] {
  const { columns, flows } = store;
  const text = (value: string) => <span title={value}>{value}</span>;
  return [
    {
      key: 'verdict',
      label: 'Verdict',
      isKept: true,
      render: (row) => <VerdictBadge verdict={store.decision(row).verdict} />,
    },
    { key: 'source', label: 'From', isKept: true, render: (row) => text(store.placeText(columns.src[row]!)) },
    {
      key: 'destination',
      label: 'To',
      isKept: true,
      render: (row) => text(store.placeText(columns.dst[row]!)),
    },
    { key: 'port', label: 'Port', render: (row) => flows.ports[columns.port[row]!]!.label },
    { key: 'why', label: 'Decided by', render: (row) => text(store.decision(row).why) },
    {
      key: 'packets',
      label: 'Packets',
      isNumber: true,
      isKept: true,
      render: (row) => formatCount(columns.packets[row]!),
    },
    { key: 'bytes', label: 'Bytes', isNumber: true, render: (row) => formatBytes(columns.bytes[row]!) },
    {
      key: 'connections',
      label: 'Conn.',
      isNumber: true,
      render: (row) => formatCount(columns.connections[row]!),
    },
  ];
}

/** What is shown of how many, and what it comes to. */
function Shown({ store, rows }: { readonly store: FlowStore; readonly rows: Uint32Array }) {
  const { rows: all, omitted } = store.flows;
  const packets = useMemo(
    () => rows.reduce((sum, row) => sum + store.columns.packets[row]!, 0),
    [store, rows],
  );
  const part =
    rows.length === all
      ? `${formatCount(all)} flows`
      : `${formatCount(rows.length)} of ${formatCount(all)} flows`;
  const more =
    omitted > 0
      ? `. The page holds the ${formatCount(all)} heaviest, denied ones first; ${formatCount(omitted)} more are in the totals alone`
      : '';
  return (
    <p class="shown" role="status">
      {part}, {formatCount(packets)} packets{more}.
    </p>
  );
}

export function FlowSection({ page, store, filter, onFilter }: FlowSectionProps) {
  const [sort, setSort] = useState<Sort>({ key: 'packets', isDescending: true });
  const [selected, setSelected] = useState<number | undefined>(undefined);
  const columns = useMemo(() => flowColumns(store), [store]);
  const counts = useMemo(() => store.verdictCounts(), [store]);
  const choices = useMemo(
    () => ({
      namespaces: store.namespaces(),
      ports: store.portLabels(),
      policies: store.policies(),
      rules: store.rules(),
      directions: store.directions(),
    }),
    [store],
  );
  const found = useMemo(() => store.filter(filter), [store, filter]);
  const rows = useMemo(() => store.sort(found, sort), [store, found, sort]);
  // Numbers begin with the largest, words with A.
  const onSort = (key: SortKey): void =>
    setSort(({ key: before, isDescending }) =>
      before === key
        ? { key, isDescending: !isDescending }
        : { key, isDescending: ['packets', 'bytes', 'connections'].includes(key) },
    );
  const isOpen = selected !== undefined && rows.includes(selected);
  return (
    <>
      <FlowFilters store={store} filter={filter} counts={counts} choices={choices} onChange={onFilter} />
      <Shown store={store} rows={rows} />
      {rows.length === 0 ? (
        <p class="empty">
          {store.flows.rows === 0
            ? 'The traces hold no flow that could be judged.'
            : 'No flow is like this. Take a filter away, or search for less.'}
        </p>
      ) : (
        <div class={isOpen ? 'flows open' : 'flows'}>
          <VirtualTable
            label="Flows"
            columns={columns}
            rows={rows}
            sort={sort}
            onSort={onSort}
            selected={selected}
            onSelect={setSelected}
          />
          {isOpen && (
            <FlowDetail page={page} store={store} row={selected} onClose={() => setSelected(undefined)} />
          )}
        </div>
      )}
      <PrintedFlows store={store} rows={rows} columns={columns} />
    </>
  );
}

interface PrintedProps {
  readonly store: FlowStore;
  readonly rows: Uint32Array;
  readonly columns: readonly Column<SortKey>[];
}

/** On paper nothing scrolls: the first rows, and how many are not there. */
function PrintedFlows({ rows, columns }: PrintedProps) {
  return (
    <div class="print-only">
      <table class="plain">
        <thead>
          <tr>
            {columns.map(({ key, label, isNumber }) => (
              <th key={key} class={isNumber ? 'number' : ''}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from(rows.subarray(0, PRINTED), (row) => (
            <tr key={row}>
              {columns.map(({ key, isNumber, render }) => (
                <td key={key} class={isNumber ? 'number' : ''}>
                  {render(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > PRINTED && <p>{formatCount(rows.length - PRINTED)} more flows are not printed.</p>}
    </div>
  );
}
