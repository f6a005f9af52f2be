/** The page of a diff. */
import { useMemo, useState } from 'preact/hooks';
import { formatCount } from '../../output/quantity.ts';
import { placesText } from '../diff-words.ts';
import type { DiffPage } from '../page-document.ts';
import { CHANGE_VERDICTS, DiffGroups } from './diff-groups.tsx';
import { Frame, type Section } from './frame.tsx';
import { MarkedLine } from './marked-line.tsx';
import { ScrollRegion } from './scroll-region.tsx';
import { OUTCOMES, type Outcome, type TalkGroup, type TalkLink, talkOfPairs } from './talk.ts';
import { TalkPicture } from './talk-picture.tsx';
import { VERDICTS, VerdictBadge, VerdictSign } from './verdict-badge.tsx';

function Answer({ page }: { readonly page: DiffPage }) {
  const { isSame, answer, proof, counts } = page;
  return (
    <>
      <p class={`answer ${isSame ? 'allow' : 'undetermined'}`}>
        <span class={`sign ${isSame ? 'allow' : 'undetermined'}`} aria-hidden="true">
          {isSame ? '=' : '≠'}
        </span>{' '}
        {answer}
      </p>
      {!isSame && (
        <ul class="cards">
          {counts.map(({ change, words, count, more }) => (
            <li key={change} class={count === 0 ? 'card none' : `card ${CHANGE_VERDICTS[change]}`}>
              <span class="card-title">
                <VerdictSign verdict={CHANGE_VERDICTS[change]} /> {words}
              </span>
              <span class="card-share">{formatCount(count)}</span>
              <span class="card-more">{more}</span>
            </li>
          ))}
        </ul>
      )}
      <Totals page={page} />
      <p class="dim">How it is known: {proof}</p>
    </>
  );
}

/** What traces come to by either set. */
function Totals({ page: { totals } }: { readonly page: DiffPage }) {
  if (totals === null) return null;
  const { before, after } = totals;
  return (
    <ScrollRegion label="Totals before and after">
      <table class="plain narrow totals">
        <thead>
          <tr>
            <th scope="col">Verdict</th>
            {['Packets before', 'after', 'Flows before', 'after'].map((head, index) => (
              <th key={index} scope="col" class="number">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {VERDICTS.filter((verdict) => before.packets[verdict] > 0 || after.packets[verdict] > 0).map(
            (verdict) => (
              <tr key={verdict}>
                <td>
                  <VerdictBadge verdict={verdict} />
                </td>
                {[before.packets, after.packets, before.flows, after.flows].map((counts, index) => (
                  <td key={index} class="number">
                    {formatCount(counts[verdict])}
                  </td>
                ))}
              </tr>
            ),
          )}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

const OUTCOME_OF: Readonly<Record<DiffPage['groups'][number]['change'], Outcome>> = {
  'newly-denied': 'deny',
  'newly-allowed': 'allow',
  other: 'open',
};

interface PictureProps {
  readonly page: DiffPage;
  /** Shows the changes of a name. */
  readonly onText: (text: string) => void;
}

function Picture({ page, onText }: PictureProps) {
  const talk = useMemo(
    () =>
      talkOfPairs(
        page.groups.flatMap(({ change, changes }) =>
          changes.map(({ from, to }) => ({
            from: placesText(from),
            to: placesText(to),
            outcome: OUTCOME_OF[change],
          })),
        ),
      ),
    [page],
  );
  const words = {
    unit: page.totals === null ? 'regions' : 'flows',
    outcomes: { allow: 'newly allowed', open: 'changed otherwise', deny: 'newly denied' },
  };
  // Long lists of names are cut in a picture, and searched by their first one.
  const first = ({ label }: TalkGroup): string => label.split(/,? and |, /)[0]!.replace(/^namespace /, '');
  return (
    <TalkPicture
      talk={talk}
      words={words}
      shown={new Set(OUTCOMES)}
      onInside={() => undefined}
      onGroup={(_, group) => onText(first(group))}
      onLink={({ source, destination }: TalkLink) =>
        onText(`${first(talk.sources[source]!)} ${first(talk.destinations[destination]!)}`)
      }
    />
  );
}

export function DiffView({ page }: { readonly page: DiffPage }) {
  const [text, setText] = useState('');
  const show = (wanted: string): void => {
    setText(wanted);
    document.getElementById('changes')!.scrollIntoView();
    document.getElementById('change-search')!.focus({ preventScroll: true });
  };
  const sections: Section[] = [
    { id: 'answer', title: 'Answer', content: <Answer page={page} /> },
    ...(page.groups.length === 0
      ? []
      : [
          {
            id: 'picture',
            title: 'Who to whom',
            remark: 'what changes, from left to right',
            content: <Picture page={page} onText={show} />,
          },
        ]),
    {
      id: 'changes',
      title: 'Changes',
      remark: 'by who makes them',
      content: <DiffGroups page={page} text={text} onText={setText} />,
    },
    ...(page.knobs.length === 0
      ? []
      : [
          {
            id: 'knobs',
            title: 'The CNIs',
            content: (
              <div class="notes">
                {page.knobs.map((line, index) => (
                  <MarkedLine key={index} text={line} />
                ))}
              </div>
            ),
          },
        ]),
    ...(page.notes.length === 0
      ? []
      : [
          {
            id: 'notes',
            title: 'Good to know',
            content: (
              <div class="notes">
                {page.notes.map((line) => (
                  <MarkedLine key={line} text={line} />
                ))}
              </div>
            ),
          },
        ]),
  ];
  const { before, after, staged } = page;
  return (
    <Frame
      title={
        <>
          {before.name} <span aria-hidden="true">→</span>
          <span class="unseen"> against </span> {after.name}
        </>
      }
      subtitle={`before: ${before.what} · after: ${after.what}${staged ? ', staged policies enforced' : ''}`}
      alarms={page.alarms}
      sections={sections}
      footer={<p class="dim">dryplane {page.version} diff</p>}
    />
  );
}
