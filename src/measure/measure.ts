/**
 * The door: policy sets, one or two side by side, each as it is and many times over → how long they take to compile, how large their
 * tables are, and what a lookup costs, as one value a round. What the figures come to is said elsewhere.
 */
import { createLookupDesk } from '../dataplane/lookup-desk.ts';
import type { Cluster } from '../policy/cluster.ts';
import type { CniProfile } from '../policy/cni/profile.ts';
import { createWorld, type World } from '../policy/world.ts';
import { type Build, build, type Counts, fastestBuild } from './build.ts';
import { multiplyCluster } from './multiply.ts';
import { drawKinds, type PacketKind } from './packet-kinds.ts';
import type { Packets } from './packets.ts';
import { watchMemory } from './peak-memory.ts';
import { createRounds, type Variant } from './rounds.ts';
import { groundOf, isEmptyGround, type Named, namedBy } from './traffic.ts';
import { lookupVariant, referenceVariant } from './variants.ts';

/** Rounds are as many as the time allows, within these bounds. */
const ROUNDS_LEAST = 7;
const ROUNDS_MOST = 40;
/** The share of the time that goes to repeated compilations, and how many of them are enough. */
const COMPILE_SHARE = 0.3;
const COMPILES_LEAST = 3;
const COMPILES_MOST = 20;
/** A round is the fastest of as many compilations as fit into a moment, and of no more than these. */
const COMPILES_ROUND = 8;
const ROUND_MILLISECONDS = 60;
/** A multiple that nobody asked for by name is left out when it would take longer, or be larger. */
const PATIENCE_SECONDS = 20;
const OBJECTS_MOST = 3_000_000;

export interface MeasureRequest {
  /** One, or two that are compared. */
  readonly clusters: readonly Cluster[];
  readonly profile: CniProfile;
  /** Ascending, 1 first. */
  readonly multiples: readonly number[];
  /** None of the multiples is left out for the time it takes. */
  readonly areAsked: boolean;
  /** About how long is measured, compilation for the first time aside. */
  readonly seconds: number;
  /** First packets of traces. */
  readonly trace?: Packets;
  /** Called before each step, with what it is. */
  readonly onStep?: (step: string) => void;
  /** Called once with each world that is measured; it is not timed. `set`: the position of its cluster. */
  readonly onWorld?: (world: World, set: number, multiple: number) => void;
}

/** Times in milliseconds, one a round: a compilation in each. */
export interface PhaseRounds {
  readonly name: string;
  readonly rounds: readonly number[];
}

/** Nanoseconds a packet, one a round. */
export interface LookupRounds {
  readonly kind: PacketKind;
  readonly rounds: readonly number[];
}

export interface MeasuredMultiple {
  readonly multiple: number;
  readonly counts: Counts;
  readonly description: Build['description'];
  /** Blocks that rules and network sets name. */
  readonly cidrs: number;
  readonly phases: readonly PhaseRounds[];
  readonly peakBytes: number;
  /** Empty where no endpoint has an address. */
  readonly lookups: readonly LookupRounds[];
}

export interface MeasuredSet {
  readonly multiples: readonly MeasuredMultiple[];
  /** `optional`: for what it takes, where nobody asked for it; else it is not possible. */
  readonly leftOut: readonly {
    readonly multiple: number;
    readonly why: string;
    readonly optional: boolean;
  }[];
}

export interface Measured {
  readonly sets: readonly MeasuredSet[];
  /** Nanoseconds a step of the loops that stand for the machine, one a round. */
  readonly reference: { readonly cached: readonly number[]; readonly memory: readonly number[] };
}

/** A multiple of a set that was compiled once, ready to be timed. */
interface Prepared {
  /** Made again when it is wanted, since it would stand in the memory of what is compiled next. */
  readonly cluster: () => Cluster;
  readonly facts: Pick<MeasuredMultiple, 'multiple' | 'counts' | 'description' | 'cidrs' | 'peakBytes'>;
  readonly phases: readonly { readonly name: string; readonly rounds: number[] }[];
  readonly kinds: readonly {
    readonly kind: PacketKind;
    readonly variant: Variant;
    readonly rounds: number[];
  }[];
}

const KINDS: readonly PacketKind[] = ['uniform', 'zipf', 'adversarial', 'trace'];

function variantsOf(
  { world, tables }: Build,
  { ports, blocks }: Named,
  trace: Packets | undefined,
  name: string,
): Prepared['kinds'] {
  const ground = groundOf(world, { ports, blocks });
  const desk = createLookupDesk(tables, 'tables to be measured');
  const packets: Partial<Record<PacketKind, Packets>> = {
    ...(isEmptyGround(ground) ? {} : drawKinds(world, ground, desk)),
    ...(trace === undefined || trace.count === 0 ? {} : { trace }),
  };
  return KINDS.flatMap((kind) => {
    const drawn = packets[kind];
    if (drawn === undefined) return [];
    return [{ kind, variant: lookupVariant(`${name} ${kind}`, kind, desk, drawn), rounds: [] }];
  });
}

/** Compiles one multiple; undefined where there is no room for its addresses. */
function prepare(
  { clusters, profile, trace, onWorld }: MeasureRequest,
  set: number,
  multiple: number,
  shared: Named | undefined,
): Prepared | undefined {
  const peakSince = watchMemory();
  const made = multiplyCluster(clusters[set]!, multiple);
  if (made === undefined) return undefined;
  const built = build(made, profile);
  const peakBytes = peakSince();
  const { world, counts, description, phases } = built;
  onWorld?.(world, set, multiple);
  const named = namedBy([world]);
  return {
    cluster: () => multiplyCluster(clusters[set]!, multiple)!,
    facts: { multiple, counts, description, cidrs: named.blocks.length, peakBytes },
    phases: phases.map(({ name, milliseconds }) => ({ name, rounds: [milliseconds] })),
    kinds: variantsOf(built, shared ?? named, multiple === 1 ? trace : undefined, `${set} ${multiple}`),
  };
}

