/**
 * Pods that do not exist yet: for every condition that rules set their peers one that fulfils it, and one that fulfils none, laid over a
 * cluster, so that it can be asked who would talk to them. They stand at no node, with addresses beside those of pods that exist.
 */
import { type Address, addressKey } from '../../net/address.ts';
import { byNamespaceAndName, podName } from '../../policy/addresses/address-book.ts';
import type { Cluster, Namespace, Pod } from '../../policy/cluster.ts';
import { inventedPod } from '../../policy/invented-pod.ts';
import type { Policy, Rule } from '../../policy/policy.ts';
import { NAMESPACE_NAME, type PodWish, podWishes } from '../../policy/translate/pod-wish.ts';
import { selectorWords } from '../../policy/translate/selector-words.ts';
import { createWorld, type World } from '../../policy/world.ts';
import { selectorMatches } from '../../selector/match.ts';
import { printSelector } from '../../selector/print.ts';
import type { Selector } from '../../selector/selector.ts';

/** Pods that do not exist yet, and fulfil one condition in several ways. */
export interface NewPod {
  /** `pods with app == "web" in namespace shop`; `any other pod` of the one that fulfils no condition. */
  readonly words: string;
  /** Of all of them. */
  readonly addresses: readonly Address[];
  /** Pods that exist and fulfil the condition. */
  readonly existing: number;
}

export interface NewPods {
  /** The world with them. */
  readonly world: World;
  /** The one that fulfils no condition first. */
  readonly pods: readonly NewPod[];
  /** Conditions for which no pod was found, or that are too many. */
  readonly omitted: number;
}

/** The most conditions that are tried. */
const CONDITIONS = 2_000;
/** The ways to fulfil one: without a label and with another value, in one namespace and in the next. */
const WAYS = 4;
/** Those that are tried: a namespace that is there has labels of its own. */
const TRIES = 16;
const OTHER = 'any other pod';
const at = { file: '', line: 1, column: 1 };

/** What the rules of enforced policies ask of the pods that they speak of, each once, in the policies' order. */
function conditionsOf(policies: readonly Policy[]): Selector[] {
  const found = new Map<string, Selector>();
  const add = ({ match }: Rule, peer: 'source' | 'destination'): void => {
    const { selector, notSelector } = match[peer];
    const operands: Selector[] = [
      ...(selector === undefined ? [] : [selector]),
      ...(notSelector === undefined ? [] : [{ kind: 'not' as const, operand: notSelector }]),
    ];
    if (operands.length === 0) return;
    const condition: Selector = operands.length === 1 ? operands[0]! : { kind: 'and', operands };
    found.set(printSelector(condition), condition);
  };
  for (const { rules, staged } of policies) {
    if (staged) continue;
    for (const rule of rules.ingress) add(rule, 'source');
    for (const rule of rules.egress) add(rule, 'destination');
  }
  return [...found.values()];
}

/** Addresses that nothing has, beside those of pods. */
class FreeAddresses {
  readonly #taken: Set<string>;
  readonly #last: Partial<Record<4 | 6, Address>> = {};

  constructor({ book, cluster }: World) {
    this.#taken = new Set(book.facts.keys());
    for (const { addresses, hostNetwork } of cluster.pods)
      if (!hostNetwork) for (const address of addresses) this.#last[address.family] ??= address;
  }

  /** One of each family that pods have. */
  take(): Address[] {
    return ([4, 6] as const).flatMap((family) => {
      let last = this.#last[family];
      if (last === undefined) return [];
      do last = next(last);
      while (this.#taken.has(addressKey(last)));
      this.#last[family] = last;
      return [last];
    });
  }
}

/** The address behind another; the last word turns over. */
function next({ family, words }: Address): Address {
  const place = family === 4 ? 0 : 3;
  return {
    family,
    words: words.map((word, index) =>
      index === place ? (word + 1) >>> 0 : word,
    ) as unknown as Address['words'],
  };
}

/** Namespaces that are there, and those that come with new pods. */
class Places {
  readonly namespaces: Map<string, Namespace>;
  readonly serviceAccounts: Cluster['serviceAccounts'][number][];
  #count = 0;

