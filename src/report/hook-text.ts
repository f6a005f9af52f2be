/** One hook of `explain` in text: who was asked, in the order in which it was, and what each said. */
import type {
  Bystander,
  GuardStep,
  HookStep,
  NamedPolicy,
  PolicyStep,
  RuleStep,
  SkippedTier,
  TierStep,
} from '../analysis/explain/explain-document.ts';
import { countOf } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { policyText, tierText } from './decider-text.ts';
import { located, type Style, verdictPaint } from './style.ts';
import { wrapped } from './wrap.ts';

const MARKS = { yes: '✓', no: '✗', maybe: '?' } as const;

/** The rule and its place, then why it did or did not match. */
function ruleLines(rule: RuleStep, indent: string, style: Style): string[] {
  const { palette, columns } = style;
  const paint = rule.matched === 'yes' ? verdictPaint(palette, rule.action) : palette.dim;
  const mark = rule.matched === 'maybe' ? palette.yellow(MARKS.maybe) : paint(MARKS[rule.matched]);
  const head = located(`${indent}${mark} rule ${rule.rule} ${rule.action}`, rule.location, style);
  const words = rule.matched === 'no' ? palette.dim : (text: string) => text;
  const isLog = rule.matched !== 'no' && rule.action === 'log';
  const remarks = [
    ...(isLog ? ['a log rule decides nothing, the walk goes on'] : []),
    ...(rule.http && rule.matched !== 'no'
      ? ['its http part is not looked at: the packet data plane sees no requests']
      : []),
    ...(rule.beyond.length > 0 && rule.matched !== 'no'
      ? [
          `what it asks beyond layer 4 is not looked at (${rule.beyond.join(', ')}): the connection is let through, what is said in it may not be`,
        ]
      : []),
    ...(rule.matched === 'maybe' && rule.unresolved_domains.length > 0
      ? [`--resolve gives the addresses that are not known: --resolve ${rule.unresolved_domains[0]}=ADDRESS`]
      : []),
  ];
  return [
    head,
    ...wrapped(visible(rule.why), `${indent}    `, columns).map(words),
    ...remarks.flatMap((text) =>
      wrapped(visible(text), `${indent}    `, columns).map((line) => palette.yellow(line)),
    ),
  ];
}

function orderText({ order }: { readonly order: number | null }): string {
  return order === null ? 'no order' : `order ${order}`;
}

/** ` (order 1000)`; of cluster-wide policies of Kubernetes their priority, and of others nothing where nobody knows orders. */
function placeInOrder(policy: NamedPolicy, { terms, palette }: Style): string {
  if (terms !== 'kubernetes') return palette.dim(` (${orderText(policy)})`);
  const hasPriority = /(Cluster|Admin)NetworkPolicy$/.test(policy.kind);
  return hasPriority ? palette.dim(` (priority ${policy.order})`) : '';
}

function policyTitle(policy: NamedPolicy, remark: string, style: Style): string {
  return located(`    ${policyText(policy)}${placeInOrder(policy, style)}${remark}`, policy.location, style);
}

function policyLines(policy: PolicyStep, style: Style): string[] {
  const head = policyTitle(policy, policy.staged ? style.palette.yellow(' staged') : '', style);
  if (policy.rules.length === 0) return [head, style.palette.dim('      no rules for this direction')];
  return [head, ...policy.rules.flatMap((rule) => ruleLines(rule, '      ', style))];
}

function guardLine({ guard, action, matched, why }: GuardStep, { palette }: Style): string {
  const paint = matched === 'yes' ? verdictPaint(palette, action) : palette.dim;
  const because = why === '' ? '' : palette.dim(`: ${visible(why)}`);
  return `    ${paint(`${MARKS[matched]} ${action}`)} ${visible(guard)}${because}`;
}

