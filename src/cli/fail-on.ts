/** `--fail-on`: conditions on a finished replay that turn the exit code to 1. */
import type { ReplayDocument } from '../analysis/replay/replay-document.ts';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { countOf, formatShare } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { groupText } from '../report/observed-group.ts';
import { listedWords } from './listed-words.ts';
import { knownWordsHint, problem } from './problem.ts';

export interface FailCondition {
  readonly name: 'deny' | 'skip' | 'unresolved' | 'disagree' | 'newly-denied' | 'newly-allowed';
  /** Fails above this share, 0 to 1. */
  readonly above: number;
}

/** Words of other commands: known, but with nothing to say about a replay. */
const ELSEWHERE = ['regression'];
const HERE = ['deny', 'skip', 'unresolved', 'unresolved=1%', 'disagree', 'newly-denied', 'newly-allowed'];
const NAMES: readonly string[] = ['deny', 'skip', 'unresolved', 'disagree', 'newly-denied', 'newly-allowed'];

const isName = (name: string): name is FailCondition['name'] => NAMES.includes(name);

function parseCondition(text: string): FailCondition | Diagnostic {
  const [, name = '', percent] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
  if (ELSEWHERE.includes(name))
    return problem(
      'cli/fail-on',
      `--fail-on ${name} does not apply to replay`,
      `known here: ${HERE.join(', ')}`,
    );
  if (!isName(name)) return problem('cli/fail-on', `unknown condition ${text}`, knownWordsHint(name, HERE));
  if (percent === undefined) return { name, above: 0 };
  const number = /^(\d{1,3}(?:\.\d+)?)%$/.exec(percent)?.[1];
  if (name !== 'unresolved' || number === undefined || Number(number) > 100)
    return problem(
      'cli/fail-on',
      `${text} is no condition`,
      'a share goes with unresolved only: unresolved=1%',
    );
  return { name, above: Number(number) / 100 };
}

/** Comma-separated conditions, repeatable. */
export function parseFailOn(lists: readonly string[]): {
  conditions: FailCondition[];
  problems: Diagnostic[];
} {
  const conditions: FailCondition[] = [];
  const problems: Diagnostic[] = [];
  for (const text of listedWords(lists)) {
    const parsed = parseCondition(text);
    if ('code' in parsed) problems.push(parsed);
    else conditions.push(parsed);
  }
  return { conditions, problems };
}

/** Conditions on staged policies where there are none: they could never be met. */
export function idleConditions(conditions: readonly FailCondition[]): Diagnostic[] {
  return conditions
    .filter(({ name }) => name.startsWith('newly-'))
    .map(({ name }) =>
      problem(
        'cli/fail-on',
        `--fail-on ${name} does not apply: no policy of these manifests is staged`,
        'it compares the verdicts with and without staged policies',
      ),
    );
}

/** One line for each condition that is met. */
export function metConditions(conditions: readonly FailCondition[], document: ReplayDocument): string[] {
  return conditions.flatMap(({ name, above }) => {
    if (name === 'unresolved') {
      const share = document.unresolved_share;
      if (share <= above) return [];
      return [
        `unresolved: ${formatShare(share, 1)} of the packets carry an address that the manifests do not hold`,
      ];
    }
    if (name === 'disagree') return metByObserved(document);
    if (name === 'newly-denied' || name === 'newly-allowed') return metByStaged(name, document);
    // A record of a flow log may count no packets.
    const [packets, flows] = [document.packets[name], document.flows[name]];
    if (packets > 0) return [`${name}: ${countOf(packets, 'packet')}`];
    return name === 'deny' && flows > 0 ? [`${name}: ${countOf(flows, 'flow')}`] : [];
  });
}

/** What traces say otherwise. */
function metByObserved({ observed }: ReplayDocument): string[] {
  if (observed === null) return [];
  const { compared, agree } = observed;
  const [packets, flows] = [compared.packets - agree.packets, compared.flows - agree.flows];
  if (packets === 0 && flows === 0) return [];
  const worst = observed.groups[0];
  const most =
    worst === undefined
      ? ''
      : `; most of it (${countOf(worst.packets, 'packet')}): ${visible(worst.example)}, ${groupText(worst)}`;
  const ofFlows = flows === 0 ? '' : ` of ${countOf(flows, 'flow')}`;
  return [
    `disagree: ${countOf(packets, 'packet')}${ofFlows} ${packets === 1 ? 'was' : 'were'} observed otherwise${most}`,
  ];
}

/** A condition on what was observed where no trace tells it: it could never be met. */
export function unobservedConditions(conditions: readonly FailCondition[]): Diagnostic[] {
  if (!conditions.some(({ name }) => name === 'disagree')) return [];
  return [
    problem(
      'cli/fail-on',
      '--fail-on disagree does not apply: no trace says what became of its packets',
      'it compares verdicts with those of flow logs that tell some (hubble, calico-enterprise, conntrack), of NFLOG captures and of pcapng verdicts',
    ),
  ];
}

/** What staged policies would change. */
function metByStaged(name: 'newly-denied' | 'newly-allowed', { staged }: ReplayDocument): string[] {
  const { packets = 0, flows = 0 } =
    staged?.[name === 'newly-denied' ? 'newly_denied' : 'newly_allowed'] ?? {};
  if (packets === 0) return [];
  return [`${name}: ${countOf(packets, 'packet')} of ${countOf(flows, 'connection')}, by staged policies`];
}
