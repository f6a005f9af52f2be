/**
 * Sources on the left, destinations on the right, a line for each pair: solid where packets were allowed, dashed with a cross where
 * they were denied. Names are buttons: arrow keys go from one to the next, Enter looks into one, and its lines stand out.
 */
import { useRef, useState } from 'preact/hooks';
import { formatCount } from '../../output/quantity.ts';
import { useElementWidth } from './element-width.ts';
import { OUTCOMES, type Outcome, type Talk, type TalkGroup, type TalkLink } from './talk.ts';

const ROW = 30;
/** Lines of each outcome that are drawn while nothing is pointed at, and crosses of them: more would hide each other. */
const LINES_MOST = 120;
const MARKS_MOST = 40;
/** Pixels between lines of different outcomes of one pair. */
const APART = 7;

/** How a picture says what its lines are. */
export interface TalkWords {
  /** What the numbers count: `packets`. */
  readonly unit: string;
  readonly outcomes: Readonly<Record<Outcome, string>>;
}

interface TalkPictureProps {
  readonly words: TalkWords;
  readonly talk: Talk;
  readonly shown: ReadonlySet<Outcome>;
  readonly onInside: (area: string) => void;
  readonly onLink: (link: TalkLink) => void;
  /** Of a name that has nothing inside: its flows. */
  readonly onGroup: (side: 'source' | 'destination', group: TalkGroup) => void;
}

/** What is pointed at: a name of a side, or a line. */
type Pointed =
  | { readonly side: 'source' | 'destination'; readonly index: number }
  | { readonly side: 'link'; readonly link: TalkLink }
  | undefined;

function isLit(link: TalkLink, pointed: Pointed): boolean {
  if (pointed === undefined) return true;
  return pointed.side === 'link' ? pointed.link === link : link[pointed.side] === pointed.index;
}

const MARKS: Readonly<Record<Outcome, string>> = { allow: '', open: '?', deny: '✕' };

interface LinkShapeProps {
  /** Place in `links`. */
  readonly index: number;
  readonly link: TalkLink;
  readonly outcome: Outcome;
  readonly from: number;
  readonly to: number;
  readonly width: number;
  readonly most: number;
  readonly isLit: boolean;
  readonly isMarked: boolean;
}

/** Where marks of lines stand, as a share of the way: not all at one place. */
const MARK_PLACES = [0.5, 0.42, 0.58, 0.35, 0.65];

function LinkShape(props: LinkShapeProps) {
  const { index, link, outcome, width, most } = props;
  const present = OUTCOMES.filter((one) => link.flows[one] > 0);
  const shift = (present.indexOf(outcome) - (present.length - 1) / 2) * APART;
  const [from, to] = [props.from + shift, props.to + shift];
  const bend = width * 0.45;
  const thickness = 1.3 + 5 * Math.sqrt(link.packets[outcome] / most);
  const share = MARK_PLACES[(link.source + link.destination) % MARK_PLACES.length]!;
  const [x, y] = bezier(share, [0, from], [bend, from], [width - bend, to], [width, to]);
  const path = `M0 ${from}C${bend} ${from} ${width - bend} ${to} ${width} ${to}`;
  return (
    <g class={`link ${outcome}${props.isLit ? '' : ' faint'}`} data-link={index}>
      <path class="reach" d={path} />
      <path d={path} stroke-width={thickness} />
      {MARKS[outcome] !== '' && props.isMarked && (
        <g class="mark">
          <circle cx={x} cy={y} r="8" />
          <text x={x} y={y + 4} text-anchor="middle">
            {MARKS[outcome]}
          </text>
        </g>
      )}
    </g>
  );
}

type Point = readonly [number, number];

/** A point of a cubic curve. */
function bezier(share: number, ...[a, b, c, d]: readonly [Point, Point, Point, Point]): [number, number] {
  const rest = 1 - share;
  const at = (axis: 0 | 1): number =>
    rest ** 3 * a[axis] +
    3 * rest ** 2 * share * b[axis] +
    3 * rest * share ** 2 * c[axis] +
    share ** 3 * d[axis];
  return [at(0), at(1)];
}

function countsText({ packets }: Pick<TalkLink, 'packets'>, { outcomes: words }: TalkWords): string {
  return OUTCOMES.filter((outcome) => packets[outcome] > 0)
    .map((outcome) => `${formatCount(packets[outcome])} ${words[outcome]}`)
    .join(', ');
}

/** In words what is pointed at. */
function pointedText(talk: Talk, pointed: Pointed, words: TalkWords): string {
  if (pointed === undefined) return `${words.unit} by width; point at a name or a line`;
  const { sources, destinations, links } = talk;
  if (pointed.side === 'link') {
    const { source, destination } = pointed.link;
    return `${sources[source]!.label} → ${destinations[destination]!.label}: ${countsText(pointed.link, words)} ${words.unit}`;
  }
  const own = links.filter((link) => link[pointed.side] === pointed.index);
  const packets = { allow: 0, open: 0, deny: 0 };
  for (const link of own) for (const outcome of OUTCOMES) packets[outcome] += link.packets[outcome];
  const { label } = (pointed.side === 'source' ? sources : destinations)[pointed.index]!;
  return `${pointed.side === 'source' ? 'from' : 'to'} ${label}: ${countsText({ packets }, words)} ${words.unit}`;
}

/** A name to readers of screens, and what pressing it does. */
function nameText({ label, packets, denied, inside }: TalkGroup, { unit, outcomes }: TalkWords): string {
  const what = inside === '' ? 'show its flows' : 'look into it';
  return `${label}, ${formatCount(packets)} ${unit}, ${formatCount(denied)} ${outcomes.deny}, ${what}`;
}

