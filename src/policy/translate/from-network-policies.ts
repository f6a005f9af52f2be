/**
 * All NetworkPolicies of a cluster, as a CNI translates them: by namespace and name, so that what the first of them settles does not
 * hang on the order of the manifests.
 */
import { selectorMatches } from '../../selector/match.ts';
import type { NetworkPolicy } from '../api/network-policy.ts';
import type { Cluster, Namespace } from '../cluster.ts';
import type { TranslationKnobs } from '../cni/profile.ts';
import type { AddressBook } from '../endpoints.ts';
import type { Policy } from '../policy.ts';
import { fromNetworkPolicy, isolationOf, type TranslationContext } from './from-network-policy.ts';
import type { NumbersOfName } from './network-policy-ports.ts';

/** The policies of the model; what the CNI refuses whole is left out. */
export function fromNetworkPolicies(
  policies: readonly NetworkPolicy[],
  knobs: TranslationKnobs,
  book: Pick<AddressBook, 'labelSets'>,
  namespaces: Cluster['namespaces'],
): Policy[] {
  const context: TranslationContext = {
    knobs,
    numbersOf: numberFinder(book),
    byText: new Map(),
    isShut: shutters(policies, knobs).length > 0,
  };
  const heeded = policies.filter(({ namespace }) => isHeeded(namespaces.get(namespace), knobs));
  const own = [...heeded].sort(byName).flatMap((policy) => fromNetworkPolicy(policy, context) ?? []);
  return [...own, ...isolations(namespaces, knobs)];
}

/** Policies for which the CNI writes no rule of any policy. */
export function shutters(
  policies: readonly NetworkPolicy[],
  { rulelessPolicies }: TranslationKnobs,
): readonly NetworkPolicy[] {
  if (rulelessPolicies === 'admit-nothing') return [];
  return policies.filter(({ staged, ingress }) => staged !== true && ingress.length === 0);
}

/** Whether policies of a namespace mean anything to the CNI. */
export function isHeeded(
  namespace: Namespace | undefined,
  { isolation }: Pick<TranslationKnobs, 'isolation'>,
): boolean {
  return isolation === 'selected-pods' || namespace?.defaultDeny === true;
}

/** What isolates the pods of annotated namespaces, whatever policies there are. */
function isolations(namespaces: Cluster['namespaces'], { isolation }: TranslationKnobs): Policy[] {
  if (isolation === 'selected-pods') return [];
  return [...namespaces.values()]
    .filter(({ defaultDeny }) => defaultDeny === true)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(isolationOf);
}

/** Whether what a policy means to the CNI hangs on other policies, or on the ports of pods. */
export function hangsTogether({
  selectors,
  namedEgress,
  namedEgressNoPeer,
  namedUnresolved,
  isolation,
  rulelessPolicies,
}: TranslationKnobs): boolean {
  return (
    isolation === 'annotated-namespaces' ||
    rulelessPolicies === 'drop-all' ||
    selectors === 'string-keyed' ||
    namedEgress === 'cluster-unique' ||
    namedEgressNoPeer === 'own-namespace-numbers' ||
    namedUnresolved === 'all-ports-for-pod-peers'
  );
}

function byName(a: NetworkPolicy, b: NetworkPolicy): number {
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** Looks at the pods when first asked, and once for each name. */
export function numberFinder({ labelSets }: Pick<AddressBook, 'labelSets'>): NumbersOfName {
  const known = new Map<string, { readonly at: (typeof labelSets)[number]; readonly port: number }[]>();
  const givers = (name: string, protocol: number) => {
    const key = `${protocol} ${name}`;
    let found = known.get(key);
    if (found === undefined) {
      found = labelSets.flatMap((at) =>
        at.endpoints.flatMap(({ kind, namedPorts }) =>
          namedPorts
            .filter((port) => kind === 'workload' && port.name === name && port.protocol === protocol)
            .map(({ port }) => ({ at, port })),
        ),
      );
      known.set(key, found);
    }
    return found;
  };
  return ({ name, protocol, namespace, selector }) => {
    const taken = givers(name, protocol).filter(
      ({ at }) =>
        (namespace === undefined || at.namespace === namespace) &&
        (selector === undefined || selectorMatches(selector, at.labels)),
    );
    return [...new Set(taken.map(({ port }) => port))].sort((a, b) => a - b);
  };
}
