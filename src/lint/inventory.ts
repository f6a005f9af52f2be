/**
 * What is there for selectors to match: pods and other endpoints with the labels that selectors see, namespaces, network sets.
 * Made once for all checks. It also knows how much of a cluster the manifests are, since what is in none of them may exist.
 */

import { effectiveLabelsOf } from '../policy/addresses/effective-labels.ts';
import type { Labels, Namespace, Pod } from '../policy/cluster.ts';
import type { Endpoint, Labelled, LabelledSet, LabelSet } from '../policy/endpoints.ts';
import { NAME_LABEL, NAMESPACE_LABEL, NAMESPACE_PREFIX } from '../policy/translate/label-selector.ts';
import type { World } from '../policy/world.ts';
import { selectorMatches } from '../selector/match.ts';
import type { Selector } from '../selector/selector.ts';

/** A namespace as selectors of pods see it. */
export interface SeenNamespace {
  readonly name: string;
  readonly labels: Labels;
  /** Absent where it is only mentioned: its labels are not known. */
  readonly at?: Namespace['at'];
}

export class Inventory {
  readonly world: World;
  /** By name, those that are only mentioned included. */
  readonly namespaces: readonly SeenNamespace[];
  readonly #matches = new Map<Selector, readonly LabelSet[]>();
  readonly #effective: (pod: Pod) => { readonly labels: Labels };

  constructor(world: World) {
    this.world = world;
    this.namespaces = [...world.cluster.namespaces.values()].map(({ name, labels, at }) => ({
      name,
      labels: namespaceLabels(name, labels),
      ...(at === undefined ? {} : { at }),
    }));
    this.#effective = effectiveLabelsOf(world.seen, world.profile.podLabels);
  }

  /** Whether there is anybody whom policies could be about. */
  get hasEndpoints(): boolean {
    return this.world.book.endpoints.length > 0;
  }

  /** Whether the manifests are a whole cluster: what is in none of them is not there. */
  get isWhole(): boolean {
    const system = this.world.cluster.namespaces.get('kube-system');
    return system?.at !== undefined && this.world.cluster.nodes.length > 0;
  }

  /** Label sets of endpoints that a selector takes. */
  labelSetsOf(selector: Selector): readonly LabelSet[] {
    let found = this.#matches.get(selector);
    if (found === undefined) {
      found = this.world.book.labelSets.filter(({ labels }) => selectorMatches(selector, labels));
      this.#matches.set(selector, found);
    }
    return found;
  }

  /** Endpoints that a selector takes, in the order of the book. */
  endpointsOf(selector: Selector): Endpoint[] {
    const found = this.labelSetsOf(selector).flatMap(({ endpoints }) => endpoints);
    return found.sort((a, b) => a.index - b.index);
  }

  /** Network sets that a selector takes. */
  networkSetsOf(selector: Selector): LabelledSet[] {
    return this.world.book.networkSets.filter(({ labels }) => selectorMatches(selector, labels));
  }

  /** Whether anything that has addresses is taken. */
  matchesAny(selector: Selector): boolean {
    return this.labelSetsOf(selector).length > 0 || this.networkSetsOf(selector).length > 0;
  }

  /** Everything that selectors are asked of. */
  things(): readonly Labelled[] {
    const { endpoints, networkSets } = this.world.book;
    return [...endpoints, ...networkSets];
  }

  /** The labels that a pod would have for selectors, whether it is policed or not. */
  labelsOf(pod: Pod): Labels {
    return this.#effective(pod).labels;
  }
}

/** The labels of a namespace as its pods show them. */
function namespaceLabels(name: string, labels: Labels): Labels {
  const shown: Record<string, string> = { [NAMESPACE_LABEL]: name, [NAMESPACE_PREFIX + NAME_LABEL]: name };
  for (const [key, value] of Object.entries(labels)) shown[NAMESPACE_PREFIX + key] = value;
  return shown;
}
