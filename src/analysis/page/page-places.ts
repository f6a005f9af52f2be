/** Addresses of flows as a picture groups them: pods by their workload, the rest by what names it. */
import { nameByCapture } from '../../flow/capture-name.ts';
import type { World } from '../../policy/world.ts';
import type { Place } from './flow-table-document.ts';

const SERVICE = 'service:';
const NODE = 'node:';
const SET = 'network-set:';

/** `Deployment/web` by `namespace/pod`; a pod without a controller is its own group. */
function workloadsOf({ cluster }: World): ReadonlyMap<string, string> {
  return new Map(
    cluster.pods.map(({ namespace, name, workload }) => [
      `${namespace}/${name}`,
      workload.kind === 'Pod' ? name : `${workload.kind}/${workload.name}`,
    ]),
  );
}

function placeOf(address: string, name: string, workloads: ReadonlyMap<string, string>): Place {
  const place = { address, name, namespace: '' };
  if (name.startsWith(NODE)) return { ...place, kind: 'node', group: name.slice(NODE.length) };
  if (name.startsWith(SET)) return { ...place, kind: 'network-set', group: name.slice(SET.length) };
  const isService = name.startsWith(SERVICE);
  const full = isService ? name.slice(SERVICE.length) : name;
  const slash = full.indexOf('/');
  if (slash < 0 || nameByCapture(name) !== undefined)
    return { ...place, kind: 'outside', group: nameByCapture(name) ?? (name === '' ? address : name) };
  return {
    address,
    name,
    namespace: full.slice(0, slash),
    kind: isService ? 'service' : 'pod',
    group: isService ? `Service/${full.slice(slash + 1)}` : (workloads.get(full) ?? full.slice(slash + 1)),
  };
}

/** Numbers places in the order in which they are asked for. An address of several epochs is one place for each of its names. */
export function createPlaces(worlds: readonly World[]) {
  const entries: Place[] = [];
  const numbers = new Map<string, number>();
  const workloads = worlds.map(workloadsOf);
  return {
    entries,
    of(epoch: number, address: string, name: string): number {
      const key = `${address} ${name}`;
      let number = numbers.get(key);
      if (number === undefined) {
        number = entries.push(placeOf(address, name, workloads[epoch]!)) - 1;
        numbers.set(key, number);
      }
      return number;
    },
  };
}
