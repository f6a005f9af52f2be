/**
 * The programs that a packet met on its way stand in the row, every one of them, as the judge walked them: rules are
 * credited by that, and what is never met is reported.
 */
import { expect, test } from 'vitest';
import type { Outcome } from '../../src/compile/legend.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { KUBERNETES } from '../../src/policy/cni/kubernetes.ts';
import type { HookWalk } from '../../src/policy/decision.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { createWorld } from '../../src/policy/world.ts';
import { createClassifier } from '../classifier.ts';
import { compareIn, drawPackets } from '../properties/comparison.ts';
import { drawCalicoCluster } from '../random/calico-cluster.ts';
import { chosenSeed, random } from '../random/mulberry.ts';

const seed = chosenSeed();

/** Who decided, as far as both sides know it. */
function walkText({ hook, verdict, decider }: HookWalk): string {
  const { policy, profile, rule } = decider ?? {};
  return `${hook} ${verdict} ${policy?.name ?? ''} ${profile?.name ?? ''} ${rule?.calicoIndex ?? ''}`;
}

function outcomeText({ hook, verdict, path }: Outcome): string {
  const { policy, profile, rule } = path.at(-1)!;
  return `${hook} ${verdict} ${policy?.name ?? ''} ${profile?.name ?? ''} ${rule?.calicoIndex ?? ''}`;
}

test('a row holds the outcomes of all programs that the packet met, and whether it is tracked', () => {
  let several = 0;
  // In few clusters packets meet so many; a rare seed draws more of them.
  for (let index = 0; index < 60 || (several <= 10 && index < 600); index++) {
    const draw = random(seed + index);
    const cluster = drawCalicoCluster(draw, { admin: true, hosts: true });
    const world = createWorld(cluster, CALICO);
    const packets = drawPackets(draw, cluster, 60);
    const found = createClassifier(world).classifyAll(packets);
    packets.forEach((packet, row) => {
      const decision = judge(packet, world);
      const decided = decision.hooks.filter(({ verdict }) => ['allow', 'deny', 'continue'].includes(verdict));
      const { met, untracked: isUntracked } = found[row]!;
      const where = `SEED=${seed + index}, row ${row}`;
      expect(met.map(outcomeText).sort(), where).toEqual(decided.map(walkText).sort());
      expect(isUntracked, where).toBe(decision.untracked ?? false);
      if (decided.length > 2) several++;
    });
  }
  expect(several).toBeGreaterThan(10);
});

test('pools and nodes of manifests that a CNI without host endpoints is given lead to the same answers', () => {
  for (let index = 0; index < 60; index++) {
    const draw = random(seed + index);
    const cluster = drawCalicoCluster(draw, { admin: true, hosts: true });
    const packets = drawPackets(draw, cluster, 60);
    compareIn(createWorld(cluster, KUBERNETES), packets, `SEED=${seed + index}`);
  }
});
