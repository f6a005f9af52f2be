/** What a reader must know before trusting a replay: of its clusters, of its range of time, and of caps that were reached. */
import type { ReplayResult } from '../../replay/result.ts';
import { caveatsOf } from '../caveats.ts';
import { conntrackSummary } from './conntrack-summary.ts';
import type { ReasonCount, ReplayDocument } from './replay-document.ts';
import { sharedTexts, snapshotWarnings } from './snapshots.ts';
import type { SummaryInput } from './summary.ts';

/** What must be known before trusting any verdict, of all epochs together. */
export function replayCaveats(
  { result, epochs, profile }: Pick<SummaryInput, 'result' | 'epochs' | 'profile'>,
  reasons: readonly ReasonCount[],
): Pick<ReplayDocument, 'assumptions' | 'warnings'> {
  const decidedBy = reasons.map(({ reason }) => reason);
  const found = epochs.map(({ cluster, book }) => caveatsOf({ cluster, book, profile }, decidedBy));
  return {
    assumptions: sharedTexts(
      found.map(({ assumptions }) => assumptions),
      epochs,
    ),
    warnings: [
      ...snapshotWarnings(result, epochs),
      ...sharedTexts(
        found.map(({ warnings }) => warnings),
        epochs,
      ),
      ...rangeWarnings(result),
      ...cappedWarnings(result),
    ],
  };
}

/** A range of time in which nothing lies is most likely a slip. */
function rangeWarnings({ traces }: ReplayResult): string[] {
  const outside = traces.filter((trace) => trace.outside > 0);
  if (outside.length === 0 || traces.some(({ records, outside }) => outside < records)) return [];
  const first = outside.map(({ outsideFirstTime }) => outsideFirstTime).sort(compareTimeTexts)[0]!;
  const last = outside
    .map(({ outsideLastTime }) => outsideLastTime)
    .sort(compareTimeTexts)
    .at(-1)!;
  return [
    `no record lies between --from and --to: those that were read lie between ${timeText(first)} and ${timeText(last)}`,
  ];
}

const compareTimeTexts = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : 1);

/** Seconds with decimals as a date and the time in UTC. */
function timeText(seconds: string): string {
  const [whole, fraction = ''] = seconds.split('.');
  const decimals = fraction.replace(/0+$/, '');
  const date = new Date(Number(whole) * 1000).toISOString().slice(0, 19);
  return `${date}${decimals === '' ? '' : `.${decimals}`}Z`;
}

/** A cap that was reached is never silent. */
function cappedWarnings(result: ReplayResult): string[] {
  const { refused, admitted } = result.omitted;
  const warnings: string[] = [];
  if (result.untrackedConnections > 0)
    warnings.push(
      `${result.untrackedConnections} connections found the connection table full and were judged packet by packet (raise --connections)`,
    );
  const { early_dropped, dropped } = conntrackSummary(result);
  if (early_dropped + dropped > 0)
    warnings.push(
      `the table of connections was full: ${early_dropped} connections made room for others, ${dropped} packets were dropped (raise --conntrack max)`,
    );
  if (refused + admitted > 0)
    warnings.push(`${refused + admitted} flows are counted in the totals but not listed one by one`);
  const { omittedDecided = 0, decidersFull = false } = result.observed ?? {};
  if (omittedDecided > 0)
    warnings.push(
      `${omittedDecided} flow records are compared, but too many policies decide for them to stand in a group`,
    );
  if (decidersFull)
    warnings.push(
      'the traces name more deciding policies than there is room for: what they say of them is left out',
    );
  if (result.omittedPaths > 0)
    warnings.push(
      `${result.omittedPaths} connections met other programs than there was room to keep: rules of pre-DNAT and forward policies are credited with their first packets only, and who would decide about them with staged policies enforced is not known`,
    );
  if (result.omittedAddresses > 0)
    warnings.push(`${result.omittedAddresses} addresses are not listed one by one`);
  return warnings;
}