  constructor({ namespaces, serviceAccounts }: Cluster) {
    this.namespaces = new Map(namespaces);
    this.serviceAccounts = [...serviceAccounts];
  }

  /** The namespace of a wish; one that is there keeps its labels, whether they are as wished or not. */
  namespaceOf({ namespace, namespaceLabels }: PodWish): string {
    if (namespace !== undefined && this.namespaces.has(namespace)) return namespace;
    let name = namespace ?? 'new';
    while (namespace === undefined && this.namespaces.has(name)) name = `new-${++this.#count}`;
    this.namespaces.set(name, { name, labels: { ...namespaceLabels, [NAMESPACE_NAME]: name } });
    return name;
  }

  accountOf({ serviceAccount, accountLabels }: PodWish, namespace: string): string {
    const isPlain = Object.keys(accountLabels).length === 0;
    if (isPlain) return serviceAccount ?? 'default';
    const isKnown = (name: string): boolean =>
      this.serviceAccounts.some((one) => one.namespace === namespace && one.name === name);
    let name = serviceAccount ?? 'new';
    while (serviceAccount === undefined && isKnown(name)) name = `new-${++this.#count}`;
    if (!isKnown(name)) this.serviceAccounts.push({ namespace, name, labels: accountLabels, at });
    return name;
  }
}

/** Lays a pod for each condition over a world. */
export function withNewPods(world: World): NewPods {
  const conditions = conditionsOf(world.resolved.policies);
  const free = new FreeAddresses(world);
  const places = new Places(world.cluster);
  const made: { condition: Selector | undefined; pod: Pod }[] = [];
  const make = (wish: PodWish, condition: Selector | undefined): void => {
    const namespace = places.namespaceOf(wish);
    const serviceAccount = places.accountOf(wish, namespace);
    // Names that sort behind all others, so that pods that exist keep their places.
    const name = `\u{10ffff}new-${made.length}`;
    const pod = inventedPod({
      namespace,
      name,
      labels: wish.labels,
      serviceAccount,
      addresses: free.take(),
    });
    made.push({ condition, pod });
  };
  make({ namespaceLabels: {}, accountLabels: {}, labels: {} }, undefined);
  for (const condition of conditions.slice(0, CONDITIONS)) {
    let tried = 0;
    for (const wish of podWishes(condition)) {
      make(wish, condition);
      const isNamed = wish.namespace !== undefined && world.cluster.namespaces.has(wish.namespace);
      if (++tried >= (isNamed ? TRIES : WAYS)) break;
    }
  }
  const { namespaces, serviceAccounts } = places;
  const pods = [...world.cluster.pods, ...made.map(({ pod }) => pod)].sort(byNamespaceAndName);
  const after = createWorld({ ...world.cluster, namespaces, serviceAccounts, pods }, world.profile, {
    staged: world.staged,
  });
  // By name: a CNI may see pods with fewer labels than they have.
  const labelsOf = new Map(after.book.endpoints.map((endpoint) => [podName(endpoint), endpoint.labels]));
  const labelSets = world.book.labelSets.map(({ labels: own, endpoints }) => ({
    labels: own,
    count: endpoints.filter(({ pod }) => pod !== undefined).length,
  }));
  const found = new Map<string, NewPod>();
  for (const { condition, pod } of made) {
    const labels = labelsOf.get(podName(pod));
    if (labels === undefined || (condition !== undefined && !selectorMatches(condition, labels))) continue;
    const words = condition === undefined ? OTHER : selectorWords(condition);
    const known = found.get(words);
    if (known !== undefined) {
      found.set(words, { ...known, addresses: [...known.addresses, ...pod.addresses] });
      continue;
    }
    const taken =
      condition === undefined ? [] : labelSets.filter(({ labels: own }) => selectorMatches(condition, own));
    const existing = taken.reduce((sum, { count }) => sum + count, 0);
    found.set(words, { words, addresses: pod.addresses, existing });
  }
  return { world: after, pods: [...found.values()], omitted: conditions.length + 1 - found.size };
}
