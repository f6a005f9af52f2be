/**
 * What the judge's walk met is what a replay credits: flow records between random clusters' addresses go through the
 * kernels as they do in a replay, pending tables included, and every rule of the result has as many records as walks
 * met it. `SEED=` repeats a run.
 */
import { describe, expect, test } from 'vitest';
import type { RuleCount } from '../../src/analysis/replay/replay-document.ts';
import { countRules } from '../../src/analysis/replay/rule-counts.ts';
import { compileTables } from '../../src/compile/compile.ts';
import { instantiateKernels } from '../../src/dataplane/kernels.ts';
import { createMemory } from '../../src/dataplane/memory.ts';
import { SHARD_BYTES, SHARD_COUNT } from '../../src/dataplane/shard-layout.ts';
import { batchAt } from '../../src/packet/batch.ts';
import { EXTRA_MOST, FLAG_CONNECTION } from '../../src/packet/batch-layout.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import type { Decision, FirstPacket, HookWalk } from '../../src/policy/decision.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { createWorld } from '../../src/policy/world.ts';
import { judgeRows } from '../../src/replay/judge-rows.ts';
import { layOut } from '../../src/replay/lay-out.ts';
import { type Counted, mergeCounts } from '../../src/replay/merge.ts';
import { deskOf } from '../../src/replay/plan.ts';
import { SECTION_FACTS } from '../../src/tables/directory-layout.ts';
import { FACTS_HOOKS, FACTS_OUTCOMES } from '../../src/tables/facts-layout.ts';
import { sectionWords, type Tables } from '../../src/tables/tables.ts';
import { directionOf, VERDICTS } from '../../src/tables/verdict.ts';
import { writePacket } from '../classifier.ts';
import { drawCalicoCluster } from '../random/calico-cluster.ts';
import { chosenSeed, random } from '../random/mulberry.ts';
import { smallPlan } from '../replay/desk.ts';
import { drawPackets } from './comparison.ts';

const BYTES = 100;

/** The packets as flow records of one worker's replay; a row's two verdicts as text. */
function replayRecords(
  tables: Tables,
  pendingTables: Tables,
  packets: readonly FirstPacket[],
): { counted: Counted; verdicts: string[] } {
  const facts = sectionWords(tables, SECTION_FACTS);
  const plan = smallPlan(packets.length, {
    input: {
      tablesBytes: tables.bytes.byteLength,
      pendingTablesBytes: pendingTables.bytes.byteLength,
      outcomeCount: facts[FACTS_OUTCOMES]!,
      hooks: facts[FACTS_HOOKS]!,
      flows: 65_536,
    },
  });
  const memory = createMemory(plan.endBytes);
  layOut(plan, memory.buffer, [{ tables: tables.bytes, pendingTables: pendingTables.bytes }]);
  const kernels = instantiateKernels(memory);
  const round = plan.rounds[0]!;
  const batch = batchAt(memory.buffer, round.batch);
  packets.forEach((packet, row) => {
    writePacket(batch, row, packet);
    batch.flags[row]! |= FLAG_CONNECTION;
    batch.packets[row] = 1;
    batch.bytes[row] = BYTES;
    batch.record[row] = row + 1;
  });
  const { seen } = plan.desks[0]!;
  kernels.partition(round.batch, 0, packets.length, 1, round.lists, round.chunks, seen, 0, 0);
  const words = new Uint32Array(memory.buffer);
  judgeRows(kernels, words, deskOf(plan, 0), round.batch, round.lists, packets.length);
  for (let shard = 0; shard < SHARD_COUNT; shard++)
    kernels.finish(plan.desks[0]!.desk, plan.shards + shard * SHARD_BYTES);
  const verdicts = packets.map(
    (_, row) => `${VERDICTS[batch.verdict[row]!]}, pending ${VERDICTS[batch.pending[row]!]}`,
  );
  return { counted: mergeCounts(plan, memory.buffer), verdicts };
}

