/**
 * What a cluster has under the names that flow logs write: pods by name, by their controllers' prefix, by controller and by
 * namespace; nodes and host endpoints. Addresses of network sets and of the outside are no list: whoever needs them divides
 * the address space.
 *
 * Source: projectcalico/calico felix/collector/flowlog (aggregated names: generateName and `*`, else the pod's name).
 */
import {
  type FlowName,
  hostKey,
  keysOfName,
  type NameIndex,
  nameOfKey,
  namespaceKey,
  PRIVATE_KEY,
  PUBLIC_KEY,
  podKey,
  prefixKey,
  setKey,
  workloadKey,
} from '../../flow/flow-name.ts';
import type { Address } from '../../net/address.ts';
import type { Pod } from '../cluster.ts';
import type { World } from '../world.ts';
import { isFinished } from './pod-phase.ts';

/** What of a world is named. */
export type NamedWorld = Pick<World, 'seen' | 'book'>;

/** Pods and hosts by the keys of names. */
export interface NamedAddresses {
  /** Live pods with addresses under a pod's key, or an aggregate's. */
  pods(key: string): readonly Pod[] | undefined;
  /** Addresses of a node, or of a host endpoint. */
  host(key: string): readonly Address[] | undefined;
  /** Every key that the world has, networks among them. */
  keys(): Iterable<string>;
}

function keysOfPod({ namespace, name, generateName, workload, hostNetwork }: Pod): string[] {
  // All pods of a namespace are what policies see of it: pods on their nodes' network are not theirs.
  const all = hostNetwork ? [] : [namespaceKey(namespace), namespaceKey('')];
  return [
    podKey(namespace, name),
    ...(generateName === undefined ? [] : [prefixKey(namespace, generateName)]),
    ...(workload.kind === 'Pod' ? [] : [workloadKey(namespace, workload.name)]),
    ...all,
  ];
}

function hostsByKey({ book }: NamedWorld): Map<string, readonly Address[]> {
  const hosts = new Map<string, readonly Address[]>();
  for (const [name, { node }] of book.hosts) hosts.set(hostKey(name), node.addresses);
  for (const { kind, name, addresses, nodeName } of book.endpoints) {
    if (kind !== 'host' || hosts.has(hostKey(name))) continue;
    hosts.set(hostKey(name), addresses.length > 0 ? addresses : (hosts.get(hostKey(nodeName)) ?? []));
  }
  return hosts;
}

/** Looks everything up by key; the keys are made when the first is asked about. */
export function namedAddresses(world: NamedWorld): NamedAddresses {
  let byKey: { pods: Map<string, Pod[]>; hosts: Map<string, readonly Address[]> } | undefined;
  const made = (): NonNullable<typeof byKey> => {
    if (byKey !== undefined) return byKey;
    const pods = new Map<string, Pod[]>();
    for (const pod of world.seen.pods) {
      if (isFinished(pod)) continue;
      for (const key of keysOfPod(pod)) {
        const list = pods.get(key);
        if (list === undefined) pods.set(key, [pod]);
        else list.push(pod);
      }
    }
    byKey = { pods, hosts: hostsByKey(world) };
    return byKey;
  };
  return {
    pods: (key) => made().pods.get(key),
    host: (key) => made().hosts.get(key),
    *keys() {
      yield PUBLIC_KEY;
      yield PRIVATE_KEY;
      yield* made().pods.keys();
      yield* made().hosts.keys();
      for (const { namespace, name } of world.book.networkSets) yield setKey(namespace, name);
    },
  };
}

/** The names of one world, or of several states of a cluster: each number means the same in all of them. */
export function nameIndex(worlds: readonly NamedWorld[]): NameIndex {
  const numbers = new Map<string, number>();
  const names: FlowName[] = [];
  const addresses = new Set<string>();
  for (const world of worlds) {
    for (const key of namedAddresses(world).keys())
      if (!numbers.has(key)) numbers.set(key, names.push(nameOfKey(key)));
    for (const key of world.book.facts.keys()) addresses.add(key);
  }
  return { names, numbers, addresses, areSeveral: worlds.length > 1 };
}

/** The pods that a name means in a world: under the first of its keys that the world has. */
export function podsOfName(name: FlowName, named: NamedAddresses): readonly Pod[] {
  for (const key of keysOfName(name)) {
    const pods = named.pods(key);
    if (pods !== undefined) return pods;
  }
  return [];
}
