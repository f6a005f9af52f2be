/** What a policy set costs on a CNI's nodes, as documents hold it: counted by the CNI's formula, not measured. */

/** Of one address family; or of all of a figure. */
export interface CostSpread {
  /** On the node with the most. */
  readonly largest: number;
  readonly median: number;
  /** Null where a sum over nodes means nothing. */
  readonly total: number | null;
}

export interface CostPart {
  /** `endpoint chains`. */
  readonly part: string;
  /** On the node that has the most of the figure. */
  readonly largest: number;
  readonly total: number | null;
}

export interface CostFigure extends CostSpread {
  /** `lines`, `chains`, `sets`, `members`, `programs`, `matches`, `entries`, `identities`, `flows`, `scanned_policies`. */
  readonly figure: string;
  /** What one of them is on this CNI: `packet filter rules`. */
  readonly unit: string;
  /** Empty where pods stand on no known node. */
  readonly largest_node: string;
  /** Empty where the figure is not told apart by family. */
  readonly families: readonly (CostSpread & { readonly family: string })[];
  /** They sum up to the figure. */
  readonly parts: readonly CostPart[];
}

export interface CostLimit {
  readonly limit: string;
  /** What it holds: `entries`. */
  readonly unit: string;
  readonly used: number;
  readonly most: number;
  /** `used` of `most`; above 1 it does not fit. */
  readonly share: number;
  /** What uses so much of it: a pod, a node, a set; empty where it is the same everywhere. */
  readonly where: string;
  readonly source: string;
}

export interface CostDocument {
  readonly cni: string;
  readonly title: string;
  readonly nodes: number;
  /** The main one first; none: nothing is written. */
  readonly figures: readonly CostFigure[];
  /** The one that comes first is the first. */
  readonly limits: readonly CostLimit[];
  readonly not_counted: readonly string[];
  /** Where the formula is read. */
  readonly source: string;
}
