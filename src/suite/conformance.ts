/**
 * Suites under a CNI and under the specification: where the two part, and which knobs of the CNI's profile make them. Whether the
 * CNI does what its suites expect is checked as for any suite.
 */
import type { Checked, Diagnostic } from '../diagnostic/diagnostic.ts';
import { formatFlow } from '../flow/notation.ts';
import { loadCluster } from '../manifest/load.ts';
import type { Cluster } from '../policy/cluster.ts';
import { differingKnobs, withKnobs } from '../policy/cni/knob-differences.ts';
import { KUBERNETES } from '../policy/cni/kubernetes.ts';
import type { CniProfile, Knobs } from '../policy/cni/profile.ts';
import { responsibleKnobs } from '../policy/cni/responsible-knobs.ts';
import type { FlowAnswer } from '../policy/judge/judge-flow.ts';
import { createWorld } from '../policy/world.ts';
import type { Verdict } from '../tables/verdict.ts';
import { answerTo, type CheckedExpectation, checkSuite, expectedUnder } from './check.ts';
import { clustersOf } from './steps.ts';
import type { Expectation, Suite } from './suite.ts';

/**
 * `same`: as specified. `opens`, `closes`: it allows what is denied there, denies what is allowed. `differs`: it gives no one answer.
 * `open`: the specification leaves it to the CNI, or does not speak of it.
 */
export const STANDINGS = ['same', 'opens', 'closes', 'differs', 'open'] as const;
export type Standing = (typeof STANDINGS)[number];

/** `reject` is a deny that answers the sender. */
type Answer = Verdict | 'reject';

/** One flow of a suite under one CNI. */
export interface ConformanceResult {
  readonly suite: Suite;
  readonly expectation: Expectation;
  /** In the notation, with `to`. */
  readonly flow: string;
  /** Undefined where the suite does not say what the specification is: the case is about what CNIs add to it. */
  readonly specified: Answer | undefined;
  readonly verdict: Answer;
  /** The CNI's answer, whoever decided included. */
  readonly answer: FlowAnswer;
  readonly standing: Standing;
  /** Sets of knobs, each of which explains why the CNI does not answer as the specification; empty where it does. */
  readonly knobs: readonly (readonly (keyof Knobs)[])[];
  /** Against what the suite expects of the CNI; undefined where it has no word for it. */
  readonly checked: CheckedExpectation | undefined;
}

/** All suites under one CNI. */
export interface Conformance {
  readonly profile: CniProfile;
  readonly results: readonly ConformanceResult[];
}

/** A suite with its manifests read. */
export interface LoadedSuite {
  readonly suite: Suite;
  /** Of its own manifests, and after each of its steps. */
  readonly clusters: readonly [Cluster, ...Cluster[]];
}

/** Reads the manifests of each suite once, whatever number of CNIs is asked about. Use it only when no diagnostic is an error. */
export function loadSuites(suites: readonly Suite[]): Checked<readonly LoadedSuite[]> {
  const diagnostics: Diagnostic[] = [];
  const value = suites.map((suite): LoadedSuite => {
    const { value: cluster, diagnostics: found } = loadCluster(suite.manifests);
    const { value: clusters, diagnostics: strange } = clustersOf(suite, cluster);
    diagnostics.push(...found, ...strange);
    return { suite, clusters };
  });
  return { value, diagnostics };
}

/** Holds every flow of the suites against the specification and against what is expected of the CNI. */
export function checkConformance(loaded: readonly LoadedSuite[], profile: CniProfile): Checked<Conformance> {
  const diagnostics: Diagnostic[] = [];
  const results = loaded.flatMap(({ suite, clusters }) => {
    const [world, ...later] = clusters.map((cluster) => createWorld(cluster, profile));
    const { value, diagnostics: found } = checkSuite(suite, world!, later);
    diagnostics.push(...found);
    return suite.expectations.flatMap((expectation) => {
      const checked = value.results.find((one) => one.expectation === expectation);
      return resultOf({ suite, expectation, cluster: clusters[expectation.state]!, profile, checked });
    });
  });
  return { value: { profile, results }, diagnostics };
}

interface Asked {
  readonly suite: Suite;
  readonly expectation: Expectation;
  readonly cluster: Cluster;
  readonly profile: CniProfile;
  readonly checked: CheckedExpectation | undefined;
}

/** None for a flow whose names mean nothing, of which the diagnostics tell. */
function resultOf({ suite, expectation, cluster, profile, checked }: Asked): ConformanceResult[] {
  const ask = (asked: CniProfile): FlowAnswer | undefined =>
    answerTo(expectation, createWorld(cluster, asked));
  const own = ask(profile);
  const standard = ask(KUBERNETES);
  if (own === undefined || standard === undefined) return [];
  const isSilent = expectedUnder(expectation, KUBERNETES) === undefined;
  const turns = (knobs: readonly (keyof Knobs)[]): boolean =>
    ask(withKnobs(profile, KUBERNETES, knobs))?.verdict === standard.verdict;
  const isSame = own.verdict === standard.verdict;
  return [
    {
      suite,
      expectation,
      flow: formatFlow(expectation.flow),
      specified: isSilent ? undefined : answerText(standard, KUBERNETES),
      verdict: answerText(own, profile),
      answer: own,
      standing: standingOf(own, isSilent ? undefined : standard),
      knobs: isSame ? [] : responsibleKnobs(differingKnobs(profile, KUBERNETES), turns),
      checked,
    },
  ];
}

function standingOf({ verdict: own }: FlowAnswer, standard: FlowAnswer | undefined): Standing {
  if (standard === undefined || standard.verdict === 'unspecified') return 'open';
  if (own === standard.verdict) return 'same';
  if (own === 'allow') return 'opens';
  return own === 'deny' ? 'closes' : 'differs';
}

/** A verdict as a suite writes it: what a policy denies is answered by CNIs that reject. */
function answerText({ verdict, reason }: FlowAnswer, { refusal }: CniProfile): Answer {
  const isRefused = verdict === 'deny' && (reason === 'policy' || reason === 'tier-end');
  return isRefused && refusal === 'reject' ? 'reject' : verdict;
}
