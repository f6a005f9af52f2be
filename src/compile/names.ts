/**
 * Names of flow logs → the address entries that they stand for, in classes that policy cannot tell apart: the same identity
 * as a peer, the same programs, the same flags. Members keep their nodes apart, at most two of each, since what happens between
 * a pod and a node hangs on whether the pod is there.
 */
import { type FlowName, keysOfName, type NameIndex } from '../flow/flow-name.ts';
import { type Address, addressKey } from '../net/address.ts';
import { type NamedAddresses, type NamedWorld, namedAddresses } from '../policy/addresses/named-addresses.ts';
import type { CniProfile } from '../policy/cni/profile.ts';
import type { World } from '../policy/world.ts';
import type { AddressEntry } from '../tables/entries.ts';
import { ENTRY_HOST } from '../tables/entry-layout.ts';
import type { NameList, NameRow } from '../tables/names.ts';
import type { AddressSpace } from './address-space.ts';
import { networkEntries } from './name-networks.ts';

/** Members of a class with the same node: two, so that one may talk to another. */
const MEMBERS_OF_NODE = 2;

const nodeOf = ({ ownerNode, node }: AddressEntry): number => ownerNode ?? node ?? -1;

/** What policy sees of an address. Where hosts have policy it sees the node; a service's address is like no other. */
function classKey(entry: AddressEntry, number: number): string {
  const { identity, owner, node, egressProgram, ingressProgram, firstVirtual, flags = 0 } = entry;
  return [
    identity,
    egressProgram,
    ingressProgram,
    flags,
    owner === undefined ? 0 : 1,
    node === undefined ? 0 : 1,
    firstVirtual === undefined ? -1 : number,
    (flags & ENTRY_HOST) === 0 ? -1 : nodeOf(entry),
  ].join();
}

function listOf(numbers: readonly number[], entries: readonly AddressEntry[], isNetwork: boolean): NameList {
  const classes = new Map<string, number[]>();
  for (const number of new Set(numbers)) {
    const key = classKey(entries[number]!, number);
    const members = classes.get(key);
    if (members === undefined) classes.set(key, [number]);
    else members.push(number);
  }
  return {
    isNetwork,
    hasNodes: numbers.some((number) => entries[number]!.node !== undefined),
    classes: [...classes.values()].map((members) => fewOfEachNode(members, entries)),
  };
}

function fewOfEachNode(members: readonly number[], entries: readonly AddressEntry[]): number[] {
  const sorted = [...members].sort(
    (left, right) => nodeOf(entries[left]!) - nodeOf(entries[right]!) || left - right,
  );
  return sorted.filter((number, index) => {
    const earlier = sorted[index - MEMBERS_OF_NODE];
    return earlier === undefined || nodeOf(entries[earlier]!) !== nodeOf(entries[number]!);
  });
}

/** A row for each name, in the order of their numbers. */
export function nameRows(
  world: NamedWorld & Pick<World, 'profile'>,
  { names }: NameIndex,
  { space, entries }: { space: AddressSpace; entries: readonly AddressEntry[] },
): NameRow[] {
  const named = namedAddresses(world);
  const networks = {
    4: networkEntries(4, space.families[4], world.book),
    6: networkEntries(6, space.families[6], world.book),
  };
  const known = new Map<string, NameRow>();
  const rowOf = (key: string): NameRow | undefined => {
    const addresses = addressesOf(key, named, world.profile);
    const isNetwork = addresses === undefined;
    const numbers = (family: 4 | 6): readonly number[] =>
      isNetwork
        ? (networks[family].get(key) ?? [])
        : addresses
            .filter((address) => address.family === family)
            .flatMap((address) => space.entryOf.get(addressKey(address)) ?? []);
    const [four, six] = [numbers(4), numbers(6)];
    if (isNetwork && four.length + six.length === 0) return undefined;
    return {
      ...(four.length === 0 ? {} : { 4: listOf(four, entries, isNetwork) }),
      ...(six.length === 0 ? {} : { 6: listOf(six, entries, isNetwork) }),
    };
  };
  const first = (name: FlowName): NameRow => {
    for (const key of keysOfName(name)) {
      const row = known.get(key) ?? rowOf(key);
      if (row === undefined) continue;
      known.set(key, row);
      return row;
    }
    return {};
  };
  return names.map(first);
}

/** Pods on their node's network are left out where it is open whether they are seen as pods. */
function addressesOf(
  key: string,
  named: NamedAddresses,
  { hostNetworkPods }: CniProfile,
): readonly Address[] | undefined {
  const pods = named.pods(key);
  if (pods === undefined) return named.host(key);
  const seen = hostNetworkPods === 'node' ? pods : pods.filter(({ hostNetwork }) => !hostNetwork);
  return seen.flatMap(({ addresses }) => addresses);
}