interface NamesProps {
  readonly side: 'source' | 'destination';
  readonly groups: readonly TalkGroup[];
  readonly pointed: Pointed;
  readonly onPoint: (pointed: Pointed) => void;
  readonly onInside: (area: string) => void;
  readonly onGroup: TalkPictureProps['onGroup'];
  readonly words: TalkWords;
}

function Names({ side, groups, pointed, onPoint, onInside, onGroup, words }: NamesProps) {
  const list = useRef<HTMLUListElement>(null);
  const [stop, setStop] = useState(0);
  const current = Math.min(stop, groups.length - 1);
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      Home: 0,
      End: groups.length - 1,
    };
    const target = steps[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const place = Math.max(0, Math.min(groups.length - 1, target));
    setStop(place);
    list.current!.querySelectorAll('button')[place]!.focus();
  };
  return (
    <ul
      ref={list}
      class={`names ${side}`}
      aria-label={side === 'source' ? 'From' : 'To'}
      onKeyDown={onKeyDown}
    >
      {groups.map((group, index) => (
        <li key={group.key}>
          <button
            type="button"
            tabIndex={index === current ? 0 : -1}
            class={pointed?.side === side && pointed.index === index ? 'lit' : ''}
            aria-label={nameText(group, words)}
            title={group.label}
            onMouseEnter={() => onPoint({ side, index })}
            onMouseLeave={() => onPoint(undefined)}
            onFocus={() => {
              setStop(index);
              onPoint({ side, index });
            }}
            onBlur={() => onPoint(undefined)}
            onClick={() => (group.inside === '' ? onGroup(side, group) : onInside(group.inside))}
          >
            <span class="name">{group.label}</span>
            {group.denied > 0 && <span class="sign deny">✕</span>}
          </button>
        </li>
      ))}
    </ul>
  );
}

interface Drawn {
  readonly index: number;
  readonly link: TalkLink;
  readonly outcome: Outcome;
  readonly isMarked: boolean;
}

/** The heaviest lines and all of what is pointed at, which come last: above all others. */
function linesOf(
  links: readonly TalkLink[],
  shown: ReadonlySet<Outcome>,
  pointed: Pointed,
): { drawn: Drawn[]; left: number } {
  let left = 0;
  const drawn = OUTCOMES.filter((outcome) => shown.has(outcome)).flatMap((outcome) => {
    const own = [...links.entries()]
      .filter(([, { flows }]) => flows[outcome] > 0)
      .sort(([, a], [, b]) => b.packets[outcome] - a.packets[outcome])
      .map(([index, link], rank) => ({ index, link, outcome, rank, isMarked: rank < MARKS_MOST }));
    left += Math.max(0, own.length - LINES_MOST);
    return own.filter(
      ({ link, rank }) => rank < LINES_MOST || (pointed !== undefined && isLit(link, pointed)),
    );
  });
  drawn.sort((a, b) => Number(isLit(a.link, pointed)) - Number(isLit(b.link, pointed)));
  return { drawn, left };
}

export function TalkPicture({ talk, words, shown, onInside, onLink, onGroup }: TalkPictureProps) {
  const [pointed, setPointed] = useState<Pointed>(undefined);
  const middle = useElementWidth<HTMLDivElement>(500);
  const { sources, destinations, links } = talk;
  const rows = Math.max(sources.length, destinations.length);
  const height = rows * ROW;
  // The shorter side stands in the middle of the longer one.
  const at = (groups: readonly TalkGroup[]) => {
    const top = (height - groups.length * ROW) / 2;
    return (index: number): number => top + index * ROW + ROW / 2;
  };
  const [left, right] = [at(sources), at(destinations)];
  const most = Math.max(1, ...links.flatMap(({ packets }) => OUTCOMES.map((outcome) => packets[outcome])));
  const { drawn, left: notDrawn } = linesOf(links, shown, pointed);
  const linkAt = (event: MouseEvent): TalkLink | undefined => {
    const index = (event.target as Element).closest('[data-link]')?.getAttribute('data-link');
    return index === null || index === undefined ? undefined : links[Number(index)];
  };
  const names = { pointed, onPoint: setPointed, onInside, onGroup, words };
  return (
    <figure class="talk">
      <div class="talk-columns">
        <Names side="source" groups={sources} {...names} />
        <div class="talk-lines" ref={middle.ref}>
          {/* Lines are for pointers; names and the table below have all that they say. */}
          <svg
            width={middle.width}
            height={height}
            aria-hidden="true"
            onMouseMove={(event) => {
              const link = linkAt(event);
              setPointed(link === undefined ? undefined : { side: 'link', link });
            }}
            onMouseLeave={() => setPointed(undefined)}
            onClick={(event) => {
              const link = linkAt(event);
              if (link !== undefined) onLink(link);
            }}
          >
            {drawn.map(({ index, outcome, link, isMarked }) => (
              <LinkShape
                key={`${outcome} ${index}`}
                index={index}
                link={link}
                outcome={outcome}
                from={left(link.source)}
                to={right(link.destination)}
                width={middle.width}
                most={most}
                isLit={isLit(link, pointed)}
                isMarked={isMarked}
              />
            ))}
          </svg>
        </div>
        <Names side="destination" groups={destinations} {...names} />
      </div>
      <figcaption>
        <span class="readout">{pointedText(talk, pointed, words)}</span>
        {notDrawn > 0 && pointed === undefined && (
          <span>
            {formatCount(notDrawn)} lighter lines are not drawn until a name of theirs is pointed at
          </span>
        )}
      </figcaption>
    </figure>
  );
}
