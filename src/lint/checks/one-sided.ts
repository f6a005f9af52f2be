/** A rule that lets two ends talk where the policies of the other end do not: both must, so nothing is gained by the rule. */
import type { Address } from '../../net/address.ts';
import { SCTP, TCP, UDP } from '../../net/protocol-layout.ts';
import type { Decision } from '../../policy/decision.ts';
import type { Endpoint } from '../../policy/endpoints.ts';
import { judge } from '../../policy/judge/judge.ts';
import { DIRECTIONS, type Direction, type Policy, type Rule } from '../../policy/policy.ts';
import type { Check, Finding, Subject } from '../check.ts';
import { labelSpotAt } from '../policy-places.ts';
import { declaredPorts } from '../rule-ports.ts';
import { mayTakeOthers } from '../selector-slip.ts';

/** Ends of a kind that are tried; they are one of each label set. */
const TRIED = 6;
/** Ports of an end that are tried where the rule names none. */
const PORTS_TRIED = 4;

/** Ports at which a rule lets an endpoint be reached. */
function portsAt(
  endpoint: Endpoint,
  { match: { protocol, destination } }: Rule,
): { protocol: number; port: number }[] {
  const asked = protocol ?? TCP;
  if (![TCP, UDP, SCTP].includes(asked)) return [];
  const { ports = [], namedPorts = [] } = destination;
  if (ports.length > 0) return [{ protocol: asked, port: ports[0]!.first }];
  const own = declaredPorts(endpoint).filter((port) => protocol === undefined || port.protocol === protocol);
  const meant = namedPorts.length === 0 ? own : own.filter(({ name = '' }) => namedPorts.includes(name));
  return meant.slice(0, PORTS_TRIED);
}

/** Addresses of one family for both ends. */
function addressesOf(source: Endpoint, destination: Endpoint): [Address, Address] | undefined {
  for (const from of source.addresses)
    for (const to of destination.addresses) if (from.family === to.family) return [from, to];
  return undefined;
}

/** What becomes of all that a rule is about, as far as it was tried; undefined once something gets through, or fails at this end. */
function refusals(
  rule: Rule,
  direction: Direction,
  policy: Policy,
  subject: Subject,
): Decision[] | undefined {
  const { inventory, world } = subject;
  const { source, destination } = rule.match;
  const peer = direction === 'ingress' ? source.selector : destination.selector;
  // Peers that are in no manifest may let it through.
  if (peer === undefined || inventory.networkSetsOf(peer).length > 0 || mayTakeOthers(peer, inventory))
    return undefined;
  const ends = (selector: Policy['selector']): Endpoint[] =>
    inventory
      .labelSetsOf(selector)
      .slice(0, TRIED)
      .map(({ endpoints }) => endpoints[0]!);
  const [own, others] = [ends(policy.selector), ends(peer)];
  const otherHook = direction === 'ingress' ? 'egress' : 'ingress';
  const found: Decision[] = [];
  for (const mine of own)
    for (const other of others) {
      const [from, to] = direction === 'ingress' ? [other, mine] : [mine, other];
      const addresses = from === to ? undefined : addressesOf(from, to);
      if (addresses === undefined) continue;
      for (const { protocol, port } of portsAt(to, rule)) {
        const packet = { source: addresses[0], destination: addresses[1], protocol, destinationPort: port };
        const decision = judge(packet, world);
        if (decision.verdict !== 'deny' || decision.hook !== otherHook) return undefined;
        found.push(decision);
      }
    }
  // Not all ends were tried: the others may get through.
  if (inventory.labelSetsOf(policy.selector).length > TRIED || inventory.labelSetsOf(peer).length > TRIED)
    return undefined;
  return found;
}

function findingOf(
  policy: Policy,
  rule: Rule,
  direction: Direction,
  decisions: readonly Decision[],
  { sources }: Subject,
): Finding {
  const decider = decisions[0]!.decider?.policy;
  const { at, span } = labelSpotAt(sources, rule.at, undefined);
  const who =
    decider === undefined
      ? 'their own policies'
      : `${decider.kind} ${[decider.namespace, decider.name].filter(Boolean).join('/')}`;
  return {
    at,
    span,
    message:
      direction === 'egress'
        ? `${policy.name} lets its pods out to these peers, and none of them lets them in: ${who} refuses`
        : `${policy.name} lets these peers in, and none of them may go out to its pods: ${who} refuses`,
    suggestion: `allow it in ${direction === 'egress' ? 'their ingress' : 'their egress'} too, or take the rule away`,
    ...(decider === undefined
      ? {}
      : { related: [{ at: decider.at, message: `${decider.kind} ${decider.name}` }] }),
  };
}

export const ONE_SIDED: Check = {
  code: 'lint/one-sided',
  severity: 'warning',
  title: 'a rule allows what the policies of the other end refuse',
  *find(subject) {
    for (const policy of subject.world.resolved.policies) {
      if (policy.staged) continue;
      const told = new Set<string>();
      for (const direction of DIRECTIONS)
        for (const rule of policy.rules[direction]) {
          const key = `${rule.at.line}:${rule.at.column}`;
          if (rule.action !== 'allow' || told.has(key)) continue;
          const decisions = refusals(rule, direction, policy, subject);
          if (decisions === undefined || decisions.length === 0) continue;
          told.add(key);
          yield findingOf(policy, rule, direction, decisions, subject);
        }
    }
  },
};
