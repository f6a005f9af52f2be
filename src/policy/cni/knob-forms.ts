/**
 * What a knob can be set to, for those who read profiles at run time. Whoever adds a knob to `Knobs`, or a word to one, cannot compile
 * without saying so here; schemas/cni-profile.v1.json follows, which a test holds.
 */
import type { Knobs, PodGuard, PolicyApi } from './profile.ts';

/** The words of a knob as keys: none can be missing, and none be too many. */
type Words<Value extends string> = Readonly<Record<Value, true>>;

/** Of any knob. */
export type KnobForm =
  | { readonly kind: 'word' | 'apis'; readonly words: Readonly<Record<string, true>> }
  | { readonly kind: 'protocols' | 'guards' };

/** One of some words; or a list of policy APIs, of protocols, of what pods are spared or refused. */
type FormOf<Value> = [Value] extends [string]
  ? WordForm<Value>
  : [Value] extends [readonly PolicyApi[]]
    ? { readonly kind: 'apis'; readonly words: Words<PolicyApi> }
    : [Value] extends [readonly number[]]
      ? { readonly kind: 'protocols' }
      : [Value] extends [readonly PodGuard[]]
        ? { readonly kind: 'guards' }
        : never;

interface WordForm<Value extends string> {
  readonly kind: 'word';
  readonly words: Words<Value>;
}

function one<Value extends string>(words: Words<Value>): WordForm<Value> {
  return { kind: 'word', words };
}

/** Every knob, in the order of `Knobs`. */
export const KNOB_FORMS: { readonly [Knob in keyof Knobs]: FormOf<Knobs[Knob]> } = {
  enforces: {
    kind: 'apis',
    words: {
      NetworkPolicy: true,
      ClusterNetworkPolicy: true,
      AdminNetworkPolicy: true,
      BaselineAdminNetworkPolicy: true,
      Calico: true,
      Cilium: true,
    },
  },
  policyTypes: one({ listed: true, 'rules-imply': true, 'isolate-only': true, 'ingress-only': true }),
  isolation: one({ 'selected-pods': true, 'annotated-namespaces': true }),
  directions: one({ both: true, 'either-within-policy': true }),
  selectors: one({ full: true, 'string-keyed': true, segments: true }),
  podLabels: one({ all: true, identity: true }),
  namedPorts: one({ resolve: true, 'open-policy': true }),
  ipBlocks: one({ 'all-addresses': true, outside: true, 'own-namespace': true }),
  exceptScope: one({ block: true, 'rule-longest-prefix': true, rule: true }),
  anyV6: one({ exact: true, 'gua-and-fd00': true, stops: true }),
  portRanges: one({ range: true, 'first-only': true }),
  namedIngress: one({ 'per-pod': true, never: true }),
  namedEgressNoPeer: one({ 'per-pod': true, 'own-namespace-numbers': true }),
  namedEgress: one({ 'per-pod': true, 'cluster-unique': true }),
  namedPortBehindIpBlock: one({ resolve: true, never: true, unspecified: true }),
  namedUnresolved: one({ 'no-match': true, 'all-ports-for-pod-peers': true }),
  initContainerPorts: one({ named: true, ignored: true, containers: true }),
  portProtocols: { kind: 'protocols' },
  portScope: one({ rule: true, policy: true }),
  rulelessPolicies: one({ 'admit-nothing': true, 'drop-all': true }),
  equalOrders: one({ 'by-name': true, unspecified: true }),
  adminPolicies: one({ api: true, calico: true }),
  otherProtocolsUnderIsolation: one({ rules: true, unspecified: true }),
  hostNetworkPods: one({ node: true, unspecified: true }),
  podToOwnNode: one({ policy: true, allow: true }),
  hairpin: one({ enforce: true, 'skip-ingress': true, exempt: true, broken: true, unspecified: true }),
  serviceDestination: one({ 'after-dnat': true, unspecified: true }),
  nodePortSource: one({ client: true, unspecified: true }),
  nodePortFromAfar: one({ 'entry-node': true, client: true, 'world-identity': true }),
  remoteNodes: one({ 'own-address': true, 'gateway-address': true }),
  ownNodePort: one({ enforce: true, exempt: true }),
  podGuards: { kind: 'guards' },
  workloadInterfaces: one({ guarded: true, open: true }),
  workloadEncapsulation: one({ deny: true, 'deny-ipip': true, policy: true }),
  established: one({ keep: true, recheck: true, 'recheck-transport': true, unspecified: true }),
  newPodIngress: one({ closed: true, open: true }),
  newPodEgress: one({ closed: true, open: true }),
  agentStopped: one({ 'as-before': true, open: true }),
  invalidPackets: one({ drop: true, policy: true, unspecified: true }),
  refusal: one({ drop: true, reject: true }),
};
