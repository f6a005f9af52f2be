/**
 * What the predicates that addresses are divided by are at every address, as sets of atoms: the blocks that rules and
 * network sets name, what each endpoint brings to its addresses, and single addresses of Services.
 */
import { type Address, addressKey } from '../net/address.ts';
import type { AddressBook } from '../policy/endpoints.ts';
import type { AtomSets } from './atom-sets.ts';
import type { Members } from './members.ts';
import type { Predicate } from './predicates.ts';
import type { Blocks } from './regions.ts';

/** A predicate with its number. */
export interface Asked {
  readonly number: number;
  readonly predicate: Predicate;
}

export interface AddressAtoms {
  readonly blocks: readonly Blocks[];
  /** Addresses to keep apart: those of the book and those of Services that rules name. */
  readonly known: readonly Address[];
  /** The set of a known address, without what the blocks around it bring. */
  at(key: string): number;
}

/** Reads the members of all predicates once. */
export function addressAtoms(
  book: AddressBook,
  asked: readonly Asked[],
  { members, atoms }: { members: Members; atoms: AtomSets },
): AddressAtoms {
  const ofEndpoint = lists(book.endpoints.length);
  const ofNetworkSet = lists(book.networkSets.length);
  const points = new Map<string, { address: Address; atoms: number[] }>();
  const blocks: Blocks[] = [];
  const everywhere: number[] = [];
  const ofNode = new Map<string | undefined, number>();
  for (const { number, predicate } of asked) {
    if (predicate.kind === 'nets')
      blocks.push({ cidrs: predicate.cidrs, set: atoms.set([atoms.atom(number)]) });
    else if (predicate.kind === 'held') everywhere.push(atoms.atom(number));
    else if (predicate.kind === 'node') ofNode.set(predicate.name, atoms.atom(number));
    else if (predicate.kind === 'service') {
      for (const { address, ports } of servicePoints(book, predicate.service)) {
        const key = addressKey(address);
        const point = points.get(key) ?? { address, atoms: [] };
        points.set(key, point);
        point.atoms.push(predicate.ports ? atoms.atom(number, ports) : atoms.atom(number));
      }
    } else {
      const { endpoints, ports } = members.of(predicate);
      endpoints.forEach((endpoint, index) => {
        ofEndpoint[endpoint]!.push(atoms.atom(number, ports?.[index]));
      });
      if (predicate.kind === 'selector')
        for (const set of members.networkSets(predicate.selector))
          ofNetworkSet[set]!.push(atoms.atom(number));
    }
  }
  book.networkSets.forEach(({ nets }, index) => {
    const found = [...ofNetworkSet[index]!, ...everywhere];
    if (found.length > 0) blocks.push({ cidrs: nets, set: atoms.set(found) });
  });
  const endpointSets = ofEndpoint.map((found) => atoms.set(found));
  const held = atoms.set(everywhere);
  const known = [...book.facts.values()].map(({ address }) => address);
  for (const [key, { address }] of points) if (!book.facts.has(key)) known.push(address);
  return {
    blocks,
    known,
    at(key) {
      const facts = book.facts.get(key);
      let set = facts === undefined ? 0 : held;
      for (const { index } of facts?.holders ?? []) set = atoms.union(set, endpointSets[index]!);
      if (facts?.node !== undefined) set = atoms.union(set, atoms.set(nodeAtoms(ofNode, facts.node.name)));
      const point = points.get(key);
      return point === undefined ? set : atoms.union(set, atoms.set(point.atoms));
    },
  };
}

/** The atoms that a node brings to its addresses. `ofNode` has those of each node by name, and that of all without one. */
export function nodeAtoms(ofNode: ReadonlyMap<string | undefined, number>, name: string): number[] {
  return [ofNode.get(undefined), ofNode.get(name)].filter((atom) => atom !== undefined);
}

const lists = (length: number): number[][] => Array.from({ length }, () => []);

/** Addresses of a Service, none twice, with protocol * 65536 + port of each, ascending. */
export function servicePoints(
  book: Pick<AddressBook, 'serviceEndpoints'>,
  service: string,
): { address: Address; ports: readonly number[] }[] {
  const found = new Map<string, { address: Address; ports: Set<number> }>();
  for (const { address, ports } of book.serviceEndpoints.get(service) ?? []) {
    const key = addressKey(address);
    const point = found.get(key) ?? { address, ports: new Set<number>() };
    found.set(key, point);
    for (const { protocol, port } of ports) point.ports.add(protocol * 65_536 + port);
  }
  return [...found.values()].map(({ address, ports }) => ({
    address,
    ports: [...ports].sort((left, right) => left - right),
  }));
}
