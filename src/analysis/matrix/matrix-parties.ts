/**
 * Who stands in a matrix: pods one by one, by workload or by namespace, nodes, services, blocks of addresses outside the cluster; and which of
 * them a filter means.
 */
import { holds, inAddressOrder, type Prefix } from '../../compile/prefix.ts';
import { addressKey } from '../../net/address.ts';
import { type Cidr, cidrContains, formatCidr } from '../../net/cidr.ts';
import { podName } from '../../policy/addresses/address-book.ts';
import type { Pod } from '../../policy/cluster.ts';
import type { AddressBook, AddressFacts } from '../../policy/endpoints.ts';
import { workloadNameOf } from '../../policy/workload-name.ts';
import { selectorMatches } from '../../selector/match.ts';
import type { Selector } from '../../selector/selector.ts';
import type { JointPoint } from '../joint/joint-points.ts';

/** What one row or column stands for, of pods. */
export type MatrixBy = 'pod' | 'workload' | 'namespace';

/** Whom a filter means. */
export type PartyFilter =
  | { readonly kind: 'namespace'; readonly namespace: string }
  | { readonly kind: 'pod'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'workload'; readonly namespace: string; readonly workload: Pod['workload'] }
  | { readonly kind: 'labels'; readonly selector: Selector }
  | { readonly kind: 'cidr'; readonly cidr: Cidr }
  | { readonly kind: 'outside' }
  | { readonly kind: 'nodes' }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'services' }
  | { readonly kind: 'service'; readonly namespace: string; readonly name: string };

export type PartyKind = 'pods' | 'outside' | 'nodes' | 'service';

/** One row or column. */
export interface Party {
  /** Position in `Parties.list`. */
  readonly index: number;
  readonly kind: PartyKind;
  /** `shop`, `shop/Deployment/web`, `shop/web-1`, `outside`, `10.0.0.0/8`, `node:a`, `nodes`, `service:shop/web`. */
  readonly name: string;
  /** The pods that it stands for; empty of other kinds. */
  readonly pods: readonly Pod[];
}

const ORDER: readonly PartyKind[] = ['pods', 'nodes', 'service', 'outside'];

/** The name of the row or column that a pod belongs to. */
function nameOf(pod: Pod, by: MatrixBy): string {
  if (by === 'namespace') return pod.namespace;
  return by === 'pod' || pod.workload.kind === 'Pod' ? podName(pod) : workloadNameOf(pod);
}

/** Whether a filter means a pod. */
function meansPod(filter: PartyFilter, pod: Pod): boolean {
  switch (filter.kind) {
    case 'namespace':
      return pod.namespace === filter.namespace;
    case 'pod':
      return pod.namespace === filter.namespace && pod.name === filter.name;
    case 'workload':
      return (
        pod.namespace === filter.namespace &&
        pod.workload.kind === filter.workload.kind &&
        pod.workload.name === filter.workload.name
      );
    case 'labels':
      return selectorMatches(filter.selector, pod.labels);
    case 'cidr':
      return pod.addresses.some((address) => cidrContains(filter.cidr, address));
    default:
      return false;
  }
}

/** What no filter leaves out: every pod, and the addresses outside. */
const EVERYBODY: readonly PartyFilter[] = [{ kind: 'outside' }];

/** The rows or the columns of a matrix. */
export class Parties {
  readonly list: readonly Party[];
  readonly #book: AddressBook;
  readonly #filters: readonly PartyFilter[];
  readonly #isFiltered: boolean;
  readonly #by: MatrixBy;
  readonly #byName: ReadonlyMap<string, Party>;

