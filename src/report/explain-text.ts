/** The text report of `explain`: the answer first, then the walk through both sides as the packet meets them. */
import type {
  DecisionDocument,
  ExplainDocument,
  FlowExplanation,
  HookStep,
  PartDocument,
} from '../analysis/explain/explain-document.ts';
import { countOf } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { reasonText } from './decider-text.ts';
import { hookLines, type Sent } from './hook-text.ts';
import { nextCommand } from './next-command.ts';
import { located, type Style, verdictPaint, warningLines } from './style.ts';
import { suggestionLines } from './suggestion-text.ts';

function portText(port: number | null): string {
  return port === null ? '' : `:${port}`;
}

function addressText(address: string, port: number | null): string {
  return port !== null && address.includes(':') ? `[${address}]:${port}` : `${address}${portText(port)}`;
}

function decisionLines(decision: DecisionDocument, style: Style, indent: string): string[] {
  const { palette } = style;
  const lines: string[] = [];
  if (decision.service !== '') {
    const many = decision.backends.length > 1;
    const to = many
      ? `one of ${decision.backends.length} backends`
      : `${decision.judged_dst_name === '' ? '' : `${decision.judged_dst_name}, `}${addressText(decision.judged_dst, decision.judged_dport)}`;
    lines.push(
      `service ${visible(decision.service)} at ${addressText(decision.dst, decision.dport)} leads to ${visible(to)}`,
    );
  }
  if (decision.backends.length > 1) {
    for (const backend of decision.backends) {
      const paint = verdictPaint(palette, backend.decision.verdict);
      const name = backend.name === '' ? '' : `${visible(backend.name)} `;
      lines.push(
        `backend ${name}${addressText(backend.address, backend.port)}: ${paint(backend.decision.verdict)}`,
      );
      lines.push(...decisionLines({ ...backend.decision, service: '' }, style, '  '));
    }
  } else lines.push(...walkLines(decision, style));
  const remarks = remarkLines(decision, style);
  if (lines.length > 0 && remarks.length > 0) lines.push('');
  lines.push(...remarks);
  // Of several backends each has said it.
  if (decision.backends.length < 2) lines.push(...pendingLines(decision, style));
  return lines.map((line) => (line === '' ? '' : `${indent}${line}`));
}

/** What is to be said of the whole walk. */
function remarkLines(decision: DecisionDocument, style: Style): string[] {
  const untracked = 'its connection is not tracked: replies need rules of their own';
  const notes = [...(decision.untracked ? [untracked] : []), ...decision.notes];
  return [...endpointToHostLine(decision, style), ...notes.map((note) => `note: ${visible(note)}`)];
}

/** Pods see where the packet arrives; a note of their own has only what sees something else. */
function sentOf({ src, judged_dst: dst }: DecisionDocument): Sent {
  return { src, dst };
}

/** The hooks, each with the line that Calico's flow logs would hold about it. */
function walkLines(decision: DecisionDocument, style: Style): string[] {
  const { palette } = style;
  return decision.hooks.flatMap((hook, index) => {
    const reporter = hook.hook === 'egress' ? 'src' : hook.hook === 'ingress' ? 'dst' : undefined;
    const log = decision.flow_logs.find((record) => record.reporter === reporter);
    const hits = log?.enforced_policies ?? [];
    return [
      ...(index === 0 ? [] : ['']),
      ...hookLines(hook, sentOf(decision), style),
      ...(hits.length === 0 ? [] : [palette.dim(`  flow log: ${visible(hits.join('  '))}`)]),
    ];
  });
}

function endpointToHostLine({ endpoint_to_host: found }: DecisionDocument, style: Style): string[] {
  if (found === null) return [];
  const where = found.location === '' ? ', which is assumed' : '';
  const text = `DefaultEndpointToHostAction of ${visible(found.node)}: ${found.action}${where}`;
  return [located(text, found.location, style)];
}

/** With staged policies: the answer, and the walk of the hooks that say something else. */
function pendingLines(decision: DecisionDocument, style: Style): string[] {
  const { pending } = decision;
  if (pending === null || !pending.differs) return [];
  const said = (hook: HookStep): string => JSON.stringify([hook.hook, hook.verdict, hook.decider]);
  const before = new Set(decision.hooks.map(said));
  const paint = verdictPaint(style.palette, pending.verdict);
  return [
    '',
    `${style.palette.bold('with staged policies')}: ${paint(pending.verdict)}`,
    ...pending.hooks
      .filter((hook) => !before.has(said(hook)))
      .flatMap((hook) => hookLines(hook, sentOf(decision), style))
      .map((line) => `  ${line}`),
  ];
}

function packetText(decision: DecisionDocument): string {
  return `${addressText(decision.src, decision.sport)} to ${addressText(decision.dst, decision.dport)}`;
}

