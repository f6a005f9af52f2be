/**
 * Antrea: rules are conjunctions of flows. Equal conditions of all rules are one flow, a node hears of policies with pods on it alone;
 * peers are flows an address.
 *
 * Source: antrea-io/antrea pkg/agent/openflow/network_policy.go, pkg/agent/controller/networkpolicy/pod_reconciler.go,
 * docs/design/ovs-pipeline.md.
 */
import { type Cidr, cidrWithin, formatCidr, hostCidr } from '../../net/cidr.ts';
import type { NetworkPolicy, NetworkPolicyPort, NetworkPolicyRule } from '../../policy/api/network-policy.ts';
import type { Endpoint, LabelSet } from '../../policy/endpoints.ts';
import { DIRECTIONS, type Direction } from '../../policy/policy.ts';
import { type EngineCost, Tally } from './cost.ts';
import { type Ground, governingPolicies, type LocalNode, peerSelector, perGroup } from './ground.ts';
import { maskedPorts } from './port-masks.ts';

/** An action and two that count, for each conjunction and family. */
const FLOWS_A_CONJUNCTION = 3;

export function antreaCost(ground: Ground): EngineCost {
  const peersOf = peerFinder(ground);
  const policiesOf = perGroup(ground, (endpoint) => ({
    ingress: objectsOf(ground, endpoint, 'ingress'),
    egress: objectsOf(ground, endpoint, 'egress'),
  }));
  return {
    units: [{ figure: 'flows', unit: 'flows' }],
    nodes: ground.nodes.map((local) => {
      const tally = new Tally();
      for (const direction of DIRECTIONS)
        addDirection(tally, ground, local, {
          direction,
          policiesOf: (pod) => policiesOf(pod)[direction],
          peersOf,
        });
      return { node: local.name, parts: tally.parts };
    }),
    uses: [],
    notCounted: ['flows of the pipeline that stand whatever the policies are, policies of Antrea itself'],
    source: 'antrea-io/antrea pkg/agent/openflow/network_policy.go',
  };
}

function objectsOf(ground: Ground, endpoint: Endpoint, direction: Direction): readonly NetworkPolicy[] {
  return governingPolicies(ground, endpoint, direction).flatMap((policy) => ground.objectOf(policy) ?? []);
}

/** Addresses and blocks that a rule's peers mean, as text of blocks. */
interface Peers {
  readonly labelSets: readonly LabelSet[];
  readonly blocks: readonly string[];
}

type PeersOf = (policy: NetworkPolicy, rule: NetworkPolicyRule) => Peers;

function peerFinder(ground: Ground): PeersOf {
  const known = new Map<NetworkPolicyRule, Peers>();
  return ({ namespace }, rule) => {
    let found = known.get(rule);
    if (found === undefined) {
      found = {
        labelSets: rule.peers.flatMap((peer) =>
          peer.ipBlock === undefined ? ground.members(peerSelector(peer, namespace)).labelSets : [],
        ),
        blocks: rule.peers.flatMap(({ ipBlock }) =>
          ipBlock === undefined || !ground.families.includes(ipBlock.cidr.network.family)
            ? []
            : withoutBlocks(ipBlock.cidr, ipBlock.except).map(formatCidr),
        ),
      };
      known.set(rule, found);
    }
    return found;
  };
}

/** The fewest blocks that hold a block's addresses but those of the exceptions. */
export function withoutBlocks(cidr: Cidr, except: readonly Cidr[]): Cidr[] {
  const inside = except.filter((one) => cidrWithin(one, cidr));
  if (inside.length === 0) return except.some((one) => cidrWithin(cidr, one)) ? [] : [cidr];
  if (inside.some(({ prefixBits }) => prefixBits === cidr.prefixBits)) return [];
  return halvesOf(cidr).flatMap((half) =>
    withoutBlocks(
      half,
      inside.filter((one) => cidrWithin(one, half)),
    ),
  );
}

