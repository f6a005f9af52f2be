/** A suite against a world: what was expected, what is, and whether they are the same. */
import type { Checked, Diagnostic } from '../diagnostic/diagnostic.ts';
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
  readonly results: readonly CheckedExpectation[];
}

export interface SuiteOverrides extends LoadOptions {
  /** In place of the suite's manifests. */
  readonly manifests?: readonly string[];
  /** In place of the suite's CNI; a name of `CNI_NAMES`, or the path of a profile. */
  readonly cni?: string;
}

/** The world that a suite names; undefined when its manifests cannot be used. */
export function worldOfSuite(suite: Suite, overrides: SuiteOverrides = {}): Checked<World | undefined> {
  const manifests = overrides.manifests ?? suite.manifests;
  if (manifests.length === 0) {
    const message = `the suite ${suite.path} names no manifests`;
    const hint = 'add manifests: to the suite, or give -f';
    return {
      value: undefined,
      diagnostics: [{ code: 'suite/no-manifests', severity: 'error', message, hint }],
    };
  }
  const { value: cluster, diagnostics: found } = loadCluster(manifests, overrides);
  const { value: profile, diagnostics: strange } = findCni(overrides.cni ?? suite.cni ?? 'calico');
  const diagnostics = [...strange, ...found];
  const isBroken = diagnostics.some(({ severity }) => severity === 'error');
  return {
    value: isBroken || profile === undefined ? undefined : createWorld(cluster, profile),
    diagnostics,
  };
}

/** Judges every flow of a suite. A flow whose names mean nothing is a diagnostic, not a result. */
export function checkSuite(suite: Suite, world: World): Checked<SuiteResult> {
  const diagnostics: Diagnostic[] = [];
  const staged = pendingWorld(world);
  const results = suite.expectations.flatMap((expectation): CheckedExpectation[] => {
    const { value: answer, diagnostics: found } = judgeFlow(expectation.flow, world);
    diagnostics.push(...found.map((diagnostic) => ({ ...diagnostic, at: expectation.at })));
    if (answer === undefined) return [];
    const expected = expectedUnder(expectation, world.profile);
    if (expected === undefined) return [];
    const given = circumstantial(expectation, answer, world.profile);
    const pending =
      staged === undefined
        ? given
        : circumstantial(expectation, judgeFlow(expectation.flow, staged).value!, world.profile);
    return [checkExpectation(expectation, { expected, profile: world.profile }, given, pending)];
  });
  const passed = results.filter((result) => result.passed).length;
  return { value: { suite, passed, failed: results.length - passed, results }, diagnostics };
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
function isExpected(expected: ExpectedVerdict, verdict: Verdict, { refusal }: CniProfile): boolean {
  return expected === 'reject' ? verdict === 'deny' && refusal === 'reject' : verdict === expected;
}

function checkExpectation(
  expectation: Expectation,
  { expected, profile }: { readonly expected: ExpectedVerdict; readonly profile: CniProfile },
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
