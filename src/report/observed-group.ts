/** What was observed of packets beside what is judged, in one line: of reports, and of conditions that are met. */
import type { ObservedGroup } from '../analysis/replay/observed-document.ts';
import { observedByText, reasonText } from './decider-text.ts';

/** `allow by rule 0 of NetworkPolicy shop/web`, and what the manifests do not know of it. */
export function observedText({ observed, observed_at, observed_by: by }: ObservedGroup): string {
  const where = observed_at === 'source' ? ' at its source' : '';
  const who = observedByText(by);
  const isMissing = by.policy !== '' && /Policy$/.test(by.kind) && !by.in_manifests;
  return `${observed}${where}${who === '' ? '' : `, ${who}`}${isMissing ? ' (not in these manifests)' : ''}`;
}

/** A group in one line, without its counts: what was observed and what is judged. */
export function groupText(group: ObservedGroup): string {
  const { verdict, reason, decider } = group;
  return `observed ${observedText(group)}; here ${verdict}, ${reasonText(verdict, reason, decider)}`;
}
