/**
 * What a policy set costs on a CNI's nodes: a record of named parts, so that a report can say where a figure comes from. Each engine has
 * a file with its formula; `engines.ts` says which CNI runs which. All of it is counted, nothing is measured: a pure function of the world.
 */
import type { Ground } from './ground.ts';

/** What is counted. Each engine says in its own words what one of them is (`EngineCost.units`). */
export type Figure =
  | 'chains'
  | 'lines'
  | 'sets'
  | 'members'
  | 'programs'
  | 'matches'
  | 'entries'
  | 'identities'
  | 'flows'
  | 'scanned_policies';

/** A part of a figure. */
export interface Part {
  readonly figure: Figure;
  /** `endpoint chains`; parts of a figure have different names. */
  readonly part: string;
  /** Absent: the figure is not told apart by address family. */
  readonly family?: 4 | 6;
  readonly count: number;
}

/** How much of something that has a limit is used where it is used most. */
export interface Use {
  /** What is limited: `policy map of a pod`. */
  readonly limit: string;
  /** What it holds: `entries`. */
  readonly unit: string;
  readonly used: number;
  readonly most: number;
  /** The pod, node or selector where that is; empty where it is the same everywhere. */
  readonly where: string;
  /** Where the limit is read: repository and path, or a page. */
  readonly source: string;
}

/** What one engine makes of a set. */
export interface EngineCost {
  /** In the order of reports, the main one first: `iptables rules`. `adds` is false where a sum over nodes means nothing. */
  readonly units: readonly { readonly figure: Figure; readonly unit: string; readonly adds?: false }[];
  readonly nodes: readonly { readonly node: string; readonly parts: readonly Part[] }[];
  readonly uses: readonly Use[];
  /** What the formula leaves out, for people. */
  readonly notCounted: readonly string[];
  /** Repository and paths that the formula is read from. */
  readonly source: string;
}

export type Engine = (ground: Ground) => EngineCost;

/** Sums of parts, in the order in which they first came. */
export class Tally {
  readonly #parts = new Map<string, { figure: Figure; part: string; family?: 4 | 6; count: number }>();

  /** A part of nothing is kept: it says that there is none. */
  add(figure: Figure, part: string, count: number, family?: 4 | 6): void {
    const key = `${figure} ${part} ${family ?? ''}`;
    const known = this.#parts.get(key);
    if (known === undefined)
      this.#parts.set(key, { figure, part, count, ...(family === undefined ? {} : { family }) });
    else known.count += count;
  }

  get parts(): readonly Part[] {
    return [...this.#parts.values()];
  }
}

/** The most used of several; undefined of none. */
export class Largest {
  readonly #use: Omit<Use, 'used' | 'where'>;
  #used = 0;
  #where = '';

  constructor(use: Omit<Use, 'used' | 'where'>) {
    this.#use = use;
  }

  see(used: number, where: string): void {
    if (used <= this.#used) return;
    this.#used = used;
    this.#where = where;
  }

  get use(): Use {
    return { ...this.#use, used: this.#used, where: this.#where };
  }
}
