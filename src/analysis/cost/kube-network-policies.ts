/**
 * kube-network-policies: a fixed number of rules sends first packets to a program that reads policies one after the other. What grows is
 * the reading.
 *
 * Source: kubernetes-sigs/kube-network-policies pkg/dataplane/controller.go, pkg/networkpolicy/networkpolicy.go, engine.go.
 */
import { DIRECTIONS } from '../../policy/policy.ts';
import { type EngineCost, Tally } from './cost.ts';
import { addressCounts, type Ground, governingPolicies } from './ground.ts';

/** Rules of nftables by hook; about as many whatever the options. */
const RULES = [
  ['POSTROUTING', 13],
  ['INPUT', 3],
  ['PREROUTING', 6],
] as const;

export function kubeNetworkPoliciesCost(ground: Ground): EngineCost {
  const byNamespace = new Map<string, { policies: number; rules: number }>();
  for (const { namespace, rules } of ground.policies) {
    const known = byNamespace.get(namespace) ?? { policies: 0, rules: 0 };
    known.policies++;
    known.rules += Math.max(rules.ingress.length, rules.egress.length);
    byNamespace.set(namespace, known);
  }
  return {
    units: [
      { figure: 'lines', unit: 'nftables rules' },
      { figure: 'members', unit: 'set members' },
      { figure: 'scanned_policies', unit: 'policies read a side', adds: false },
    ],
    nodes: ground.nodes.map(({ name, endpoints }) => {
      const tally = new Tally();
      for (const [hook, rules] of RULES) tally.add('lines', hook, rules);
      const selected = endpoints.filter((pod) =>
        DIRECTIONS.some((direction) => governingPolicies(ground, pod, direction).length > 0),
      );
      const counts = addressCounts(selected);
      for (const family of ground.families) tally.add('members', 'pods with policy', counts[family], family);
      const most = endpoints.reduce(
        (longest, { namespace }) => Math.max(longest, byNamespace.get(namespace)?.policies ?? 0),
        0,
      );
      tally.add('scanned_policies', "of the pod's namespace", most);
      return { node: name, parts: tally.parts };
    }),
    uses: [],
    notCounted: [
      'the queue of first packets holds 1,024: how full it is hangs on traffic (kubernetes-sigs/kube-network-policies pkg/dataplane/controller.go)',
    ],
    source: 'kubernetes-sigs/kube-network-policies pkg/dataplane/controller.go, pkg/networkpolicy',
  };
}
