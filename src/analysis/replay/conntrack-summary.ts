/** What of connection tracking was not as Linux has it by default, and what a full table cost. */
import { defaultTimeout, type TimeoutName } from '../../dataplane/conntrack.ts';
import type { ReplayResult } from '../../replay/result.ts';
import { REASON_TABLE_FULL } from '../../tables/verdict-layout.ts';
import type { ConntrackSummary } from './replay-document.ts';

/** Settings equal to the default are left out. */
export function conntrackSummary({
  conntrack,
  reasons,
}: Pick<ReplayResult, 'conntrack' | 'reasons'>): ConntrackSummary {
  const { timeouts = {}, loose, max } = conntrack.settings;
  const changed = Object.entries(timeouts).filter(
    ([name, seconds]) => seconds !== defaultTimeout(name as TimeoutName),
  );
  return {
    settings: {
      ...Object.fromEntries(changed),
      ...(loose === false ? { tcp_loose: 0 } : {}),
      ...(max === undefined ? {} : { max }),
    },
    early_dropped: conntrack.earlyDropped,
    dropped: reasons.find(({ reason }) => reason === REASON_TABLE_FULL)?.packets ?? 0,
  };
}
