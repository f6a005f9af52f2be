import { expect, test } from 'vitest';
import { createAddressNames } from '../../src/analysis/address-names.ts';
import { tabulateFlows } from '../../src/analysis/page/flow-table.ts';
import type { Legend } from '../../src/compile/legend.ts';
import { parseAddress } from '../../src/net/address.ts';
import { TCP } from '../../src/net/protocol-layout.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { createWorld } from '../../src/policy/world.ts';
import type { FlowTally } from '../../src/replay/result.ts';
import { replayPage } from '../../src/report/replay-page.ts';
import { REASONS, VERDICTS } from '../../src/tables/verdict.ts';
import { NO_OUTCOME, REASON_SPOOFED, VERDICT_ALLOW, VERDICT_DENY } from '../../src/tables/verdict-layout.ts';
import { fixtureWith } from '../examine.ts';
import { replayDocument } from '../report/sample-documents.ts';

const world = createWorld(fixtureWith(''), CALICO);
const naming = {
  epochs: [{ names: createAddressNames(world.book) }],
  legend: { outcomeCount: 0 } as Legend,
};
const words = (text: string): FlowTally['src'] => parseAddress(text)!.words;

/** A pod to itself: whatever the policies say, its first packet is allowed. */
function toItself(packets: number, dport: number, verdict: number, reason: number): FlowTally {
  return {
    family: 4,
    src: words('10.0.1.1'),
    dst: words('10.0.1.1'),
    protocol: TCP,
    sport: 40_000,
    dport,
    judgedDst: words('10.0.1.1'),
    judgedDport: dport,
    verdict,
    reason,
    hook: 0,
    egress: NO_OUTCOME,
    ingress: NO_OUTCOME,
    epoch: 0,
    packets,
    bytes: packets * 100,
    connections: 1,
  };
}

const SELF = REASONS.indexOf('self');
const refused = [toItself(5, 80, VERDICT_DENY, REASON_SPOOFED)];
const admitted = [toItself(9, 80, VERDICT_ALLOW, SELF), toItself(2, 81, VERDICT_ALLOW, SELF)];
const result = { refused, admitted, omitted: { refused: 1, admitted: 2 } };

test('what was not allowed stands first, names and decisions once', () => {
  const table = tabulateFlows(result, naming, [world]);
  expect(table).toMatchObject({ rows: 3, omitted: 3 });
  expect(table.columns.packets).toEqual([5, 9, 2]);
  expect(table.columns.decision).toEqual([0, 1, 1]);
  expect(table.places).toMatchObject([{ address: '10.0.1.1', name: 'x/a', kind: 'pod', namespace: 'x' }]);
  expect(table.ports.map(({ label }) => label)).toEqual(['tcp 80', 'tcp 81']);
  expect(table.texts).toEqual(['tcp x/a', 'x/a:80', 'x/a:81']);
});

test('a walk stands only where it ends as the replay did', () => {
  const [spoofed, self] = tabulateFlows(result, naming, [world]).decisions;
  expect(spoofed).toMatchObject({ verdict: VERDICTS[VERDICT_DENY], reason: 'spoofed', explained: null });
  expect(self).toMatchObject({ verdict: 'allow', example: 1, explained: { flow: 'tcp x/a to x/a:80' } });
});

test('what is beyond the most rows is counted', () => {
  const table = tabulateFlows(result, naming, [world], 2);
  expect(table).toMatchObject({ rows: 2, omitted: 4 });
  expect(table.columns.packets).toEqual([5, 9]);
});

test('a decision that is left unexplained for want of room says so, and a page does not call it one without a walk', () => {
  const table = tabulateFlows(result, naming, [world], undefined, 1);
  expect(table.decisions).toMatchObject([
    { explained: null, isLeftOut: false },
    { explained: null, isLeftOut: true },
  ]);
  const words = { traces: ['trace.pcap'], manifests: ['-f', 'cluster.yaml'] };
  const pageOf = (flows: typeof table) =>
    replayPage(replayDocument(), flows, words, { invocation: 'dryplane' });
  const cut = /^The page holds walks of 1 of 2 decisions/;
  expect(pageOf(table).flows.decisions).toMatchObject([{ walk: [] }, { walk: null }]);
  expect(pageOf(table).notes).toContainEqual(expect.stringMatching(cut));
  const whole = pageOf(tabulateFlows(result, naming, [world]));
  expect(whole.flows.decisions[1]!.walk?.length).toBeGreaterThan(3);
  expect(whole.notes).not.toContainEqual(expect.stringMatching(cut));
});
