/**
 * Whether one side of a replayed flow is who a suite means. A flow log may name several pods in the place of an address, and a node's
 * address is also that of pods on its network: then it may be both, and whoever counts must not take it for either.
 */
import type { NamedAddress } from '../analysis/address-names.ts';
import { knownRanges, rangeFinder } from '../analysis/replay/known-ranges.ts';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { didYouMean } from '../diagnostic/nearest.ts';
import type { Side } from '../flow/flow.ts';
import { flowNameOf } from '../flow/flow-name.ts';
import { type Address, addressKey, parseAddress } from '../net/address.ts';
import { cidrContains } from '../net/cidr.ts';
import { factsAbout } from '../policy/addresses/address-book.ts';
import { namedAddresses, podsOfName } from '../policy/addresses/named-addresses.ts';
import type { Pod } from '../policy/cluster.ts';
import { sourcesOf } from '../policy/judge/flow-stations.ts';
import type { World } from '../policy/world.ts';
import type { SideTerm, WrittenSide } from './trace-expectation.ts';

/** What is known of a question about a flow. */
export type Match = 'yes' | 'no' | 'maybe';

export function either(answers: readonly Match[]): Match {
  if (answers.includes('yes')) return 'yes';
  return answers.includes('maybe') ? 'maybe' : 'no';
}

export function both(answers: readonly Match[]): Match {
  if (answers.includes('no')) return 'no';
  return answers.includes('maybe') ? 'maybe' : 'yes';
}

function not(answer: Match): Match {
  return answer === 'maybe' ? 'maybe' : answer === 'yes' ? 'no' : 'yes';
}

/** All of several that it may be agree, or nobody knows. */
function agreed(answers: readonly Match[]): Match {
  return answers.every((answer) => answer === answers[0]) ? (answers[0] ?? 'maybe') : 'maybe';
}

const known = (is: boolean): Match => (is ? 'yes' : 'no');

/** Answers for one side of a flow, as a replay names it: of a destination where it was sent, and where a Service led it. */
export type SideMatcher = (...sides: readonly NamedAddress[]) => Match;

/** A world, and which of its addresses somebody may have whom the manifests do not name. */
interface Asking extends Pick<World, 'book'> {
  readonly isLost: (address: Address) => boolean;
}

/** What a term asks of an address, and of a name that has none. */
interface Asked {
  address(address: Address): Match;
  /** A pod that a name may mean. */
  pod(pod: Pod): Match;
  /** A name that stands for no pods of the manifests. */
  name(side: Side): Match;
}

/** Which side of a flow is asked about: a Service sends from its backends, and is reached at its addresses. */
export type Place = 'from' | 'to';

/** A flow that needs no ports, to ask who a side is. */
const PROBE = { protocol: 47, destination: { kind: 'network', name: 'public' } } as const;

const podKey = ({ namespace, name }: { namespace: string; name: string }): string => `${namespace}/${name}`;

function inNamespace(namespace: string, { book, isLost }: Asking): Asked {
  return {
    address(address) {
      const { holders, hostNetworkPods, virtualPorts } = factsAbout(book, address);
      if (holders.some((holder) => holder.namespace === namespace)) return 'yes';
      if (virtualPorts.some(({ kind, service }) => kind !== 'node-port' && service.namespace === namespace))
        return 'yes';
      // Packets of a node and of pods on its network look alike.
      const isMaybe = hostNetworkPods.some((pod) => pod.namespace === namespace) || isLost(address);
      return isMaybe ? 'maybe' : 'no';
    },
    pod: (pod) => known(pod.namespace === namespace),
    name: (side) => known(side.kind === 'pod' && side.namespace === namespace),
  };
}

function inBlock(contains: (address: Address) => boolean): Asked {
  return {
    address: (address) => known(contains(address)),
    pod: (pod) => agreed(pod.addresses.map((address) => known(contains(address)))),
    name: () => 'maybe',
  };
}

function outside({ book, isLost }: Asking): Asked {
  return {
    address: (address) => (isLost(address) ? 'maybe' : known(!book.facts.has(addressKey(address)))),
    pod: () => 'no',
    name: ({ kind }) => known(kind === 'network' || kind === 'network-set'),
  };
}

/** Pods by their names. */
function amongPods(names: ReadonlySet<string>, { book, isLost }: Asking): Asked {
  return {
    address(address) {
      const { holders, hostNetworkPods } = factsAbout(book, address);
      if (holders.some((holder) => holder.kind === 'workload' && names.has(podKey(holder)))) return 'yes';
      const isMaybe = hostNetworkPods.some((pod) => names.has(podKey(pod))) || isLost(address);
      return isMaybe ? 'maybe' : 'no';
    },
    pod: (pod) => known(names.has(podKey(pod))),
    name: () => 'no',
  };
}

function atService(namespace: string, name: string, { book }: Asking): Asked {
  return {
    address: (address) =>
      known(
        factsAbout(book, address).virtualPorts.some(
          ({ kind, service }) =>
            kind !== 'node-port' && service.namespace === namespace && service.name === name,
        ),
      ),
    pod: () => 'no',
    name: () => 'no',
  };
}

function atNode(name: string, { book }: Asking): Asked {
  return {
    address: (address) => known(factsAbout(book, address).node?.name === name),
    pod: (pod) => known(pod.hostNetwork && pod.nodeName === name),
    name: (side) => known(side.kind === 'node' && side.name === name),
  };
}

function inNetworkSet(namespace: string, name: string, { book }: Asking): Asked {
  return {
    address: (address) =>
      known(book.setsAround(address).some((set) => set.namespace === namespace && set.name === name)),
    pod: () => 'maybe',
    name: (side) =>
      side.kind === 'network-set' ? known(side.namespace === namespace && side.name === name) : 'maybe',
  };
}

