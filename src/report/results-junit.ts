/** `test --against-results` as JUnit XML: a test case for each probe that differs, one for all that agree. */
import type { ResultsDocument } from '../analysis/test/results-document.ts';
import { reasonText } from './decider-text.ts';
import { xml } from './junit.ts';

/** The whole document, newline at the end. */
export function resultsJunit({
  cni,
  files,
  probes,
  open,
  differences,
  explanations,
}: ResultsDocument): string {
  const agreeing = probes - open - differences.length;
  const name = `${files.join(', ')} against ${cni}`;
  const cases = differences.map(
    ({ flow, observed, verdict, reason, decider, location, explanations: numbers }) => {
      const knobs = numbers.map(
        (number) => `${explanations[number]!.knob} as ${explanations[number]!.cnis[0]} has it`,
      );
      const text = [
        `${location}: the cluster: ${observed}`,
        `${cni}: ${reasonText(verdict, reason, decider)}`,
        ...(knobs.length === 0 ? [] : [`explained by ${knobs.join(', or by ')}`]),
      ];
      return [
        `    <testcase name="${xml(flow)}" classname="${xml(name)}">`,
        `      <failure message="${xml(`expected ${verdict}, found ${observed}`)}">${text.map(xml).join('\n')}</failure>`,
        '    </testcase>',
      ].join('\n');
    },
  );
  const tests = differences.length + 1;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="dryplane" tests="${tests}" failures="${differences.length}" errors="0">`,
    `  <testsuite name="${xml(name)}" tests="${tests}" failures="${differences.length}" errors="0">`,
    ...cases,
    `    <testcase name="${agreeing} probes are as ${xml(cni)} does" classname="${xml(name)}"/>`,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}
