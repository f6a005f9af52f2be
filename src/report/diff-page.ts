/** The page of a diff: what changes over all new packets, or on traces, with every word that the page shows. */
import type {
  DiffGroup,
  DiffRegion,
  DiffSet,
  SideAnswer,
  TraceGroup,
} from '../analysis/diff/diff-document.ts';
import type { FlowExplanation } from '../analysis/explain/explain-document.ts';
import { countOf, formatCount } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { reasonText } from './decider-text.ts';
import { knobSection, proofText } from './diff-text.ts';
import { countsText } from './diff-trace-text.ts';
import { byText, CHANGE_KINDS, CHANGE_WORDS, changeText, knobLines, type ToldDiff } from './diff-words.ts';
import { explanationLines } from './explain-text.ts';
import { MARKUP } from './markup.ts';
import { commandLine } from './next-command.ts';
import type { DiffChangePage, DiffGroupPage, DiffPage, DiffSidePage } from './page-document.ts';
import type { Style, Terms } from './style.ts';
import { traceNames } from './trace-names.ts';

/** The page breaks lines itself. */
const COLUMNS = 100_000;

function side({ verdict, reason, decider }: SideAnswer, terms: Terms): DiffSidePage {
  return { verdict, text: reasonText(verdict, reason, decider, { terms }), place: decider.location };
}

function regionPage(region: DiffRegion, { terms }: ToldDiff): DiffChangePage {
  const { from, to, ports, between, example, before, after } = region;
  return {
    from,
    to,
    ports: between === '' ? ports : `${ports}, ${between}`,
    flow: example.flow,
    traffic: '',
    before: side(before, terms.before),
    after: side(after, terms.after),
  };
}

/** What all groups have in common. */
function groupPage(
  group: DiffGroup | TraceGroup,
  told: ToldDiff,
  style: Style,
): Omit<DiffGroupPage, 'changes' | 'omitted' | 'counts' | 'walks'> {
  const { change, by } = group;
  return {
    change,
    words: changeText(group),
    by: byText(group),
    place: by.location,
    notes: knobLines(group, told, style),
  };
}

function regionGroup(group: DiffGroup, told: ToldDiff, style: Style): DiffGroupPage {
  return {
    ...groupPage(group, told, style),
    counts: countOf(group.regions.length + group.omitted, 'region'),
    changes: group.regions.map((region) => regionPage(region, told)),
    omitted: group.omitted,
    walks: [],
  };
}

function walkLines(explained: FlowExplanation | null, terms: Terms, style: Style): string[] {
  return explained === null ? [] : explanationLines(explained, { ...style, terms });
}

function traceGroup(group: TraceGroup, told: ToldDiff, style: Style): DiffGroupPage {
  const { terms } = told;
  const { explained, flows_listed: flows } = group;
  const place = (address: string, name: string) => ({
    names: [name === '' ? address : name],
    pods: 0,
    omitted: 0,
  });
  return {
    ...groupPage(group, told, style),
    counts: countsText(group),
    changes: flows.map((flow) => ({
      from: place(flow.src, flow.src_name),
      to: place(flow.dst, flow.dst_name),
      ports: flow.dport === null ? flow.protocol : `${flow.protocol} ${flow.dport}`,
      flow: flow.flow,
      traffic: `${countOf(flow.packets, 'packet')}, ${countOf(flow.connections, 'connection')}`,
      before: side(flow.before, terms.before),
      after: side(flow.after, terms.after),
    })),
    omitted: group.omitted,
    walks: [
      { label: 'before', lines: walkLines(explained.before, terms.before, style) },
      { label: 'after', lines: walkLines(explained.after, terms.after, style) },
    ].filter(({ lines }) => lines.length > 0),
  };
}

function setText({ manifests, cni, policies, pods }: DiffSet): DiffPage['before'] {
  return {
    name: manifests.join(', '),
    what: `${countOf(policies, 'policy', 'policies')}, ${countOf(pods, 'pod')}, CNI ${cni}`,
  };
}

/** One number a kind of change, and what it counts. */
function countsOf({ document: { all_packets: all, trace } }: ToldDiff): DiffPage['counts'] {
  return CHANGE_KINDS.map(({ change, key }) => {
    const words = CHANGE_WORDS[change];
    if (trace === null) {
      const count = all?.regions[key] ?? 0;
      return { change, words, count, more: count === 1 ? 'region of packets' : 'regions of packets' };
    }
    const { packets, flows, clients } = trace[key];
    return {
      change,
      words,
      count: packets,
      more: `packets of ${countOf(flows, 'connection')} from ${countOf(clients, 'client')}`,
    };
  });
}

/** The answer in a sentence, and what it rests on. */
function answerOf({ document }: ToldDiff): Pick<DiffPage, 'answer' | 'proof' | 'isSame'> {
  const { all_packets: all, trace, differs } = document;
  if (all !== null)
    return {
      isSame: all.equivalent,
      answer: all.equivalent
        ? 'Equivalent: no new packet is judged otherwise. This is a proof, not a sample.'
        : 'The two sets judge some packets otherwise. These are all of them.',
      proof: `${proofText(all)}.`,
    };
  return {
    isSame: !differs,
    answer: differs
      ? 'Some packets of the traces are judged otherwise.'
      : 'No packet of the traces is judged otherwise.',
    proof: `the flows of ${traceNames(trace?.traces ?? [])}, judged by both sets. What no trace holds may differ all the same: without a trace diff looks at every new packet.`,
  };
}

/** What the page holds. `explain`: words behind the program that explain a flow after the change. */
export function diffPage(
  told: ToldDiff,
  explain: readonly string[],
  { invocation }: Pick<Style, 'invocation'>,
): DiffPage {
  const style: Style = { palette: MARKUP, columns: COLUMNS, invocation };
  const { document } = told;
  const { all_packets: all, trace, warnings, assumptions, before, after } = document;
  const omitted =
    trace === null || trace.omitted === 0
      ? []
      : [
          `${formatCount(trace.omitted)} changed flows did not fit into the tally: they are in the totals alone`,
        ];
  const traceWarnings = (trace?.traces ?? []).flatMap((one) =>
    one.warnings.map((text) => `warning: ${one.path}: ${text}`),
  );
  return {
    kind: 'diff',
    version: document.version,
    title: `dryplane diff: ${before.manifests.join(', ')} → ${after.manifests.join(', ')}`,
    explain: commandLine([invocation, 'explain', ...explain]),
    before: setText(before),
    after: setText(after),
    staged: document.staged,
    ...answerOf(told),
    counts: countsOf(told),
    totals:
      trace === null
        ? null
        : {
            before: { packets: trace.before.packets, flows: trace.before.flows },
            after: { packets: trace.after.packets, flows: trace.after.flows },
          },
    groups: [
      ...(all?.groups ?? []).map((group) => regionGroup(group, told, style)),
      ...(trace?.groups ?? []).map((group) => traceGroup(group, told, style)),
    ],
    alarms: warnings.map((text) => [MARKUP.bold(`warning: ${visible(text)}`)]),
    knobs:
      document.cni === null ? [] : knobSection(document.cni, document, style).filter((line) => line !== ''),
    notes: [...traceWarnings, ...omitted, ...assumptions.map((text) => `assumed: ${text}`)].map(visible),
  };
}
