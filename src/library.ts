/**
 * The public API, and the only file that re-exports. The journey of a program that uses it:
 *
 *     const { value: cluster, diagnostics } = loadCluster(['cluster.yaml', 'policies/']);
 *     const world = createWorld(cluster, cniProfile('calico')!);
 *     judgeFlow(flow, world)                       one flow, with the whole walk
 *     const { tables, legend } = compileTables(world);
 *     await replay([source], tables)               a whole trace, in numbers; with the tables of pendingWorld(world) as
 *                                                  pendingTables also what staged policies would make of it
 *     await replay([source], epochs)               several states of a cluster, each from its time on
 *     summarizeReplay({ ... })                     the same with names
 *
 * Tables that follow a cluster from change to change, for a caller who watches it:
 *
 *     const updater = createUpdater(cluster, cniProfile('calico')!);
 *     updater.apply({ kind: 'pod', namespace: 'shop', name: 'web-1', pod })    comes or changes; without `pod` it goes
 *     await replay([source], updater.tables)                                   `legend` and `cluster` are of now as well
 *
 * User mistakes come back as diagnostics; only bugs and the machine throw.
 */

export { type AddressNames, createAddressNames } from './analysis/address-names.ts';
export { explainFlow } from './analysis/explanation.ts';
export { overlayCluster } from './analysis/overlay.ts';
export type { ReplayDocument } from './analysis/replay-document.ts';
export { type SummaryEpoch, type SummaryInput, summarizeReplay } from './analysis/summary.ts';
export { type Cell, createRowReader, VERDICT_COLUMNS, type VerdictColumn } from './analysis/verdict-row.ts';
export { type Compilation, compileTables } from './compile/compile.ts';
export { describeTables, type TablesDescription } from './compile/describe.ts';
export { joinLegends, type Legend, type Outcome } from './compile/legend.ts';
export type { Change, Update } from './compile/update/change.ts';
export { createUpdater, type Updater } from './compile/update/updater.ts';
export type { Checked, Diagnostic, Location } from './diagnostic/diagnostic.ts';
export { formatDiagnostics } from './diagnostic/frame.ts';
export type { Flow } from './flow/flow.ts';
export { formatFlow, parseFlow } from './flow/notation.ts';
export { findCni } from './manifest/cni/cni-profile.ts';
export { type LoadOptions, loadCluster, loadClusters } from './manifest/load.ts';
export { type Address, formatAddress, parseAddress } from './net/address.ts';
export { ownersOverTime } from './policy/addresses/owners-over-time.ts';
export type { Cluster } from './policy/cluster.ts';
export type { CniProfile } from './policy/cni/profile.ts';
export { CNI_NAMES, cniProfile } from './policy/cni/profiles.ts';
export type { Decision, FirstPacket } from './policy/decision.ts';
export { judge } from './policy/judge/judge.ts';
export { type FlowAnswer, judgeFlow } from './policy/judge/judge-flow.ts';
export { createWorld, pendingWorld, type World } from './policy/world.ts';
export type { Epoch } from './replay/epochs.ts';
export type { ReplayOptions } from './replay/options.ts';
export { replay } from './replay/replay.ts';
export type { ReplayResult } from './replay/result.ts';
export { checkSuite, type SuiteResult } from './suite/check.ts';
export { readSuite } from './suite/read.ts';
export type { Suite } from './suite/suite.ts';
export { type Tables, tablesFrom } from './tables/tables.ts';
export { HOOKS, REASONS, VERDICTS } from './tables/verdict.ts';
export { openTrace, type TraceSource } from './trace/open.ts';
export { parseTimeBound, type RangeBounds, type TimeBound } from './trace/time-range.ts';
