/**
 * A namespaceSelector and a podSelector as two items of a list, where one item with both was likely meant: the two together admit
 * every pod of the namespaces, and pods of the policy's own namespace.
 */
import type { LabelSelector, NetworkPolicy, NetworkPolicyPeer } from '../../policy/api/network-policy.ts';
import {
  conjunction,
  inNamespace,
  namespaceSelector,
  podSelector,
} from '../../policy/translate/label-selector.ts';
import type { Check, Finding, Subject } from '../check.ts';
import { networkPolicyRules, type PlacedRule } from '../network-policy-rules.ts';

const isEmpty = ({ matchLabels, matchExpressions }: LabelSelector): boolean =>
  Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;

interface Split {
  readonly namespaces: LabelSelector;
  readonly pods: LabelSelector;
  /** Position of the item of pods. */
  readonly place: number;
}

/** Neighbours of which one has namespaces alone and the other pods alone. */
function splitsOf(peers: readonly NetworkPolicyPeer[]): Split[] {
  return peers.slice(1).flatMap((second, index) => {
    const pair = [peers[index]!, second];
    const ofNamespaces = pair.find(
      (peer) => peer.namespaceSelector !== undefined && peer.podSelector === undefined,
    );
    const ofPods = pair.find(
      (peer) => peer.podSelector !== undefined && peer.namespaceSelector === undefined,
    );
    if (ofNamespaces === undefined || ofPods === undefined) return [];
    return [
      {
        namespaces: ofNamespaces.namespaceSelector!,
        pods: ofPods.podSelector!,
        place: index + pair.indexOf(ofPods),
      },
    ];
  });
}

/** Why the two were likely meant as one; undefined where nothing says so. */
function evidence(
  { namespaces, pods }: Split,
  policy: NetworkPolicy,
  { inventory }: Subject,
): string | undefined {
  if (isEmpty(namespaces)) return 'the other item takes every pod of every namespace already';
  if (isEmpty(pods) || !inventory.hasEndpoints) return undefined;
  const own = conjunction([podSelector(pods), inNamespace(policy.namespace)]);
  if (inventory.labelSetsOf(own).length > 0) return undefined;
  const both = conjunction([podSelector(pods), namespaceSelector(namespaces)]);
  if (inventory.labelSetsOf(both).length === 0) return undefined;
  return `no pod of namespace ${policy.namespace} is such a one, and in those namespaces there are some`;
}

function findingOf(split: Split, placed: PlacedRule, subject: Subject): Finding {
  const { policy, direction, path, peersField } = placed;
  const why = evidence(split, policy, subject);
  const { at, span } = subject.sources.spot(
    policy.at,
    [...path, peersField, split.place, 'podSelector'],
    'key',
  );
  const admits = direction === 'ingress' ? 'lets in' : 'lets out to';
  return {
    at,
    span,
    message: `namespaceSelector and podSelector are two items: the rule ${admits} every pod of those namespaces, and such pods of namespace ${policy.namespace}${why === undefined ? '' : `; ${why}`}`,
    suggestion: 'if such pods of those namespaces are meant, take away the "- " before the second selector',
    ...(why === undefined ? { severity: 'note' as const } : {}),
  };
}

export const SPLIT_SELECTORS: Check = {
  code: 'lint/split-selectors',
  severity: 'warning',
  title: 'a namespaceSelector and a podSelector are two peers where one was likely meant',
  *find(subject) {
    for (const placed of networkPolicyRules(subject))
      for (const split of splitsOf(placed.rule.peers)) yield findingOf(split, placed, subject);
  },
};
