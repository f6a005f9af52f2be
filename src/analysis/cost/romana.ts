/**
 * Romana: a policy with pods on the node is up to three chains, in which targets, peers and ports each stand once. A policy without an
 * ingress rule ends the writing: then there is none on any node with pods of it.
 *
 * Source: romana/core pkg/policytools/blueprint.go, iterator.go, validate.go, agent/enforcer/enforcer.go, listener/translate.go.
 */
import type { NetworkPolicy } from '../../policy/api/network-policy.ts';
import { type EngineCost, Tally } from './cost.ts';
import { type Ground, sumOf } from './ground.ts';

const CHAINS_A_POLICY = 3;
/** A pod's segment. */
const SEGMENT = 'romana.io/segment';

export function romanaCost(ground: Ground): EngineCost {
  const policies = ground.world.seen.networkPolicies.filter(({ staged }) => staged !== true);
  const isAborted = policies.some(({ ingress }) => ingress.length === 0);
  const segments = new Map<string, Set<string>>();
  for (const { kind, namespace, labels } of ground.world.book.endpoints) {
    if (kind !== 'workload') continue;
    const known = segments.get(namespace) ?? new Set();
    segments.set(namespace, known.add(labels[SEGMENT] ?? ''));
  }
  const pairs = [...segments.values()].reduce((sum, { size }) => sum + size, 0);
  return {
    units: [
      { figure: 'lines', unit: 'iptables rules' },
      { figure: 'chains', unit: 'chains' },
      { figure: 'sets', unit: 'IP sets' },
    ],
    nodes: ground.nodes.map(({ name, endpoints }) => {
      const local = new Set(endpoints.map(({ namespace }) => namespace));
      const rendered = isAborted ? [] : policies.filter(({ namespace }) => local.has(namespace));
      const tally = new Tally();
      tally.add('lines', 'jumps of targets', rendered.length, 4);
      tally.add('lines', 'peers', sumOf(rendered, peerLines), 4);
      tally.add('lines', 'ports', sumOf(rendered, portLines), 4);
      tally.add('chains', 'policies', CHAINS_A_POLICY * rendered.length, 4);
      tally.add('sets', 'tenants', segments.size, 4);
      tally.add('sets', 'segments', pairs, 4);
      tally.add('sets', 'blocks of the node', 1, 4);
      return { node: name, parts: tally.parts };
    }),
    uses: [],
    notCounted: [
      'policies written in the words of Romana, which alone have peers that are blocks of addresses',
    ],
    source: 'romana/core pkg/policytools/blueprint.go, iterator.go, agent/enforcer/enforcer.go',
  };
}

const peerLines = ({ ingress }: NetworkPolicy): number =>
  sumOf(ingress, ({ peers }) => Math.max(1, peers.length));

const portLines = ({ ingress }: NetworkPolicy): number =>
  sumOf(ingress, ({ ports }) => Math.max(1, ports.length));
