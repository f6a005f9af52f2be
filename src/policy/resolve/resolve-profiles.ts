/**
 * The profiles that endpoints have: a namespace's allows everything, a service account's only lends labels, Profile
 * objects say what they say, and a name that nobody knows denies everything.
 *
 * Source: projectcalico/calico libcalico-go/lib/backend/k8s/conversion/conversion.go (NamespaceToProfile),
 * libcalico-go/lib/resources/static.go, felix/calc/active_rules_calculator.go (DummyDropRules).
 */
import type { Location } from '../../diagnostic/diagnostic.ts';
import { NAMESPACE_PROFILE, SERVICE_ACCOUNT_PROFILE } from '../addresses/effective-labels.ts';
import type { Cluster } from '../cluster.ts';
import type { AddressBook } from '../endpoints.ts';
import type { Profile, Rule } from '../policy.ts';
import { fromCalicoProfile } from '../translate/from-calico-profile.ts';

/** Where a rule stands that no manifest holds. */
const NOWHERE: Location = { file: '', line: 0, column: 0 };

/** What host endpoints have that Calico makes itself. */
const DEFAULT_ALLOW = 'projectcalico-default-allow';

/** By name, for every profile that some endpoint has. */
export function profilesOf(cluster: Cluster, book: AddressBook): Map<string, Profile> {
  const profileOf = profileFinder(cluster, book);
  const profiles = new Map<string, Profile>();
  for (const { endpoints } of book.labelSets)
    for (const name of endpoints[0]!.profiles) if (!profiles.has(name)) profiles.set(name, profileOf(name));
  return profiles;
}

/** The profile of any name. */
export function profileFinder(
  cluster: Cluster,
  book: Pick<AddressBook, 'labelSets'>,
): (name: string) => Profile {
  const written = new Map(cluster.profiles.map((profile) => [profile.name, profile]));
  // A namespace of a pod exists, whether or not a manifest of it is there.
  const namespaces = new Set([
    ...cluster.namespaces.keys(),
    ...book.labelSets.map(({ namespace }) => namespace),
  ]);
  return (name) => {
    const profile = written.get(name);
    return profile === undefined ? builtIn(name, namespaces, cluster) : fromCalicoProfile(profile);
  };
}

function builtIn(name: string, namespaces: ReadonlySet<string>, cluster: Cluster): Profile {
  const both = (rules: readonly Rule[]): Profile => ({ name, rules: { ingress: rules, egress: rules } });
  if (name === DEFAULT_ALLOW) return both([everything('allow', NOWHERE)]);
  if (name.startsWith(SERVICE_ACCOUNT_PROFILE)) return both([]);
  if (name.startsWith(NAMESPACE_PROFILE)) {
    const namespace = name.slice(NAMESPACE_PROFILE.length);
    if (namespaces.has(namespace))
      return both([everything('allow', cluster.namespaces.get(namespace)?.at ?? NOWHERE)]);
  }
  return both([everything('deny', NOWHERE)]);
}

function everything(action: 'allow' | 'deny', at: Location): Rule {
  return { action, match: { source: {}, destination: {} }, index: 0, calicoIndex: 0, at };
}
