/**
 * Deciders as Calico writes them: strings of flow logs in both spellings, hits of Whisker, and the prefixes of its log rules
 * (`trace/nflog-prefix.ts`). A decision is the last hit that is not staged; those before it passed the packet on.
 *
 * Source: projectcalico/calico felix/calc/policy_lookup_cache.go, felix/types/policy_id.go (short kinds), goldmane/proto/api.proto;
 * docs.tigera.io, flow log data types.
 */
import type { JsonObject } from './flow-format.ts';
import { objectAt, textAt } from './json-value.ts';
import { NO_DECIDER, type ObservedDecider } from './observed-decider.ts';
import { wholeOf } from './record-values.ts';

/** Kinds by the short names that newer releases use. */
const KINDS: Readonly<Record<string, string>> = {
  np: 'NetworkPolicy',
  gnp: 'GlobalNetworkPolicy',
  snp: 'StagedNetworkPolicy',
  sgnp: 'StagedGlobalNetworkPolicy',
  sknp: 'StagedKubernetesNetworkPolicy',
  knp: 'KubernetesNetworkPolicy',
  kcnp: 'KubernetesClusterNetworkPolicy',
  kanp: 'KubernetesAdminNetworkPolicy',
  kbanp: 'KubernetesBaselineAdminNetworkPolicy',
  pro: 'Profile',
};

/** The same by the numbers and names of Goldmane. `NetworkPolicy` is Kubernetes' own there. */
const GOLDMANE_KINDS: readonly string[] = [
  '',
  'CalicoNetworkPolicy',
  'GlobalNetworkPolicy',
  'StagedNetworkPolicy',
  'StagedGlobalNetworkPolicy',
  'StagedKubernetesNetworkPolicy',
  'NetworkPolicy',
  'AdminNetworkPolicy',
  'BaselineAdminNetworkPolicy',
  'Profile',
  'EndOfTier',
  'ClusterNetworkPolicy',
];
const GOLDMANE_ACTIONS: readonly string[] = ['', 'allow', 'deny', 'pass'];

const PROFILE_TIER = '__PROFILE__';
const NO_MATCH = '__NO_MATCH__';
const STAGED = 'staged:';
const KUBERNETES = 'knp.default.';
/** Tiers of the cluster-wide policies of Kubernetes. */
const TIER_END = -1;
/** A rule that the data plane could not tell. */
const RULE_UNKNOWN = -2;

/** One station of a packet's path. */
export interface Hit {
  readonly decider: ObservedDecider;
  /** Allow, deny, pass, in lower case. */
  readonly action: string;
}

/** True for one that is only tried out: it decides nothing. */
export function isStaged({ kind }: ObservedDecider): boolean {
  return kind.startsWith('Staged');
}

/** As users know a policy: stored names of the default tier have the tier before them. */
const userName = (name: string, tier: string): string =>
  tier === 'default' && name.startsWith('default.') ? name.slice('default.'.length) : name;

/** `[namespace/]name` split. */
function splitName(text: string): { namespace: string; name: string } {
  const slash = text.indexOf('/');
  return { namespace: slash < 0 ? '' : text.slice(0, slash), name: text.slice(slash + 1) };
}

/** A name of an older release, where the kind must be told from its shape: `ns/tier.staged:name`, `ns/knp.default.name`, `tier.name`. */
export function legacyDecider(text: string, tier: string, rule: number | null): ObservedDecider {
  const { namespace, name: full } = splitName(text);
  const staged = full.includes(STAGED) ? 'Staged' : '';
  const name = full.replace(STAGED, '');
  const tierOf = (): string => tier || (/^([^.]+)\./.exec(name)?.[1] ?? '');
  if (name.startsWith(`${PROFILE_TIER}.`))
    return { ...NO_DECIDER, kind: 'Profile', policy: name.slice(PROFILE_TIER.length + 1), rule };
  if (name.startsWith(KUBERNETES))
    return {
      tier: tier || 'default',
      kind: `${staged}KubernetesNetworkPolicy`,
      namespace,
      policy: name.slice(KUBERNETES.length),
      rule,
    };
  const kind = `${staged}${namespace === '' ? 'GlobalNetworkPolicy' : 'NetworkPolicy'}`;
  return { tier: tierOf(), kind, namespace, policy: userName(name, tierOf()), rule };
}

