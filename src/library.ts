/**
 * The public API, and the only file that re-exports; docs/library.md shows each part at work. The journey of a program that uses it:
 *
 *     const { value: cluster, diagnostics } = loadCluster(['cluster.yaml', 'policies/']);
 *     const world = createWorld(cluster, cniProfile('calico')!);
 *     createExplainer(world)('tcp a/b to c/d:80')  one flow, with the whole walk, as `explain --format json` prints it
 *     await replayTraces([source], world)          whole traces, as `replay --format json` prints it
 *     const compiled = compileWorld(world);        the tables, for all questions about every packet:
 *     diffAllPackets(before, compiled)             what another set judges otherwise
 *     describeMatrix(compiled, request)            who can talk to whom
 *
 * User mistakes come back as diagnostics; only bugs and the machine throw.
 */

// All new packets.
export type { AllPackets, DiffGroup, DiffRegion, TraceDiff } from './analysis/diff/diff-document.ts';
export {
  diffOnTraces,
  type TraceDiffWorlds,
} from './analysis/diff/diff-on-traces.ts';
export { diffAllPackets } from './analysis/diff/diff-regions.ts';
// Compiling: the flat tables that all questions about many packets are asked of.
export { compileSide as compileWorld, type DiffSide as CompiledWorld } from './analysis/diff/diff-worlds.ts';
export type { FlowExplanation } from './analysis/explain/explain-document.ts';
// Judging: one flow, or one packet, with every step.
export { createExplainer, type ExplainedFlow } from './analysis/explain/explain-flows.ts';
export { describeMatrix, type MatrixPort } from './analysis/matrix/matrix.ts';
export type { MatrixRequest } from './analysis/matrix/matrix-cells.ts';
export type {
  Exposed,
  Exposure,
  Matrix,
  MatrixCell,
  MatrixParty,
  MatrixRange,
} from './analysis/matrix/matrix-document.ts';
export { describeExposure } from './analysis/matrix/matrix-exposure.ts';
export type { MatrixBy, PartyFilter } from './analysis/matrix/matrix-parties.ts';
// Reading: files → Cluster → World. `World` is a cluster under a CNI, ready to be asked.
export { overlayCluster } from './analysis/overlay/overlay.ts';
// Traces, with names.
export type { WorldSnapshot } from './analysis/replay/compile-epochs.ts';
export type { ReplayDocument } from './analysis/replay/replay-document.ts';
export { replayTraces, type TraceReplayOptions } from './analysis/replay/replay-traces.ts';
export { suggestRules } from './analysis/suggestion/suggest.ts';
export type { Suggestion } from './analysis/suggestion/suggestion-document.ts';
export type { Legend } from './compile/legend.ts';
export type { Change, Update } from './compile/update/change.ts';
export { createUpdater, type Updater } from './compile/update/updater.ts';
export type { Checked, Diagnostic, Location } from './diagnostic/diagnostic.ts';
export { formatDiagnostics } from './diagnostic/frame.ts';
export type { Flow } from './flow/flow.ts';
export { type FlowProblem, formatFlow, parseFlow } from './flow/notation.ts';
// Suites and lint.
export type { LintFinding } from './lint/lint-document.ts';
export { lintWorld } from './lint/lint-world.ts';
export { findCni } from './manifest/cni/cni-profile.ts';
export { type LoadOptions, loadCluster, loadClusters } from './manifest/load.ts';
export { type Address, formatAddress, parseAddress } from './net/address.ts';
export type { Cluster, Namespace, Node, Pod, Service } from './policy/cluster.ts';
export type { CniProfile } from './policy/cni/profile.ts';
export { CNI_NAMES, cniProfile } from './policy/cni/profiles.ts';
export type { Decision, FirstPacket } from './policy/decision.ts';
export { judge } from './policy/judge/judge.ts';
export { type FlowAnswer, type FlowPart, judgeFlow } from './policy/judge/judge-flow.ts';
export { createWorld, pendingWorld, type World } from './policy/world.ts';
// Traces in numbers: tables that the caller keeps, rows as they are judged.
export type { Epoch } from './replay/epochs.ts';
export type { ReplayOptions } from './replay/options.ts';
export { replay } from './replay/replay.ts';
export type { ReplayResult } from './replay/result.ts';
export { type CheckedExpectation, checkSuite, type SuiteResult, worldOfSuite } from './suite/check.ts';
export { readSuite } from './suite/read.ts';
export type { Suite } from './suite/suite.ts';
export type { Tables } from './tables/tables.ts';
export { REASONS, VERDICTS } from './tables/verdict.ts';
export { openTrace, type TraceSource } from './trace/open.ts';
export { parseTimeBound, type RangeBounds, type TimeBound } from './trace/time-range.ts';
