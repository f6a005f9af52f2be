/**
 * Peers of a NetworkPolicy's rule → one side of a rule of the model. CNIs part where blocks of addresses hold pods, where a block has
 * exceptions and another one beside it, and in what they make of selectors.
 *
 * Source: projectcalico/calico libcalico-go/lib/backend/k8s/conversion/conversion.go (k8sPeerToCalicoFields); the CNIs' own: ../cni/.
 */
import { type Cidr, cidrOf } from '../../net/cidr.ts';
import type { LabelSelector, NetworkPolicyPeer } from '../api/network-policy.ts';
import type { TranslationKnobs } from '../cni/profile.ts';
import type { EntityMatch } from '../policy.ts';
import { conjunction, inNamespace, namespaceSelector, podSelector } from './label-selector.ts';

export type PeerKind = 'anyone' | 'pods' | 'block';

export function peerKind(peer: NetworkPolicyPeer | undefined): PeerKind {
  if (peer === undefined) return 'anyone';
  return peer.ipBlock === undefined ? 'pods' : 'block';
}

/** Keeps the first selector of each text, where a CNI knows selectors by their text. */
export type SelectorsByText = Map<string, NetworkPolicyPeer>;

/** What a peer of a rule means. `beside`: all peers of the rule, itself among them. */
export function peerMatchOf(
  peer: NetworkPolicyPeer,
  beside: readonly NetworkPolicyPeer[],
  namespace: string,
  { knobs, byText }: { readonly knobs: TranslationKnobs; readonly byText: SelectorsByText },
): EntityMatch {
  if (peer.ipBlock !== undefined)
    return knobs.ipBlocks === 'own-namespace'
      ? { selector: conjunction([inNamespace(namespace), podSelector(undefined)]) }
      : blockMatch(peer.ipBlock, beside, knobs);
  if (knobs.selectors === 'segments') return segmentMatch(peer, namespace, knobs);
  const { podSelector: pods, namespaceSelector: namespaces } =
    knobs.selectors === 'string-keyed' ? firstOfText(peer, namespace, byText) : peer;
  const where = namespaces === undefined ? inNamespace(namespace) : namespaceSelector(namespaces);
  return { selector: conjunction([where, podSelector(pods)]) };
}

/** The label by which a pod has a segment, and the one by which a peer names a namespace: the defaults of Romana's listener. */
const SEGMENT = 'romana.io/segment';
const TENANT = 'namespace';

/** What of a selector of pods the CNI looks at. */
export function seenLabels(
  selector: LabelSelector,
  { selectors }: Pick<TranslationKnobs, 'selectors'>,
): LabelSelector {
  if (selectors !== 'segments') return selector;
  const segment = selector.matchLabels[SEGMENT];
  return { matchLabels: segment ? { [SEGMENT]: segment } : {}, matchExpressions: [] };
}

/** Source: romana/core listener/translate.go (makeNextIngressPeer), listener/listener.go. */
function segmentMatch(peer: NetworkPolicyPeer, namespace: string, knobs: TranslationKnobs): EntityMatch {
  const { podSelector: pods, namespaceSelector: namespaces } = peer;
  const where = inNamespace(namespaces?.matchLabels[TENANT] || namespace);
  return {
    selector: conjunction([where, podSelector(pods === undefined ? undefined : seenLabels(pods, knobs))]),
  };
}

type Block = NonNullable<NetworkPolicyPeer['ipBlock']>;

function blockMatch(
  block: Block,
  beside: readonly NetworkPolicyPeer[],
  knobs: TranslationKnobs,
): EntityMatch {
  const nets = knobs.anyV6 === 'gua-and-fd00' && isAnyV6(block.cidr) ? GUA_AND_FD00 : [block.cidr];
  const notNets = exceptsOf(block, beside, knobs.exceptScope);
  return {
    nets,
    ...(notNets.length === 0 ? {} : { notNets }),
    ...(knobs.ipBlocks === 'outside' ? { isOutside: true } : {}),
  };
}

/** Whether the block is all of IPv6. */
const isAnyV6 = ({ network, prefixBits }: Cidr): boolean => network.family === 6 && prefixBits === 0;

/** Global unicast, and the half of the unique local addresses that is in use. */
const GUA_AND_FD00: readonly Cidr[] = [
  cidrOf({ family: 6, words: [0x2000_0000, 0, 0, 0] }, 3),
  cidrOf({ family: 6, words: [0xfd00_0000, 0, 0, 0] }, 8),
];

/**
 * The exceptions that a block knows. In one set with all blocks of the rule and its family an exception also holds for the others: where
 * the longest prefix wins, for those that are shorter.
 */
function exceptsOf(
  { cidr, except }: Block,
  beside: readonly NetworkPolicyPeer[],
  scope: TranslationKnobs['exceptScope'],
): readonly Cidr[] {
  if (scope === 'block') return except;
  const all = beside
    .flatMap(({ ipBlock }) => ipBlock?.except ?? [])
    .filter(({ network }) => network.family === cidr.network.family);
  return scope === 'rule' ? all : all.filter(({ prefixBits }) => prefixBits > cidr.prefixBits);
}

/** The peer whose selectors were the first to be spelt like this one's, labels of namespaces and of pods in one text. */
function firstOfText(
  peer: NetworkPolicyPeer,
  namespace: string,
  byText: SelectorsByText,
): Pick<NetworkPolicyPeer, 'podSelector' | 'namespaceSelector'> {
  if (peer.namespaceSelector === undefined || peer.podSelector === undefined) return peer;
  const text = `${namespace} ${selectorText(peer.namespaceSelector)}${selectorText(peer.podSelector)}`;
  const first = byText.get(text);
  if (first === undefined) byText.set(text, peer);
  return first ?? peer;
}

function selectorText({ matchLabels, matchExpressions }: LabelSelector): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key} in (${value})`);
  const expressions = matchExpressions.map(
    ({ key, operator, values }) => `${key} ${operator} (${values.join()})`,
  );
  return [...labels, ...expressions].sort().join(',');
}
