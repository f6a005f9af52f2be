/** Snapshots of a cluster in a replay's document: what each held, and how many packets lie in its time. */
import { countOf } from '../../output/quantity.ts';
import { onePolicyEach } from '../../policy/policy-group.ts';
import type { ReplayResult } from '../../replay/result.ts';
import type { SnapshotSummary } from './replay-document.ts';
import type { SummaryEpoch } from './summary.ts';

/** Empty where the manifests have no times. */
export function summarizeSnapshots(
  { epochs: { packets } }: Pick<ReplayResult, 'epochs'>,
  epochs: readonly SummaryEpoch[],
): SnapshotSummary[] {
  return epochs.flatMap(({ time, manifests, legend, book }, epoch) =>
    time === undefined
      ? []
      : [
          {
            time,
            manifests,
            policies: onePolicyEach(legend.policies.filter(({ staged }) => !staged)).length,
            endpoints: book.endpoints.length,
            packets: packets[epoch]!,
          },
        ],
  );
}

/** Packets that no snapshot is of. */
export function snapshotWarnings(
  { epochs: { early, timeless } }: Pick<ReplayResult, 'epochs'>,
  [first]: readonly SummaryEpoch[],
): string[] {
  if (first?.time === undefined) return [];
  const judged = `judged by the first snapshot (${first.time})`;
  return [
    ...(early > 0 ? [`earlier than every snapshot, and ${judged}: ${countOf(early, 'packet')}`] : []),
    ...(timeless > 0 ? [`of no known time, and ${judged}: ${countOf(timeless, 'packet')}`] : []),
  ];
}

/** What is said of several snapshots: once, and of which ones where it is not said of all. */
export function sharedTexts(
  said: readonly (readonly string[])[],
  epochs: readonly Pick<SummaryEpoch, 'time'>[],
): string[] {
  return [...new Set(said.flat())].map((text) => {
    const of = epochs.filter((_, epoch) => said[epoch]!.includes(text));
    return of.length === epochs.length
      ? text
      : `${text} (in the snapshot of ${of.map(({ time }) => time).join(', ')})`;
  });
}
