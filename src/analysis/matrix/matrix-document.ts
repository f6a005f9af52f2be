/**
 * The document of `matrix`: what its reports read and `--format json` prints, key for key. New keys may come; a key that is removed or
 * changes its type raises the version in `schema`.
 */
import type { Caveats } from '../caveats.ts';
import type { EnumeratedFamily } from '../diff/diff-document.ts';
import type { MatrixBy, PartyKind } from './matrix-parties.ts';
import type { PortState } from './port-states.ts';

/** A row or a column. */
export interface MatrixParty {
  /** `shop`, `shop/Deployment/web`, `shop/web-1`, `outside`, `10.0.0.0/8`, `node:a`, `nodes`, `service:shop/web`. */
  readonly name: string;
  readonly kind: PartyKind;
  /** Pods that it stands for. */
  readonly pods: number;
}

/** Ports in words: `tcp 80, 443; udp 53`, `all`, or '' for none. */
export interface PortWords {
  /** Allowed from every pod of the one to every pod of the other. */
  readonly allow: string;
  /** Allowed between some of their pods and not between others. */
  readonly some: string;
  readonly undetermined: string;
  readonly unspecified: string;
}

/** What goes from one to the other. A pair of parties between which nothing goes has no cell. */
export interface MatrixCell extends PortWords {
  readonly from: string;
  readonly to: string;
  /** Of the port that was asked about; null where none was. */
  readonly verdict: PortState | null;
  /** Position in `port_sets`. */
  readonly ports: number;
}

/** Packets that have one verdict. */
export interface MatrixRange {
  readonly verdict: PortState;
  /** `tcp`, `udp`, `sctp`, `icmp`, `icmpv6`, or `other`. */
  readonly protocol: string;
  /** Destination ports; of ICMP type * 256 + code; of `other` the protocols' numbers. */
  readonly first: number;
  readonly last: number;
  /** Null where there are no ports. */
  readonly source_first: number | null;
  readonly source_last: number | null;
}

/** Pairs of parties by what goes between them. */
export interface MatrixCounts {
  readonly pairs: number;
  /** Everything but what the CNI refuses; to services: every port that they have. */
  readonly all: number;
  /** Some ports, or some of their pods. */
  readonly partly: number;
  readonly none: number;
}

/** Whom one party is exposed to that no row or column names. */
export interface Exposed extends PortWords {
  readonly party: string;
  /** `from`: they reach the party; `to`: the party reaches them. */
  readonly direction: 'from' | 'to';
  /** Blocks of addresses, or which new pods: `pods with app == "web" in namespace shop`, `any other pod`. */
  readonly peers: readonly string[];
  readonly peers_omitted: number;
  /** Pods that exist and are such pods too. */
  readonly existing: number;
  /** 4, 6 or both. */
  readonly families: readonly number[];
}

/** Exposure to outside addresses, and to pods that do not exist yet; by party. */
export interface Exposure {
  readonly outside: readonly Exposed[];
  readonly outside_omitted: number;
  /**
   * What the party's own side would let through, whatever policies would make of the new pods. Conditions are fulfilled one at a time; what
   * comes to the same as `any other pod` is left out.
   */
  readonly new_pods: readonly Exposed[];
  readonly new_pods_omitted: number;
  /** How many conditions of rules were fulfilled by a pod, and how many could not be. */
  readonly conditions: number;
  readonly conditions_omitted: number;
}

export interface Matrix {
  readonly by: MatrixBy;
  /** `tcp/5432`; null where all ports were asked about. */
  readonly port: string | null;
  readonly rows: readonly MatrixParty[];
  readonly columns: readonly MatrixParty[];
  /** By row, then column. */
  readonly cells: readonly MatrixCell[];
  readonly omitted: number;
  /** What cells of equal ports hold, range by range; what no range holds is denied. */
  readonly port_sets: readonly (readonly MatrixRange[])[];
  /** What the CNI refuses whatever the policies say, in words: cells do not tell it. */
  readonly refused: string;
  /** What it lets through between all pods whatever they say: cells that are otherwise empty do not tell it. */
  readonly let_through: string;
  readonly counts: MatrixCounts;
  /** What `new packets` are, in words: cells speak of all of them. */
  readonly space: string;
  readonly enumerated: readonly EnumeratedFamily[];
}

export interface MatrixDocument extends Matrix, Caveats {
  readonly schema: 'dryplane/matrix/v1';
  readonly version: string;
  readonly cni: string;
  readonly manifests: readonly string[];
  /** Null where it was not asked for. */
  readonly exposure: Exposure | null;
  readonly milliseconds: number;
}
