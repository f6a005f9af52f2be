/**
 * What a suite expects of a trace against the trace's replay. Counts are intervals: flows that may or may not be meant, and those that a
 * replay had no room for, widen them; an expectation that holds only at one end of its interval cannot be told, and does not pass.
 */
import { countFlows, type FlowNaming } from '../analysis/replay/flow-counts.ts';
import type { FlowCount } from '../analysis/replay/flow-document.ts';
import type { Checked, Diagnostic } from '../diagnostic/diagnostic.ts';
import { formatCount } from '../output/quantity.ts';
import type { World } from '../policy/world.ts';
import type { FlowTally, ReplayResult } from '../replay/result.ts';
import { VERDICTS, type Verdict } from '../tables/verdict.ts';
import { type FlowMatcher, filterMatcher, flowMatcher, type TallyNaming } from './flow-matcher.ts';
import { both, either, type Match } from './side-matcher.ts';
import {
  type CountClaim,
  type FlowFilter,
  type ListClaim,
  type TraceExpectation,
  UNITS,
  type Unit,
} from './trace-expectation.ts';

/** Flows of a failure that are named; the others are counted. */
const LISTED = 20;

export type UnitCounts = Readonly<Record<Unit, number>>;

export interface CheckedTrace {
  readonly expectation: TraceExpectation;
  readonly passed: boolean;
  /** It holds for some of what the replay leaves open, and not for all. */
  readonly isOpen: boolean;
  /** Of the flows that the expectation is about. */
  readonly counted: UnitCounts;
  /** Of those that may be meant too. */
  readonly uncertain: UnitCounts;
  /** In words; empty when it passed. */
  readonly difference: string;
  /** The flows that speak against it, heaviest first; empty when it passed. */
  readonly flows: readonly FlowCount[];
  readonly omitted: number;
  /** All of them, as the replay has them. */
  readonly against: readonly FlowTally[];
  /** Listed flows that are not in the trace. */
  readonly missing: readonly string[];
}

/** A trace, replayed in a world. */
export interface ReplayedTrace {
  readonly result: ReplayResult;
  readonly naming: FlowNaming;
  readonly world: World;
  /** Why nothing can be told of it at all; empty when all can. */
  readonly unusable: string;
}

/** What a replay in one world calls its flows by. */
export function namingOf({ legend, epochs }: FlowNaming): TallyNaming {
  return { legend, names: epochs[0]!.names };
}

type Counts = Record<Unit, number>;

const none = (): Counts => ({ flows: 0, connections: 0, packets: 0, bytes: 0 });

/** Flows are told apart by who, to whom and on which port: one that has two outcomes is one. */
const flowKey = ({ family, src, dst, protocol, dport }: FlowTally): string =>
  `${family} ${src.join()} ${dst.join()} ${protocol} ${dport}`;

function countsOf(tallies: readonly FlowTally[]): Counts {
  const counts = none();
  const keys = new Set<string>();
  for (const tally of tallies) {
    keys.add(flowKey(tally));
    counts.connections += tally.connections;
    counts.packets += tally.packets;
    counts.bytes += tally.bytes;
  }
  counts.flows = keys.size;
  return counts;
}

/** What the replay had no room to list, by the filter's verdicts: an upper end. */
function unlisted({ result }: ReplayedTrace, { verdicts }: FlowFilter): Counts {
  const counts = none();
  const { refused, admitted, omitted } = result;
  const groups = [
    { tallies: refused, dropped: omitted.refused, isRefused: true },
    { tallies: admitted, dropped: omitted.admitted, isRefused: false },
  ];
  for (const { tallies, dropped, isRefused } of groups) {
    const own = VERDICTS.map((verdict, code) => ({ verdict, code })).filter(
      ({ verdict }) => verdict !== 'skip' && (verdict !== 'allow') === isRefused,
    );
    const isAsked = verdicts.length === 0 || own.some(({ verdict }) => verdicts.includes(verdict as Verdict));
    if (dropped === 0 || !isAsked) continue;
    const listed = countsOf(tallies);
    const total = (of: readonly number[]): number => own.reduce((sum, { code }) => sum + of[code]!, 0);
    counts.flows += dropped;
    counts.connections += Math.max(0, total(result.flows) - listed.connections);
    counts.packets += Math.max(0, total(result.packets) - listed.packets);
    counts.bytes += Math.max(0, total(result.bytes) - listed.bytes);
  }
  return counts;
}

interface Sorted {
  readonly sure: FlowTally[];
  readonly maybe: FlowTally[];
}

function sorted({ result }: ReplayedTrace, matches: FlowMatcher): Sorted {
  const sure: FlowTally[] = [];
  const maybe: FlowTally[] = [];
  for (const tallies of [result.refused, result.admitted]) {
    for (const tally of tallies) {
      const match = matches(tally);
      if (match === 'yes') sure.push(tally);
      else if (match === 'maybe') maybe.push(tally);
    }
  }
  return { sure, maybe };
}

/** What an expectation is held against. */
interface Found extends Sorted {
  readonly counted: Counts;
  readonly uncertain: Counts;
  /** Flows that the replay had no room for may be meant. */
  readonly isCapped: boolean;
}

interface Judged {
  readonly match: Match;
  readonly difference: string;
  readonly against: readonly FlowTally[];
  readonly missing: readonly string[];
}

