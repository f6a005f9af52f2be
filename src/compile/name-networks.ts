/**
 * Who has the addresses that are no pod's and no host endpoint's, as flow logs call them: the network set with the most
 * specific block around them, else the private or the public network. The address space is divided once more, by the
 * regions, by the sets' blocks and by what counts as private.
 *
 * Source: projectcalico/calico felix/collector (an address is looked up as an endpoint, then as a network set, most specific
 * block first; RFC 1918 is private, everything else, IPv6 too, is public).
 */
import { PRIVATE_KEY, PUBLIC_KEY, setKey } from '../flow/flow-name.ts';
import type { Cidr } from '../net/cidr.ts';
import { PRIVATE_BLOCKS } from '../policy/addresses/network-samples.ts';
import type { AddressBook, AddressFacts } from '../policy/endpoints.ts';
import type { FamilySpace } from './address-space.ts';
import { holds, inAddressOrder, type Prefix, prefixKey } from './prefix.ts';

/** A prefix with what it says of the addresses in it; undefined where the one around it says it. */
interface Mark extends Prefix {
  entry?: number;
  set?: string;
  isPrivate?: true;
  /** The known address that this is. */
  facts?: AddressFacts;
  /** Share of its addresses that lie in longer prefixes. */
  covered: number;
}

type Marks = Map<string | number, Mark>;

function markAt(marks: Marks, { network: { family, words }, prefixBits: bits }: Cidr): Mark {
  const key = prefixKey(family, { words, bits });
  let mark = marks.get(key);
  if (mark === undefined) {
    mark = { words, bits, covered: 0 };
    marks.set(key, mark);
  }
  return mark;
}

function marksOf(family: 4 | 6, space: FamilySpace, book: AddressBook): Mark[] {
  const marks: Marks = new Map();
  const root: Cidr = { network: { family, words: [0, 0, 0, 0] }, prefixBits: 0 };
  markAt(marks, root).entry = space.outside;
  space.regions.forEach(({ words, bits, address }, index) => {
    const mark = markAt(marks, { network: { family, words }, prefixBits: bits });
    mark.entry = space.entries[index]!;
    const facts = address === undefined ? undefined : book.facts.get(address);
    if (facts !== undefined) mark.facts = facts;
  });
  for (const { namespace, name, nets } of book.networkSets)
    for (const net of nets)
      if (net.network.family === family) markAt(marks, net).set ??= setKey(namespace, name);
  if (family === 4) for (const block of PRIVATE_BLOCKS) markAt(marks, block).isPrivate = true;
  return [...marks.values()].sort(inAddressOrder);
}

/** Whether a known address is called by what is around it: it is no endpoint's, and no service's alone. */
function isOutside({ holders, node, virtualPorts }: AddressFacts): boolean {
  return holders.length === 0 && (node !== undefined || virtualPorts.length === 0);
}

/** Entries by the key of the name that their addresses go by, in address order. */
export function networkEntries(
  family: 4 | 6,
  space: FamilySpace,
  book: AddressBook,
): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, Set<number>>();
  const around: Mark[] = [];
  const leave = (mark: Mark): void => {
    if (mark.covered >= 1) return;
    if (mark.facts !== undefined && !isOutside(mark.facts)) return;
    const key = mark.set ?? (mark.isPrivate === true ? PRIVATE_KEY : PUBLIC_KEY);
    const entries = found.get(key);
    if (entries === undefined) found.set(key, new Set([mark.entry!]));
    else entries.add(mark.entry!);
  };
  for (const mark of marksOf(family, space, book)) {
    while (around.length > 0 && !holds(around.at(-1)!, mark)) leave(around.pop()!);
    const outer = around.at(-1);
    if (outer !== undefined) {
      outer.covered += 2 ** (outer.bits - mark.bits);
      mark.entry ??= outer.entry!;
      if (mark.set === undefined && outer.set !== undefined) mark.set = outer.set;
      if (outer.isPrivate === true) mark.isPrivate = true;
    }
    around.push(mark);
  }
  while (around.length > 0) leave(around.pop()!);
  return new Map([...found].map(([key, entries]) => [key, [...entries].sort((a, b) => a - b)]));
}
