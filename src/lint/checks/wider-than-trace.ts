/** A rule that admits more than the flows of a trace needed, with the rule that would have done. */
import { unitLocation, unitName } from '../../analysis/rules/unit-places.ts';
import { listItem, yamlLines } from '../../output/yaml.ts';
import type { Check } from '../check.ts';
import { flowWords, neededWords, reachWords, traceWords, usedPorts } from '../trace-use.ts';

export const WIDER_THAN_TRACE: Check = {
  code: 'lint/wider-than-trace',
  severity: 'warning',
  title: 'a rule admits more than a trace needed',
  needsTrace: true,
  *find({ trace }) {
    for (const { unit, admits, needed, used, narrower } of trace?.use.wide ?? []) {
      const flows = new Set(used.map(({ flow }) => flow));
      yield {
        at: unitLocation(unit),
        message: `${unitName(unit)} admits ${reachWords(admits)}; ${traceWords(trace!)} needed ${neededWords(needed)}: ${flowWords(flows)}`,
        ...(narrower.length === 0
          ? { suggestion: `what it admitted there was ${usedPorts(used)}` }
          : {
              suggestion: `${narrower.length === 1 ? 'this rule' : 'these rules'} would have done`,
              replacement: narrower.flatMap((rule) => listItem(yamlLines(rule))).join('\n'),
            }),
      };
    }
  },
};
