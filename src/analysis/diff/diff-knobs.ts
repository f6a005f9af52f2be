/**
 * Which knobs of two CNIs make a packet's difference: the judge walks it with some knobs of the CNI before turned to those of the CNI after,
 * everything else being as after, until a smallest set gives the verdict after.
 */
import { hasPolicyPorts, isIcmp } from '../../net/protocol.ts';
import { differingKnobs, withKnobs } from '../../policy/cni/knob-differences.ts';
import type { CniProfile, Knobs } from '../../policy/cni/profile.ts';
import type { FirstPacket } from '../../policy/decision.ts';
import { judge } from '../../policy/judge/judge.ts';
import { createWorld, type World } from '../../policy/world.ts';
import type { CniComparison, DiffGroup, KnobSide } from './diff-document.ts';
import type { ExamplePacket } from './diff-fold.ts';

/** Knobs of what no first packet shows. */
const CIRCUMSTANCES: readonly (keyof Knobs)[] = [
  'established',
  'newPodIngress',
  'newPodEgress',
  'agentStopped',
  'invalidPackets',
  'refusal',
];

/** An example as the judge takes it. */
export function firstPacketOf({ source, destination, part }: ExamplePacket): FirstPacket {
  const { protocol, port, sourcePort } = part;
  return {
    source,
    destination,
    protocol,
    ...(hasPolicyPorts(protocol) ? { destinationPort: port, sourcePort } : {}),
    ...(isIcmp(protocol) ? { icmp: { type: port >> 8, code: port & 255 } } : {}),
  };
}

/** Tells of a packet which knobs make its difference; none where the policies do. */
export type KnobFinder = (packet: FirstPacket) => readonly string[];

type Subset = readonly (keyof Knobs)[];

/** All pairs of a list, in order. */
function pairsOf<T>(list: readonly T[]): (readonly [T, T])[] {
  return list.flatMap((one, index) => list.slice(index + 1).map((other) => [one, other] as const));
}

/** The worlds are made as they are needed, each once. */
export function createKnobFinder(before: World, after: World): KnobFinder {
  const knobs = differingKnobs(before.profile, after.profile).filter((knob) => !CIRCUMSTANCES.includes(knob));
  const worlds = new Map<string, World>();
  const worldOf = (turned: Subset): World => {
    const key = turned.join();
    const world =
      worlds.get(key) ??
      createWorld(after.cluster, withKnobs(before.profile, after.profile, turned), { staged: after.staged });
    worlds.set(key, world);
    return world;
  };
  // What was turned alone for one packet is tried first for the next: most hang on few knobs.
  const found: Subset[] = [];
  return (first) => {
    const wanted = judge(first, after).verdict;
    const isEnough = (turned: Subset): boolean => judge(first, worldOf(turned)).verdict === wanted;
    if (isEnough([])) return [];
    const tried = found.find((subset) => subset.length === 1 && isEnough(subset));
    if (tried !== undefined) return tried;
    const single = knobs.find((knob) => isEnough([knob]));
    if (single !== undefined) {
      found.push([single]);
      return [single];
    }
    const known = found.find((subset) => subset.length === 2 && isEnough(subset));
    if (known !== undefined) return known;
    let left: Subset = knobs;
    for (const knob of knobs) {
      const fewer = left.filter((one) => one !== knob);
      if (isEnough(fewer)) left = fewer;
    }
    const smallest = left.length < 3 ? left : (pairsOf(knobs).find(isEnough) ?? left);
    found.push(smallest);
    return smallest;
  };
}

function sideOf(profile: CniProfile, knob: keyof Knobs): KnobSide {
  const departure = profile.departures[knob];
  return { value: profile[knob], says: departure?.says ?? '', source: departure?.source ?? '' };
}

/** Regions of packets, or connections of traces, that the same knobs change alike. */
interface CountedGroup extends Pick<DiffGroup, 'change' | 'knobs'> {
  readonly count: number;
}

/** All differing knobs with what they change: how much they open, close or change otherwise, alone or with others. */
export function compareCnis(
  before: CniProfile,
  after: CniProfile,
  groups: readonly CountedGroup[],
): CniComparison {
  const countOf = (knob: string, change: DiffGroup['change']): number =>
    groups
      .filter((group) => group.change === change && group.knobs?.includes(knob))
      .reduce((sum, { count }) => sum + count, 0);
  const knobs = differingKnobs(before, after).map((knob) => ({
    knob,
    before: sideOf(before, knob),
    after: sideOf(after, knob),
    opens: countOf(knob, 'newly-allowed'),
    closes: countOf(knob, 'newly-denied'),
    other: countOf(knob, 'other'),
    is_circumstance: CIRCUMSTANCES.includes(knob),
  }));
  return { knobs: knobs.sort((one, other) => other.opens + other.closes - one.opens - one.closes) };
}
