/**
 * A block of addresses that holds pods, nodes or Services. Whether a block matches a pod hangs on the CNI, a Service's address is
 * gone before policies are asked, and pods change their addresses.
 */
import { formatAddress } from '../../net/address.ts';
import { type Cidr, cidrContains, cidrWithin, formatCidr } from '../../net/cidr.ts';
import type { Direction, EntityMatch, Policy, Rule } from '../../policy/policy.ts';
import type { Check, Finding, Subject } from '../check.ts';
import { cidrsMeet, podRanges } from '../cluster-ranges.ts';
import { portSpot, type WrittenRule, writtenRules } from '../rule-ports.ts';

/** Blocks that are this wide mean the world, and everybody knows that the cluster lies in it. */
const WIDE = { 4: 8, 6: 16 } as const;

interface Ground {
  readonly pods: readonly Cidr[];
  readonly subject: Subject;
}

type Found = Pick<Finding, 'message' | 'suggestion' | 'severity'>;

/** A block that lies among the pods. */
function amongPods(block: Cidr, { subject }: Ground): Found {
  const { profile, book } = subject.world;
  const text = formatCidr(block);
  if (profile.ipBlocks === 'outside')
    return {
      message: `${text} lies among the pods, and blocks of ${profile.name} match no pod: nobody is meant`,
      suggestion: 'select the pods by their labels',
    };
  const holders = book.endpoints.filter(({ addresses }) =>
    addresses.some((address) => cidrContains(block, address)),
  );
  const isOne = block.prefixBits === (block.network.family === 4 ? 32 : 128);
  const [holder] = holders;
  if (isOne && holder !== undefined)
    return {
      message: `${text} is the address of pod ${holder.namespace}/${holder.name} for as long as that runs`,
      suggestion: 'select the pod by its labels: others will have the address',
    };
  return {
    message: `${text} lies among the pods: whoever gets an address there is meant, in whichever namespace`,
    suggestion: 'select pods by their labels; other CNIs match no pod by a block',
  };
}

/** A block that holds addresses of Services and no pods. */
function amongServices(block: Cidr, direction: Direction, { subject, pods }: Ground): Found | undefined {
  const { world } = subject;
  if (pods.some((range) => cidrsMeet(range, block)) || block.prefixBits < WIDE[block.network.family])
    return undefined;
  const service = world.cluster.services.find(({ clusterIPs }) =>
    clusterIPs.some((address) => cidrContains(block, address)),
  );
  if (service === undefined) return undefined;
  const address = service.clusterIPs.find((one) => cidrContains(block, one))!;
  const name = `${service.namespace}/${service.name}`;
  const isSeen = world.profile.serviceDestination === 'after-dnat';
  if (direction === 'ingress')
    return {
      message: `${formatCidr(block)} holds the address of Service ${name} (${formatAddress(address)}): no packet comes from there`,
      suggestion: 'select the pods that send: a Service only receives',
    };
  if (!isSeen)
    return {
      message: `${formatCidr(block)} holds the address of Service ${name} (${formatAddress(address)}): whether policies see it or the pods behind is left to the CNI`,
      suggestion: 'select the pods behind the Service',
      severity: 'note',
    };
  return {
    message: `${formatCidr(block)} holds the address of Service ${name} (${formatAddress(address)}): policies see the pods behind it, so the block does not match them`,
    suggestion: 'select the pods behind the Service',
  };
}

/** A wide block that the cluster's pods lie in. */
function aroundPods(block: Cidr, entity: EntityMatch, { pods, subject }: Ground): Found | undefined {
  const inside = pods.filter((range) => cidrWithin(range, block));
  const left = inside.filter((range) => !(entity.notNets ?? []).some((except) => cidrWithin(range, except)));
  if (left.length === 0) return undefined;
  const ranges = left.map(formatCidr).slice(0, 3).join(', ');
  const { profile } = subject.world;
  if (profile.ipBlocks === 'outside')
    return {
      message: `${formatCidr(block)} holds the pods too (${ranges}), which blocks of ${profile.name} do not match`,
      suggestion: 'add a peer by labels if pods are meant too',
      severity: 'note',
    };
  return {
    message: `${formatCidr(block)} holds the pods too (${ranges}): all of them are meant`,
    suggestion: `list them in except if only the outside is meant`,
    severity: 'note',
  };
}

/** The address of a node, where blocks match none. */
function ofNode(block: Cidr, { subject }: Ground): Found | undefined {
  const { profile, cluster } = subject.world;
  if (profile.ipBlocks !== 'outside' || block.prefixBits < WIDE[block.network.family]) return undefined;
  const node = cluster.nodes.find(({ addresses }) =>
    addresses.some((address) => cidrContains(block, address)),
  );
  if (node === undefined) return undefined;
  return {
    message: `${formatCidr(block)} holds the address of node ${node.name}, which blocks of ${profile.name} do not match`,
    suggestion:
      'name nodes in a CiliumNetworkPolicy: by an entity (host, remote-node), or by fromNodes and toNodes',
  };
}

function foundOf(block: Cidr, entity: EntityMatch, direction: Direction, ground: Ground): Found | undefined {
  if (ground.pods.some((range) => cidrWithin(block, range))) return amongPods(block, ground);
  return (
    amongServices(block, direction, ground) ?? ofNode(block, ground) ?? aroundPods(block, entity, ground)
  );
}

function* inRule(written: WrittenRule, rule: Rule, ground: Ground, told: Set<string>): Generator<Finding> {
  const entity = written.direction === 'ingress' ? rule.match.source : rule.match.destination;
  for (const block of entity.nets ?? []) {
    const key = `${formatCidr(block)} ${rule.at.line}:${rule.at.column}`;
    if (told.has(key)) continue;
    told.add(key);
    const found = foundOf(block, entity, written.direction, ground);
    if (found === undefined) continue;
    const spot = portSpot({ ...written, rules: [rule] }, formatCidr(block), ground.subject);
    yield { at: spot.at, span: spot.span, ...found };
  }
}

/** NetworkPolicies, and others' that name blocks as they do. */
const namesBlocks = ({ placement }: Policy): boolean => placement === 'normal';

export const IP_BLOCK_IN_CLUSTER: Check = {
  code: 'lint/ip-block-in-cluster',
  severity: 'warning',
  title: 'a block of addresses holds pods, nodes or Services of the cluster',
  *find(subject) {
    const ground = { pods: podRanges(subject.world.cluster), subject };
    for (const policy of subject.world.resolved.policies.filter(namesBlocks)) {
      const told = new Set<string>();
      for (const written of writtenRules(policy))
        for (const rule of written.rules) yield* inRule(written, rule, ground, told);
    }
  },
};
