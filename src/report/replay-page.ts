/** The page of a replay: its document and its flows, with every word that the page shows. */
import type { FlowColumns, FlowDecision, FlowTable } from '../analysis/page/flow-table-document.ts';
import type { ObservedGroup } from '../analysis/replay/observed-document.ts';
import type { ReplayDocument, RuleCount } from '../analysis/replay/replay-document.ts';
import type { StagedFlow } from '../analysis/replay/staged-document.ts';
import { countOf, formatCount } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { deadRules } from './dead-rules-text.ts';
import { bareReasonText, placeText, policyText, reasonText } from './decider-text.ts';
import { explanationLines } from './explain-text.ts';
import { MARKUP } from './markup.ts';
import { commandLine } from './next-command.ts';
import { observedText } from './observed-group.ts';
import type {
  ObservedPage,
  PackedColumns,
  PageChange,
  PageDecision,
  PageFlows,
  ReplayPage,
  RuleListPage,
  RulePage,
  StagedPage,
} from './page-document.ts';
import { doubtAlarm, nameAlarm, reuseAlarm, skipAlarm, strangerAlarm } from './replay-alarms.ts';
import { noteLines, type ReplayWords, timingText } from './replay-text.ts';
import type { Style } from './style.ts';
import { traceNames } from './trace-names.ts';

/** The page breaks lines itself. */
const COLUMNS = 100_000;
/** Characters of walks; decisions beyond it go without one. */
const WALKS_MOST = 6_000_000;
/** Rows of the tables of changes. */
const CHANGES_SHOWN = 500;
/** Rules of either list. */
const RULES_MOST = 2_000;

function packed(columns: FlowColumns): PackedColumns {
  const pack = (column: readonly number[]): readonly number[] | number => {
    const first = column[0] ?? 0;
    return column.every((number) => number === first) ? first : column;
  };
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [name, pack(column)]),
  ) as PackedColumns;
}

/** Lines of walks, each kept once: walks of one pod repeat most of each other. */
class WalkLines {
  readonly lines: string[] = [];
  readonly #numbers = new Map<string, number>();
  #characters = 0;