/** What a side of the notation asks; names that mean nothing are diagnostics. */
function askedOfSide(
  side: Side,
  place: Place,
  world: World,
  asking: Asking,
): { value: Asked; diagnostics: readonly Diagnostic[] } {
  const nobody = amongPods(new Set(), asking);
  switch (side.kind) {
    case 'address': {
      const key = addressKey(side.address);
      return { value: inBlock((address) => addressKey(address) === key), diagnostics: [] };
    }
    case 'network':
      return { value: outside(asking), diagnostics: [] };
    case 'service': {
      if (place === 'from') break;
      const isOne = (one: { namespace: string; name: string }): boolean => podKey(one) === podKey(side);
      // As a destination it needs no backends.
      const found = world.cluster.services.some(isOne)
        ? []
        : sourcesOf({ ...PROBE, source: side }, world).diagnostics;
      return { value: atService(side.namespace, side.name, asking), diagnostics: found };
    }
    case 'node':
    case 'network-set':
    case 'pod':
    case 'workload':
      break;
  }
  const { value, diagnostics } = sourcesOf({ ...PROBE, source: side }, world);
  // A set all of whose addresses are something else's is one all the same.
  const wrong = diagnostics.filter(({ code }) => code === 'flow/unknown-name' || side.kind !== 'network-set');
  if (wrong.length > 0) return { value: nobody, diagnostics: wrong };
  if (side.kind === 'service') {
    const backends = new Set(value.map(({ address }) => addressKey(address)));
    return { value: inBlock((address) => backends.has(addressKey(address))), diagnostics: [] };
  }
  if (side.kind === 'node') return { value: atNode(side.name, asking), diagnostics: [] };
  if (side.kind === 'network-set')
    return { value: inNetworkSet(side.namespace, side.name, asking), diagnostics: [] };
  return { value: amongPods(new Set(value.map(({ name }) => name)), asking), diagnostics: [] };
}

function askedOf(
  term: SideTerm,
  place: Place,
  world: World,
  asking: Asking,
): { value: Asked; diagnostics: readonly Diagnostic[] } {
  switch (term.kind) {
    case 'outside':
      return { value: outside(asking), diagnostics: [] };
    case 'block':
      return { value: inBlock((address) => cidrContains(term.block, address)), diagnostics: [] };
    case 'namespace': {
      const { namespace } = term;
      const { cluster } = world;
      const names = new Set([
        ...cluster.namespaces.keys(),
        ...cluster.pods.map((pod) => pod.namespace),
        ...cluster.services.map((service) => service.namespace),
      ]);
      const hint = didYouMean(namespace, names, 3);
      const message = `no namespace ${namespace} in the manifests`;
      return {
        value: inNamespace(namespace, asking),
        diagnostics: names.has(namespace)
          ? []
          : [
              {
                code: 'flow/unknown-name',
                severity: 'error',
                message,
                ...(hint === undefined ? {} : { hint }),
              },
            ],
      };
    }
    case 'side':
      return askedOfSide(term.side, place, world, asking);
  }
}

/** Asks about an address, or about all that a name may mean. */
function matcherOf(asked: Asked, world: World): (side: NamedAddress) => Match {
  const named = namedAddresses(world);
  return ({ address: text, name, side }) => {
    if (text !== '') {
      const address = parseAddress(text);
      return address === undefined ? 'maybe' : asked.address(address);
    }
    if (side.kind === 'node') {
      const node = world.book.hosts.get(side.name)?.node;
      return node === undefined ? asked.name(side) : agreed(node.addresses.map((one) => asked.address(one)));
    }
    const flowName = flowNameOf(name);
    const pods = side.kind === 'pod' && flowName !== undefined ? podsOfName(flowName, named) : [];
    return pods.length === 0 ? asked.name(side) : agreed(pods.map((pod) => asked.pod(pod)));
  };
}

/** Addresses in a range of the cluster that no object holds. */
function asking({ book, cluster }: World): Asking {
  const rangeOf = rangeFinder(knownRanges(cluster));
  return {
    book,
    isLost: (address) => !book.facts.has(addressKey(address)) && rangeOf(address) !== undefined,
  };
}

/**
 * One of the written sides, and none of those behind `!`; everybody when there are none. A name that means nothing is a diagnostic at its
 * place.
 */
export function sideMatcher(
  written: readonly WrittenSide[],
  place: Place,
  world: World,
): { readonly value: SideMatcher; readonly diagnostics: readonly Diagnostic[] } {
  const asked = written.length === 0 ? undefined : asking(world);
  const terms = written.map(({ term, isNegated, at }) => {
    const { value, diagnostics } = askedOf(term, place, world, asked!);
    return {
      matcher: matcherOf(value, world),
      isNegated,
      diagnostics: diagnostics.map((found) => ({ ...found, at })),
    };
  });
  const wanted = terms.filter(({ isNegated }) => !isNegated);
  const unwanted = terms.filter(({ isNegated }) => isNegated);
  const answerTo = (sides: readonly NamedAddress[]): Match =>
    both([
      wanted.length === 0 ? 'yes' : either(wanted.flatMap(({ matcher }) => sides.map(matcher))),
      ...unwanted.map(({ matcher }) => not(either(sides.map(matcher)))),
    ]);
  const remembered = new Map<string, Match>();
  return {
    value(...sides) {
      if (terms.length === 0) return 'yes';
      const key = sides.map(({ address, name }) => `${address} ${name}`).join(' ');
      const answer = remembered.get(key) ?? answerTo(sides);
      remembered.set(key, answer);
      return answer;
    },
    diagnostics: terms.flatMap(({ diagnostics }) => diagnostics),
  };
}
