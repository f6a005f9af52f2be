/** `--fail-on`: conditions on a finished replay that turn the exit code to 1. */
import type { ReplayDocument } from '../analysis/replay-document.ts';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { countOf, formatShare } from '../output/quantity.ts';
import { knownWordsHint, problem } from './problem.ts';

export interface FailCondition {
  readonly name: 'deny' | 'skip' | 'unresolved';
  /** Fails above this share, 0 to 1. */
  readonly above: number;
}

/** Words of other commands: known, but with nothing to say about a replay. */
const ELSEWHERE = ['disagree', 'newly-denied', 'newly-allowed', 'regression'];
const HERE = ['deny', 'skip', 'unresolved', 'unresolved=1%'];

function parseCondition(text: string): FailCondition | Diagnostic {
  const [, name = '', percent] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
  if (ELSEWHERE.includes(name))
    return problem(
      'cli/fail-on',
      `--fail-on ${name} does not apply to replay`,
      `known here: ${HERE.join(', ')}`,
    );
  if (name !== 'deny' && name !== 'skip' && name !== 'unresolved')
    return problem('cli/fail-on', `unknown condition ${text}`, knownWordsHint(name, HERE));
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
  for (const text of lists.flatMap((list) => list.split(',')).map((word) => word.trim())) {
    const parsed = parseCondition(text);
    if ('code' in parsed) problems.push(parsed);
    else conditions.push(parsed);
  }
  return { conditions, problems };
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
    const packets = document.packets[name];
    return packets > 0 ? [`${name}: ${countOf(packets, 'packet')}`] : [];
  });
}
