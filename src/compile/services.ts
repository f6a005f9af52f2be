/** Virtual ports and their backends in the numbers of the tables, and the ports that the cluster serves. */
import { type Address, addressKey } from '../net/address.ts';
import type { AddressFacts, VirtualPort } from '../policy/endpoints.ts';
import { lookupTrie4, lookupTrie6 } from '../tables/address-trie.ts';
import * as L from '../tables/service-layout.ts';
import type { VirtualPortRow } from '../tables/virtual-ports.ts';
import type { AddressSpace } from './address-space.ts';

/** Numbers of node names; the empty name has none. */
export class NodeNumbers {
  /** In the order of their numbers. */
  readonly names: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(names: Iterable<string>) {
    this.names = [...new Set(names)].filter((name) => name !== '').sort();
    this.#numbers = new Map(this.names.map((name, index) => [name, index]));
  }

  of(name: string | undefined): number | undefined {
    return name === undefined ? undefined : this.#numbers.get(name);
  }
}

/** Entry of any address, known or not. */
export function entryOf(
  space: AddressSpace,
  tries: Readonly<Record<4 | 6, Uint8Array>>,
  address: Address,
): number {
  const known = space.entryOf.get(addressKey(address));
  if (known !== undefined) return known;
  return address.family === 4
    ? lookupTrie4(tries[4], address.words[0])
    : lookupTrie6(tries[6], address.words);
}

function flagsOf({ kind, service }: VirtualPort): number {
  if (kind === 'cluster-ip') return service.internalTrafficPolicy === 'Local' ? L.VIRTUAL_INTERNAL_LOCAL : 0;
  if (kind !== 'node-port') return 0;
  return L.VIRTUAL_NODE_PORT | (service.externalTrafficPolicy === 'Local' ? L.VIRTUAL_EXTERNAL_LOCAL : 0);
}

const optional = <K extends string>(key: K, value: number | undefined): Partial<Record<K, number>> =>
  value === undefined ? {} : ({ [key]: value } as Partial<Record<K, number>>);

/** Rows for every virtual port of the entries, in entry order. */
export function virtualPortRows(
  space: AddressSpace,
  tries: Readonly<Record<4 | 6, Uint8Array>>,
  nodes: NodeNumbers,
): VirtualPortRow[] {
  return space.entries.flatMap(({ facts }, entry) =>
    (facts?.virtualPorts ?? []).map((virtual) => ({
      entry,
      address: virtual.address,
      protocol: virtual.protocol,
      port: virtual.port,
      flags: flagsOf(virtual),
      ...optional('node', nodes.of(virtual.nodeName)),
      backends: virtual.backends.map(({ address, port, nodeName }) => {
        const backend = entryOf(space, tries, address);
        return {
          entry: backend,
          port,
          ...optional('node', nodes.of(nodeName)),
          ...optional('before', space.identityBefore(entry, backend)),
          address,
        };
      }),
    })),
  );
}

/** Every node name that a fact of the addresses mentions. */
export function nodeNames(facts: Iterable<AddressFacts>): string[] {
  const names: string[] = [];
  for (const { owner, node, virtualPorts } of facts) {
    if (owner !== undefined) names.push(owner.nodeName);
    if (node !== undefined) names.push(node.name);
    for (const { nodeName, backends } of virtualPorts)
      names.push(nodeName, ...backends.map((backend) => backend.nodeName));
  }
  return names;
}