/** A policy by the short name of its kind; undefined for a kind that is not known. */
export function shortDecider(
  short: string,
  text: string,
  tier: string,
  rule: number | null,
): ObservedDecider | undefined {
  const kind = KINDS[short];
  if (kind === undefined) return undefined;
  const { namespace, name } = splitName(text);
  if (kind !== 'Profile') return { tier, kind, namespace, policy: userName(name, tier), rule };
  return { ...NO_DECIDER, kind, policy: text === NO_MATCH ? '' : text, rule };
}

/** A rule's position; null when it is not told, or is none. */
export function ruleOf(text: string | undefined): number | null {
  if (text === undefined || !/^-?\d+$/.test(text)) return null;
  const rule = Number(text);
  return rule <= RULE_UNKNOWN || !Number.isSafeInteger(rule) ? null : rule;
}

/** One string of a flow log, `<index>|<tier>|<name>|<action>|<rule>`, the rule missing in older ones; undefined when it is none. */
function hitOfString(text: string): (Hit & { readonly index: number }) | undefined {
  const parts = text.split('|');
  const [index, tier, name, action, rule] = parts;
  if (parts.length < 4 || parts.length > 5 || wholeOf(index, 0xffff) === undefined) return undefined;
  const tierName = tier === PROFILE_TIER ? '' : tier!;
  const colon = name!.indexOf(':');
  const decider =
    name === '*'
      ? NO_DECIDER
      : ((colon < 0
          ? undefined
          : shortDecider(name!.slice(0, colon), name!.slice(colon + 1), tierName, ruleOf(rule))) ??
        legacyDecider(name!, tierName, ruleOf(rule)));
  return { index: Number(index), decider, action: action!.toLowerCase() };
}

/** Who decided by the strings of a record, which are in no order. */
export function deciderOfStrings(list: unknown): ObservedDecider {
  if (!Array.isArray(list)) return NO_DECIDER;
  const hits = list.flatMap((text) => (typeof text === 'string' ? (hitOfString(text) ?? []) : []));
  return decisive(hits.sort((a, b) => a.index - b.index));
}

/** The last hit that is not staged, when it decided. */
function decisive(hits: readonly Hit[]): ObservedDecider {
  const last = hits.findLast(({ decider }) => !isStaged(decider));
  return last === undefined || last.action === 'pass' ? NO_DECIDER : last.decider;
}

const kindOfHit = (hit: JsonObject): string => {
  const { kind } = hit;
  const name = typeof kind === 'number' ? (GOLDMANE_KINDS[kind] ?? '') : (textAt(hit, 'kind') ?? '');
  if (name === 'CalicoNetworkPolicy') return 'NetworkPolicy';
  return /^(Network|ClusterNetwork|AdminNetwork|BaselineAdminNetwork)Policy$/.test(name)
    ? `Kubernetes${name}`
    : name;
};

const actionOfHit = ({ action }: JsonObject): string =>
  typeof action === 'number' ? (GOLDMANE_ACTIONS[action] ?? '') : String(action ?? '').toLowerCase();

/** A hit of Whisker or Goldmane. The end of a tier is blamed on a policy that selects the endpoint: its trigger. */
function hitOfObject(hit: JsonObject): Hit {
  const kind = kindOfHit(hit);
  const tier = textAt(hit, 'tier') ?? '';
  const namespace = (textAt(hit, 'namespace') ?? '').replace(/^-$/, '');
  const name = textAt(hit, 'name') ?? '';
  const action = actionOfHit(hit);
  if (kind === 'EndOfTier') {
    const blamed = hitOfObject(objectAt(hit, 'trigger')).decider;
    return { decider: { ...blamed, tier: tier || blamed.tier, rule: TIER_END }, action };
  }
  // Protobuf leaves out a zero, so that rule 0 may be missing where numbers stand for names.
  const rule = ruleOf(textAt(hit, 'rule_index') ?? (typeof hit.kind === 'number' ? '0' : undefined));
  if (kind === 'Profile') return { decider: { ...NO_DECIDER, kind, policy: name, rule }, action };
  return { decider: { tier, kind, namespace, policy: userName(name, tier), rule }, action };
}

/** Who decided by the hits of a record, in their order. */
export function deciderOfHits(list: unknown): ObservedDecider {
  if (!Array.isArray(list)) return NO_DECIDER;
  const hits = list.filter((hit): hit is JsonObject => typeof hit === 'object' && hit !== null);
  const position = (hit: JsonObject): number => Number(hit.policy_index ?? 0) || 0;
  return decisive([...hits].sort((a, b) => position(a) - position(b)).map(hitOfObject));
}