/** Under the verdict: what decided, what staged policies would make of it, what is doubtful about it. */
function answerLines(decision: DecisionDocument, style: Style): string[] {
  const { palette } = style;
  const { pending, doubtful } = decision;
  const decided = ({
    verdict,
    reason,
    decider,
    open,
  }: Pick<DecisionDocument, 'verdict' | 'reason' | 'decider' | 'open'>) =>
    located(
      reasonText(verdict, reason, decider, { open, terms: style.terms }),
      open === undefined ? decider.location : '',
      style,
    );
  const lines = [`  ${decided(decision)}`];
  if (decision.open !== undefined) lines.push(`  ${palette.cyan(visible(decision.open.source))}`);
  if (pending !== null) {
    const same = pending.verdict === decision.verdict ? `${pending.verdict} too` : pending.verdict;
    const by = pending.differs ? `, ${decided(pending)}` : '';
    lines.push(`  with staged policies: ${verdictPaint(palette, pending.verdict)(same)}${by}`);
  }
  if (doubtful.length > 0)
    lines.push(
      palette.yellow(
        `  doubtful: ${visible(doubtful.join(', '))} ${doubtful.length === 1 ? 'is' : 'are'} invalid, and could change this`,
      ),
    );
  return lines;
}

/** The answer to one flow and the walk that says so, a line each. */
export function explanationLines(flow: FlowExplanation, style: Style): string[] {
  const { palette } = style;
  const paint = verdictPaint(palette, flow.verdict);
  const title = `${paint(palette.bold(flow.verdict))}  ${palette.bold(visible(flow.flow))}`;
  const [only] = flow.decisions;
  if (flow.decisions.length === 1 && only !== undefined) {
    const packet =
      only.ports === null ? packetText(only) : `${only.src} to ${only.dst} ${portsText(only.ports)}`;
    const head = `${title}  ${palette.dim(`(${packet})`)}`;
    const steps = decisionLines(only, style, '');
    return [head, ...answerLines(only, style), '', ...steps, ...(steps.length > 0 ? [''] : [])];
  }
  const distinct = new Map<string, PartDocument[]>();
  for (const decision of flow.decisions) {
    const { verdict, reason, decider, pending } = decision;
    const key = JSON.stringify([verdict, reason, decider, pending?.verdict, pending?.decider]);
    distinct.set(key, [...(distinct.get(key) ?? []), decision]);
  }
  const lines = [`${title}  ${palette.dim(`(${standsFor(flow)})`)}`, ''];
  for (const alike of distinct.values()) {
    const [decision] = alike as [PartDocument, ...PartDocument[]];
    const verdict = verdictPaint(palette, decision.verdict)(decision.verdict);
    lines.push(`${verdict}  ${visible(partText(decision))}${palette.dim(likeIt(alike))}`);
    lines.push(...answerLines(decision, style), ...decisionLines(decision, style, '  '), '');
  }
  return lines;
}

function standsFor(flow: FlowExplanation): string {
  const isPorts = flow.decisions.every(({ ports }) => ports !== null);
  return `stands for ${countOf(flow.decisions.length, isPorts ? 'range of ports' : 'packet', isPorts ? 'ranges of ports' : 'packets')}`;
}

function partText(decision: PartDocument): string {
  const { ports, src, src_name: srcName, dst, dst_name: dstName } = decision;
  const sides = `${sideText(srcName, src)} to ${sideText(dstName, dst)}`;
  return ports === null ? `${sides} (${packetText(decision)})` : `${sides} ${portsText(ports)}`;
}

/** A set has many addresses, so its name says less than the address. */
function sideText(name: string, address: string): string {
  return name === '' || name.startsWith('network-set:') ? address : name;
}

function portsText({ first, last }: { first: number; last: number }): string {
  return first === last ? `port ${first}` : `ports ${first}-${last}`;
}

/** The others that the same rule decides. */
function likeIt(alike: readonly PartDocument[]): string {
  if (alike.length === 1) return '';
  const others = alike.slice(1);
  const shown = others
    .slice(0, 3)
    .map((part) => (part.ports === null ? packetText(part) : portsText(part.ports)));
  const more = others.length - shown.length;
  return ` and ${visible(shown.join(', '))}${more > 0 ? ` and ${more} more` : ''}`;
}

/** How to hold the first flow to its verdict; one that is split by ports leads to a port that is allowed. */
function next(flow: FlowExplanation, options: readonly string[], { invocation, palette }: Style): string[] {
  const { verdict } = flow;
  if (verdict === 'allow' || verdict === 'deny') {
    const command = [invocation, 'explain', '--expect', verdict, ...options];
    return [nextCommand('keep it so in CI', command, flow.flow, palette)];
  }
  const ports = flow.decisions.find((part) => part.verdict === 'allow')?.ports ?? flow.decisions[0]?.ports;
  if (ports === undefined || ports === null) return [];
  const narrowed = flow.flow.replace(/:\*$/, `:${ports.first}`);
  return [nextCommand('one port alone', [invocation, 'explain', ...options], narrowed, palette)];
}

/** The whole report, newline at the end. */
export function explainText(document: ExplainDocument, options: readonly string[], style: Style): string {
  const { palette } = style;
  const lines = [
    ...warningLines(document.warnings, style),
    ...document.flows.flatMap((flow) => [
      ...explanationLines(flow, style),
      ...suggestionLines(flow, options, style),
    ]),
  ];
  const notes = document.assumptions.map((text) => `assumed: ${visible(text)}`);
  const { expectation } = document;
  const expected =
    expectation === null
      ? []
      : [
          expectation.met
            ? palette.green(`✓ as expected: ${expectation.verdict}`)
            : palette.red(`✗ expected ${expectation.verdict}`),
        ];
  const [flow] = document.flows;
  const command = expectation !== null || flow === undefined ? [] : next(flow, options, style);
  return `${[...lines, ...notes, ...expected, ...command].join('\n')}\n`;
}
