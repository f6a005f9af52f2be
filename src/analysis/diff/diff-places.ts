/** Sets of points in words for people: whole namespaces and workloads where all of their pods are meant, blocks of addresses, the rest. */
import { holds, type Prefix } from '../../compile/prefix.ts';
import { addressKey } from '../../net/address.ts';
import { formatCidr } from '../../net/cidr.ts';
import { podName } from '../../policy/addresses/address-book.ts';
import type { Pod } from '../../policy/cluster.ts';
import type { AddressBook, AddressFacts } from '../../policy/endpoints.ts';
import { workloadNameOf } from '../../policy/workload-name.ts';
import type { JointPoint } from '../joint/joint-points.ts';
import type { Places } from './diff-document.ts';

/** Names listed of one set of points. */
const LISTED = 50;
/** Exceptions listed of one block. */
const EXCEPTIONS = 4;

interface Block extends Prefix {
  readonly point: number;
  /** Place of the block around it in `blocks`; -1 for none. */
  readonly around: number;
  readonly inner: number[];
}

type Place =
  | { readonly kind: 'pod'; readonly pod: Pod; readonly workload: string }
  | { readonly kind: 'name'; readonly group: 'node' | 'service'; readonly name: string }
  | { readonly kind: 'blocks' };

type PodPlace = Extract<Place, { readonly kind: 'pod' }>;

