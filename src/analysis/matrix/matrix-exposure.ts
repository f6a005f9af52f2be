/**
 * Whom pods are exposed to that no row or column names: blocks of addresses outside the cluster, and pods that do not exist yet. Of new pods
 * the answer is that of the pods that are there: what policies would make of the new ones comes on top.
 */
import { addressKey } from '../../net/address.ts';
import { PlaceNames } from '../diff/diff-places.ts';
import { compileSide, type DiffSide } from '../diff/diff-worlds.ts';
import { type JointClasses, type JointSide, jointClasses } from '../joint/joint-classes.ts';
import { type JointPoint, jointPoints } from '../joint/joint-points.ts';
import { type JointWorlds, jointWorlds } from '../joint/joint-worlds.ts';
import { ClassAnswers } from './class-answers.ts';
import { HookStates } from './hook-states.ts';
import { type ToldOnce, toldOnce } from './let-through.ts';
import type { MatrixRequest } from './matrix-cells.ts';
import type { Exposed, Exposure } from './matrix-document.ts';
import { FamilyFold, NO_STATES, StateNumbers } from './matrix-fold.ts';
import { Parties, type Party } from './matrix-parties.ts';
import { isNothing, portWords } from './matrix-ports.ts';
import { type NewPod, withNewPods } from './new-pods.ts';
import type { PortStates } from './port-states.ts';

/** Entries listed of each kind. */
const LISTED = 20_000;

type Direction = Exposed['direction'];

interface Family {
  readonly family: 4 | 6;
  readonly side: DiffSide;
  readonly worlds: JointWorlds;
  readonly points: readonly JointPoint[];
  readonly classes: JointClasses;
  readonly answers: ClassAnswers;
  readonly toldOnce: ToldOnce;
}

/** An entry before its numbers are put into words. */
interface Found {
  readonly party: Party;
  readonly direction: Direction;
  readonly names: readonly string[];
  readonly omitted: number;
  readonly existing: number;
  readonly states: PortStates;
  readonly families: readonly number[];
}

/** Points that belong to nothing: nobody's address, no node's, no service's. */
function outsidePoints({ side, points }: Family): number[] {
  const { facts } = side.world.book;
  return points.flatMap(({ prefixes, addresses }, index) => {
    const known = facts.get(addressKey(addresses[0]!));
    const isSingle = prefixes.length === 1 && prefixes[0]!.bits === (addresses[0]!.family === 4 ? 32 : 128);
    const belongs =
      isSingle &&
      known !== undefined &&
      (known.owner?.pod !== undefined || known.node !== undefined || known.virtualPorts.length > 0);
    return belongs ? [] : [index];
  });
}

/** Points by class, as columns or rows of their own. */
function asParties({ classOf }: JointSide, outside: readonly number[], count: number) {
  const numbers = new Map<number, number>();
  const parties: Party[] = [];
  const members: number[][] = [];
  const ofPoints: number[][] = Array.from({ length: count }, () => []);
  for (const point of outside) {
    const group = classOf[point]!;
    let index = numbers.get(group);
    if (index === undefined) {
      index = parties.length;
      numbers.set(group, index);
      parties.push({ index, kind: 'outside', name: `${index}`, pods: [] });
      members.push([]);
    }
    members[index]!.push(point);
    ofPoints[point]!.push(index);
  }
  return { parties, members, ofPoints };
}

/** Pods alone, of what a side of the request means. */
function podParties(parties: Parties, { family, points }: Family): readonly (readonly number[])[] {
  return parties
    .ofPoints(family, points)
    .map((list) => list.filter((index) => parties.list[index]!.kind === 'pods'));
}

/** What goes from parties to blocks outside, or from there to them. */
function outsideOf(one: Family, parties: Parties, direction: Direction): Found[] {
  const { family, points, classes, side } = one;
  const states = new StateNumbers();
  const blocks = asParties(
    direction === 'to' ? classes.destinations : classes.sources,
    outsidePoints(one),
    points.length,
  );
  const pods = podParties(parties, one);
  const isTo = direction === 'to';
  const folded = { ...one, rows: isTo ? pods : blocks.ofPoints, columns: isTo ? blocks.ofPoints : pods };
  const columns = isTo ? blocks.parties : parties.list;
  const fold = new FamilyFold(folded, states, columns, new Map());
  // By party the blocks of each state.
  const found = new Map<number, Map<number, number[]>>();
  const note = (party: number, block: number, state: number): void => {
    if (state === NO_STATES) return;
    const known = found.get(party) ?? new Map<number, number[]>();
    found.set(party, known);
    const list = known.get(state) ?? [];
    known.set(state, list);
    for (const point of blocks.members[block]!) list.push(point);
  };
  for (const { index, kind } of isTo ? parties.list : blocks.parties) {
    if (isTo && kind !== 'pods') continue;
    const row = new Uint32Array(columns.length);
    fold.join(index, row);
    row.forEach((state, column) => {
      if (isTo) note(index, column, state);
      else note(column, index, state);
    });
  }
  const places = new PlaceNames(family, points, [side.world.book]);
  const named = new Map<string, { readonly names: readonly string[]; readonly omitted: number }>();
  const namesOf = (list: readonly number[]) => {
    const key = list.join();
    const known = named.get(key) ?? places.of([list]);
    named.set(key, known);
    return known;
  };
  return [...found].flatMap(([party, byState]) =>
    [...byState].flatMap(([state, list]): Found[] => {
      const told = one.toldOnce(states.list[state]!);
      if (isNothing(told)) return [];
      const places = { ...namesOf(list), existing: 0 };
      return [{ party: parties.list[party]!, direction, ...places, states: told, families: [family] }];
    }),
  );
}

