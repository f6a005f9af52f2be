/**
 * A table of any length of which only the rows in sight exist. Rows are chosen with arrow keys, Page Up and Down, Home and End;
 * Enter or a click opens one. Readers of screens are told how many rows there are and which one each is.
 */
import type { ComponentChild } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface Column<Key extends string> {
  readonly key: Key;
  readonly label: string;
  readonly isNumber?: boolean;
  /** Stays where there is little room. */
  readonly isKept?: boolean;
  readonly className?: string;
  readonly render: (row: number) => ComponentChild;
}

export interface VirtualTableProps<Key extends string> {
  readonly label: string;
  readonly columns: readonly Column<Key>[];
  /** Rows in their order: what `render` is given. */
  readonly rows: Uint32Array;
  readonly sort: { readonly key: Key; readonly isDescending: boolean };
  readonly onSort: (key: Key) => void;
  readonly selected: number | undefined;
  readonly onSelect: (row: number | undefined) => void;
}

const ROW = 34;
/** Rows beyond either edge, so that scrolling shows no gap. */
const SPARE = 12;

function SortHead<Key extends string>({
  column,
  sort,
  onSort,
}: Pick<VirtualTableProps<Key>, 'sort' | 'onSort'> & { readonly column: Column<Key> }) {
  const isSorted = sort.key === column.key;
  const order = isSorted ? (sort.isDescending ? 'descending' : 'ascending') : 'none';
  const arrow = isSorted ? (sort.isDescending ? '▼' : '▲') : '';
  return (
    <th scope="col" aria-sort={order} class={cellClass(column)}>
      <button type="button" class="head" onClick={() => onSort(column.key)}>
        {column.label}
        <span class="arrow" aria-hidden="true">
          {arrow}
        </span>
      </button>
    </th>
  );
}

const cellClass = <Key extends string>({ key, isNumber, isKept, className }: Column<Key>): string =>
  [`column-${key}`, isNumber ? 'number' : '', isKept ? '' : 'wide-only', className ?? ''].join(' ').trim();

export function VirtualTable<Key extends string>(props: VirtualTableProps<Key>) {
  const { label, columns, rows, sort, onSort, selected, onSelect } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const [active, setActive] = useState(0);
  const wantsFocus = useRef(false);

  useEffect(() => {
    const element = scroller.current!;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  // Other rows: begin at the first one.
  useEffect(() => {
    scroller.current!.scrollTop = 0;
    setTop(0);
    setActive(0);
  }, [rows]);

  const first = Math.max(0, Math.min(rows.length - 1, Math.floor(top / ROW)) - SPARE);
  const last = Math.min(rows.length, Math.ceil((top + height) / ROW) + SPARE);
  const current = Math.min(active, rows.length - 1);

  // Something in sight can always be reached with Tab.
  const stop = current >= first && current < last ? current : Math.floor(top / ROW);

  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    const row = body.current!.querySelector<HTMLElement>(`[data-place="${current}"]`);
    if (row === null) return;
    wantsFocus.current = false;
    row.focus({ preventScroll: true });
  });

  const move = (to: number): void => {
    const place = Math.max(0, Math.min(rows.length - 1, to));
    const element = scroller.current!;
    const head = element.querySelector('thead')!.offsetHeight;
    const [above, below] = [place * ROW, (place + 1) * ROW + head];
    if (above < element.scrollTop) element.scrollTop = above;
    else if (below > element.scrollTop + element.clientHeight)
      element.scrollTop = below - element.clientHeight;
    wantsFocus.current = true;
    setTop(element.scrollTop);
    setActive(place);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(height / ROW) - 2);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      PageDown: current + page,
      PageUp: current - page,
      Home: 0,
      End: rows.length - 1,
    };
    const target = steps[event.key];
    if (event.key === 'Enter' || event.key === ' ') onSelect(rows[current]);
    else if (event.key === 'Escape') onSelect(undefined);
    else if (target !== undefined) move(target);
    else return;
    event.preventDefault();
  };

  return (
    <div class="virtual" ref={scroller} onScroll={() => setTop(scroller.current!.scrollTop)}>
      {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: rows are chosen with keys, which makes a table a grid */}
      <table role="grid" aria-label={label} aria-rowcount={rows.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <SortHead key={column.key} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={onKeyDown}>
          <Spacer rows={first} />
          {Array.from(rows.subarray(first, last), (row, index) => {
            const place = first + index;
            return (
              <tr
                key={row}
                data-place={place}
                aria-rowindex={place + 2}
                aria-selected={row === selected}
                tabIndex={place === stop ? 0 : -1}
                onClick={() => {
                  setActive(place);
                  onSelect(row === selected ? undefined : row);
                }}
                onFocus={() => setActive(place)}
              >
                {columns.map((column) => (
                  <td key={column.key} class={cellClass(column)}>
                    {column.render(row)}
                  </td>
                ))}
              </tr>
            );
          })}
          <Spacer rows={rows.length - last} />
        </tbody>
      </table>
    </div>
  );
}

/** Stands for rows out of sight. One cell: a cell across all columns would bring back those that a narrow window hides. */
function Spacer({ rows }: { readonly rows: number }) {
  if (rows <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it can be focused
    <tr class="spacer" aria-hidden="true">
      <td style={{ height: `${rows * ROW}px` }} />
    </tr>
  );
}