function placeOf(facts: readonly (AddressFacts | undefined)[]): Place {
  for (const one of facts) {
    const pod = one?.owner?.pod ?? one?.holders.find((holder) => holder.pod !== undefined)?.pod;
    if (pod !== undefined) return { kind: 'pod', pod, workload: workloadNameOf(pod) };
  }
  for (const one of facts) {
    if (one?.node !== undefined) return { kind: 'name', group: 'node', name: `node:${one.node.name}` };
    const virtual = one?.virtualPorts.find(({ kind }) => kind !== 'node-port');
    if (virtual === undefined) continue;
    const { namespace, name } = virtual.service;
    return { kind: 'name', group: 'service', name: `service:${namespace}/${name}` };
  }
  return { kind: 'blocks' };
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Namespaces or workloads under numbers, in the order of their names, with how many points each has. */
class PodSets {
  readonly names: readonly string[];
  readonly totals: Uint32Array;
  /** How many of the points at hand are in each; zero between questions. */
  readonly met: Uint32Array;
  /** By point; 0 where it is no pod's. */
  readonly ofPoint: Uint32Array;

  constructor(places: readonly Place[], nameOf: (place: PodPlace) => string) {
    const all = places.map((place) => (place.kind === 'pod' ? nameOf(place) : undefined));
    this.names = [...new Set(all.filter((name) => name !== undefined))].sort();
    const numbers = new Map(this.names.map((name, number) => [name, number]));
    this.ofPoint = Uint32Array.from(all, (name) => (name === undefined ? 0 : numbers.get(name)!));
    this.totals = new Uint32Array(this.names.length);
    this.met = new Uint32Array(this.names.length);
    for (const name of all) if (name !== undefined) this.totals[numbers.get(name)!]!++;
  }
}

/** Whether several points are at hand, all of a namespace. */
const isWhole = ({ met, totals }: PodSets, number: number): boolean =>
  met[number]! > 1 && met[number] === totals[number];

/** All points of a family by what they are. */
export class PlaceNames {
  readonly #family: 4 | 6;
  readonly #points: readonly JointPoint[];
  readonly #places: readonly Place[];
  readonly #namespaces: PodSets;
  readonly #workloads: PodSets;
  readonly #totals = new Map<string, number>();
  readonly #blocks: Block[] = [];
  /** By point the last question that it was in, so that each counts once. */
  readonly #askedIn: Uint32Array;
  #question = 0;

  constructor(family: 4 | 6, points: readonly JointPoint[], books: readonly AddressBook[]) {
    this.#family = family;
    this.#points = points;
    this.#askedIn = new Uint32Array(points.length);
    const full = family === 4 ? 32 : 128;
    this.#places = points.map(({ addresses, prefixes }) =>
      prefixes.length === 1 && prefixes[0]!.bits === full
        ? placeOf(books.map(({ facts }) => facts.get(addressKey(addresses[0]!))))
        : { kind: 'blocks' },
    );
    for (const place of this.#places) count(this.#totals, place.kind === 'name' ? place.group : place.kind);
    this.#namespaces = new PodSets(this.#places, ({ pod }) => pod.namespace);
    this.#workloads = new PodSets(this.#places, ({ workload }) => workload);
    this.#nestBlocks();
  }

  /** Whether any pod is there. */
  get hasPods(): boolean {
    return (this.#totals.get('pod') ?? 0) > 0;
  }

  /** Blocks of addresses that are no single object's, each with the block around it. */
  #nestBlocks(): void {
    const listed = this.#points.flatMap(({ prefixes }, point) =>
      this.#places[point]!.kind === 'blocks' ? prefixes.map((prefix) => ({ ...prefix, point })) : [],
    );
    listed.sort((one, other) => {
      const word = [0, 1, 2, 3].find((index) => one.words[index] !== other.words[index]);
      return word === undefined ? one.bits - other.bits : one.words[word]! - other.words[word]!;
    });
    const open: number[] = [];
    listed.forEach(({ words, bits, point }, index) => {
      while (open.length > 0 && !holds(this.#blocks[open.at(-1)!]!, { words, bits })) open.pop();
      const around = open.at(-1) ?? -1;
      this.#blocks.push({ words, bits, point, around, inner: [] });
      if (around >= 0) this.#blocks[around]!.inner.push(index);
      open.push(index);
    });
  }

  /** The names of the points of some lists. */
  of(lists: readonly (readonly number[])[]): Places {
    this.#question++;
    const pods: number[] = [];
    const meant = { node: 0, service: 0 };
    const named = { node: new Set<string>(), service: new Set<string>() };
    const blocks = new Set<number>();
    for (const list of lists)
      for (const point of list) {
        if (this.#askedIn[point] === this.#question) continue;
        this.#askedIn[point] = this.#question;
        const place = this.#places[point]!;
        if (place.kind === 'pod') pods.push(point);
        else if (place.kind === 'blocks') blocks.add(point);
        else {
          named[place.group].add(place.name);
          meant[place.group]++;
        }
      }
    const isWhole = (group: 'node' | 'service'): boolean =>
      meant[group] > 1 && meant[group] === this.#totals.get(group);
    const all = [
      ...this.#podNames(pods),
      ...(isWhole('node') ? ['every node'] : named.node),
      ...(isWhole('service') ? ['every service'] : named.service),
      ...this.#blockNames(blocks),
    ];
    // What stands for most comes first: reports show the beginning alone.
    const isMost = (name: string): boolean => name.startsWith('every ');
    const names = [...all.filter(isMost), ...all.filter((name) => !isMost(name))];
    return {
      names: names.slice(0, LISTED),
      pods: pods.length,
      omitted: Math.max(0, names.length - LISTED),
    };
  }

  /** Namespaces that are meant whole, of the others workloads that are, and the other pods. */
  #podNames(pods: readonly number[]): string[] {
    if (pods.length > 1 && pods.length === this.#totals.get('pod')) return ['every pod'];
    const [namespaces, workloads] = [this.#namespaces, this.#workloads];
    for (const point of pods) {
      namespaces.met[namespaces.ofPoint[point]!]!++;
      workloads.met[workloads.ofPoint[point]!]!++;
    }
    const named = new Map<number, Set<string>>();
    let last = -1;
    for (const point of pods) {
      const namespace = namespaces.ofPoint[point]!;
      const isKnown = namespace === last && isWhole(namespaces, namespace);
      if (isKnown) continue;
      last = namespace;
      let names = named.get(namespace);
      if (names === undefined) {
        names = new Set();
        named.set(namespace, names);
      }
      if (!isWhole(namespaces, namespace)) names.add(this.#nameOf(point));
    }
    const names = [...named]
      .sort(([one], [other]) => one - other)
      .flatMap(([namespace, inside]) =>
        isWhole(namespaces, namespace) ? [`namespace ${namespaces.names[namespace]}`] : [...inside].sort(),
      );
    for (const point of pods) {
      namespaces.met[namespaces.ofPoint[point]!] = 0;
      workloads.met[workloads.ofPoint[point]!] = 0;
    }
    return names;
  }

  /** A pod by its name, or by its workload where that is meant whole. */
  #nameOf(point: number): string {
    const { pod, workload } = this.#places[point] as PodPlace;
    const number = this.#workloads.ofPoint[point]!;
    const isAll = this.#workloads.met[number] === this.#workloads.totals[number];
    return pod.workload.kind !== 'Pod' && isAll ? workload : podName(pod);
  }

  #blockNames(points: ReadonlySet<number>): string[] {
    if (points.size === 0) return [];
    if (points.size === this.#totals.get('blocks')) return ['every address outside the cluster'];
    return this.#blocks.flatMap((block) => {
      if (!points.has(block.point)) return [];
      const around = this.#blocks[block.around];
      if (around !== undefined && points.has(around.point)) return [];
      const name = block.bits === 0 ? 'every address outside the cluster' : this.#blockName(block);
      const except = this.#exceptions(block, points);
      if (except.length === 0) return [name];
      const more = except.length > EXCEPTIONS ? ` and ${except.length - EXCEPTIONS} more` : '';
      return [`${name} except ${except.slice(0, EXCEPTIONS).join(', ')}${more}`];
    });
  }

  #blockName({ words, bits }: Prefix): string {
    return formatCidr({ network: { family: this.#family, words }, prefixBits: bits });
  }

  /** Blocks inside that are not meant. */
  #exceptions(block: Block, points: ReadonlySet<number>): string[] {
    return block.inner.flatMap((index) => {
      const inner = this.#blocks[index]!;
      return points.has(inner.point) ? this.#exceptions(inner, points) : [this.#blockName(inner)];
    });
  }
}