/** Why an expectation cannot be told. */
function openWords({ maybe, isCapped }: Found): string {
  const why = [
    ...(isCapped ? ['the replay had no room to list all flows'] : []),
    ...(maybe.length > 0
      ? ['some flows may or may not be meant: their names or addresses stand for several']
      : []),
  ];
  return `cannot be told: ${why.join('; ')}`;
}

function inUnit(count: number, unit: Unit): string {
  return `${formatCount(count)} ${count === 1 && unit !== 'bytes' ? unit.slice(0, -1) : unit}`;
}

function judgeCount({ least, most, unit }: CountClaim, found: Found): Judged {
  const low = found.counted[unit];
  const high = low + found.uncertain[unit];
  const fits = low >= least && high <= most;
  const fails = low > most || high < least;
  const range = low === high ? inUnit(low, unit) : `${formatCount(low)} to ${inUnit(high, unit)}`;
  const words = `found ${range}`;
  return {
    match: fits ? 'yes' : fails ? 'no' : 'maybe',
    difference: fits ? '' : fails ? words : `${words}; ${openWords(found)}`,
    // Where there are too few, those that are there say nothing.
    against: fits || high < least ? [] : [...found.sure, ...found.maybe],
    missing: [],
  };
}

/** Each flow against the list: those that no listed flow means, and listed ones that no flow is. */
function judgeList({ flows }: ListClaim, matchers: readonly FlowMatcher[], found: Found): Judged {
  const met: Match[] = flows.map(() => 'no');
  const unexpected: FlowTally[] = [];
  const doubtful: FlowTally[] = [];
  const visit = (tally: FlowTally, isSure: boolean): void => {
    const answers = matchers.map((matches) => matches(tally));
    for (const [index, answer] of answers.entries()) {
      const match = both([answer, isSure ? 'yes' : 'maybe']);
      if (match !== 'no' && met[index] !== 'yes') met[index] = match;
    }
    const best = either(answers);
    if (best === 'yes') return;
    if (best === 'no' && isSure) unexpected.push(tally);
    else doubtful.push(tally);
  };
  for (const tally of found.sure) visit(tally, true);
  for (const tally of found.maybe) visit(tally, false);
  const missing = flows.filter((_, index) => met[index] === 'no' && !found.isCapped).map(({ text }) => text);
  const isOpen = doubtful.length > 0 || found.isCapped || met.includes('maybe');
  const match = unexpected.length + missing.length > 0 ? 'no' : isOpen ? 'maybe' : 'yes';
  const words = [
    ...(unexpected.length === 0 ? [] : [`${inUnit(countsOf(unexpected).flows, 'flows')} not in the list`]),
    ...(missing.length === 0 ? [] : [`${inUnit(missing.length, 'flows')} of the list not in the trace`]),
    ...(match === 'maybe' ? [openWords(found)] : []),
  ];
  return { match, difference: words.join('; '), against: [...unexpected, ...doubtful], missing };
}

function checkOne(
  expectation: TraceExpectation,
  replayed: ReplayedTrace,
  tallyNaming: TallyNaming,
): Checked<CheckedTrace> {
  const { claim, filter } = expectation;
  const { world, naming, unusable } = replayed;
  const filtered = filterMatcher(filter, world, tallyNaming);
  const listed =
    claim.kind === 'list' ? claim.flows.map((flow) => flowMatcher(flow, world, tallyNaming)) : [];
  const flows = sorted(replayed, filtered.value);
  const rest = unlisted(replayed, filter);
  const maybe = countsOf(flows.maybe);
  const found: Found = {
    ...flows,
    counted: countsOf(flows.sure),
    uncertain: Object.fromEntries(UNITS.map((unit) => [unit, maybe[unit] + rest[unit]])) as Counts,
    isCapped: rest.flows > 0,
  };
  const judged =
    claim.kind === 'count'
      ? judgeCount(claim, found)
      : judgeList(
          claim,
          listed.map(({ value }) => value),
          found,
        );
  const isUsable = unusable === '';
  const against = judged.against.toSorted((one, other) => other.packets - one.packets);
  return {
    value: {
      expectation,
      passed: isUsable && judged.match === 'yes',
      isOpen: !isUsable || judged.match === 'maybe',
      counted: found.counted,
      uncertain: found.uncertain,
      difference: isUsable ? judged.difference : `cannot be told: ${unusable}`,
      flows: countFlows(against.slice(0, LISTED), naming),
      omitted: Math.max(0, against.length - LISTED),
      against,
      missing: judged.missing,
    },
    diagnostics: [filtered, ...listed].flatMap(({ diagnostics }) => diagnostics),
  };
}

/** Holds the flows of a replay against each expectation. A name that means nothing is a diagnostic; use the value only without. */
export function checkTrace(
  expectations: readonly TraceExpectation[],
  replayed: ReplayedTrace,
): Checked<readonly CheckedTrace[]> {
  const tallyNaming = namingOf(replayed.naming);
  const diagnostics: Diagnostic[] = [];
  const value = expectations.map((expectation) => {
    const checked = checkOne(expectation, replayed, tallyNaming);
    diagnostics.push(...checked.diagnostics);
    return checked.value;
  });
  return { value, diagnostics };
}
