/** Host endpoints without failsafe ports, or rules about ports that are failsafe and so are never asked. */
import { protocolName } from '../../net/protocol.ts';
import { TCP } from '../../net/protocol-layout.ts';
import { type FailsafePort, felixOf } from '../../policy/api/felix.ts';
import type { Endpoint } from '../../policy/endpoints.ts';
import type { Policy, Rule } from '../../policy/policy.ts';
import { enforces } from '../../policy/resolve/enforcement.ts';
import type { Check, Finding, Subject } from '../check.ts';
import { isWithin, portSpot } from '../rule-ports.ts';

/** What a node is lost without. Source: Calico's defaults of FailsafeInboundHostPorts; Kubernetes, Ports and Protocols. */
const NEEDED: readonly (readonly [port: number, of: string])[] = [
  [22, 'ssh'],
  [179, 'BGP'],
  [6443, 'the API server'],
  [10250, 'the kubelet'],
];

const enforced = (endpoint: Endpoint, { world }: Subject): Policy[] =>
  (world.resolved.governing(endpoint, 'ingress')?.tiers ?? [])
    .flatMap(({ policies }) => policies)
    .filter(({ staged }) => !staged);

const isAbout = ({ match: { protocol, destination } }: Rule, port: number): boolean =>
  (protocol ?? TCP) === TCP &&
  (destination.ports === undefined || destination.ports.some((range) => isWithin(range, port)));

/** Ports that a node needs and that nothing lets in any more. */
function lostPorts(policies: readonly Policy[], failsafe: readonly FailsafePort[]): string[] {
  return NEEDED.filter(
    ([port]) =>
      !failsafe.some((one) => one.protocol === TCP && one.port === port) &&
      !policies.some(({ rules }) =>
        rules.ingress.some((rule) => rule.action !== 'log' && rule.action !== 'deny' && isAbout(rule, port)),
      ),
  ).map(([port, of]) => `${port} (${of})`);
}

/** The failsafe port that a deny is about alone; undefined where there is more to it. */
function failsafeDenied(rule: Rule, failsafe: readonly FailsafePort[]): FailsafePort | undefined {
  const { protocol, destination } = rule.match;
  if (rule.action !== 'deny' || destination.ports?.length !== 1) return undefined;
  const [range] = destination.ports;
  return failsafe.find(
    (one) =>
      one.net === undefined &&
      one.protocol === protocol &&
      range!.first === one.port &&
      range!.last === one.port,
  );
}

function* lockedOut(endpoint: Endpoint, subject: Subject): Generator<Finding> {
  const { cluster } = subject.world;
  const felix = felixOf(cluster.felix, endpoint.nodeName);
  const policies = enforced(endpoint, subject);
  // What the default of Felix leaves out is nobody's slip.
  if (policies.length === 0 || felix.failsafeInbound.length > 0) return;
  const lost = lostPorts(policies, felix.failsafeInbound);
  if (lost.length === 0) return;
  yield {
    at: endpoint.hostEndpoint!.at,
    span: endpoint.name.length,
    message: `there are no failsafe ports and no policy of host endpoint ${endpoint.name} lets in tcp ${lost.join(', ')}`,
    suggestion: 'keep failsafe ports until policies let them in: a node may be beyond reach',
    related: (cluster.felix.sources?.configurations ?? []).map(({ at, name }) => ({
      at,
      message: `FelixConfiguration ${name}`,
    })),
  };
}

function* neverAsked(endpoint: Endpoint, told: Set<Rule>, subject: Subject): Generator<Finding> {
  const { failsafeInbound } = felixOf(subject.world.cluster.felix, endpoint.nodeName);
  for (const policy of enforced(endpoint, subject))
    for (const rule of policy.rules.ingress) {
      const port = told.has(rule) ? undefined : failsafeDenied(rule, failsafeInbound);
      if (port === undefined) continue;
      told.add(rule);
      const written = { policy, direction: 'ingress', index: rule.index, rules: [rule] } as const;
      const { at, span } = portSpot(written, port.port, subject);
      yield {
        at,
        span,
        message: `port ${protocolName(port.protocol)} ${port.port} is failsafe: packets to it are let in before ${policy.name} is asked`,
        suggestion: 'take it out of failsafeInboundHostPorts of the FelixConfiguration if it is to be denied',
      };
    }
}

export const FAILSAFE_PORTS: Check = {
  code: 'lint/failsafe-ports',
  severity: 'warning',
  title: 'failsafe ports and policies of host endpoints do not fit each other',
  *find(subject) {
    if (!enforces(subject.world.profile, 'Calico')) return;
    const told = new Set<Rule>();
    for (const endpoint of subject.world.book.endpoints) {
      if (endpoint.kind !== 'host') continue;
      yield* lockedOut(endpoint, subject);
      yield* neverAsked(endpoint, told, subject);
    }
  },
};
