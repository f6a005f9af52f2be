/**
 * An address book in which pods come, change and go. Label sets and endpoints are appended and keep their numbers; the facts
 * of an address are made anew when a holder of it changes. Nodes, host endpoints, network sets and whose services there are
 * stay as they were.
 */
import { type Address, addressKey } from '../../net/address.ts';
import type { Cluster, Pod } from '../cluster.ts';
import type { CniProfile } from '../cni/profile.ts';
import type { AddressBook, AddressFacts, Endpoint, LabelSet, VirtualPort } from '../endpoints.ts';
import {
  buildAddressBook,
  byNamespaceAndName,
  isEndpoint,
  ownerAmong,
  podName,
  workloadEndpoint,
} from './address-book.ts';
import { type EffectiveLabels, effectiveLabelsOf } from './effective-labels.ts';
import { isFinished } from './pod-phase.ts';

type WritableSet = LabelSet & { endpoints: Endpoint[] };

/** Equal for label sets that nothing tells apart. */
function textOf({ labels, profiles }: EffectiveLabels): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((label) => [label, labels[label]]);
  return JSON.stringify([profiles, pairs]);
}

export class LiveBook {
  readonly book: AddressBook;
  readonly #profile: CniProfile;
  readonly #endpoints: Endpoint[];
  readonly #labelSets: WritableSet[];
  readonly #facts: Map<string, AddressFacts>;
  readonly #labelsOf: (pod: Pod) => EffectiveLabels;
  readonly #byLabels = new Map<string, WritableSet>();
  readonly #byPod = new Map<string, Endpoint>();

  constructor(cluster: Cluster, profile: CniProfile) {
    this.book = buildAddressBook(cluster, profile);
    this.#profile = profile;
    // What was just made is nobody else's.
    this.#endpoints = this.book.endpoints as Endpoint[];
    this.#labelSets = this.book.labelSets as WritableSet[];
    this.#facts = this.book.facts as Map<string, AddressFacts>;
    this.#labelsOf = effectiveLabelsOf(cluster, profile.podLabels);
    for (const set of this.#labelSets) {
      const { kind, labels, profiles } = set.endpoints[0]!;
      if (kind === 'workload') this.#byLabels.set(textOf({ labels, profiles }), set);
    }
    for (const endpoint of this.#endpoints)
      if (endpoint.kind === 'workload') this.#byPod.set(podName(endpoint), endpoint);
  }

  /** Puts a pod in another's place, either of them undefined; the label set that came with it. */
  replacePod(before: Pod | undefined, after: Pod | undefined): LabelSet | undefined {
    const labelSets = this.#labelSets.length;
    const old = before === undefined ? undefined : this.#remove(before);
    const endpoint = after === undefined || !isEndpoint(after) ? undefined : this.#add(after, old?.index);
    for (const address of addressesOf(before, after))
      this.#setFacts(address, { before, after, ...(old && { old }), ...(endpoint && { endpoint }) });
    return this.#labelSets[labelSets];
  }

  /** Puts other virtual ports at an address, as many as there were. */
  replaceVirtualPorts(address: Address, virtualPorts: readonly VirtualPort[]): void {
    const key = addressKey(address);
    this.#facts.set(key, { ...this.#facts.get(key)!, virtualPorts });
  }

  #remove(pod: Pod): Endpoint | undefined {
    const endpoint = this.#byPod.get(podName(pod));
    if (endpoint === undefined) return undefined;
    this.#byPod.delete(podName(pod));
    const { endpoints } = this.#labelSets[endpoint.labelSet]!;
    endpoints.splice(endpoints.indexOf(endpoint), 1);
    return endpoint;
  }

  #add(pod: Pod, formerIndex: number | undefined): Endpoint {
    const effective = this.#labelsOf(pod);
    const text = textOf(effective);
    let labelSet = this.#byLabels.get(text);
    if (labelSet === undefined) {
      const { labels } = effective;
      labelSet = { index: this.#labelSets.length, namespace: pod.namespace, labels, endpoints: [] };
      this.#labelSets.push(labelSet);
      this.#byLabels.set(text, labelSet);
    }
    const index = formerIndex ?? this.#endpoints.length;
    const { profiles } = effective;
    const endpoint = workloadEndpoint(pod, { index, labelSet, profiles }, this.#profile.initContainerPorts);
    this.#endpoints[index] = endpoint;
    labelSet.endpoints.push(endpoint);
    this.#byPod.set(podName(pod), endpoint);
    return endpoint;
  }

  #setFacts(
    address: Address,
    change: { before: Pod | undefined; after: Pod | undefined; old?: Endpoint; endpoint?: Endpoint },
  ): void {
    const { before, after, old, endpoint } = change;
    const key = addressKey(address);
    const known = this.#facts.get(key);
    const isAt = ({ addresses }: Pick<Pod, 'addresses'>): boolean =>
      addresses.some((one) => addressKey(one) === key);
    const holders = (known?.holders ?? []).filter((holder) => holder !== old);
    if (endpoint !== undefined && isAt(endpoint)) holders.push(endpoint);
    holders.sort(byNamespaceAndName);
    const hostNetworkPods = (known?.hostNetworkPods ?? []).filter(
      (pod) => before === undefined || podName(pod) !== podName(before),
    );
    if (after?.hostNetwork === true && !isFinished(after) && isAt(after)) hostNetworkPods.push(after);
    hostNetworkPods.sort(byNamespaceAndName);
    const { node, virtualPorts = [] } = known ?? {};
    if (holders.length + hostNetworkPods.length + virtualPorts.length === 0 && node === undefined) {
      this.#facts.delete(key);
      return;
    }
    const owner = ownerAmong(holders);
    this.#facts.set(key, {
      address,
      ...(owner === undefined ? {} : { owner }),
      holders,
      ...(node === undefined ? {} : { node }),
      hostNetworkPods,
      virtualPorts,
    });
  }
}

/** The addresses of both pods, none twice. */
export function addressesOf(before: Pod | undefined, after: Pod | undefined): Address[] {
  const all = [...(before?.addresses ?? []), ...(after?.addresses ?? [])];
  return [...new Map(all.map((address) => [addressKey(address), address])).values()];
}
