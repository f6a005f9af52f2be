/** Coverage as text: a line a policy with what of it was exercised, and below it the lines that were not. */
import type {
  CoverageDocument,
  Covered,
  PolicyCoverage,
  RuleCoverage,
} from '../analysis/coverage/coverage-document.ts';
import { countOf, formatCount, formatShare } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { alignedLines } from './aligned-lines.ts';
import { moreLines, type Style, warningLine } from './style.ts';

/** Policies and lines that the text shows. */
const POLICIES_SHOWN = 40;
const LINES_SHOWN = 40;

/** A part that was not exercised. */
interface Missed {
  readonly location: string;
  readonly words: string;
}

function policyWords({ kind, namespace, policy }: PolicyCoverage): string {
  return `${kind} ${namespace === '' ? policy : `${namespace}/${policy}`}`;
}

/** Of a rule that nothing matched its parts need no mention. */
function missedOfRule({ list, rule, location, hits, peers, ports }: RuleCoverage): Missed[] {
  const words = `${list} rule ${rule}`;
  if (hits === 0) return [{ location, words }];
  const missed = (noun: string, parts: RuleCoverage['peers']): Missed[] =>
    parts
      .filter((part) => part.hits === 0)
      .map((part) => ({ location: part.location, words: `${words}, ${noun} ${part.words}` }));
  return [...missed('peer', peers), ...missed('port', ports)];
}

/** Undefined where all of it was exercised. */
function missedOf(
  coverage: PolicyCoverage,
): { readonly policy: string; readonly missed: Missed[] } | undefined {
  const policy = policyWords(coverage);
  const { location, asked, rules, denials } = coverage;
  if (asked === 0 && rules.every(({ hits }) => hits === 0))
    return { policy, missed: [{ location, words: 'no packet met it' }] };
  const missed = [
    ...rules.flatMap(missedOfRule),
    ...denials
      .filter(({ hits }) => hits === 0)
      .map(({ direction }) => ({ location, words: `${direction}: nothing was denied for want of a rule` })),
  ];
  return missed.length === 0 ? undefined : { policy, missed };
}

/** Lines under their policies, as many as are shown. */
function missedLines(coverage: CoverageDocument, style: Style): string[] {
  const { palette } = style;
  const lines: string[] = [];
  let [shown, all] = [0, 0];
  for (const { policy, missed } of coverage.policies.flatMap((one) => missedOf(one) ?? [])) {
    all += missed.length;
    const room = missed.slice(0, LINES_SHOWN - shown);
    shown += room.length;
    if (room.length > 0) lines.push(`  ${visible(policy)}`);
    for (const { location, words } of room)
      lines.push(`    ${palette.cyan(visible(location))}  ${visible(words)}`);
  }
  if (all === 0) return [];
  return ['', palette.bold('Not covered'), ...lines, ...moreLines(all - shown, 'line', style)];
}

function cell({ covered, all }: Covered, { palette }: Style): string {
  if (all === 0) return palette.dim('-');
  const text = `${formatCount(covered)}/${formatCount(all)}`;
  return covered === all ? palette.green(text) : covered === 0 ? palette.red(text) : palette.yellow(text);
}

function isFull({ totals }: PolicyCoverage): boolean {
  return Object.values(totals).every(({ covered, all }: Covered) => covered === all);
}

function totalText(noun: string, { covered, all }: Covered): string {
  return all === 0
    ? `no ${noun}`
    : `${noun} ${formatCount(covered)} of ${formatCount(all)} (${formatShare(covered, all)})`;
}

/** The section, without a newline at the end. */
export function coverageText(coverage: CoverageDocument, style: Style): string {
  const { palette } = style;
  const { totals, policies, cnis, never_asked: neverAsked, omitted_flows: omitted } = coverage;
  const under = cnis.length > 1 ? `, under any of ${cnis.map(visible).join(', ')}` : '';
  // Those with something to do come first where not all are shown.
  const shown = policies.length > POLICIES_SHOWN ? policies.filter((one) => !isFull(one)) : policies;
  const rows = shown
    .slice(0, POLICIES_SHOWN)
    .map((policy) => [
      visible(policyWords(policy)),
      ...[policy.totals.rules, policy.totals.peers, policy.totals.ports, policy.totals.denials].map((one) =>
        cell(one, style),
      ),
    ]);
  const head = ['', 'rules', 'peers', 'ports', 'denials'].map((word) => palette.dim(word));
  return [
    palette.bold(`Coverage of ${countOf(policies.length, 'policy', 'policies')} by ${coverage.of}${under}`),
    `  ${totalText('rules', totals.rules)}, ${totalText('peers', totals.peers)}, ${totalText('ports', totals.ports)}, ${totalText('denials', totals.denials)}`,
    ...(neverAsked > 0
      ? [`  ${palette.yellow(countOf(neverAsked, 'policy', 'policies'))} met by no packet`]
      : []),
    ...(omitted > 0
      ? [
          `  ${warningLine(`${countOf(omitted, 'flow')} did not fit: their peers and ports are missing here`, style)}`,
        ]
      : []),
    ...(rows.length === 0 ? [] : ['', ...alignedLines([head, ...rows]).map((line) => `  ${line}`)]),
    ...moreLines(shown.length - rows.length, 'policy', style, { plural: 'policies' }),
    ...missedLines(coverage, style),
  ].join('\n');
}
