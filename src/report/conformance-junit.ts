/** `test --conformance` as JUnit XML: a CNI that does not do what its suites expect fails; a departure from the specification does not. */
import type { ConformanceDocument, ConformanceFlow } from '../analysis/test/conformance-document.ts';
import { reasonText } from './decider-text.ts';
import { xml, xmlSeconds } from './junit.ts';

/** `39 a name that no pod has: tcp home/cli to home/web:9090`. */
function caseName({ case: number, description, flow, when }: ConformanceFlow): string {
  return `${`${number} ${description}`.trim()}: ${when === null ? flow : `${flow} (${when})`}`;
}

function caseLines(flow: ConformanceFlow): string[] {
  const head = `    <testcase name="${xml(caseName(flow))}" classname="${xml(flow.suite)}"`;
  const verdict = flow.verdict === 'reject' ? 'deny' : flow.verdict;
  const decided = reasonText(verdict, flow.reason, flow.decider);
  if (flow.passed === false) {
    const text = [`expected at ${flow.location}`, decided].map(xml).join('\n');
    return [
      `${head}>`,
      `      <failure message="${xml(flow.difference)}">${text}</failure>`,
      '    </testcase>',
    ];
  }
  if (flow.passed === null) return [`${head}>`, '      <skipped/>', '    </testcase>'];
  if (flow.standing !== 'opens' && flow.standing !== 'closes') return [`${head}/>`];
  const by = flow.knobs.map((set) => set.join(' and ')).join(', or ');
  const text = `${flow.verdict}, where ${flow.specified} is specified: ${by}`;
  return [`${head}>`, `      <system-out>${xml(text)}</system-out>`, '    </testcase>'];
}

/** The whole document, newline at the end. */
export function conformanceJunit({ cnis, passed, failed, unchecked }: ConformanceDocument): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="dryplane" tests="${passed + failed + unchecked}" failures="${failed}" errors="0">`,
    ...cnis.flatMap((cni) => [
      `  <testsuite name="${xml(`conformance of ${cni.cni}`)}" tests="${cni.results.length}" failures="${cni.failed}" errors="0" skipped="${cni.unchecked}" time="${xmlSeconds(cni.milliseconds)}">`,
      ...cni.results.flatMap(caseLines),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n');
}
