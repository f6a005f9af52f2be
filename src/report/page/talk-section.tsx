/** Who talks to whom, as a picture that can be looked into, and the same as a table. */
import { useMemo, useState } from 'preact/hooks';
import { countOf, formatCount } from '../../output/quantity.ts';
import type { FlowStore, GroupPair } from './flow-store.ts';
import { ScrollRegion } from './scroll-region.tsx';
import { areaOf, OUTCOMES, type Outcome, type Talk, type TalkGroup, type TalkLink, talkOf } from './talk.ts';
import { TalkPicture, type TalkWords } from './talk-picture.tsx';

/** Rows of the table. */
const ROWS = 200;

const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  allow: 'allowed',
  open: 'neither',
  deny: 'denied',
};
const WORDS: TalkWords = {
  unit: 'packets',
  outcomes: { ...OUTCOME_WORDS, open: 'neither allowed nor denied' },
};

interface TalkSectionProps {
  readonly store: FlowStore;
  /** Shows the flows of a link in their table. */
  readonly onPair: (pair: GroupPair) => void;
}

/** Areas that can be looked into, namespaces first. */
function areasOf(store: FlowStore): { readonly key: string; readonly label: string }[] {
  const areas = new Map(store.flows.places.map((place) => [areaOf(place).key, areaOf(place)]));
  const rank = (key: string): number => (key.startsWith('namespace:') ? 0 : 1);
  return [...areas.values()].sort(
    (a, b) => rank(a.key) - rank(b.key) || (a.label < b.label ? -1 : Number(a.label > b.label)),
  );
}

export function TalkSection({ store, onPair }: TalkSectionProps) {
  const areas = useMemo(() => areasOf(store), [store]);
  // Where all is one area, a picture of areas says nothing.
  const [inside, setInside] = useState(areas.length === 1 ? areas[0]!.key : '');
  const [shown, setShown] = useState<ReadonlySet<Outcome>>(new Set(OUTCOMES));
  const all = useMemo(() => Uint32Array.from({ length: store.flows.rows }, (_, row) => row), [store]);
  const talk = useMemo(() => talkOf(store, all, inside), [store, all, inside]);
  const toggle = (outcome: Outcome): void => {
    const next = new Set(shown);
    if (!next.delete(outcome)) next.add(outcome);
    setShown(next);
  };
  const pairOf = (link: TalkLink): GroupPair => {
    const [source, destination] = [talk.sources[link.source]!, talk.destinations[link.destination]!];
    return {
      label: `${source.label} → ${destination.label}`,
      isSource: (place) => talk.sourceOf(place) === source.key,
      isDestination: (place) => talk.destinationOf(place) === destination.key,
    };
  };
  const onGroup = (side: 'source' | 'destination', { key, label }: TalkGroup): void =>
    onPair({
      label: side === 'source' ? `from ${label}` : `to ${label}`,
      isSource: (place) => side === 'destination' || talk.sourceOf(place) === key,
      isDestination: (place) => side === 'source' || talk.destinationOf(place) === key,
    });
  if (store.flows.rows === 0) return <p class="empty">The traces hold no flow.</p>;
  const present = OUTCOMES.filter((outcome) => talk.links.some(({ flows }) => flows[outcome] > 0));
  return (
    <>
      <div class="filters">
        <label class="field">
          <span>Look into</span>
          <select value={inside} onChange={(event) => setInside(event.currentTarget.value)}>
            <option value="">the whole cluster</option>
            {areas.map(({ key, label }) => (
              <option key={key} value={key}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <fieldset class="toggles">
          <legend>Lines</legend>
          {present.map((outcome) => (
            <button
              key={outcome}
              type="button"
              class="toggle"
              aria-pressed={shown.has(outcome)}
              onClick={() => toggle(outcome)}
            >
              <svg class={`sample link ${outcome}`} width="26" height="8" aria-hidden="true">
                <line x1="1" x2="25" y1="4" y2="4" />
              </svg>{' '}
              {OUTCOME_WORDS[outcome]}
            </button>
          ))}
        </fieldset>
        {inside !== '' && (
          <button type="button" class="quiet" onClick={() => setInside('')}>
            Back to the whole cluster
          </button>
        )}
      </div>
      <TalkPicture
        talk={talk}
        words={WORDS}
        shown={shown}
        onInside={setInside}
        onLink={(link) => onPair(pairOf(link))}
        onGroup={onGroup}
      />
      <TalkTable talk={talk} onLink={(link) => onPair(pairOf(link))} />
    </>
  );
}

const totalOf = ({ packets }: TalkLink): number => packets.allow + packets.open + packets.deny;

function TalkTable({ talk, onLink }: { readonly talk: Talk; readonly onLink: (link: TalkLink) => void }) {
  const links = [...talk.links].sort((a, b) => b.packets.deny - a.packets.deny || totalOf(b) - totalOf(a));
  return (
    <details>
      <summary>The same as a table</summary>
      <ScrollRegion label="Who talks to whom, as a table">
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">To</th>
              {OUTCOMES.map((outcome) => (
                <th key={outcome} scope="col" class="number">
                  Packets {OUTCOME_WORDS[outcome]}
                </th>
              ))}
              <th scope="col">
                <span class="unseen">Flows</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {links.slice(0, ROWS).map((link) => (
              <tr key={`${link.source} ${link.destination}`}>
                <td>{talk.sources[link.source]!.label}</td>
                <td>{talk.destinations[link.destination]!.label}</td>
                {OUTCOMES.map((outcome) => (
                  <td key={outcome} class={`number ${link.packets[outcome] === 0 ? 'dim' : ''}`}>
                    {formatCount(link.packets[outcome])}
                  </td>
                ))}
                <td class="number">
                  <button type="button" class="quiet small" onClick={() => onLink(link)}>
                    Flows
                    <span class="unseen">
                      {' '}
                      from {talk.sources[link.source]!.label} to {talk.destinations[link.destination]!.label}
                    </span>
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      {links.length > ROWS && (
        <p class="dim">{countOf(links.length - ROWS, 'more pair')}, lighter than these.</p>
      )}
    </details>
  );
}
