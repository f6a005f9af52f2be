/** Checked expectations → as the document of `test` has them, failures with the walk that led to what was found. */
import type { AddressNames } from '../analysis/address-names.ts';
import { namesOfDecider } from '../analysis/decider.ts';
import type { WalkedHook } from '../analysis/explain/short-walk.ts';
import { openMember } from '../analysis/open-document.ts';
import type { TestedCell, TestedExpectation } from '../analysis/test/test-document.ts';
import type { World } from '../policy/world.ts';
import type { CheckedExpectation } from '../suite/check.ts';
import type { Drawing, Expectation, Suite } from '../suite/suite.ts';

/** Failures of a suite whose walk is told; all others say what was found. */
const EXPLAINED = 100;

/** Explains failures of one world. What it takes is loaded for failures alone. */
async function explainer(world: World): Promise<(result: CheckedExpectation) => readonly WalkedHook[]> {
  const [{ explainFlow }, { shortWalk }, { createAddressNames }] = await Promise.all([
    import('../analysis/explain/explanation.ts'),
    import('../analysis/explain/short-walk.ts'),
    import('../analysis/address-names.ts'),
  ]);
  const names: AddressNames = createAddressNames(world.book);
  return ({ flow, answer, expected }) => {
    const explained = explainFlow(flow, { enforced: answer }, { world, names });
    const other = explained.decisions.find(({ verdict }) => verdict !== expected);
    return shortWalk(explained, other?.verdict ?? answer.verdict);
  };
}

/** Its number among the tables that were asked, and where in it the expectation stands; null for what is not drawn. */
function cellOf({ cell }: Expectation, drawings: readonly Drawing[]): TestedCell | null {
  if (cell === undefined) return null;
  const { drawing, row, column, port } = cell;
  return { table: drawings.indexOf(drawing), row, column, port };
}

/** Of cells the column too: a line has several. */
function placeOf({ at, cell }: Expectation): string {
  const line = `${at.file}:${at.line}`;
  return cell === undefined ? line : `${line}:${at.column}`;
}

interface TestedAs {
  /** How it came to what was found. */
  readonly walk: readonly WalkedHook[] | null;
  readonly step: string;
  /** Those that were asked. */
  readonly drawings: readonly Drawing[];
}

function tested(checked: CheckedExpectation, { walk, step, drawings }: TestedAs): TestedExpectation {
  const { expectation, answer } = checked;
  return {
    name: expectation.name,
    tags: expectation.tags,
    step,
    cell: cellOf(expectation, drawings),
    flow: checked.flow,
    when: expectation.when ?? null,
    expected: {
      verdict: checked.expected,
      by: expectation.by ?? null,
      direction: expectation.direction ?? null,
      reason: expectation.reason ?? null,
      pending: checked.expectedPending ?? null,
    },
    found: {
      verdict: answer.verdict,
      reason: checked.reason,
      decider: namesOfDecider(checked.hook, checked.decider),
      ...openMember(checked.open),
      pending: checked.pending.verdict,
    },
    passed: checked.passed,
    difference: checked.difference,
    why: expectation.why ?? '',
    location: placeOf(expectation),
    walk,
  };
}

/** Results as the document has them, failures with their walks. */
export async function testedExpectations(
  { steps }: Suite,
  results: readonly CheckedExpectation[],
  drawings: readonly Drawing[],
  worlds: readonly World[],
): Promise<TestedExpectation[]> {
  const failures = results.filter(({ passed }) => !passed).slice(0, EXPLAINED);
  const walks = new Map<CheckedExpectation, readonly WalkedHook[]>();
  for (const [state, world] of worlds.entries()) {
    const failed = failures.filter(({ expectation }) => expectation.state === state);
    if (failed.length === 0) continue;
    const explain = await explainer(world);
    for (const result of failed) walks.set(result, explain(result));
  }
  return results.map((result) => {
    const step = steps[result.expectation.state - 1]?.name ?? '';
    return tested(result, { walk: walks.get(result) ?? null, step, drawings });
  });
}
