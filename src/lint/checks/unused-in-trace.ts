/** A rule that admits somebody, and admitted nothing of a trace. */
import { unitLocation, unitName } from '../../analysis/rules/unit-places.ts';
import type { Check } from '../check.ts';
import { traceWords } from '../trace-use.ts';

export const UNUSED_IN_TRACE: Check = {
  code: 'lint/unused-in-trace',
  severity: 'note',
  title: 'a rule admitted nothing of a trace',
  needsTrace: true,
  *find({ trace }) {
    for (const { unit } of trace?.use.unused ?? [])
      yield {
        at: unitLocation(unit),
        message: `${unitName(unit)} admitted nothing of ${traceWords(trace!)}`,
        suggestion: 'what happens seldom may be in no trace: a longer one tells more',
      };
  },
};