/** Calico's kind tells policies of two APIs apart; reports have its kind. */
const keyOf = (direction: string, { calicoKind, tier, namespace, name }: Policy, rule: number): string =>
  `${direction} ${calicoKind} ${tier} ${namespace}/${name} ${rule}`;

const textOf = ({ direction, kind, tier, namespace, policy, calico_rule: rule }: RuleCount): string =>
  `${direction} ${kind} ${tier} ${namespace}/${policy} ${rule}`;

function sums(counts: readonly (readonly [string, number])[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const [key, count] of counts) total[key] = (total[key] ?? 0) + count;
  return total;
}

/** Every rule and every end of a tier that a hook's walk met. */
function metAt({ hook, tiers }: HookWalk): string[] {
  const direction = directionOf(hook);
  return tiers.flatMap(({ policies, left }) => {
    const rules = policies.flatMap(({ policy, rules: walked }) =>
      walked
        .filter(({ matched }) => matched === 'yes')
        .map(({ rule }) => keyOf(direction, policy, rule.calicoIndex)),
    );
    const last = policies.at(-1)?.policy;
    const isEnd = left === 'end-deny' || left === 'end-pass';
    return isEnd && last !== undefined ? [...rules, keyOf(direction, last, -1)] : rules;
  });
}

/** One way that was walked to its end, with no more programs than a row has room for. */
function isPlain({ verdict, backends, hooks }: Decision): boolean {
  return (verdict === 'allow' || verdict === 'deny') && backends === undefined && hooks.length <= EXTRA_MOST;
}

const seed = chosenSeed();

describe(`credit of rules (SEED=${seed})`, () => {
  test('is what the walks of the judge met, at hosts too, and pending verdicts are those of the second world', () => {
    let several = 0;
    let changed = 0;
    for (let index = 0; index < 15 || (index < 150 && (several < 10 || changed < 10)); index++) {
      const draw = random(seed + index);
      const cluster = drawCalicoCluster(draw, { admin: index % 2 === 0, hosts: true });
      const profile = cniProfile('calico')!;
      const world = createWorld(cluster, profile);
      const pending = createWorld(cluster, profile, { staged: 'enforced' });
      const drawn = drawPackets(draw, cluster, 150).map((packet) => ({
        packet,
        decision: judge(packet, world),
      }));
      // A replay takes an echo reply for its request.
      const plain = drawn.filter(({ packet, decision }) => packet.icmp?.type !== 0 && isPlain(decision));
      const { tables, legend } = compileTables(world);
      const packets = plain.map(({ packet }) => packet);
      const { counted, verdicts } = replayRecords(tables, compileTables(pending).tables, packets);
      const where = `SEED=${seed + index}`;
      const expected: Record<string, number> = {};
      for (const { decision } of plain) {
        const met = new Set(decision.hooks.flatMap(metAt));
        for (const key of met) expected[key] = (expected[key] ?? 0) + 1;
        if (decision.hooks.length > 2) several++;
      }
      const found = countRules(counted, [legend]).filter(({ flows }) => flows > 0);
      for (const { flows, packets: seen, bytes } of found)
        expect([seen, bytes]).toEqual([flows, flows * BYTES]);
      expect(sums(found.map((rule) => [textOf(rule), rule.flows])), where).toEqual(
        sums(Object.entries(expected).map(([key, flows]) => [key.replace(/ Kubernetes| /, ' '), flows])),
      );
      const both = plain.map(
        ({ packet, decision }) => `${decision.verdict}, pending ${judge(packet, pending).verdict}`,
      );
      expect(verdicts, where).toEqual(both);
      changed += both.filter((text) => !/^(\w+), pending \1$/.test(text)).length;
    }
    expect(several, 'packets that met more than two programs').toBeGreaterThan(9);
    expect(changed, 'packets with another pending verdict').toBeGreaterThan(9);
  });
});