  /** Null where there is no room any more. */
  numbersOf(lines: readonly string[]): number[] | null {
    if (this.#characters > WALKS_MOST) return null;
    return lines.map((line) => {
      let number = this.#numbers.get(line);
      if (number === undefined) {
        number = this.lines.push(line) - 1;
        this.#numbers.set(line, number);
        this.#characters += line.length;
      }
      return number;
    });
  }
}

function pageDecision(decision: FlowDecision, walks: WalkLines, style: Style): PageDecision {
  const { verdict, reason, decider, open, example, explained, isLeftOut } = decision;
  const told = explained === null ? [] : explanationLines(explained, style).filter(isTold);
  return {
    verdict,
    reason,
    why: reasonText(verdict, reason, decider, { open, terms: style.terms }),
    place: placeText(decider, open),
    policy: policyText(decider),
    direction: decider.direction,
    example,
    walk: isLeftOut ? null : walks.numbersOf(told),
  };
}

/** Empty lines at the end say nothing. */
const isTold = (line: string, index: number, lines: readonly string[]): boolean =>
  line !== '' || lines.slice(index).some((later) => later !== '');

function pageFlows(table: FlowTable, walks: WalkLines, style: Style): PageFlows {
  const { rows, omitted, texts, places, ports, decisions, columns } = table;
  return {
    rows,
    omitted,
    texts,
    places,
    ports,
    decisions: decisions.map((decision) => pageDecision(decision, walks, style)),
    columns: packed(columns),
  };
}

/** Lines up to an empty one belong together. */
function paragraphs(lines: readonly string[]): string[][] {
  const found: string[][] = [[]];
  for (const line of lines) {
    if (line === '') found.push([]);
    else found.at(-1)!.push(line);
  }
  return found.filter((paragraph) => paragraph.length > 0);
}

function alarmsOf(document: ReplayDocument, style: Style): string[][] {
  return paragraphs([
    ...skipAlarm(document, style),
    ...doubtAlarm(document, style),
    ...strangerAlarm(document, style),
    ...reuseAlarm(document, style),
    ...nameAlarm(document, style),
    ...document.warnings.flatMap((text) => ['', style.palette.bold(`warning: ${visible(text)}`)]),
  ]);
}

function observedChange(group: ObservedGroup, style: Style): PageChange {
  const { example, packets, flows, observed, verdict, reason, decider } = group;
  return {
    flow: example,
    packets,
    connections: flows,
    what: `observed ${observed}, here ${verdict}`,
    sides: [
      { label: 'observed', text: observedText(group), place: group.observed_by.location },
      {
        label: 'here',
        text: `${verdict}, ${reasonText(verdict, reason, decider, { terms: style.terms })}`,
        place: decider.location,
      },
    ],
  };
}

function observedPage({ observed }: ReplayDocument, style: Style): ObservedPage | null {
  if (observed === null) return null;
  const { compared, agree, pairs, groups, groups_omitted, same_verdict_other_policy: other } = observed;
  const byFlows = compared.flows > 0;
  return {
    unit: byFlows ? 'flow' : 'packet',
    compared: byFlows ? compared.flows : compared.packets,
    agree: byFlows ? agree.flows : agree.packets,
    pairs,
    groups: groups.slice(0, CHANGES_SHOWN).map((group) => observedChange(group, style)),
    groupsOmitted: groups_omitted + Math.max(0, groups.length - CHANGES_SHOWN),
    otherPolicy: other.groups.slice(0, CHANGES_SHOWN).map((group) => observedChange(group, style)),
    otherPolicyPackets: other.packets,
  };
}

function stagedChange(flow: StagedFlow, style: Style): PageChange {
  const { pending, verdict, reason, decider, packets, connections } = flow;
  const { terms } = style;
  return {
    flow: flow.flow,
    packets,
    connections,
    what: `${verdict} now, ${pending.verdict} then`,
    sides: [
      {
        label: 'now',
        text: `${verdict}, ${reasonText(verdict, reason, decider, { open: flow.open, terms })}`,
        place: decider.location,
      },
      {
        label: 'then',
        text: `${pending.verdict}, ${reasonText(pending.verdict, pending.reason, pending.decider, { terms })}`,
        place: pending.decider.location,
      },
    ],
  };
}

function stagedPage({ staged }: ReplayDocument, style: Style): StagedPage | null {
  if (staged === null) return null;
  const { policies, changed, omitted } = staged;
  return {
    policies: policies.map((policy) => ({
      policy: policyText(policy),
      location: policy.location,
      newlyDenied: policy.newly_denied.packets,
      newlyAllowed: policy.newly_allowed.packets,
      other: policy.other.packets,
    })),
    changed: changed.slice(0, CHANGES_SHOWN).map((flow) => stagedChange(flow, style)),
    omitted: omitted + Math.max(0, changed.length - CHANGES_SHOWN),
  };
}

function rulePage(rule: RuleCount, part: string): RulePage {
  const { direction, tier, action, packets, bytes, flows, location, snapshots } = rule;
  const isEnd = rule.rule === -1;
  const words = isEnd
    ? `${direction}, no rule matched: end of tier ${tier}`
    : `${direction} rule ${rule.rule}`;
  const extra = [...(part === '' ? [] : [part]), ...(snapshots === null ? [] : ['not in every snapshot'])];
  return {
    policy: policyText(rule),
    rule: [words, ...extra].join(', '),
    action,
    packets,
    bytes,
    connections: flows,
    place: location,
  };
}

function listed(rules: readonly RulePage[]): RuleListPage {
  return { rules: rules.slice(0, RULES_MOST), omitted: Math.max(0, rules.length - RULES_MOST) };
}

/** Rules that packets met, heaviest first, and those that none met. */
function rulesPage({ rules }: ReplayDocument): Pick<ReplayPage, 'met' | 'dead'> {
  const met = rules
    .filter(({ packets, flows }) => packets > 0 || flows > 0)
    .sort((a, b) => b.packets - a.packets || b.flows - a.flows);
  return {
    met: listed(met.map((rule) => rulePage(rule, rule.match))),
    dead: listed(deadRules(rules).map(({ rule, part }) => rulePage(rule, part))),
  };
}

/** How many decisions go without their walk, where any do. */
function cutLines({ decisions }: PageFlows): string[] {
  const cut = decisions.filter(({ walk }) => walk === null).length;
  if (cut === 0) return [];
  return [
    `The page holds walks of ${formatCount(decisions.length - cut)} of ${countOf(decisions.length, 'decision')}, denied ones and the heaviest first: each other flow has the command that prints its own.`,
  ];
}

const NO_MANIFESTS = [
  'No manifests were given: nothing is judged, and the page shows what is in the trace.',
  'With -f cluster.yaml it says what the policies would do with it.',
];

/** What the page holds. */
export function replayPage(
  document: ReplayDocument,
  table: FlowTable,
  words: ReplayWords,
  { invocation, terms }: Pick<Style, 'invocation' | 'terms'>,
): ReplayPage {
  const style: Style = {
    palette: MARKUP,
    columns: COLUMNS,
    invocation,
    ...(terms === undefined ? {} : { terms }),
  };
  const isJudged = document.manifests.length > 0;
  const walks = new WalkLines();
  const flows = pageFlows(table, walks, style);
  const { cni, manifests, snapshots, packets, bytes, skipped, traces, timeline, tables, timing } = document;
  return {
    kind: 'replay',
    version: document.version,
    title: `dryplane replay: ${traceNames(document.traces)}`,
    command: commandLine([invocation, 'replay', ...words.traces, ...words.manifests]),
    explain: isJudged ? commandLine([invocation, 'explain', ...words.manifests]) : '',
    alarms: isJudged ? alarmsOf(document, style) : [NO_MANIFESTS],
    notes: [...noteLines(document, style), ...(isJudged ? cutLines(flows) : []), timingText(document)],
    document: {
      cni,
      manifests,
      snapshots,
      packets,
      bytes,
      flows: document.flows,
      reasons: document.reasons,
      skipped,
      traces,
      timeline,
      tables,
      timing,
      contents: document.contents,
      addresses: document.addresses,
    },
    reasonWords: Object.fromEntries(document.reasons.map(({ reason }) => [reason, bareReasonText(reason)])),
    flows,
    lines: walks.lines,
    ...rulesPage(document),
    observed: observedPage(document, style),
    staged: stagedPage(document, style),
  };
}