function halvesOf({ network, prefixBits }: Cidr): Cidr[] {
  const words: [number, number, number, number] = [...network.words];
  words[prefixBits >> 5] = (words[prefixBits >> 5]! | (1 << (31 - (prefixBits & 31)))) >>> 0;
  return [
    { network, prefixBits: prefixBits + 1 },
    { network: { ...network, words }, prefixBits: prefixBits + 1 },
  ];
}

interface Asked {
  readonly direction: Direction;
  readonly policiesOf: (endpoint: Endpoint) => readonly NetworkPolicy[];
  readonly peersOf: PeersOf;
}

function addDirection(tally: Tally, ground: Ground, { endpoints }: LocalNode, asked: Asked): void {
  const { direction, policiesOf, peersOf } = asked;
  const subjects = new Map<NetworkPolicy, Endpoint[]>();
  let [ruled, isolated] = [0, 0];
  for (const endpoint of endpoints) {
    const policies = policiesOf(endpoint);
    if (policies.length > 0) isolated++;
    if (policies.some((policy) => policy[direction].length > 0)) ruled++;
    for (const policy of policies) {
      const list = subjects.get(policy);
      if (list === undefined) subjects.set(policy, [endpoint]);
      else list.push(endpoint);
    }
  }
  const addresses = new Set<LabelSet>();
  const blocks = new Set<string>();
  const ports = new Set<string>();
  let conjunctions = 0;
  for (const [policy, local] of subjects)
    for (const rule of policy[direction]) {
      const peers = peersOf(policy, rule);
      for (const set of peers.labelSets) addresses.add(set);
      for (const block of peers.blocks) blocks.add(block);
      const groups = portGroups(rule, direction === 'ingress' ? local : namedPods(ground, rule, peers));
      conjunctions += groups.length;
      for (const port of groups.flat()) ports.add(port);
    }
  const families = ground.families.length;
  const flows = (part: string, count: number): void => tally.add('flows', `${direction}: ${part}`, count);
  flows('pods with rules', ruled);
  flows('drops of isolated pods', isolated);
  flows('addresses and blocks of peers', countAddresses(addresses, blocks));
  flows('ports', ports.size * families);
  flows('rules', conjunctions * FLOWS_A_CONJUNCTION * families);
}

/** An address that is both a pod's and a block of its own is one flow. */
function countAddresses(labelSets: ReadonlySet<LabelSet>, blocks: ReadonlySet<string>): number {
  let count = blocks.size;
  for (const { endpoints } of labelSets)
    for (const { addresses } of endpoints)
      for (const address of addresses)
        if (blocks.size === 0 || !blocks.has(formatCidr(hostCidr(address)))) count++;
  return count;
}

/** Pods whose ports a rule's names on egress are: the peers', or everybody's. */
function namedPods({ world }: Ground, rule: NetworkPolicyRule, { labelSets }: Peers): readonly Endpoint[] {
  if (!rule.ports.some(({ port }) => typeof port === 'string')) return [];
  return rule.peers.length === 0 ? world.book.endpoints : labelSets.flatMap(({ endpoints }) => endpoints);
}

/** Masked ports of a rule, one list for each way in which pods resolve its names: a conjunction each. */
function portGroups({ ports }: NetworkPolicyRule, pods: readonly Endpoint[]): string[][] {
  const numbered = ports.filter(({ port }) => typeof port !== 'string').flatMap(portTexts);
  const named = ports.filter(({ port }) => typeof port === 'string');
  if (named.length === 0) return [numbered];
  const groups = new Map<string, string[]>();
  for (const { namedPorts } of pods) {
    const resolved = named.flatMap(({ port, protocol }) =>
      namedPorts
        .filter((one) => one.name === port && one.protocol === protocol)
        .flatMap((one) => portTexts({ protocol, port: one.port })),
    );
    const all = [...new Set([...numbered, ...resolved])].sort();
    groups.set(all.join(), all);
  }
  return [...groups.values()];
}

function portTexts({ protocol, port, endPort }: NetworkPolicyPort): string[] {
  if (typeof port !== 'number') return [`${protocol}`];
  return maskedPorts({ first: port, last: endPort ?? port }).map(
    ({ first, size }) => `${protocol} ${first}/${size}`,
  );
}
