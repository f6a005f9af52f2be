/**
 * Judge and classifier on the same packets of one world: they must agree on verdict, reason, hook, decider and judged
 * destination, and, where something is staged, on the same of the world that enforces it. Counts what occurred, so
 * that a kind of draw that has died is noticed.
 */
import { expect } from 'vitest';
import type { Cluster } from '../../src/policy/cluster.ts';
import type { CniProfile } from '../../src/policy/cni/profile.ts';
import type { Decision, FirstPacket, RuleWalk } from '../../src/policy/decision.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import type { Rule } from '../../src/policy/policy.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { type Classified, createClassifier } from '../classifier.ts';
import type { Random } from '../random/mulberry.ts';
import { addressesOf, drawPacket } from '../random/packets.ts';
import {
  agrees,
  classifiedText,
  judgedText,
  meetsTheSame,
  metText,
  packetText,
  walkedText,
} from './agreement.ts';

/** What occurred, and how often. */
export class Counts {
  packets = 0;
  readonly byName = new Map<string, number>();

  add(name: string): void {
    this.byName.set(name, (this.byName.get(name) ?? 0) + 1);
  }

  of(name: string): number {
    return this.byName.get(name) ?? 0;
  }

  /** What a report line shows: names that begin with `prefix`, the frequent first. */
  text(prefix: string): string {
    return [...this.byName]
      .filter(([name]) => name.startsWith(prefix))
      .sort(([, left], [, right]) => right - left)
      .map(([name, count]) => `${name.slice(prefix.length)} ${count}`)
      .join(', ');
  }
}

/** Draws packets between the addresses of a cluster. */
export function drawPackets(draw: Random, cluster: Cluster, count: number): FirstPacket[] {
  const addresses = { 4: addressesOf(cluster, 4), 6: addressesOf(cluster, 6) };
  return Array.from({ length: count }, () => drawPacket(draw, cluster, addresses));
}

/** A kernel that reads beside its tables must name the seed as well. */
function classifyIn(world: World, packets: readonly FirstPacket[], where: string): Classified[] {
  try {
    return createClassifier(world).classifyAll(packets);
  } catch (cause) {
    throw new Error(`${where}: ${cause}`, { cause });
  }
}

/** Judges and classifies packets in a world; the decisions, for counting. */
export function compareIn(world: World, packets: readonly FirstPacket[], where: string): Decision[] {
  const found = classifyIn(world, packets, where);
  return packets.map((packet, index) => {
    const expected = judge(packet, world);
    const answer = found[index]!;
    const place = (): string => `${where}: ${packetText(packet)}`;
    if (!agrees(expected, answer, packet))
      expect(classifiedText(answer, packet), place()).toBe(judgedText(expected, packet));
    if (!meetsTheSame(expected, answer)) expect(metText(answer), place()).toBe(walkedText(expected));
    return expected;
  });
}

/** Draws packets for a cluster and compares them, enforced and, where something is staged, pending. */
export function compareCluster(
  cluster: Cluster,
  profile: CniProfile,
  draw: Random,
  packetCount: number,
  counts: Counts,
  where: string,
): void {
  const packets = drawPackets(draw, cluster, packetCount);
  const decisions = compareIn(createWorld(cluster, profile), packets, where);
  const hasStaged = [...cluster.calicoPolicies, ...cluster.networkPolicies].some(
    (policy) => 'staged' in policy || 'stagedAction' in policy,
  );
  const pending = hasStaged
    ? compareIn(createWorld(cluster, profile, { staged: 'enforced' }), packets, `${where}, staged enforced`)
    : decisions;
  counts.packets += packets.length;
  decisions.forEach((decision, index) => {
    countDecision(decision, counts);
    if (decision.verdict !== pending[index]!.verdict) counts.add('pending differs');
  });
}

function countDecision(decision: Decision, counts: Counts): void {
  const { verdict, reason, hook, decider } = decision;
  counts.add(`verdict ${verdict} ${reason}`);
  if (hook !== 'none') counts.add(`hook ${verdict} ${hook}`);
  for (const walked of decision.hooks) counts.add(`walked ${walked.hook}`);
  if (decider?.policy !== undefined) counts.add(`kind ${decider.policy.kind}`);
  if (decider?.tier !== undefined) counts.add(`tier ${decider.tier.name}`);
  for (const { rule, matched } of rulesAsked(decision)) if (matched === 'yes') countFields(rule, counts);
}

function rulesAsked({ hooks }: Decision): RuleWalk[] {
  return hooks.flatMap(({ tiers, profiles }) => [
    ...tiers.flatMap(({ policies }) => policies.flatMap(({ rules }) => rules)),
    ...profiles.flatMap(({ rules }) => rules),
  ]);
}

function countFields({ match }: Rule, counts: Counts): void {
  for (const field of Object.keys(match))
    if (field !== 'source' && field !== 'destination') counts.add(`field ${field}`);
  for (const side of ['source', 'destination'] as const)
    for (const field of Object.keys(match[side])) counts.add(`field ${side}.${field}`);
}
