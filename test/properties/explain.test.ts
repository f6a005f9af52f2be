/**
 * Whatever the judge walks, explain says: the document is as its schema says, nothing that selects an endpoint goes unnamed,
 * flow logs end in the verdict of their side, and the text can be read.
 */
import { expect, test } from 'vitest';
import { createAddressNames } from '../../src/analysis/address-names.ts';
import type {
  DecisionDocument,
  ExplainDocument,
  HookStep,
} from '../../src/analysis/explain/explain-document.ts';
import { type ExplainedWorld, explainFlow } from '../../src/analysis/explain/explanation.ts';
import { CALICO, CALICO_3_31 } from '../../src/policy/cni/calico.ts';
import { KUBERNETES } from '../../src/policy/cni/kubernetes.ts';
import type { Decision, FirstPacket } from '../../src/policy/decision.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import type { FlowAnswer } from '../../src/policy/judge/judge-flow.ts';
import { createWorld, pendingWorld } from '../../src/policy/world.ts';
import { explainText } from '../../src/report/explain-text.ts';
import { selectorMatches } from '../../src/selector/match.ts';
import { checkedDocument } from '../cli/run-cli.ts';
import { drawCalicoCluster } from '../random/calico-cluster.ts';
import { chosenSeed, random } from '../random/mulberry.ts';
import { addressesOf, drawPacket } from '../random/packets.ts';
import { PLAIN } from '../report/sample-documents.ts';

const seed = chosenSeed();
const CLUSTERS = 12;
/** What is rare may need more of them to occur. */
const MOST_CLUSTERS = 400;
const PACKETS = 25;

const RARE_HOOKS = ['host-ingress', 'pre-dnat', 'forward-ingress', 'host-egress'];

/** An answer about one packet. */
function answer(packet: FirstPacket, decision: Decision): FlowAnswer {
  const { verdict, reason } = decision;
  return { verdict, reason, parts: [{ packet, source: 'a', destination: 'b', decision }], examples: [] };
}

function documentOf(flows: ExplainDocument['flows']): ExplainDocument {
  return {
    schema: 'dryplane/explain/v1',
    version: '0.0.0',
    cni: 'calico',
    manifests: [],
    flows,
    expectation: null,
    assumptions: [],
    warnings: [],
  };
}

/** Every policy that selects the endpoint, asked or not. */
function expectComplete(step: HookStep, walk: Decision['hooks'][number], { world }: ExplainedWorld): void {
  const selecting = world.resolved.policies.filter(({ selector }) =>
    selectorMatches(selector, walk.endpoint.labels),
  );
  const asked = step.tiers.flatMap(({ policies }) => policies);
  expect(asked.length + step.bystanders.length).toBe(selecting.length);
  const tiers = [...step.tiers, ...step.skipped_tiers].map(({ tier }) => tier);
  expect(tiers.sort()).toEqual(world.resolved.tiers.map(({ name }) => name).sort());
}

function expectFlowLogs({ flow_logs: logs, hooks, pending }: DecisionDocument, cni: string): void {
  const sides = hooks.filter(
    ({ hook, verdict }) => /^(egress|ingress)$/.test(hook) && /^(allow|deny)$/.test(verdict),
  );
  expect(logs.map(({ action }) => action)).toEqual(
    cni === 'kubernetes' ? [] : sides.map(({ verdict }) => verdict),
  );
  logs.forEach(({ enforced_policies: hits, pending_policies: pendingHits, action }, index) => {
    const shape = /^(\d+)\|[^|]+\|[a-z]+:[^|]+\|(?:allow|deny|pass)\|-?\d+$/;
    expect(hits.map((hit) => shape.exec(hit)?.[1])).toEqual(hits.map((_, at) => String(at)));
    const isGuarded = sides[index]!.guards.some(({ matched }) => matched === 'yes');
    if (!isGuarded) expect(hits.at(-1)!.split('|')[3]).toBe(action);
    // Without staged policies only the name at the end of a tier differs.
    const outcome = (hit: string): string => hit.split('|').toSpliced(2, 1).join('|');
    if (pending === null) expect(pendingHits.map(outcome)).toEqual(hits.map(outcome));
  });
}

test.each([CALICO, CALICO_3_31, KUBERNETES])('drawn clusters under $name', (profile) => {
  const verdicts = new Set<string>();
  const hooks = new Set<string>();
  let staged = 0;
  const isIncomplete = (): boolean =>
    profile === CALICO && (staged === 0 || RARE_HOOKS.some((hook) => !hooks.has(hook)));
  for (let number = 0; number < CLUSTERS || (number < MOST_CLUSTERS && isIncomplete()); number++) {
    const draw = random(seed + number);
    const world = createWorld(drawCalicoCluster(draw, { admin: true, hosts: true }), profile);
    const pending = pendingWorld(world);
    const named: ExplainedWorld = {
      world,
      names: createAddressNames(world.book),
      ...(pending === undefined ? {} : { pending }),
    };
    const addresses = { 4: addressesOf(world.cluster, 4), 6: addressesOf(world.cluster, 6) };
    const flows = Array.from({ length: PACKETS }, (_, index) => {
      const packet = drawPacket(draw, world.cluster, addresses);
      const decision = judge(packet, world);
      const answers = {
        enforced: answer(packet, decision),
        ...(pending === undefined ? {} : { pending: answer(packet, judge(packet, pending)) }),
      };
      const explained = explainFlow(`flow ${index}`, answers, named);
      const [found] = explained.decisions;
      verdicts.add(decision.verdict);
      if (found!.pending?.differs === true) staged++;
      found!.hooks.forEach((step, at) => {
        hooks.add(step.hook);
        expectComplete(step, decision.hooks[at]!, named);
      });
      expectFlowLogs(found!, profile.name);
      return explained;
    });
    const document = documentOf(flows);
    expect(checkedDocument<ExplainDocument>(JSON.stringify(document)).flows).toHaveLength(PACKETS);
    const text = explainText(document, [], PLAIN);
    expect(text).not.toMatch(/undefined|NaN|Infinity|\[object/);
    expect(text.split('\n').filter((line) => line !== line.trimEnd())).toEqual([]);
  }
  expect([...verdicts]).toEqual(expect.arrayContaining(['allow', 'deny']));
  expect(isIncomplete(), `SEED=${seed}`).toBe(false);
});
