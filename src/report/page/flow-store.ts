/**
 * The flows of a page in memory: columns as typed arrays, and what a search looks through, by place and decision and not by row, so
 * that a keystroke over a hundred thousand rows costs a few comparisons of numbers each.
 */
import type { PageDecision, PageFlows } from '../page-document.ts';

type ColumnName = keyof PageFlows['columns'];

/** What the rows shown have in common; undefined and '' ask nothing. */
export interface FlowFilter {
  readonly text: string;
  readonly verdicts: ReadonlySet<string>;
  /** Of either end. */
  readonly namespace: string;
  /** A label of `ports`. */
  readonly port: string;
  /** A policy, or the words of a decision: a rule of a policy. */
  readonly decider: string;
  readonly direction: string;
  /** Two groups of a picture, by their keys. */
  readonly pair: GroupPair | undefined;
}

/** Sources and destinations as a picture groups them. */
export interface GroupPair {
  readonly label: string;
  readonly isSource: (place: number) => boolean;
  readonly isDestination: (place: number) => boolean;
}

export const NO_FILTER: FlowFilter = {
  text: '',
  verdicts: new Set(),
  namespace: '',
  port: '',
  decider: '',
  direction: '',
  pair: undefined,
};

export type SortKey =
  | 'verdict'
  | 'source'
  | 'destination'
  | 'port'
  | 'why'
  | 'packets'
  | 'bytes'
  | 'connections';

export interface Sort {
  readonly key: SortKey;
  readonly isDescending: boolean;
}

/** Numbers that stand for texts in alphabetical order. */
function ranks(texts: readonly string[]): Uint32Array {
  const order = texts.map((_, index) => index).sort((a, b) => (texts[a]! < texts[b]! ? -1 : 1));
  const found = new Uint32Array(texts.length);
  let rank = 0;
  for (const [place, index] of order.entries()) {
    if (place > 0 && texts[order[place - 1]!] !== texts[index]) rank++;
    found[index] = rank;
  }
  return found;
}

const VERDICT_RANK: Readonly<Record<string, number>> = {
  deny: 0,
  undetermined: 1,
  unspecified: 2,
  skip: 3,
  allow: 4,
};

/** Everything that is asked of the flows. */
export class FlowStore {
  readonly flows: PageFlows;
  readonly columns: Readonly<Record<ColumnName, Float64Array>>;
  readonly #placeTexts: readonly string[];
  readonly #decisionTexts: readonly string[];
  readonly #portTexts: readonly string[];
  readonly #sortRanks = new Map<SortKey, Uint32Array>();

