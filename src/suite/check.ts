/** A suite against a world: what was expected, what is, and whether they are the same. */
import { type Checked, type Diagnostic, hasErrors } from '../diagnostic/diagnostic.ts';
import { formatFlow } from '../flow/notation.ts';
import { findCni } from '../manifest/cni/cni-profile.ts';
import { type LoadOptions, loadCluster } from '../manifest/load.ts';
import type { CniProfile } from '../policy/cni/profile.ts';
import { cniProfile } from '../policy/cni/profiles.ts';
import type { Decider } from '../policy/decision.ts';
import { type FlowAnswer, judgeFlow } from '../policy/judge/judge-flow.ts';
import type { OpenChoice } from '../policy/open-choice.ts';
import { createWorld, pendingWorld, type World } from '../policy/world.ts';
import { directionOf, type Verdict } from '../tables/verdict.ts';
import { answerIn } from './circumstance.ts';
import { deciderName, isNamed, namesGroup } from './policy-name.ts';
import type { ByCni, Direction, Expectation, ExpectedVerdict, PendingVerdict, Suite } from './suite.ts';

export interface CheckedExpectation {
  readonly expectation: Expectation;
  /** Of the CNI in question. */
  readonly expected: ExpectedVerdict;
  /** Of the CNI in question, where the suite says what staged policies would make of it. */
  readonly expectedPending?: PendingVerdict;
  /** In the notation, with `to`. */
  readonly flow: string;
  readonly answer: FlowAnswer;
  /** Of the part that speaks for the answer: the first that differs from what is expected, else the first. */
  readonly decider?: Decider;
  readonly hook: FlowAnswer['parts'][number]['decision']['hook'];
  readonly reason: FlowAnswer['reason'];
  /** Of an `unspecified` answer: what leaves it open. */
  readonly open?: OpenChoice;
  /** With staged policies as if they were enforced; the answer itself where none is staged. */
  readonly pending: FlowAnswer;
  readonly passed: boolean;
  /** In words; empty when it passed. */
  readonly difference: string;
}

export interface SuiteResult {
  readonly suite: Suite;
  readonly passed: number;
  readonly failed: number;
  /** Expectations that have no word for the CNI. */
  readonly unasked: number;
  readonly results: readonly CheckedExpectation[];
}

export interface SuiteOverrides extends LoadOptions {
  /** In place of the suite's manifests. */
  readonly manifests?: readonly string[];
  /** In place of the suite's CNI; a name of `CNI_NAMES`, or the path of a profile. */
  readonly cni?: string;
}

/** A suite whose manifests nobody names. */
export function noManifests({ path }: Suite): Diagnostic {
  return {
    code: 'suite/no-manifests',
    severity: 'error',
    message: `the suite ${path} names no manifests`,
    hint: 'add manifests: to the suite, or give -f',
  };
}

/** The world that a suite names; undefined when its manifests cannot be used. */
export function worldOfSuite(suite: Suite, overrides: SuiteOverrides = {}): Checked<World | undefined> {
  const manifests = overrides.manifests ?? suite.manifests;
  if (manifests.length === 0) return { value: undefined, diagnostics: [noManifests(suite)] };
  const { value: cluster, diagnostics: read } = loadCluster(manifests, overrides);
  const found = overrides.manifests === undefined ? namedBy(suite, read) : read;
  const { value: profile, diagnostics: strange } = findCni(overrides.cni ?? suite.cni ?? 'calico');
  const diagnostics = [...strange, ...found];
  const isBroken = hasErrors(diagnostics);
  return {
    value: isBroken || profile === undefined ? undefined : createWorld(cluster, profile),
    diagnostics,
  };
}

/** Of paths that lead nowhere: which suite they stand in, since whoever runs a folder of suites has named none of them. */
function namedBy(suite: Suite, diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const hint = `the suite ${suite.path} names it, relative to itself; -f takes other manifests`;
  return diagnostics.map((found) => (found.code === 'manifest/not-found' ? { ...found, hint } : found));
}

