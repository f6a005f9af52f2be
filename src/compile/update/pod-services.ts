/** Services whose backends are the pods that they select: what their virtual ports become when a pod changes. */
import { addressKey } from '../../net/address.ts';
import type { LiveBook } from '../../policy/addresses/live-book.ts';
import { followsPods, virtualPortsOf } from '../../policy/addresses/virtual-ports.ts';
import type { Cluster, Pod, Service } from '../../policy/cluster.ts';
import type { VirtualPort } from '../../policy/endpoints.ts';
import { markVirtualPort } from '../port-rank-marks.ts';
import { CannotUpdate } from './cannot-update.ts';
import type { LivePortRanks } from './live-port-ranks.ts';

/** A virtual port and what stands in its place. */
export interface Replaced {
  readonly old: VirtualPort;
  readonly now: VirtualPort;
}

const selects = ({ namespace, selector = {} }: Service, pod: Pod | undefined): boolean =>
  pod !== undefined &&
  pod.namespace === namespace &&
  Object.entries(selector).every(([label, value]) => pod.labels[label] === value);

const keyOf = ({ kind, address, protocol, port }: VirtualPort): string =>
  `${kind} ${addressKey(address)} ${protocol} ${port}`;

export class PodServices {
  readonly #cluster: Cluster;
  readonly #book: LiveBook;
  readonly #services: readonly Service[];
  readonly #virtualPorts = new Map<Service, VirtualPort[]>();
  /** Pods by namespace and name, of the namespaces of these services. */
  readonly #pods = new Map<string, Map<string, Pod>>();

  constructor(cluster: Cluster, book: LiveBook) {
    this.#cluster = cluster;
    this.#book = book;
    this.#services = cluster.services.filter((service) => followsPods(service, cluster.endpointSlices));
    for (const service of this.#services) {
      this.#virtualPorts.set(service, []);
      this.#pods.set(service.namespace, new Map());
    }
    for (const pod of cluster.pods) this.#pods.get(pod.namespace)?.set(pod.name, pod);
    for (const { virtualPorts } of book.book.facts.values())
      for (const virtual of virtualPorts) this.#virtualPorts.get(virtual.service)?.push(virtual);
  }

  /** The virtual ports that are others now; they stand in the book already. */
  replacePod(before: Pod | undefined, after: Pod | undefined, ranks: LivePortRanks): Replaced[] {
    if (before !== undefined) this.#pods.get(before.namespace)?.delete(before.name);
    if (after !== undefined) this.#pods.get(after.namespace)?.set(after.name, after);
    return this.selecting(before, after).flatMap((service) => this.#again(service, ranks));
  }

  /** The services that either pod is behind. */
  selecting(before: Pod | undefined, after: Pod | undefined): Service[] {
    return this.#services.filter((service) => selects(service, before) || selects(service, after));
  }

  #again(service: Service, ranks: LivePortRanks): Replaced[] {
    const pods = [...this.#pods.get(service.namespace)!.values()];
    const now = virtualPortsOf({ ...this.#cluster, services: [service], endpointSlices: [], pods });
    const old = new Map<string, VirtualPort[]>();
    for (const virtual of this.#virtualPorts.get(service)!)
      old.set(keyOf(virtual), [...(old.get(keyOf(virtual)) ?? []), virtual]);
    const count = this.#virtualPorts.get(service)!.length;
    const replaced = now.flatMap((virtual): Replaced[] => {
      const former = old.get(keyOf(virtual))?.shift();
      return former === undefined ? [] : [{ old: former, now: virtual }];
    });
    if (replaced.length < now.length || replaced.length < count)
      throw new CannotUpdate('a service has other ports');
    this.#virtualPorts.set(service, now);
    for (const { old: former, now: virtual } of replaced) {
      const at = this.#book.book.facts.get(addressKey(virtual.address))!;
      this.#book.replaceVirtualPorts(
        virtual.address,
        at.virtualPorts.map((one) => (one === former ? virtual : one)),
      );
      markVirtualPort(former, ranks.going);
      markVirtualPort(virtual, ranks.coming);
    }
    return replaced;
  }
}
