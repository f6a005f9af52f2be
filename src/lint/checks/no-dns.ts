/** Pods that are isolated for egress and may reach something, but may not ask for its name. */
import { TCP, UDP } from '../../net/protocol-layout.ts';
import type { Endpoint } from '../../policy/endpoints.ts';
import { judge } from '../../policy/judge/judge.ts';
import type { Governed, Policy, Rule } from '../../policy/policy.ts';
import { listed } from '../../policy/resolve/enforcement.ts';
import type { Check, Finding, Subject } from '../check.ts';
import { DNS_PORT, DNS_PORTS, type DnsServer, dnsServers } from '../dns.ts';
import { isWithin } from '../rule-ports.ts';

const policiesOf = ({ tiers }: Governed): Policy[] =>
  tiers.flatMap(({ policies }) => policies.filter(({ staged }) => !staged));

const allowed = (governed: Governed): Rule[] =>
  policiesOf(governed).flatMap(({ rules }) => rules.egress.filter(({ action }) => action === 'allow'));

/** Whether a rule lets packets of a protocol to port 53 out to anybody at all. */
function letsOut({ match: { protocol, notProtocols, destination } }: Rule, asked: number): boolean {
  if (protocol !== undefined && protocol !== asked) return false;
  if (notProtocols?.includes(asked)) return false;
  const { ports, namedPorts, notPorts } = destination;
  if (notPorts?.some((range) => isWithin(range, DNS_PORT))) return false;
  if (ports === undefined && namedPorts === undefined) return true;
  // What a name is may be known to nobody here: it is taken to be the port.
  return namedPorts !== undefined || ports!.some((range) => DNS_PORTS.some((port) => isWithin(range, port)));
}

/** Whether an endpoint may ask one of the servers, or where none is known anybody. */
function mayAsk(
  endpoint: Endpoint,
  governed: Governed,
  protocol: number,
  servers: readonly DnsServer[],
  subject: Subject,
): boolean {
  const { world } = subject;
  if (servers.length === 0) return allowed(governed).some((rule) => letsOut(rule, protocol));
  return endpoint.addresses.some((source) =>
    servers.some(
      ({ address: destination }) =>
        destination.family === source.family &&
        judge({ source, destination, protocol, destinationPort: DNS_PORT }, world).verdict !== 'deny',
    ),
  );
}

/** Whether something is allowed that is reached by a name: all but blocks of addresses. */
const needsNames = (governed: Governed): boolean =>
  allowed(governed).some(({ match: { destination } }) => destination.nets === undefined);

/** The policy that is blamed: one without rules of egress, as those that isolate a whole namespace are, else the first. */
function blamed(governed: Governed): Policy {
  const policies = policiesOf(governed).filter(({ types, isolates }) => (isolates ?? types).egress);
  return policies.find(({ rules }) => rules.egress.length === 0) ?? policies[0]!;
}

/** Isolated endpoints by the policy that is blamed. */
function refused(protocol: number, servers: readonly DnsServer[], subject: Subject): Map<Policy, Endpoint[]> {
  const { world } = subject;
  const found = new Map<Policy, Endpoint[]>();
  const answers = new Map<Governed, boolean>();
  const dns = new Set(servers.length === 0 ? [] : servers.map(({ name }) => name));
  for (const endpoint of world.book.endpoints) {
    if (endpoint.kind !== 'workload' || endpoint.addresses.length === 0) continue;
    if (dns.has(`pod ${endpoint.namespace}/${endpoint.name}`)) continue;
    const governed = world.resolved.governing(endpoint, 'egress');
    if (policiesOf(governed).length === 0 || !needsNames(governed)) continue;
    const known = answers.get(governed) ?? mayAsk(endpoint, governed, protocol, servers, subject);
    answers.set(governed, known);
    if (known) continue;
    const policy = blamed(governed);
    found.set(policy, [...(found.get(policy) ?? []), endpoint]);
  }
  return found;
}

function* findings(subject: Subject): Generator<Finding> {
  const servers = dnsServers(subject.world);
  const udp = refused(UDP, servers, subject);
  const tcp = refused(TCP, servers, subject);
  const whom = servers.length === 0 ? 'anybody' : servers[0]!.name;
  const names = (endpoints: readonly Endpoint[]): string =>
    listed(endpoints.map(({ namespace, name }) => `${namespace}/${name}`));
  for (const [policy, endpoints] of udp)
    yield {
      at: policy.at,
      span: policy.name.length,
      message: `${names(endpoints)} may reach others but not ask ${whom} for their names: no rule allows udp 53`,
      suggestion: "allow egress to UDP 53 and TCP 53 of the cluster's DNS",
    };
  for (const [policy, endpoints] of tcp) {
    const only = endpoints.filter((endpoint) => !(udp.get(policy) ?? []).includes(endpoint));
    if (only.length === 0) continue;
    yield {
      at: policy.at,
      span: policy.name.length,
      message: `${names(only)} may ask ${whom} for names over UDP only: long answers are asked for again over TCP`,
      suggestion: 'allow TCP 53 beside UDP 53',
      severity: 'note',
    };
  }
}

export const NO_DNS: Check = {
  code: 'lint/no-dns',
  severity: 'warning',
  title: 'pods that are isolated for egress may not ask for names',
  find: findings,
};
