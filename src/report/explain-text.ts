/** The text report of `explain`: the answer first, then the walk through both sides as the packet meets them. */
import type {
  DecisionDocument,
  ExplainDocument,
  FlowExplanation,
  HookStep,
  PartDocument,
  PolicyStep,
  RuleStep,
  TierStep,
} from '../analysis/explain-document.ts';
import { countOf } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { policyText, reasonText } from './decider-text.ts';
import { nextCommand } from './next-command.ts';
import { type Style, verdictPaint } from './style.ts';
import { wrapped } from './wrap.ts';

const MARKS = { yes: '✓', no: '✗', maybe: '?' } as const;

function located(text: string, location: string, { palette }: Style): string {
  return location === '' ? text : `${text}  ${palette.cyan(visible(location))}`;
}

/** The rule and its place, then why it did or did not match. */
function ruleLines(rule: RuleStep, indent: string, style: Style): string[] {
  const { palette, columns } = style;
  const paint = rule.matched === 'yes' ? verdictPaint(palette, rule.action) : palette.dim;
  const mark = rule.matched === 'maybe' ? palette.yellow(MARKS.maybe) : paint(MARKS[rule.matched]);
  const head = located(`${indent}${mark} rule ${rule.rule} ${rule.action}`, rule.location, style);
  const words = rule.matched === 'no' ? palette.dim : (text: string) => text;
  return [head, ...wrapped(visible(rule.why), `${indent}    `, columns).map(words)];
}

function policyLines(policy: PolicyStep, style: Style): string[] {
  const staged = policy.staged ? style.palette.yellow(' (staged, not enforced)') : '';
  const head = located(`    ${policyText(policy)}${staged}`, policy.location, style);
  if (policy.rules.length === 0) return [head, style.palette.dim('      no rules for this direction')];
  return [head, ...policy.rules.flatMap((rule) => ruleLines(rule, '      ', style))];
}

function tierLines(tier: TierStep, hook: HookStep, style: Style): string[] {
  const lines = [
    `  tier ${visible(tier.tier)}`,
    ...tier.policies.flatMap((policy) => policyLines(policy, style)),
  ];
  if (tier.left === 'end-deny') {
    const blamed = policyText(hook.decider);
    const text = `end of tier ${visible(tier.tier)}: deny${blamed === '' ? '' : `, counted for ${blamed}`}`;
    lines.push(`    ${verdictPaint(style.palette, hook.verdict)(text)}`);
  } else if (tier.left === 'end-pass') lines.push(`    end of tier ${visible(tier.tier)}: pass to the next`);
  else if (tier.left === 'pass') lines.push('    passed to the next tier');
  return lines;
}

function hookLines(hook: HookStep, style: Style): string[] {
  const { palette } = style;
  const { endpoint } = hook;
  const paint = verdictPaint(palette, hook.verdict);
  const node = endpoint.node === '' ? '' : palette.dim(` on ${visible(endpoint.node)}`);
  const title = `${palette.bold(`${hook.hook} of ${visible(`${endpoint.namespace}/${endpoint.name}`)}`)}${node}: ${paint(hook.verdict)}`;
  const isolated = hook.tiers.length > 0;
  const lines = [title, ...hook.tiers.flatMap((tier) => tierLines(tier, hook, style))];
  if (!isolated && hook.profiles.length > 0)
    lines.push(palette.dim(`  no policy selects this pod for ${hook.hook}: it is open, by its profiles`));
  for (const profile of hook.profiles) {
    lines.push(`  profile ${visible(profile.profile)}`);
    lines.push(...profile.rules.flatMap((rule) => ruleLines(rule, '    ', style)));
  }
  if (hook.verdict === 'unspecified')
    lines.push(palette.yellow('  the Kubernetes API leaves open whether this holds here'));
  return lines;
}

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
  } else lines.push(...decision.hooks.flatMap((hook) => hookLines(hook, style)));
  lines.push(...decision.notes.map((note) => `note: ${visible(note)}`));
  return lines.map((line) => `${indent}${line}`);
}

function packetText(decision: DecisionDocument): string {
  return `${addressText(decision.src, decision.sport)} to ${addressText(decision.dst, decision.dport)}`;
}

/** What decided: its own line under the verdict. */
function answerLine(decision: DecisionDocument, style: Style): string {
  return located(
    `  ${reasonText(decision.verdict, decision.reason, decision.decider)}`,
    decision.decider.location,
    style,
  );
}

function flowLines(flow: FlowExplanation, style: Style): string[] {
  const { palette } = style;
  const paint = verdictPaint(palette, flow.verdict);
  const title = `${paint(palette.bold(flow.verdict))}  ${palette.bold(visible(flow.flow))}`;
  const [only] = flow.decisions;
  if (flow.decisions.length === 1 && only !== undefined) {
    const packet =
      only.ports === null ? packetText(only) : `${only.src} to ${only.dst} ${portsText(only.ports)}`;
    const head = `${title}  ${palette.dim(`(${packet})`)}`;
    const steps = decisionLines(only, style, '');
    return [head, answerLine(only, style), '', ...steps, ...(steps.length > 0 ? [''] : [])];
  }
  const distinct = new Map<string, PartDocument[]>();
  for (const decision of flow.decisions) {
    const key = JSON.stringify([decision.verdict, decision.reason, decision.decider]);
    distinct.set(key, [...(distinct.get(key) ?? []), decision]);
  }
  const lines = [`${title}  ${palette.dim(`(${standsFor(flow)})`)}`, ''];
  for (const alike of distinct.values()) {
    const [decision] = alike as [PartDocument, ...PartDocument[]];
    const verdict = verdictPaint(palette, decision.verdict)(decision.verdict);
    lines.push(`${verdict}  ${visible(partText(decision))}${palette.dim(likeIt(alike))}`);
    lines.push(answerLine(decision, style), ...decisionLines(decision, style, '  '), '');
  }
  return lines;
}

function standsFor(flow: FlowExplanation): string {
  const isPorts = flow.decisions.every(({ ports }) => ports !== null);
  return `stands for ${countOf(flow.decisions.length, isPorts ? 'range of ports' : 'packet', isPorts ? 'ranges of ports' : 'packets')}`;
}

function partText(decision: PartDocument): string {
  const { ports, src, src_name: from, dst, dst_name: to } = decision;
  if (ports !== null) return `${from || src} to ${to || dst} ${portsText(ports)}`;
  return `${from || src} to ${to || dst} (${packetText(decision)})`;
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
  const lines = document.flows.flatMap((flow) => flowLines(flow, style));
  const notes = [
    ...document.warnings.map((text) => `${palette.yellow('warning:')} ${visible(text)}`),
    ...document.assumptions.map((text) => `assumed: ${visible(text)}`),
  ];
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