  /** Without filters all pods and the addresses outside. */
  constructor(book: AddressBook, by: MatrixBy, filters: readonly PartyFilter[]) {
    this.#book = book;
    this.#by = by;
    this.#isFiltered = filters.length > 0;
    this.#filters = this.#isFiltered ? filters : EVERYBODY;
    const found = new Map<string, { kind: PartyKind; name: string; pods: Pod[] }>();
    const add = (kind: PartyKind, name: string, pods: readonly Pod[] = []): void => {
      const key = `${kind} ${name}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, { kind, name, pods: [...pods] });
      else known.pods.push(...pods);
    };
    for (const { pod } of book.endpoints)
      if (pod !== undefined && pod.addresses.length > 0 && this.#means(pod))
        add('pods', nameOf(pod, by), [pod]);
    for (const facts of book.facts.values()) for (const [kind, name] of this.#named(facts)) add(kind, name);
    for (const filter of this.#filters) {
      if (filter.kind === 'outside') add('outside', 'outside');
      if (filter.kind === 'cidr') add('outside', formatCidr(filter.cidr));
    }
    const rank = ({ kind }: { kind: PartyKind }): number => ORDER.indexOf(kind);
    this.list = [...found.values()]
      .sort((one, other) => rank(one) - rank(other) || (one.name < other.name ? -1 : 1))
      .map((party, index) => ({ ...party, index }));
    this.#byName = new Map(this.list.map((party) => [`${party.kind} ${party.name}`, party]));
  }

  /** The row or column of the same kind and name as another. */
  find({ kind, name }: Pick<Party, 'kind' | 'name'>): Party | undefined {
    return this.#byName.get(`${kind} ${name}`);
  }

  #means(pod: Pod): boolean {
    return !this.#isFiltered || this.#filters.some((filter) => meansPod(filter, pod));
  }

  /** The nodes and services whose address it is, as far as a filter means them. */
  #named({ owner, node, virtualPorts }: AddressFacts): [PartyKind, string][] {
    if (owner?.pod !== undefined) return [];
    return this.#filters.flatMap((filter): [PartyKind, string][] => {
      if (node !== undefined && filter.kind === 'nodes') return [['nodes', 'nodes']];
      if (node?.name !== undefined && filter.kind === 'node' && filter.name === node.name)
        return [['nodes', `node:${node.name}`]];
      if (filter.kind !== 'services' && filter.kind !== 'service') return [];
      const services = virtualPorts.filter(({ kind }) => kind !== 'node-port').map(({ service }) => service);
      return services
        .filter(
          ({ namespace, name }) =>
            filter.kind === 'services' || (filter.namespace === namespace && filter.name === name),
        )
        .map(({ namespace, name }) => ['service', `service:${namespace}/${name}`]);
    });
  }

  /** Of each point of a family the rows or columns that it belongs to. */
  ofPoints(family: 4 | 6, points: readonly JointPoint[]): readonly (readonly number[])[] {
    const full = family === 4 ? 32 : 128;
    const blocks = new Blocks(family, points);
    const cidrs = this.#filters.flatMap((filter) =>
      filter.kind === 'cidr' && filter.cidr.network.family === family
        ? [{ name: formatCidr(filter.cidr), points: blocks.within(filter.cidr) }]
        : [],
    );
    const at = (kind: PartyKind, name: string): number[] => {
      const party = this.find({ kind, name });
      return party === undefined ? [] : [party.index];
    };
    return points.map(({ prefixes, addresses }, index) => {
      const isSingle = prefixes.length === 1 && prefixes[0]!.bits === full;
      const facts = isSingle ? this.#book.facts.get(addressKey(addresses[0]!)) : undefined;
      const pod = facts?.owner?.pod;
      if (pod !== undefined) return this.#means(pod) ? at('pods', nameOf(pod, this.#by)) : [];
      if (facts?.node !== undefined || (facts?.virtualPorts.length ?? 0) > 0)
        return [...new Set(this.#named(facts!).flatMap(([kind, name]) => at(kind, name)))];
      return [
        ...at('outside', 'outside'),
        ...cidrs.flatMap((cidr) => (cidr.points.has(index) ? at('outside', cidr.name) : [])),
      ];
    });
  }
}

/** Which points have addresses in a block. */
class Blocks {
  readonly #family: 4 | 6;
  readonly #prefixes: readonly (Prefix & { readonly point: number })[];

  constructor(family: 4 | 6, points: readonly JointPoint[]) {
    this.#family = family;
    this.#prefixes = points.flatMap(({ prefixes }, point) =>
      prefixes.map(({ words, bits }) => ({ words, bits, point })),
    );
  }

  within({ network, prefixBits }: Cidr): ReadonlySet<number> {
    const block: Prefix = { words: network.words, bits: prefixBits };
    const inside = this.#prefixes.filter((prefix) => prefix.bits >= prefixBits && holds(block, prefix));
    const found = new Set(inside.map(({ point }) => point));
    // What is left of the block belongs to the shortest block around it.
    const width = this.#family === 4 ? 32n : 128n;
    let last: Prefix | undefined;
    const outermost = inside.sort(inAddressOrder).filter((prefix) => {
      if (last !== undefined && holds(last, prefix)) return false;
      last = prefix;
      return true;
    });
    const taken = outermost.reduce((sum, { bits }) => sum + (1n << (width - BigInt(bits))), 0n);
    if (taken === 1n << (width - BigInt(prefixBits))) return found;
    const around = this.#prefixes.filter((prefix) => prefix.bits < prefixBits && holds(prefix, block));
    const nearest = around.reduce<(typeof around)[number] | undefined>(
      (best, one) => (best === undefined || one.bits > best.bits ? one : best),
      undefined,
    );
    if (nearest !== undefined) found.add(nearest.point);
    return found;
  }
}
