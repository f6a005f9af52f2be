/** Policies of the whole cluster that isolate the pods which serve DNS and let nobody ask them: every name of the cluster is gone. */
import { UDP } from '../../net/protocol-layout.ts';
import type { Endpoint } from '../../policy/endpoints.ts';
import { judge } from '../../policy/judge/judge.ts';
import type { Policy, Rule } from '../../policy/policy.ts';
import { onePolicyEach } from '../../policy/policy-group.ts';
import {
  NAME_LABEL,
  NAMESPACE_LABEL,
  NAMESPACE_PREFIX,
  ORCHESTRATOR,
  ORCHESTRATOR_LABEL,
} from '../../policy/translate/label-selector.ts';
import { selectorMatches } from '../../selector/match.ts';
import type { Check, Finding, Subject } from '../check.ts';
import { DNS_PORT, DNS_PORTS, dnsEndpoints } from '../dns.ts';
import { isWithin } from '../rule-ports.ts';

/** Pods of other namespaces that ask. */
const ASKING = 4;

/** The labels of a pod that serves DNS as installers make it. */
const USUAL = {
  'k8s-app': 'kube-dns',
  [ORCHESTRATOR_LABEL]: ORCHESTRATOR,
  [NAMESPACE_LABEL]: 'kube-system',
  [NAMESPACE_PREFIX + NAME_LABEL]: 'kube-system',
  [`${NAMESPACE_PREFIX}kubernetes.io/metadata.name`]: 'kube-system',
};

const isEnforcedForIngress = ({ staged, types, isolates, placement }: Policy): boolean =>
  !staged && placement === 'normal' && (isolates ?? types).ingress;

/** Whether a rule is about packets to DNS, whoever sends them. */
function isAboutDns({ action, match: { protocol, destination } }: Rule): boolean {
  if (action === 'log' || (protocol !== undefined && protocol !== UDP)) return false;
  const { ports, namedPorts } = destination;
  if (ports === undefined && namedPorts === undefined) return true;
  return (
    (namedPorts ?? []).length > 0 ||
    (ports ?? []).some((range) => DNS_PORTS.some((port) => isWithin(range, port)))
  );
}

const message = ({ kind, name }: Policy, whom: string): string =>
  `${kind} ${name} isolates ${whom}, and no rule lets anybody ask: names of the cluster are not resolved`;
const SUGGESTION =
  'leave kube-system out of its selector, or allow UDP 53 and TCP 53 to the pods that serve DNS';

/** DNS that is in the manifests: whether pods of other namespaces get an answer. */
function refusedBy(server: Endpoint, { world }: Subject): Policy | undefined {
  const asking = world.book.labelSets
    .filter(({ namespace }) => namespace !== '' && namespace !== server.namespace)
    .slice(0, ASKING)
    .map(({ endpoints }) => endpoints[0]!);
  const decisions = asking.flatMap(({ addresses }) =>
    addresses.flatMap((source) => {
      const destination = server.addresses.find(({ family }) => family === source.family);
      if (destination === undefined) return [];
      return [judge({ source, destination, protocol: UDP, destinationPort: DNS_PORT }, world)];
    }),
  );
  const isRefused = decisions.every(({ verdict, hook }) => verdict === 'deny' && hook === 'ingress');
  return decisions.length > 0 && isRefused ? decisions[0]!.decider?.policy : undefined;
}

function* findings(subject: Subject): Generator<Finding> {
  const { world } = subject;
  const servers = dnsEndpoints(world);
  const told = new Set<Policy>();
  for (const server of servers) {
    const policy = refusedBy(server, subject);
    if (policy === undefined || told.has(policy)) continue;
    told.add(policy);
    yield {
      at: policy.at,
      span: policy.name.length,
      message: message(policy, `pod ${server.namespace}/${server.name}, which serves DNS`),
      suggestion: SUGGESTION,
    };
  }
  if (servers.length > 0) return;
  const selecting = onePolicyEach(world.resolved.policies).filter(
    (policy) =>
      policy.namespace === '' && policy.kind !== 'Namespace' && selectorMatches(policy.selector, USUAL),
  );
  if (selecting.some(({ staged, rules }) => !staged && rules.ingress.some(isAboutDns))) return;
  for (const policy of selecting.filter(isEnforcedForIngress))
    yield {
      at: policy.at,
      span: policy.name.length,
      message: message(policy, 'kube-system too, which serves DNS'),
      suggestion: SUGGESTION,
      // What is there is not in the manifests: policies of its own may let them ask.
      severity: 'note',
    };
}

export const LOCKS_OUT_DNS: Check = {
  code: 'lint/locks-out-dns',
  severity: 'error',
  title: 'policies keep everybody from the pods that serve DNS',
  find: findings,
};
