/** Under a CNI that is not Calico no report speaks of what only Calico has: tiers with orders, profiles, Felix. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAddressNames } from '../../src/analysis/address-names.ts';
import { caveatsOf } from '../../src/analysis/caveats.ts';
import { explainFlow } from '../../src/analysis/explain/explanation.ts';
import { termsOf } from '../../src/cli/terms.ts';
import { formatFlow } from '../../src/flow/notation.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { CNI_NAMES, cniProfile } from '../../src/policy/cni/profiles.ts';
import { judgeFlow } from '../../src/policy/judge/judge-flow.ts';
import { createWorld } from '../../src/policy/world.ts';
import { explainText } from '../../src/report/explain-text.ts';
import { readSuite } from '../../src/suite/read.ts';
import { PLAIN } from './sample-documents.ts';

const CASES = join(import.meta.dirname, '../conformance/cases');
const suites = readdirSync(CASES).map((name) => readSuite(join(CASES, name)).value);
const clusters = suites.map(({ manifests }) => loadCluster(manifests).value);

/** What explain says of all cases. */
function saidUnder(cni: string): string {
  const texts = suites.map(({ expectations, manifests }, index) => {
    const world = createWorld(clusters[index]!, cniProfile(cni)!);
    const named = { world, names: createAddressNames(world.book) };
    const flows = expectations.map(({ flow }) =>
      explainFlow(formatFlow(flow), { enforced: judgeFlow(flow, world).value! }, named),
    );
    const reasons = flows.flatMap(({ decisions }) => decisions.map(({ reason }) => reason));
    return explainText(
      {
        schema: 'dryplane/explain/v1',
        version: '',
        cni,
        manifests,
        flows,
        expectation: null,
        ...caveatsOf(world, reasons),
      },
      [],
      { ...PLAIN, terms: termsOf(world.profile) },
    );
  });
  // Paths may hold any word.
  return texts.join('\n').replaceAll(/\S+\.yaml:\d+/g, 'FILE');
}

const OF_CALICO =
  /\b(tier(?! Admin| Baseline)|profiles?|order|failsafe|Felix|DefaultEndpointToHostAction)\b.*/g;

test.each(CNI_NAMES.filter((name) => !name.startsWith('calico')))('%s', (cni) => {
  const said = saidUnder(cni);
  expect(said).toContain('no policy isolates this pod for egress');
  expect(said.match(OF_CALICO) ?? []).toEqual([]);
  if (cni === 'flannel') return;
  expect(said).toMatch(/isolated by (NetworkPolicy home\/\S+|Namespace home), no rule matched/);
});

test('Calico keeps its words', () => {
  const said = saidUnder('calico');
  expect(said).toContain('tier default (order 1000000, ends in deny)');
  expect(said).toContain('profile kns.home');
});
