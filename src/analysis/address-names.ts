/** Names for addresses, as reports and verdict rows print them and as the notation of a flow reads them back. */
import { captureName } from '../flow/capture-name.ts';
import type { Side } from '../flow/flow.ts';
import { type FlowName, flowNameOf, keysOfName, PRIVATE_KEY, PUBLIC_KEY } from '../flow/flow-name.ts';
import { type Address, addressKey, formatAddress, sameAddress } from '../net/address.ts';
import { isNameWords, nameKey } from '../packet/name-words.ts';
import { networkSetFinder } from '../policy/addresses/network-set-around.ts';
import type { AddressBook, AddressFacts } from '../policy/endpoints.ts';
import type { WrittenNames } from './written-names.ts';

/** Distinct addresses remembered; beyond it the memory starts anew, so that it stays bounded. */
const REMEMBERED = 200_000;

export interface NamedAddress {
  /** RFC 5952 text; '' for a name that stands in the place of an address. */
  readonly address: string;
  /**
   * `namespace/pod`, `service:namespace/name`, `node:name` for addresses of hosts, the most specific network set around it as
   * `network-set:namespace/name`, `capture:name` for what a capture alone names, or '' for an address that nobody names.
   */
  readonly name: string;
  /** Namespace of the pod that packets from and to the address are judged as; '' without. */
  readonly ownerNamespace: string;
  /** What `explain` takes for this very address: the name where it means no other one. */
  readonly side: Side;
}

export interface AddressNames {
  of(address: Address): NamedAddress;
  /** From the words of a column; four words for either family. */
  ofWords(family: number, words: ArrayLike<number>, offset: number): NamedAddress;
}

function sideOf(address: Address, facts: AddressFacts | undefined): Side {
  const pod = facts?.owner?.pod ?? facts?.holders.find((holder) => holder.pod !== undefined)?.pod;
  if (pod !== undefined) return { kind: 'pod', namespace: pod.namespace, name: pod.name };
  const virtual = facts?.virtualPorts.find(({ kind }) => kind !== 'node-port');
  if (virtual !== undefined) {
    const { namespace, name } = virtual.service;
    return { kind: 'service', namespace, name };
  }
  if (facts?.node !== undefined) return { kind: 'node', name: facts.node.name };
  return { kind: 'address', address };
}

/** Whether a flow that names the node means this address: of several of a family, tunnels' among them, it means the first. */
function isFirst(address: Address, facts: AddressFacts | undefined): boolean {
  const first = facts?.node?.addresses.find(({ family }) => family === address.family);
  return first !== undefined && sameAddress(first, address);
}

function nameOfSide(side: Side): string {
  if (side.kind === 'pod') return `${side.namespace}/${side.name}`;
  if (side.kind === 'node') return `node:${side.name}`;
  return side.kind === 'service' ? `service:${side.namespace}/${side.name}` : '';
}

/** What `explain` takes for a name; an aggregate is one to it too. */
function sideOfName(flow: FlowName): Side {
  const network = keysOfName(flow)[0];
  if (network === PUBLIC_KEY) return { kind: 'network', name: 'public' };
  if (network === PRIVATE_KEY) return { kind: 'network', name: 'private' };
  const { kind, namespace, name } = flow;
  if (kind === 'host') return { kind: 'node', name };
  return { kind: kind === 'network-set' ? kind : 'pod', namespace, name };
}

/** A name that a record wrote. */
function namedByRecord(text: string | undefined): NamedAddress {
  const name = text ?? 'a name that is not kept';
  const flow = flowNameOf(name) ?? { kind: 'any', namespace: '', name };
  return {
    address: '',
    name,
    ownerNamespace: flow.kind === 'any' ? flow.namespace : '',
    side: sideOfName(flow),
  };
}

/**
 * Names from everything that the cluster's objects say about addresses, and those that records write in their place. `ofCaptures`: what
 * captures call addresses, by their keys; the word of a file, told where no object has one.
 */
export function createAddressNames(
  book: AddressBook,
  written?: WrittenNames,
  ofCaptures?: ReadonlyMap<string, string>,
): AddressNames {
  const byRecord = new Map<string, NamedAddress>();
  const writtenAt = (words: ArrayLike<number>, offset: number): NamedAddress => {
    const key = nameKey(words, offset);
    let named = byRecord.get(key);
    if (named === undefined) {
      named = namedByRecord(written?.textAt(words, offset));
      byRecord.set(key, named);
    }
    return named;
  };
  const remembered = new Map<string, NamedAddress>();
  const setAround = networkSetFinder(book.networkSets);
  const nameOf = (side: Side, address: Address): string => {
    const set = side.kind === 'address' ? setAround(address) : undefined;
    if (set === undefined) {
      const named = nameOfSide(side);
      const captured = named === '' ? ofCaptures?.get(addressKey(address)) : undefined;
      return captured === undefined ? named : captureName(captured);
    }
    return `network-set:${set.namespace === '' ? '' : `${set.namespace}/`}${set.name}`;
  };
  const remember = (key: string, address: Address): NamedAddress => {
    const facts = book.facts.get(addressKey(address));
    const side = sideOf(address, facts);
    const named = {
      address: formatAddress(address),
      name: nameOf(side, address),
      ownerNamespace: facts?.owner?.namespace ?? '',
      side: side.kind === 'node' && !isFirst(address, facts) ? ({ kind: 'address', address } as const) : side,
    };
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(key, named);
    return named;
  };
  return {
    of(address) {
      const key = addressKey(address);
      return remembered.get(key) ?? remember(key, address);
    },
    ofWords(family, words, offset) {
      if (isNameWords(words, offset)) return writtenAt(words, offset);
      if (family === 4) {
        const key = `${words[offset]!}`;
        return remembered.get(key) ?? remember(key, { family: 4, words: [words[offset]!, 0, 0, 0] });
      }
      const address: Address = {
        family: 6,
        words: [words[offset]!, words[offset + 1]!, words[offset + 2]!, words[offset + 3]!],
      };
      const key = addressKey(address);
      return remembered.get(key) ?? remember(key, address);
    },
  };
}