const sizeOf = ({ facts: { counts, cidrs } }: Prepared): number => counts.pods + counts.rules + cidrs;

const compileMilliseconds = ({ phases }: Prepared): number =>
  phases.reduce((sum, { rounds }) => sum + rounds[0]!, 0);

/** Why a multiple is left out, told from the one before; undefined when it is not. */
function whyLeftOut(multiple: number, before: Prepared): string | undefined {
  const times = multiple / before.facts.multiple;
  const seconds = (compileMilliseconds(before) / 1000) * times ** 1.2;
  if (seconds > PATIENCE_SECONDS) return `it would take about ${Math.round(seconds)} s to compile`;
  return sizeOf(before) * times > OBJECTS_MOST ? 'it would be very large' : undefined;
}

function prepareSet(
  request: MeasureRequest,
  set: number,
  shared: Named | undefined,
): { prepared: Prepared[]; leftOut: MeasuredSet['leftOut'] } {
  const { multiples, areAsked, onStep = () => {} } = request;
  const prepared: Prepared[] = [];
  const leftOut: MeasuredSet['leftOut'][number][] = [];
  for (const multiple of multiples) {
    const before = prepared.at(-1);
    const why = before === undefined || areAsked ? undefined : whyLeftOut(multiple, before);
    if (why === undefined) onStep(`compiling${multiple === 1 ? '' : ` ${multiple} times the set`}`);
    const one =
      why === undefined ? prepare(request, set, multiple, multiple === 1 ? shared : undefined) : undefined;
    if (one === undefined)
      leftOut.push({
        multiple,
        why: why ?? 'there is no room for the addresses of so many copies',
        optional: why !== undefined,
      });
    else prepared.push(one);
  }
  return { prepared, leftOut };
}

/** Compiles again and again, the sets in turn; the first time, which ran code that was not optimised yet, is forgotten. */
function repeatCompilation(
  sets: readonly (readonly Prepared[])[],
  { profile, seconds }: MeasureRequest,
): void {
  const budget = (seconds * COMPILE_SHARE * 1000) / Math.max(...sets.map(({ length }) => length));
  for (let place = 0; sets.some((set) => set[place] !== undefined); place++) {
    const all = sets.flatMap((set) => set[place] ?? []);
    // The set as it is gets the whole time once more when it needs it; beside another one it is always repeated.
    const most = place === 0 ? (sets.length === 1 ? seconds * 1000 : Infinity) : budget;
    if (all.some((one) => compileMilliseconds(one) * COMPILES_LEAST > most)) continue;
    const clusters = all.map(({ cluster }) => cluster());
    const times = Math.ceil(
      Math.min(COMPILES_ROUND, ROUND_MILLISECONDS / Math.max(...all.map(compileMilliseconds))),
    );
    const end = performance.now() + budget;
    for (let round = 0; round < COMPILES_MOST; round++) {
      if (round >= COMPILES_LEAST && performance.now() > end) break;
      for (const [index, { phases }] of all.entries()) {
        const fastest = fastestBuild(clusters[index]!, profile, times);
        phases.forEach(({ rounds }, phase) => {
          if (round === 0) rounds.length = 0;
          rounds.push(fastest[phase]!.milliseconds);
        });
      }
    }
  }
}

/** Times lookups of everything in rounds; the first round warms up. Returns the figures of the references. */
function timeLookups(all: readonly Prepared[], { seconds }: MeasureRequest): Measured['reference'] {
  const reference = { cached: [] as number[], memory: [] as number[] };
  const timed = [
    { variant: referenceVariant('cached'), rounds: reference.cached },
    { variant: referenceVariant('memory'), rounds: reference.memory },
    ...all.flatMap(({ kinds }) => kinds),
  ];
  const round = createRounds(timed.map(({ variant }) => variant));
  round();
  const budget = seconds * (1 - COMPILE_SHARE) * 1000;
  const start = performance.now();
  for (let count = 0; count < ROUNDS_MOST; count++) {
    const isOver = ((performance.now() - start) * (count + 1)) / Math.max(1, count) > budget;
    if (count >= ROUNDS_LEAST && isOver) break;
    round().forEach((nanos, place) => void timed[place]!.rounds.push(nanos));
  }
  return reference;
}

/** Measures everything. Throws MemoryRefused where the machine has no room for the tables. */
export function measure(request: MeasureRequest): Measured {
  const { clusters, profile, onStep = () => {} } = request;
  const shared =
    clusters.length > 1 ? namedBy(clusters.map((cluster) => createWorld(cluster, profile))) : undefined;
  const sets = clusters.map((_, set) => prepareSet(request, set, shared));
  const all = sets.map(({ prepared }) => prepared);
  onStep('compiling again and again');
  repeatCompilation(all, request);
  onStep('looking packets up');
  const reference = timeLookups(all.flat(), request);
  return {
    reference,
    sets: sets.map(({ prepared, leftOut }) => ({
      leftOut,
      multiples: prepared.map(({ facts, phases, kinds }) => ({
        ...facts,
        phases,
        lookups: kinds.map(({ kind, rounds }) => ({ kind, rounds })),
      })),
    })),
  };
}
