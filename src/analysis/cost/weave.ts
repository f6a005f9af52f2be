/**
 * Weave Net's policy controller: every policy of the cluster stands on every node, as lines over sets of selectors. IPv4 only.
 *
 * Source: weaveworks/weave npc/namespace.go, npc/analyser.go, npc/rule.go, npc/selector.go, npc/ipblock.go, net/ipset/ipset.go.
 */
import { formatCidr } from '../../net/cidr.ts';
import type {
  LabelSelector,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyRule,
} from '../../policy/api/network-policy.ts';
import { DIRECTIONS, type Direction } from '../../policy/policy.ts';
import {
  conjunction,
  inNamespace,
  namespaceSelector,
  podSelector,
} from '../../policy/translate/label-selector.ts';
import { printSelector } from '../../selector/print.ts';
import { type EngineCost, Largest, Tally } from './cost.ts';
import { type Ground, peerSelector } from './ground.ts';

const STATIC_LINES = 14;
const NAMESPACE_LINES = 3;
/** An egress rule marks the packet and returns. */
const LINES: Readonly<Record<Direction, number>> = { ingress: 1, egress: 2 };

/** What all policies of the cluster come to: sets by name with their members. */
interface Written {
  lines: number;
  readonly sets: Map<string, number>;
  readonly lists: Map<string, number>;
}

export function weaveCost(ground: Ground): EngineCost {
  const written: Written = { lines: 0, sets: new Map(), lists: new Map() };
  const { namespaces } = ground.world.seen;
  for (const name of namespaces.keys()) addNamespace(written, ground, name);
  const byNamespace = new Map<string, Set<string>>();
  for (const policy of ground.policies) {
    const object = ground.objectOf(policy);
    if (object === undefined) continue;
    let lines = byNamespace.get(object.namespace);
    if (lines === undefined) {
      lines = new Set();
      byNamespace.set(object.namespace, lines);
    }
    addPolicy(written, ground, object, lines);
  }
  const members = [...written.sets.values()].reduce((sum, size) => sum + size, 0);
  const listed = [...written.lists.values()].reduce((sum, size) => sum + size, 0);
  const tally = new Tally();
  tally.add('lines', 'static', STATIC_LINES, 4);
  tally.add('lines', 'namespaces', NAMESPACE_LINES * namespaces.size, 4);
  tally.add('lines', 'policies', written.lines, 4);
  tally.add('sets', 'sets of addresses', written.sets.size, 4);
  tally.add('sets', 'lists of namespaces', written.lists.size, 4);
  tally.add('members', 'addresses and exceptions', members, 4);
  tally.add('members', 'namespaces in lists', listed, 4);
  return {
    units: [
      { figure: 'lines', unit: 'iptables rules' },
      { figure: 'sets', unit: 'IP sets' },
      { figure: 'members', unit: 'set members' },
    ],
    nodes: ground.nodes.map(({ name }) => ({ node: name, parts: tally.parts })),
    uses: usesOf(written),
    notCounted: ['policies that are refused for a named port: nothing of them is written'],
    source: 'weaveworks/weave npc/namespace.go, npc/analyser.go, npc/selector.go',
  };
}

function usesOf({ sets, lists }: Written): EngineCost['uses'] {
  const largest = new Largest({
    limit: 'IP set',
    unit: 'members',
    most: 65_536,
    source: 'ipset(8), maxelem of hash types; weaveworks/weave net/ipset/ipset.go (Create gives none)',
  });
  const longest = new Largest({
    limit: 'list of namespaces',
    unit: 'members',
    most: 1024,
    source: 'weaveworks/weave prog/weave-npc/main.go, net/ipset/ipset.go (maxListSize)',
  });
  for (const [name, size] of sets) largest.see(size, name);
  for (const [name, size] of lists) longest.see(size, name);
  return [largest.use, longest.use];
}

/** Two sets of pods that no policy selects, one of all. */
function addNamespace({ sets }: Written, ground: Ground, name: string): void {
  const pods = ground
    .members(inNamespace(name))
    .labelSets.flatMap(({ endpoints }) => endpoints.filter(({ kind }) => kind === 'workload'));
  const of4 = pods.filter(({ addresses }) => addresses.some(({ family }) => family === 4));
  for (const direction of DIRECTIONS) {
    const open = of4.filter((pod) => ground.world.resolved.governing(pod, direction).tiers.length === 0);
    sets.set(`${direction}-default-allow of ${name}`, open.length);
  }
  sets.set(podsName(name, NO_LABELS), of4.length);
}

const NO_LABELS: LabelSelector = { matchLabels: {}, matchExpressions: [] };

const podsName = (namespace: string, pods: LabelSelector): string =>
  `pods of ${namespace} with ${printSelector(podSelector(pods))}`;

/** Lines of a namespace's policies that are alike are one. */
function addPolicy(written: Written, ground: Ground, policy: NetworkPolicy, lines: Set<string>): void {
  const { sets } = written;
  const { namespace, podSelector: subjects } = policy;
  const target = podsName(namespace, subjects);
  if (!sets.has(target)) sets.set(target, ground.subjects(policy).counts[4]);
  for (const direction of DIRECTIONS)
    for (const rule of policy[direction]) {
      const peers = writtenPeers(rule);
      const names =
        rule.peers.length === 0 ? [''] : peers.map((peer) => addPeer(written, ground, peer, namespace));
      for (const peer of names)
        for (const port of portNames(rule)) {
          const key = `${direction} ${target} | ${peer} | ${port}`;
          if (lines.has(key)) continue;
          lines.add(key);
          written.lines += LINES[direction];
        }
      // A block of IPv6 ends the writing of the policy.
      if (peers.length < rule.peers.length) return;
    }
}

/** Those before the first block of IPv6. */
function writtenPeers({ peers }: NetworkPolicyRule): readonly NetworkPolicyPeer[] {
  const end = peers.findIndex(({ ipBlock }) => ipBlock?.cidr.network.family === 6);
  return end < 0 ? peers : peers.slice(0, end);
}

function portNames({ ports }: NetworkPolicyRule): readonly string[] {
  return ports.length === 0 ? [''] : ports.map(({ protocol, port }) => `${protocol} ${port ?? ''}`);
}

/** What a peer is called in lines; its set is put in. */
function addPeer(
  { sets, lists }: Written,
  ground: Ground,
  peer: NetworkPolicyPeer,
  namespace: string,
): string {
  const { ipBlock, podSelector: pods, namespaceSelector: namespaces } = peer;
  if (ipBlock !== undefined) {
    const block = formatCidr(ipBlock.cidr);
    if (ipBlock.except.length === 0) return block;
    const excepts = ipBlock.except.map(formatCidr).sort().join(' ');
    sets.set(`exceptions of ${namespace}: ${excepts}`, ipBlock.except.length);
    return `${block} without ${excepts}`;
  }
  if (namespaces === undefined) {
    const name = podsName(namespace, pods ?? NO_LABELS);
    if (!sets.has(name)) sets.set(name, ground.members(peerSelector(peer, namespace)).counts[4]);
    return name;
  }
  const where = namespaceSelector(namespaces);
  if (pods === undefined) {
    const name = `namespaces with ${printSelector(where)}`;
    if (!lists.has(name)) {
      const found = ground.members(where).labelSets.map((set) => set.namespace);
      lists.set(name, new Set(found).size);
    }
    return name;
  }
  const both = conjunction([where, podSelector(pods)]);
  const name = `pods with ${printSelector(both)}`;
  if (!sets.has(name)) sets.set(name, ground.members(both).counts[4]);
  return name;
}