  constructor(flows: PageFlows) {
    this.flows = flows;
    const { rows, columns } = flows;
    this.columns = Object.fromEntries(
      Object.entries(columns).map(([name, column]) => [
        name,
        typeof column === 'number' ? new Float64Array(rows).fill(column) : Float64Array.from(column),
      ]),
    ) as Record<ColumnName, Float64Array>;
    this.#placeTexts = flows.places.map(({ address, name, group }) =>
      `${name} ${address} ${group}`.toLowerCase(),
    );
    this.#decisionTexts = flows.decisions.map(({ verdict, reason, why, place }) =>
      `${verdict} ${reason} ${why} ${place}`.toLowerCase(),
    );
    this.#portTexts = flows.ports.map(({ label, port }) => `${label} :${port ?? ''}`);
  }

  decision(row: number): PageDecision {
    return this.flows.decisions[this.columns.decision[row]!]!;
  }

  /** In the notation that `explain` takes. */
  flow(row: number): string {
    const { texts } = this.flows;
    return `${texts[this.columns.from[row]!]} to ${texts[this.columns.to[row]!]}`;
  }

  /** The end of a flow for people: its name, else its address. The name of a set is that of many: it stands behind the address. */
  placeText(place: number): string {
    const { name, address, kind, group } = this.flows.places[place]!;
    if (kind === 'network-set' && address !== '') return `${address} in ${group}`;
    return name === '' ? address : name;
  }

  /** Rows that pass the filter, in the order of the table. */
  filter(filter: FlowFilter): Uint32Array {
    const { rows, decisions, places, ports } = this.flows;
    const { src, dst, judged, port, decision } = this.columns;
    const isDecision = decisions.map(
      ({ verdict, policy, why, direction }) =>
        (filter.verdicts.size === 0 || filter.verdicts.has(verdict)) &&
        (filter.decider === '' || policy === filter.decider || why === filter.decider) &&
        (filter.direction === '' || direction === filter.direction),
    );
    const isPort = ports.map(({ label }) => filter.port === '' || label === filter.port);
    const isNear = places.map(({ namespace }) => filter.namespace === '' || namespace === filter.namespace);
    const { pair } = filter;
    const terms = filter.text
      .toLowerCase()
      .split(/\s+/)
      .filter((term) => term !== '')
      .map((term) => ({
        places: this.#placeTexts.map((text) => text.includes(term)),
        decisions: this.#decisionTexts.map((text) => text.includes(term)),
        ports: this.#portTexts.map((text) => text.includes(term)),
      }));
    const found = new Uint32Array(rows);
    let count = 0;
    for (let row = 0; row < rows; row++) {
      const [from, to, behind] = [src[row]!, dst[row]!, judged[row]!];
      if (!isDecision[decision[row]!] || !isPort[port[row]!]) continue;
      if (!isNear[from] && !isNear[to] && !isNear[behind]) continue;
      if (pair !== undefined && !(pair.isSource(from) && pair.isDestination(behind))) continue;
      const isFound = terms.every(
        (term) =>
          term.places[from] ||
          term.places[to] ||
          term.places[behind] ||
          term.decisions[decision[row]!] ||
          term.ports[port[row]!],
      );
      if (isFound) found[count++] = row;
    }
    return found.subarray(0, count);
  }

  /** The same rows in another order; equal ones stay as they were. */
  sort(rows: Uint32Array, { key, isDescending }: Sort): Uint32Array {
    const by = this.#sortColumn(key);
    const sign = isDescending ? -1 : 1;
    return rows.slice().sort((a, b) => sign * (by(a) - by(b)) || a - b);
  }

  #ranked(key: SortKey, texts: () => readonly string[]): Uint32Array {
    let found = this.#sortRanks.get(key);
    if (found === undefined) {
      found = ranks(texts());
      this.#sortRanks.set(key, found);
    }
    return found;
  }

  #sortColumn(key: SortKey): (row: number) => number {
    const { columns, flows } = this;
    switch (key) {
      case 'packets':
      case 'bytes':
      case 'connections':
        return (row) => columns[key][row]!;
      case 'verdict':
        return (row) => VERDICT_RANK[this.decision(row).verdict] ?? 9;
      case 'why': {
        const rank = this.#ranked('why', () => flows.decisions.map(({ why }) => why));
        return (row) => rank[columns.decision[row]!]!;
      }
      case 'port': {
        const rank = this.#ranked('port', () =>
          flows.ports.map(({ protocol, port }) => `${protocol} ${String(port ?? '').padStart(5, '0')}`),
        );
        return (row) => rank[columns.port[row]!]!;
      }
      default: {
        const rank = this.#ranked('source', () => flows.places.map((_, place) => this.placeText(place)));
        const column = key === 'source' ? columns.src : columns.dst;
        return (row) => rank[column[row]!]!;
      }
    }
  }

  /** Namespaces of either end, by name. */
  namespaces(): string[] {
    return [...new Set(this.flows.places.map(({ namespace }) => namespace))].filter(Boolean).sort();
  }

  /** What rows have most of, heaviest first: `key` of a row, in rows. */
  #heaviest(column: ColumnName, label: (number: number) => string): string[] {
    const counts = new Map<string, number>();
    for (const number of this.columns[column])
      counts.set(label(number), (counts.get(label(number)) ?? 0) + 1);
    return [...counts]
      .filter(([text]) => text !== '')
      .sort((a, b) => b[1] - a[1])
      .map(([text]) => text);
  }

  /** Ports by how many flows go there. */
  portLabels(): string[] {
    return this.#heaviest('port', (port) => this.flows.ports[port]!.label);
  }

  /** Policies that decided, by how many flows. */
  policies(): string[] {
    return this.#heaviest('decision', (decision) => this.flows.decisions[decision]!.policy);
  }

  /** Rules of them, and all else that decided, in words. */
  rules(): string[] {
    return this.#heaviest('decision', (decision) => this.flows.decisions[decision]!.why);
  }

  /** Hooks' directions that decided anything. */
  directions(): string[] {
    return [...new Set(this.flows.decisions.map(({ direction }) => direction))].filter(Boolean).sort();
  }

  /** Flows by verdict. */
  verdictCounts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const number of this.columns.decision) {
      const { verdict } = this.flows.decisions[number]!;
      counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    }
    return counts;
  }
}