/**
 * Judges every flow of a suite. A flow whose names mean nothing is a diagnostic, not a result. `later`: the worlds after each step of the
 * suite, as `worldsAfter` makes them.
 */
export function checkSuite(suite: Suite, world: World, later: readonly World[] = []): Checked<SuiteResult> {
  if (later.length !== suite.steps.length)
    throw new Error(`${later.length} worlds of ${suite.steps.length} steps`);
  const diagnostics: Diagnostic[] = [];
  const worlds = [world, ...later];
  const staged = worlds.map(pendingWorld);
  const { profile } = world;
  const told = new Set<string>();
  const results = suite.expectations.flatMap((expectation): CheckedExpectation[] => {
    const expected = expectedUnder(expectation, profile);
    const { flow, state } = expectation;
    const { value: plain, diagnostics: found } = judgeFlow(flow, worlds[state]!);
    diagnostics.push(...newOf(found, expectation, told));
    if (plain === undefined || expected === undefined) return [];
    const answer = circumstantial(expectation, plain, profile);
    const pendingIn = staged[state];
    const pending =
      pendingIn === undefined
        ? answer
        : circumstantial(expectation, judgeFlow(flow, pendingIn).value!, profile);
    const refused = refusedBefore(expectation, worlds);
    return [checkExpectation(expectation, { expected, profile, refused }, answer, pending)];
  });
  const passed = results.filter((result) => result.passed).length;
  return {
    value: {
      suite,
      passed,
      failed: results.length - passed,
      unasked: unaskedOf(suite, results, profile),
      results,
    },
    diagnostics,
  };
}

/** What is wrong with the names of a flow, at its place; of a row or a column of a table once. `told` is kept from call to call. */
function newOf(
  found: readonly Diagnostic[],
  { at, cell, state }: Expectation,
  told: Set<string>,
): Diagnostic[] {
  return found.flatMap((diagnostic) => {
    const key = cell === undefined ? '' : `${cell.drawing.at.line} ${state} ${diagnostic.message}`;
    if (told.has(key)) return [];
    if (cell !== undefined) told.add(key);
    return [{ ...diagnostic, at }];
  });
}

/** How many expectations have no word for the CNI; a cell has one where its table is drawn for the CNI at all. */
function unaskedOf(
  { expectations }: Suite,
  results: readonly CheckedExpectation[],
  profile: CniProfile,
): number {
  const drawn = new Set(results.map(({ expectation }) => expectation.cell?.drawing.at));
  const silent = expectations.filter(
    (one) =>
      expectedUnder(one, profile) === undefined &&
      (one.cell === undefined || !drawn.has(one.cell.drawing.at)),
  );
  return silent.length;
}

/** The verdict before the step, where a connection that is taken to stand after it could not have been opened. */
function refusedBefore({ when, flow, state }: Expectation, worlds: readonly World[]): string | undefined {
  if (when !== 'established' || state === 0) return undefined;
  const { value: before } = judgeFlow(flow, worlds[state - 1]!);
  if (before?.verdict === 'allow') return undefined;
  return before === undefined ? 'one of its ends was not there' : `it was ${verdictText(before)}`;
}

/** What becomes of an expectation's flow in its circumstances; undefined when a name of the flow means nothing. */
export function answerTo(expectation: Expectation, world: World): FlowAnswer | undefined {
  const { value } = judgeFlow(expectation.flow, world);
  return value === undefined ? undefined : circumstantial(expectation, value, world.profile);
}

/** What is expected of the CNI; undefined where the suite has no word for it. */
export function expectedUnder({ expect }: Expectation, profile: CniProfile): ExpectedVerdict | undefined {
  return wordUnder(expect, profile);
}

/** Several names may mean one profile; a user's own has one. */
function wordUnder<Word extends string>(words: ByCni<Word>, profile: CniProfile): Word | undefined {
  if (typeof words === 'string') return words;
  return [...words].find(([name]) => name === profile.name || cniProfile(name) === profile)?.[1];
}

