/** A Service whose pods let nobody in at its port: whoever dials it waits in vain. */
import { protocolName } from '../../net/protocol.ts';
import { podsBySelector, targetPortOf } from '../../policy/addresses/virtual-ports.ts';
import type { Pod, Service, ServicePort } from '../../policy/cluster.ts';
import type { Endpoint } from '../../policy/endpoints.ts';
import type { Policy, Rule } from '../../policy/policy.ts';
import { listed } from '../../policy/resolve/enforcement.ts';
import type { Check, Finding, Subject } from '../check.ts';
import { isWithin } from '../rule-ports.ts';

/** Whether a rule may let somebody in at a port: it is read by its port alone, peers may be anybody. */
function mayAdmit(
  { action, match: { protocol, notProtocols, destination } }: Rule,
  asked: number,
  port: number,
  name: string | undefined,
): boolean {
  if (action !== 'allow' && action !== 'pass') return false;
  if ((protocol ?? asked) !== asked || notProtocols?.includes(asked)) return false;
  if (destination.notPorts?.some((range) => isWithin(range, port))) return false;
  if (destination.ports === undefined && destination.namedPorts === undefined) return true;
  const isNamed = name !== undefined && destination.namedPorts?.includes(name) === true;
  return isNamed || (destination.ports ?? []).some((range) => isWithin(range, port));
}

/** Policies that isolate an endpoint for ingress, where none of their rules is about the port; none where one is, or nobody isolates. */
function refusing(endpoint: Endpoint, pod: Pod, port: ServicePort, { world }: Subject): Policy[] {
  const number = targetPortOf(pod, port);
  if (number === undefined) return [];
  const name = pod.ports.find((one) => one.port === number && one.protocol === port.protocol)?.name;
  const { tiers } = world.resolved.governing(endpoint, 'ingress');
  const policies = tiers.flatMap((tier) => tier.policies).filter(({ staged }) => !staged);
  const isOpen = tiers.every(({ endAction }) => endAction === 'pass');
  if (policies.length === 0 || isOpen) return [];
  const isAdmitted = policies.some(({ rules }) =>
    rules.ingress.some((rule) => mayAdmit(rule, port.protocol, number, name)),
  );
  return isAdmitted ? [] : policies;
}

function findingOf(
  service: Service,
  port: ServicePort,
  index: number,
  policies: readonly Policy[],
  { sources }: Subject,
): Finding {
  const names = [
    ...new Set(
      policies.map(({ kind, namespace, name }) => `${kind} ${[namespace, name].filter(Boolean).join('/')}`),
    ),
  ];
  const admitsOthers = policies.some(({ rules }) => rules.ingress.some(({ action }) => action === 'allow'));
  const { at, span } = sources.spot(service.at, ['spec', 'ports', index, 'port']);
  return {
    at,
    span,
    message: `nobody is let in at port ${protocolName(port.protocol)} ${port.port} of Service ${service.namespace}/${service.name}: ${listed(names)} ${names.length === 1 ? 'isolates' : 'isolate'} its pods and no rule is about target port ${port.targetPort}`,
    suggestion: `allow ingress at port ${port.targetPort} of the pods`,
    related: policies
      .slice(0, 3)
      .map(({ kind, name, at: place }) => ({ at: place, message: `${kind} ${name}` })),
    // Where nothing at all is let in that is what somebody wrote.
    ...(admitsOthers ? {} : { severity: 'note' as const }),
  };
}

export const SERVICE_REFUSED: Check = {
  code: 'lint/service-refused',
  severity: 'warning',
  title: 'nobody is let in at a port of a Service',
  *find(subject) {
    const { cluster, book } = subject.world;
    const podsOf = podsBySelector(cluster.pods);
    const endpointOf = new Map(book.endpoints.map((endpoint) => [endpoint.pod, endpoint]));
    for (const service of cluster.services) {
      const pods = podsOf(service).filter((pod) => endpointOf.has(pod));
      for (const [index, port] of service.ports.entries()) {
        const policies = pods.map((pod) => refusing(endpointOf.get(pod)!, pod, port, subject));
        if (policies.length > 0 && policies.every(({ length }) => length > 0))
          yield findingOf(service, port, index, policies[0]!, subject);
      }
    }
  },
};