/** What goes from parties to new pods, or from there to them, as the parties' own side has it. */
function newPodsOf(one: Family, parties: Parties, pods: readonly NewPod[], direction: Direction): Found[] {
  const { family, side, worlds, points, classes } = one;
  const states = new StateNumbers();
  const hooks = new HookStates(family, worlds.readers[1]);
  const pointOf = new Map(points.map(({ after }, index) => [after, index]));
  const own = direction === 'to' ? classes.sources : classes.destinations;
  const peers = direction === 'to' ? classes.destinations : classes.sources;
  const identities = pods.map(({ addresses }) => [
    ...new Set(
      addresses.flatMap((address) => {
        const entry = address.family === family ? side.space.entryOf.get(addressKey(address)) : undefined;
        if (entry === undefined) return [];
        return [classes.identities[peers.classes[peers.classOf[pointOf.get(entry)!]!]!.identity]![1]];
      }),
    ),
  ]);
  const programs = new Map<number, Set<number>>();
  podParties(parties, one).forEach((list, point) => {
    for (const party of list) {
      const known = programs.get(party) ?? new Set();
      programs.set(party, known.add(own.programs[own.classes[own.classOf[point]!]!.program]![1]));
    }
  });
  const remembered = new Map<string, readonly number[]>();
  const answersOf = (list: ReadonlySet<number>): readonly number[] => {
    const key = [...list].sort((left, right) => left - right).join();
    let answers = remembered.get(key);
    if (answers === undefined) {
      const asked = [...list];
      answers = identities.map((own) =>
        own
          .flatMap((identity) => asked.map((program) => states.of(hooks.of(program, identity))))
          .reduce((joined, state) => states.join(joined, state), NO_STATES),
      );
      remembered.set(key, answers);
    }
    return answers;
  };
  return [...programs].flatMap(([party, list]) => {
    const [plain = NO_STATES, ...answers] = answersOf(list);
    const of = (pod: NewPod, state: number): Found => ({
      party: parties.list[party]!,
      direction,
      names: [pod.words],
      omitted: 0,
      existing: pod.existing,
      states: one.toldOnce(states.list[state]!),
      families: [family],
    });
    const others = answers.flatMap((state, index) =>
      state === plain || state === NO_STATES ? [] : [of(pods[index + 1]!, state)],
    );
    const ofAny = of(pods[0]!, plain);
    return isNothing(ofAny.states) ? others : [...others, ofAny];
  });
}

/** What reads the same in both families is one, but for ICMP, which has a name in each. */
function joinFamilies(found: readonly Found[]): Exposed[] {
  const joined = new Map<string, Exposed>();
  for (const { party, direction, names, omitted, existing, states, families } of found) {
    const words = portWords(states, false);
    const key = JSON.stringify([party.index, direction, names, Object.values(words)]).replaceAll(
      'icmpv6',
      'icmp',
    );
    const known = joined.get(key);
    if (known === undefined)
      joined.set(key, {
        party: party.name,
        direction,
        peers: names,
        peers_omitted: omitted,
        existing,
        families,
        ...words,
      });
    else joined.set(key, { ...known, families: [...known.families, ...families] });
  }
  return [...joined.values()].sort((one, other) =>
    one.party < other.party ? -1 : one.party > other.party ? 1 : 0,
  );
}

/** Asks a world, with new pods laid over it, whom the pods of a request are exposed to. */
export function describeExposure({ world }: Pick<DiffSide, 'world'>, request: MatrixRequest): Exposure {
  const made = withNewPods(world);
  const side = compileSide(made.world);
  const worlds = jointWorlds(side, side);
  const told = toldOnce(world.profile);
  const families = ([4, 6] as const).map((family): Family => {
    const divided = { space: side.space.families[family], tables: side.tables };
    const points = jointPoints(family, divided, divided);
    const classes = jointClasses(points, worlds.entries);
    const answers = new ClassAnswers(family, worlds, classes);
    return { family, side, worlds, points, classes, answers, toldOnce: told };
  });
  const parties = {
    to: new Parties(world.book, request.by, request.from),
    from: new Parties(world.book, request.by, request.to),
  };
  const both = ['from', 'to'] as const;
  const outside = joinFamilies(
    families.flatMap((one) => both.flatMap((direction) => outsideOf(one, parties[direction], direction))),
  );
  const newPods = joinFamilies(
    families.flatMap((one) =>
      both.flatMap((direction) => newPodsOf(one, parties[direction], made.pods, direction)),
    ),
  );
  return {
    outside: outside.slice(0, LISTED),
    outside_omitted: Math.max(0, outside.length - LISTED),
    new_pods: newPods.slice(0, LISTED),
    new_pods_omitted: Math.max(0, newPods.length - LISTED),
    conditions: made.pods.length - 1,
    conditions_omitted: made.omitted,
  };
}