/** The answer in the circumstances of an expectation. */
function circumstantial({ when, flow }: Expectation, answer: FlowAnswer, profile: CniProfile): FlowAnswer {
  const given = when === undefined ? undefined : answerIn(when, flow.protocol, profile);
  if (given === undefined) return answer;
  const parts = answer.parts.map((part) => {
    const { decider: _, open: __, ...decision } = part.decision;
    return { ...part, decision: { ...decision, ...given, hook: 'none' as const, hooks: [] } };
  });
  return { ...given, parts, examples: [] };
}

/** Whether a verdict is what was expected: a deny is a reject only where the CNI answers the sender. */
export function isExpected(expected: ExpectedVerdict, verdict: Verdict, { refusal }: CniProfile): boolean {
  return expected === 'reject' ? verdict === 'deny' && refusal === 'reject' : verdict === expected;
}

interface Asked {
  readonly expected: ExpectedVerdict;
  readonly profile: CniProfile;
  /** Why no connection stood when the step was made. */
  readonly refused: string | undefined;
}

function checkExpectation(
  expectation: Expectation,
  { expected, profile, refused }: Asked,
  answer: FlowAnswer,
  pending: FlowAnswer,
): CheckedExpectation {
  const { by, direction, reason } = expectation;
  const staged = expectation.pending === undefined ? undefined : wordUnder(expectation.pending, profile);
  // A flow that means several packets passes when each of them is decided as expected.
  const differing = answer.parts.find(
    ({ decision }) =>
      (by !== undefined && !isNamed(by, decision.decider)) ||
      (direction !== undefined && direction !== sideOf(decision)) ||
      (reason !== undefined && answer.verdict === decision.verdict && decision.reason !== reason),
  );
  const speaking = (differing ?? answer.parts[0]!).decision;
  const isSplit = answer.examples.length > 0;
  const foundReason = isSplit ? answer.reason : speaking.reason;
  const differences = [
    ...(refused === undefined ? [] : [`no connection was open before the step: ${refused}`]),
    ...(isExpected(expected, answer.verdict, profile)
      ? []
      : [`expected ${expected}, found ${verdictText(answer)}`]),
    ...(by === undefined || isNamed(by, speaking.decider)
      ? []
      : [`expected ${by} to decide, found ${deciderName(speaking.decider, namesGroup(by)) || 'no policy'}`]),
    ...(direction === undefined || direction === sideOf(speaking)
      ? []
      : [`expected ${direction} to decide, found ${sideOf(speaking) ?? 'neither side'}`]),
    ...(reason === undefined || foundReason === reason
      ? []
      : [`expected the reason ${reason}, found ${foundReason}`]),
    ...(staged === undefined || pending.verdict === staged
      ? []
      : [`expected ${staged} with staged policies, found ${verdictText(pending)}`]),
  ];
  return {
    expectation,
    expected,
    ...(staged === undefined ? {} : { expectedPending: staged }),
    flow: formatFlow(expectation.flow),
    answer,
    ...(speaking.decider === undefined ? {} : { decider: speaking.decider }),
    hook: speaking.hook,
    reason: foundReason,
    ...(speaking.open === undefined || isSplit ? {} : { open: speaking.open }),
    pending,
    passed: differences.length === 0,
    difference: differences.join('; '),
  };
}

/** The side whose policies decided; undefined where no hook did. */
function sideOf({ hook }: Pick<CheckedExpectation, 'hook'>): Direction | undefined {
  return hook === 'none' ? undefined : directionOf(hook);
}

function verdictText({ verdict, examples }: FlowAnswer): string {
  const shown = examples.map(({ source, destination, ports, packet, decision }) => {
    const port = ports === undefined ? packet.destinationPort : `${ports.first}-${ports.last}`;
    return `${decision.verdict} for ${source} to ${destination}${port === undefined ? '' : ` port ${port}`}`;
  });
  return shown.length === 0 ? verdict : `${verdict} (${shown.join(', ')})`;
}
