/** Who can talk to whom, in words: the cells of a compiled world → the document of `matrix`. Nothing of a cell is averaged away. */
import { protocolName } from '../../net/protocol.ts';
import { countOf } from '../../output/quantity.ts';
import type { Pod } from '../../policy/cluster.ts';
import type { World } from '../../policy/world.ts';
import { rangesText } from '../diff/diff-ports.ts';
import { SPACE } from '../diff/diff-regions.ts';
import type { DiffSide } from '../diff/diff-worlds.ts';
import { groupOf } from '../joint/joint-ports.ts';
import { type ToldOnce, toldOnce } from './let-through.ts';
import { type MatrixRequest, matrixCells } from './matrix-cells.ts';
import type { Matrix, MatrixCell, MatrixParty, MatrixRange, PortWords } from './matrix-document.ts';
import { NO_STATES } from './matrix-fold.ts';
import type { Party } from './matrix-parties.ts';
import { ALL, isNothing, portWords, rangesOf } from './matrix-ports.ts';
import {
  isLetThrough,
  isRefused,
  type PortState,
  type PortStates,
  type StateRange,
  stateOf,
} from './port-states.ts';

/** One port that is asked about. */
export interface MatrixPort {
  /** TCP, UDP or SCTP. */
  readonly protocol: number;
  readonly port: number;
}

/** The most cells of a document. */
const LISTED = 200_000;

/** What becomes of the packets to one port, whatever port they come from; undefined where there are none. */
function verdictAt({ ranges }: PortStates, { protocol, port }: MatrixPort): PortState | undefined {
  const group = groupOf(protocol);
  const mask = ranges.reduce(
    (bits, one) => (one.group === group && one.first <= port && one.last >= port ? bits | one.mask : bits),
    0,
  );
  return mask === 0 ? undefined : stateOf(mask);
}

const partyOf = ({ name, kind, pods }: Party): MatrixParty => ({ name, kind, pods: pods.length });

/** What stands in all cells of equal ports. */
interface Content {
  readonly words: PortWords;
  readonly verdict: PortState | undefined;
  /** Nothing of it is allowed, and nothing is open. */
  readonly isNone: boolean;
  readonly isAll: boolean;
  readonly ports: number;
}

/** Contents of cells, each once. */
class Contents {
  readonly sets: MatrixRange[][] = [];
  readonly #refused = new Map<string, StateRange>();
  readonly #letThrough = new Map<string, StateRange>();
  readonly #toldOnce: ToldOnce;
  /** By number of states: there are as many cells as pairs of pods. */
  readonly #known: readonly [Content[], Content[]] = [[], []];
  readonly #states: readonly PortStates[];
  readonly #port: MatrixPort | undefined;

  constructor(port: MatrixPort | undefined, states: readonly PortStates[], told: ToldOnce) {
    this.#port = port;
    this.#states = states;
    this.#toldOnce = told;
  }

  of(state: number, isService: boolean): Content {
    const known = this.#known[isService ? 1 : 0];
    let content = known[state];
    if (content === undefined) {
      content = this.#made(this.#toldOnce(this.#states[state]!), isService);
      known[state] = content;
    }
    return content;
  }

  /** What the CNI refuses whatever the policies say, in words. */
  get refused(): string {
    return rangesText([...this.#refused.values()]);
  }

  /** What it lets through whatever they say. */
  get letThrough(): string {
    return rangesText([...this.#letThrough.values()]);
  }

  #made(states: PortStates, isService: boolean): Content {
    for (const range of states.ranges) {
      const key = `${range.group} ${range.first} ${range.last}`;
      if (isRefused(range.mask)) this.#refused.set(key, range);
      if (isLetThrough(range.mask)) this.#letThrough.set(key, range);
    }
    const port = this.#port;
    const words = portWords(states, isService);
    const verdict = port === undefined ? undefined : verdictAt(states, port);
    const isNone = port === undefined ? isNothing(states) : verdict === undefined || verdict === 'deny';
    const isWhole = words.some === '' && states.ranges.every(({ mask }) => stateOf(mask) === 'allow');
    const isAll = port === undefined ? words.allow === ALL || (isService && isWhole) : verdict === 'allow';
    const ports = isNone ? -1 : this.sets.push(rangesOf(states)) - 1;
    return { words, verdict, isNone, isAll, ports };
  }
}

/** Asks all new packets of a compiled world who can talk to whom; `port` narrows the answer to one. */
export function describeMatrix(side: DiffSide, request: MatrixRequest, port?: MatrixPort): Matrix {
  const found = matrixCells(side, request);
  const contents = new Contents(port, found.states, toldOnce(side.world.profile));
  const isService = found.columns.map(({ kind }) => kind === 'service');
  const cells: MatrixCell[] = [];
  const counts = { pairs: 0, all: 0, partly: 0, none: 0 };
  for (const { from, states } of found.each())
    for (let column = 0; column < states.length; column++) {
      const state = states[column]!;
      if (state === NO_STATES) continue;
      const { words, verdict, isNone, isAll, ports } = contents.of(state, isService[column]!);
      counts.pairs++;
      counts[isNone ? 'none' : isAll ? 'all' : 'partly']++;
      if (isNone || cells.length >= LISTED) continue;
      cells.push({
        from: from.name,
        to: found.columns[column]!.name,
        verdict: port === undefined ? null : (verdict ?? null),
        ...words,
        ports,
      });
    }
  return {
    by: request.by,
    port: port === undefined ? null : `${protocolName(port.protocol)}/${port.port}`,
    rows: found.rows.map(partyOf),
    columns: found.columns.map(partyOf),
    cells,
    omitted: counts.all + counts.partly - cells.length,
    port_sets: contents.sets,
    refused: contents.refused,
    let_through: contents.letThrough,
    counts,
    space: SPACE,
    enumerated: found.enumerated().map(({ family, points, sourceClasses, destinationClasses, packets }) => ({
      family,
      points,
      source_classes: sourceClasses,
      destination_classes: destinationClasses,
      packets,
    })),
  };
}

/** Who is in no row or column though one may look for it, and that there is nobody. */
export function matrixWarnings({ cluster, book }: World): string[] {
  const hosted = cluster.pods.filter(({ hostNetwork }) => hostNetwork).length;
  const isWaiting = ({ phase }: Pod): boolean => phase !== 'Succeeded' && phase !== 'Failed';
  const nowhere = cluster.pods.filter((pod) => pod.addresses.length === 0 && isWaiting(pod)).length;
  if (!book.endpoints.some(({ pod }) => pod !== undefined))
    return ['no pods in the manifests: give the cluster too, or its workloads, with -f'];
  return [
    ...(hosted > 0
      ? [
          `${countOf(hosted, 'pod')} on the network of nodes: they talk as their nodes (--from nodes, --to nodes)`,
        ]
      : []),
    ...(nowhere > 0 ? [`${countOf(nowhere, 'pod')} without an address: nobody talks to them`] : []),
  ];
}
