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
  #populated: ReadonlySet<string> | undefined;
  readonly #matches = new Map<Selector, readonly LabelSet[]>();
  readonly #byLabel = new Map<string, Map<string, LabelSet[]>>();
  readonly #hostNetworkPods: readonly { readonly pod: Pod; readonly labels: Labels }[];

  constructor(world: World) {
    this.world = world;
    this.namespaces = [...world.cluster.namespaces.values()].map(({ name, labels, at }) => ({
      name,
      labels: namespaceLabels(name, labels),
      ...(at === undefined ? {} : { at }),
    }));
    const effective = effectiveLabelsOf(world.seen, world.profile.podLabels);
    this.#hostNetworkPods = world.cluster.pods
      .filter(({ hostNetwork }) => hostNetwork)
      .map((pod) => ({ pod, labels: effective(pod).labels }));
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
      found = this.#candidates(selector).filter(({ labels }) => selectorMatches(selector, labels));
      this.#matches.set(selector, found);
    }
    return found;
  }

  /** Those of the label sets, in their order, that have the rarest label value which a selector demands; all where it demands none. */
  #candidates(selector: Selector): readonly LabelSet[] {
    return demandsOf(selector).reduce<readonly LabelSet[]>((fewest, { label, value }) => {
      const having = this.#having(label).get(value) ?? [];
      return having.length < fewest.length ? having : fewest;
    }, this.world.book.labelSets);
  }

  /** The label sets by their value of a label. */
  #having(label: string): ReadonlyMap<string, readonly LabelSet[]> {
    let byValue = this.#byLabel.get(label);
    if (byValue === undefined) {
      byValue = new Map();
      for (const set of this.world.book.labelSets) {
        if (!Object.hasOwn(set.labels, label)) continue;
        const value = set.labels[label]!;
        const having = byValue.get(value);
        if (having === undefined) byValue.set(value, [set]);
        else having.push(set);
      }
      this.#byLabel.set(label, byValue);
    }
    return byValue;
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

  /** Whether terms about namespaces take one of which the manifests have no pods: kube-system is in every cluster. */
  mayHaveOthers(terms: readonly Selector[]): boolean {
    const system = { name: 'kube-system', labels: namespaceLabels('kube-system', NAMED('kube-system')) };
    return [...this.namespaces, system].some(
      ({ name, labels }) => terms.every((term) => selectorMatches(term, labels)) && !this.hasPodsIn(name),
    );
  }

  /** Whether there is a pod in a namespace, policed or not. */
  hasPodsIn(name: string): boolean {
    this.#populated ??= new Set(this.world.cluster.pods.map(({ namespace }) => namespace));
    return this.#populated.has(name);
  }

  /** Pods on the host network whose labels a selector would take; they are no endpoints. */
  hostNetworkPodsOf(selector: Selector): Pod[] {
    return this.#hostNetworkPods
      .filter(({ labels }) => selectorMatches(selector, labels))
      .map(({ pod }) => pod);
  }

  /** Everything that selectors are asked of. */
  things(): readonly Labelled[] {
    const { endpoints, networkSets } = this.world.book;
    return [...endpoints, ...networkSets];
  }
}

/** Equalities without which a selector takes nothing. */
function demandsOf(selector: Selector): { readonly label: string; readonly value: string }[] {
  if (selector.kind === 'and') return selector.operands.flatMap(demandsOf);
  return selector.kind === 'equals' ? [selector] : [];
}

/** The label that every namespace has. */
const NAMED = (name: string): Labels => ({ 'kubernetes.io/metadata.name': name });

/** The labels of a namespace as its pods show them. */
function namespaceLabels(name: string, labels: Labels): Labels {
  const shown: Record<string, string> = { [NAMESPACE_LABEL]: name, [NAMESPACE_PREFIX + NAME_LABEL]: name };
  for (const [key, value] of Object.entries(labels)) shown[NAMESPACE_PREFIX + key] = value;
  return shown;
}