/** The guard that decided. Of the others only that there are failsafe ports is news: every pod has guards against tunnels. */
function guardLines({ guards }: HookStep, style: Style): string[] {
  const deciding = guards.filter(({ matched }) => matched === 'yes');
  if (deciding.length > 0)
    return ['  before any policy', ...deciding.map((guard) => guardLine(guard, style))];
  const ports = guards.filter(({ guard }) => guard.startsWith('failsafe')).length;
  return ports === 0
    ? []
    : [style.palette.dim(`  before any policy: it is none of ${countOf(ports, 'failsafe port')}`)];
}

/** What the end of a tier did. */
function tierEnd(tier: TierStep, hook: HookStep, style: Style): string[] {
  if (style.terms === 'kubernetes') return policiesEnd(tier, hook, style);
  const name = visible(tier.tier);
  switch (tier.left) {
    case 'end-deny': {
      const blamed = policyText(hook.decider);
      const text = `end of tier ${name}: deny${blamed === '' ? '' : `, counted for ${blamed}`}`;
      return [`    ${verdictPaint(style.palette, hook.verdict)(text)}`];
    }
    case 'end-pass':
      return [`    end of tier ${name}: no rule decides, pass to the next`];
    case 'pass':
      return ['    passed to the next tier'];
    default:
      return [];
  }
}

/** The same where policies isolate, and nobody knows tiers. */
function policiesEnd({ left }: TierStep, hook: HookStep, { palette }: Style): string[] {
  switch (left) {
    case 'end-deny':
      return [
        `    ${verdictPaint(palette, hook.verdict)(`isolated by ${policyText(hook.decider)}, no rule matched`)}`,
      ];
    case 'end-pass':
      return ['    no rule decides: what comes behind is asked'];
    case 'pass':
      return ['    passed on to what comes behind'];
    default:
      return [];
  }
}

/** Policies of a tier that was walked which say nothing here; those of the other direction are no news. */
function silentLines(bystanders: readonly Bystander[], style: Style): string[] {
  return bystanders
    .filter(({ why }) => why !== 'direction')
    .map((one) => located(style.palette.dim(`    ${policyText(one)} ${one.words}`), one.location, style));
}

function tierLines(tier: TierStep, hook: HookStep, style: Style): string[] {
  const { palette } = style;
  const place = tier.undeclared ? 'nobody declares it, it comes last' : orderText(tier);
  const remark = style.terms === 'kubernetes' ? '' : palette.dim(` (${place}, ends in ${tier.end_action})`);
  return [
    located(`  ${tierText(tier.tier, style.terms)}${remark}`, tier.location, style),
    ...tier.policies.flatMap((policy) => policyLines(policy, style)),
    ...silentLines(
      hook.bystanders.filter((one) => one.tier === tier.tier),
      style,
    ),
    ...tierEnd(tier, hook, style),
  ];
}

/** A tier that took no part, with the policies that select the endpoint and why they were not asked. */
function skippedLines(tier: SkippedTier, hook: HookStep, style: Style): string[] {
  const { palette, columns } = style;
  if (tier.why === 'not-selected') return [];
  const { terms } = style;
  const name = tierText(tier.tier, terms);
  if (tier.why === 'not-reached')
    return [palette.dim(terms === 'kubernetes' ? `  not asked: ${name}` : `  ${name} is not reached`)];
  const silent = hook.bystanders.filter((one) => one.tier === tier.tier);
  const texts = silent.map((one) => `${policyText(one)} ${one.words}`);
  const text = terms === 'kubernetes' ? texts.join(', ') : `${name} takes no part: ${texts.join(', ')}`;
  return wrapped(text, '  ', columns).map(palette.dim);
}

/** In the order in which they are asked, or would be. */
function allTierLines(hook: HookStep, style: Style): string[] {
  const walked = hook.tiers.map((tier) => ({ tier, lines: tierLines(tier, hook, style) }));
  const skipped = hook.skipped_tiers.map((tier) => ({ tier, lines: skippedLines(tier, hook, style) }));
  return [...walked, ...skipped]
    .sort((a, b) => a.tier.position - b.tier.position)
    .flatMap(({ lines }) => lines);
}

