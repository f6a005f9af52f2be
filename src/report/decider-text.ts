/** Who decided, in words. */
import type { DeciderNames } from '../analysis/decider.ts';
import type { OpenNames } from '../analysis/open-document.ts';
import type { ObservedBy } from '../analysis/replay/observed-document.ts';
import { visible } from '../output/visible.ts';
import type { Terms } from './style.ts';

/** `NetworkPolicy shop/db`, or `profile kns.shop`. */
export function policyText({
  kind,
  namespace,
  policy,
}: Pick<DeciderNames, 'kind' | 'namespace' | 'policy'>): string {
  if (policy === '') return '';
  const name = namespace === '' ? policy : `${namespace}/${policy}`;
  return visible(kind === 'Profile' ? `profile ${name}` : `${kind} ${name}`);
}

const REASON_WORDS: Readonly<Record<string, string>> = {
  none: 'nobody refuses it',
  established: 'belongs to an allowed connection',
  related: 'belongs to an allowed connection',
  'denied-connection': 'belongs to a denied connection',
  self: 'an endpoint to itself, never policed',
  'host-to-local': 'from the node that runs the pod, never policed',
  'endpoint-to-host': 'to the node that runs the pod, never policed',
  'no-endpoint': 'no pod on either side, nobody polices it',
  untracked: 'neighbour discovery, never policed',
  failsafe: 'a failsafe port, never cut off its host',
  invalid: 'belongs to no connection',
  'table-full': 'finds no room in the table of connections',
  spoofed: 'came by the interface of a pod that is neither its source nor its destination',
  'unknown-interface': 'came by the interface of a pod that no WorkloadEndpoint names',
  'workload-encap': 'tunnel packets from a pod are dropped',
  'no-profile': 'no profile allows it',
  'backends-differ': 'the backends of the service differ',
  'pods-differ': 'the endpoints behind a name differ',
  'missing-field': 'what the record leaves out would decide',
  domain: 'it may be an address of a domain name; give the addresses with --resolve',
};

/** What the tiers are that stand for policies of Kubernetes and Cilium, to those who know no tiers. */
const TIERS: Readonly<Record<string, string>> = {
  default: 'policies that select it',
  'kube-admin': 'ClusterNetworkPolicies of tier Admin',
  'kube-baseline': 'ClusterNetworkPolicies of tier Baseline',
  adminnetworkpolicy: 'AdminNetworkPolicies',
  baselineadminnetworkpolicy: 'the BaselineAdminNetworkPolicy',
  'cilium-deny': "deny rules of Cilium's policies",
};

/** `tier security`, or what stands behind its name. */
export function tierText(tier: string, terms: Terms | undefined): string {
  return (terms === 'kubernetes' ? TIERS[tier] : undefined) ?? `tier ${visible(tier)}`;
}

/** ` in tier security`; nothing for the default tier, where most policies are, and where nobody knows tiers. */
function tierWords({ tier }: DeciderNames, terms: Terms | undefined): string {
  if (terms === 'kubernetes') return '';
  return tier === '' || tier === 'default' ? '' : ` in tier ${visible(tier)}`;
}

/** What the end of a tier did, in the name of the policy that is blamed. */
function tierEndText(verdict: string, decider: DeciderNames, terms: Terms | undefined): string {
  const what =
    verdict === 'deny' ? 'isolates it, no rule allows this' : 'has no rule for it, its tier passes';
  return `${policyText(decider)}${tierWords(decider, terms)} ${what}`;
}

/** A pod's packet to its own node: egress policy lets it through, then the node's own setting has the last word. */
function toHostText(verdict: string, decider: DeciderNames, terms: Terms | undefined): string {
  if (terms === 'kubernetes') return `${policyText(decider)} allows it`;
  const what = verdict === 'deny' ? 'drops' : 'accepts';
  return `${policyText(decider)} allows it, DefaultEndpointToHostAction ${what} it`;
}

/**
 * Who decided by the word of a trace, to be put behind the verdict: `by rule 2 of NetworkPolicy shop/web`, `at the end of tier default`; ''
 * for nobody. A rule that the manifests do not know is counted as Calico does.
 */
export function observedByText(by: ObservedBy): string {
  const { tier, kind, namespace, policy, rule, calico_rule } = by;
  const named = policyText({ kind, namespace, policy });
  if (kind === 'drop reason') return named;
  if (kind === 'Profile') return policy === '' ? 'no profile allows it' : `by ${named}`;
  if (calico_rule === -1) {
    const blamed = named === '' ? '' : `, ${named}`;
    return tier === '' ? `no rule of ${named} allows it` : `at the end of tier ${visible(tier)}${blamed}`;
  }
  if (named === '') return '';
  const index = rule ?? calico_rule;
  const counted = rule === null ? ' as Calico counts' : '';
  const inTier = tier === '' || tier === 'default' ? '' : ` in tier ${visible(tier)}`;
  return `by ${index === null ? '' : `rule ${index}${counted} of `}${named}${inTier}${by.also === 0 ? '' : ` or ${by.also} more that it names`}`;
}

/** Why a verdict came about that nobody decided. */
export function bareReasonText(reason: string): string {
  return REASON_WORDS[reason] ?? reason;
}

/** Where the decider stands, or the sentence that leaves the answer open. */
export function placeText({ location }: DeciderNames, open: OpenNames | undefined): string {
  return open?.source ?? location;
}

/** Why a verdict came about: `ingress: rule 0 of NetworkPolicy shop/db`, `ingress: no rule of ... allows it`. */
export function reasonText(
  verdict: string,
  reason: string,
  decider: DeciderNames,
  { open, terms }: { readonly open?: OpenNames | undefined; readonly terms?: Terms | undefined } = {},
): string {
  const policy = policyText(decider);
  const side = decider.hook === 'none' ? '' : `${decider.hook}: `;
  if (verdict === 'unspecified' && open !== undefined) return `${side}left open: ${open.says}`;
  if (verdict === 'unspecified')
    return `${side}the Kubernetes API leaves it open; --cni calico says what Calico does`;
  if (terms === 'kubernetes' && decider.kind === 'Profile' && verdict === 'allow')
    return `${side}no policy isolates it`;
  if (reason === 'endpoint-to-host' && policy !== '') return side + toHostText(verdict, decider, terms);
  if (reason === 'workload-encap' && decider.hook === 'host-ingress')
    return `${side}tunnel packets that no node sent are dropped`;
  if (reason === 'cni' && policy === '')
    return `${side}the CNI ${verdict === 'deny' ? 'drops' : 'accepts'} it whatever the policies say`;
  if (policy === '') return `${side}${bareReasonText(reason)}`;
  if (decider.rule === -1 && decider.kind !== 'Profile') return side + tierEndText(verdict, decider, terms);
  const rule = decider.rule === null || decider.kind === 'Profile' ? '' : `rule ${decider.rule} of `;
  const extra = reason === 'untracked' ? 'its connection is not tracked' : REASON_WORDS[reason];
  return `${side}${rule}${policy}${tierWords(decider, terms)}${extra === undefined ? '' : `; ${extra}`}`;
}
