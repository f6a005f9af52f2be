/** What changes, by who changes it: regions of packets or flows of traces, with what either set says and why. */
import { useState } from 'preact/hooks';
import { countOf } from '../../output/quantity.ts';
import { shellWord } from '../../output/shell.ts';
import { placesText } from '../diff-words.ts';
import type { DiffChangePage, DiffGroupPage, DiffPage, DiffSidePage } from '../page-document.ts';
import { CopyLine } from './copy-line.tsx';
import { useFirst } from './first-rows.tsx';
import { MarkedLine } from './marked-line.tsx';
import { ScrollRegion } from './scroll-region.tsx';
import { VerdictBadge, VerdictSign } from './verdict-badge.tsx';

/** Changes of a group before somebody asks for all. */
const SHOWN = 8;
/** Groups likewise. */
const GROUPS_SHOWN = 25;

export type Change = DiffGroupPage['change'];

/** Verdicts whose signs and colours stand for kinds of changes. */
export const CHANGE_VERDICTS: Readonly<Record<Change, string>> = {
  'newly-denied': 'deny',
  'newly-allowed': 'allow',
  other: 'undetermined',
};

function Side({ label, side }: { readonly label: string; readonly side: DiffSidePage }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <VerdictBadge verdict={side.verdict} /> {side.text} <span class="place-ink">{side.place}</span>
      </dd>
    </div>
  );
}

function ChangeCard({ change, explain }: { readonly change: DiffChangePage; readonly explain: string }) {
  const { from, to, ports, flow, traffic, before, after } = change;
  const isRegion = traffic === '';
  return (
    <li>
      <p class="change-head">
        {isRegion ? (
          <>
            <b>{placesText(from)}</b> <span aria-hidden="true">→</span>
            <span class="unseen"> to </span> <b>{placesText(to)}</b> <span class="tag ports">{ports}</span>
          </>
        ) : (
          <>
            <b>{flow}</b> <span class="dim">{traffic}</span>
          </>
        )}
      </p>
      <dl class="facts">
        {isRegion && (
          <div>
            <dt>For example</dt>
            <dd>{flow}</dd>
          </div>
        )}
        <Side label="Before" side={before} />
        <Side label="After" side={after} />
      </dl>
      <details class="small-details">
        <summary>Explain the flow after the change</summary>
        <CopyLine label="" text={`${explain} ${flow.split(' ').map(shellWord).join(' ')}`} />
      </details>
    </li>
  );
}

function Walks({ group }: { readonly group: DiffGroupPage }) {
  if (group.walks.length === 0) return null;
  return (
    <details>
      <summary>Why: the walks of {group.changes[0]?.flow} before and after</summary>
      <div class="walks">
        {group.walks.map(({ label, lines }) => (
          <div key={label}>
            <h4>{label}</h4>
            <ScrollRegion label={`The walk ${label}, ${group.by}, ${group.words}`} className="walk">
              {lines.map((text, index) => (
                <MarkedLine key={index} text={text} />
              ))}
            </ScrollRegion>
          </div>
        ))}
      </div>
    </details>
  );
}

interface GroupProps {
  readonly group: DiffGroupPage;
  readonly changes: readonly DiffChangePage[];
  readonly explain: string;
}

function Group({ group, changes, explain }: GroupProps) {
  const [shown, rest] = useFirst(changes, SHOWN, group.omitted);
  return (
    <article class={`group ${CHANGE_VERDICTS[group.change]}`}>
      <h3>
        <span class={`badge ${CHANGE_VERDICTS[group.change]}`}>
          <VerdictSign verdict={CHANGE_VERDICTS[group.change]} />
          {group.words}
        </span>{' '}
        by {group.by}
      </h3>
      <p class="dim group-facts">
        {group.counts} {group.place !== '' && <span class="place-ink">{group.place}</span>}
      </p>
      {group.notes.map((text) => (
        <MarkedLine key={text} text={text} />
      ))}
      <ul class="changes">
        {shown.map((change, index) => (
          <ChangeCard key={index} change={change} explain={explain} />
        ))}
      </ul>
      {rest}
      <Walks group={group} />
    </article>
  );
}

/** Whether every word of a search is somewhere in a change. */
function isFound(change: DiffChangePage, group: DiffGroupPage, text: string): boolean {
  if (text.trim() === '') return true;
  const { from, to, ports, flow, before, after } = change;
  const all = [
    from.names,
    to.names,
    ports,
    flow,
    before.text,
    before.place,
    after.text,
    after.place,
    group.by,
  ]
    .flat()
    .join(' ')
    .toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((term) => all.includes(term));
}

export interface DiffGroupsProps {
  readonly page: DiffPage;
  readonly text: string;
  readonly onText: (text: string) => void;
}

export function DiffGroups({ page, text, onText }: DiffGroupsProps) {
  const [isAll, setAll] = useState(false);
  const [kinds, setKinds] = useState<ReadonlySet<Change>>(new Set());
  const toggle = (kind: Change): void => {
    const next = new Set(kinds);
    if (!next.delete(kind)) next.add(kind);
    setKinds(next);
  };
  if (page.groups.length === 0) return <p class="empty">Nothing changes.</p>;
  const present = page.counts.filter(({ change }) => page.groups.some((group) => group.change === change));
  const found = page.groups
    .filter(({ change }) => kinds.size === 0 || kinds.has(change))
    .map((group) => ({ group, changes: group.changes.filter((change) => isFound(change, group, text)) }))
    .filter(({ changes }) => changes.length > 0);
  const count = found.reduce((sum, { changes }) => sum + changes.length, 0);
  return (
    <>
      <search class="filters">
        <label class="field search">
          <span>Search</span>
          <input
            type="search"
            id="change-search"
            placeholder="name, port, policy, file…"
            value={text}
            onInput={(event) => onText(event.currentTarget.value)}
          />
        </label>
        <fieldset class="toggles">
          <legend>Change</legend>
          {present.map(({ change, words }) => (
            <button
              key={change}
              type="button"
              class="toggle"
              aria-pressed={kinds.has(change)}
              onClick={() => toggle(change)}
            >
              <VerdictSign verdict={CHANGE_VERDICTS[change]} /> {words}
            </button>
          ))}
        </fieldset>
      </search>
      <p class="shown" role="status">
        {countOf(count, page.totals === null ? 'region' : 'flow')} in {countOf(found.length, 'group')}.
      </p>
      {found.length === 0 && <p class="empty">No change is like this. Search for less.</p>}
      {(isAll ? found : found.slice(0, GROUPS_SHOWN)).map(({ group, changes }) => (
        <Group
          key={`${group.words} ${group.by} ${group.place}`}
          group={group}
          changes={changes}
          explain={page.explain}
        />
      ))}
      {!isAll && found.length > GROUPS_SHOWN && (
        <button type="button" class="quiet more" onClick={() => setAll(true)}>
          Show {countOf(found.length - GROUPS_SHOWN, 'more group')}
        </button>
      )}
    </>
  );
}