const PASSES: Readonly<Record<string, string>> = {
  main: 'the main interface',
  tunnel: 'the tunnel device',
  pods: 'the interfaces of pods',
};

/** `ingress of shop/db on node-b`, `pre-dnat of host endpoint node-b-eth0 (eth0) on node-b, the main interface`. */
function hookTitle({ hook, endpoint }: HookStep, style: Style): string {
  const { palette } = style;
  const node = endpoint.node === '' ? '' : palette.dim(` on ${visible(endpoint.node)}`);
  if (endpoint.kind !== 'host')
    return `${palette.bold(`${hook} of ${visible(`${endpoint.namespace}/${endpoint.name}`)}`)}${node}`;
  const named = endpoint.interface === '' ? '' : ` (${visible(endpoint.interface)})`;
  const passes = endpoint.passes === '' ? '' : palette.dim(`, ${PASSES[endpoint.passes]}`);
  return `${palette.bold(`${hook} of host endpoint ${visible(endpoint.name)}${named}`)}${node}${passes}`;
}

/** Nothing that selects the endpoint was asked. */
function openLine(step: HookStep, { palette, terms }: Style): string[] {
  const { hook, endpoint, tiers, verdict, guards } = step;
  if (tiers.length > 0 || guards.some(({ matched }) => matched === 'yes')) return [];
  if (terms === 'kubernetes') return [palette.dim(`  no policy isolates this pod for ${hook}`)];
  const what = endpoint.kind === 'host' ? 'host endpoint' : 'pod';
  const then =
    verdict === 'continue'
      ? 'nothing is decided here'
      : verdict === 'allow'
        ? 'it is open, by its profiles'
        : step.reason === 'no-profile'
          ? 'no profile opens it either'
          : 'its profiles decide';
  return [palette.dim(`  no policy selects this ${what} for ${hook}: ${then}`)];
}

/** Where the packet is seen with other addresses than the ones that it was sent with. */
export interface Sent {
  readonly src: string;
  readonly dst: string;
}

function seenLine({ src, src_name, dst, dst_name }: HookStep, sent: Sent, { palette }: Style): string[] {
  const source = src === sent.src ? [] : [`from ${src}${src_name === '' ? '' : ` (${src_name})`}`];
  const destination = dst === sent.dst ? [] : [`to ${dst}${dst_name === '' ? '' : ` (${dst_name})`}`];
  const seen = [...source, ...destination];
  const why = source.length === 0 ? '' : ', its source is masqueraded';
  return seen.length === 0 ? [] : [palette.dim(`  sees the packet ${visible(seen.join(' '))}${why}`)];
}

const ENDS: Readonly<Record<string, string>> = { continue: 'goes on' };

/** The whole hook. `sent` are the addresses that need no word: the ones behind all rewriting at pods. */
export function hookLines(hook: HookStep, sent: Sent, style: Style): string[] {
  const { palette } = style;
  const paint = hook.verdict === 'continue' ? palette.dim : verdictPaint(palette, hook.verdict);
  const lines = [
    `${hookTitle(hook, style)}: ${paint(ENDS[hook.verdict] ?? hook.verdict)}`,
    ...seenLine(hook, sent, style),
    ...guardLines(hook, style),
    ...openLine(hook, style),
    ...allTierLines(hook, style),
  ];
  for (const profile of style.terms === 'kubernetes' ? [] : hook.profiles) {
    lines.push(`  profile ${visible(profile.profile)}`);
    lines.push(...profile.rules.flatMap((rule) => ruleLines(rule, '    ', style)));
  }
  if (hook.verdict === 'unspecified')
    lines.push(
      palette.yellow(
        `  left open: ${hook.open?.says ?? 'the Kubernetes API does not say whether this holds here'}`,
      ),
    );
  return lines;
}
