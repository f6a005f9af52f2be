/** A rule by the name of a port that none of its pods has, or has for another protocol: it admits nothing, or with some CNIs every port. */
import { didYouMean } from '../../diagnostic/nearest.ts';
import { protocolName } from '../../net/protocol.ts';
import type { ContainerPort } from '../../policy/cluster.ts';
import type { Check, Finding, Subject } from '../check.ts';
import { portSpot, targetsOf, type WrittenRule, writtenRules } from '../rule-ports.ts';

/** The ports of all endpoints that are meant; undefined where none are known. */
function portsAsked(
  written: WrittenRule,
  rule: WrittenRule['rules'][number],
  subject: Subject,
): ContainerPort[] | undefined {
  const targets = targetsOf(written, rule, subject);
  if (targets === undefined || targets.length === 0) return undefined;
  return targets.flatMap(({ namedPorts }) => namedPorts);
}

function explain(
  name: string,
  protocol: number | undefined,
  ports: readonly ContainerPort[],
): Pick<Finding, 'message' | 'suggestion'> {
  const same = ports.find((port) => port.name === name);
  const who = 'of the pods that are meant';
  if (same !== undefined)
    return {
      message: `port ${name} is of ${protocolName(protocol!)}, ${who} it is of ${protocolName(same.protocol)}`,
      suggestion: `write protocol: ${protocolName(same.protocol).toUpperCase()}`,
    };
  const names = [...new Set(ports.flatMap((port) => port.name ?? []))];
  const all =
    names.length === 0
      ? 'none of their ports has a name: write the number'
      : `their names: ${names.sort().join(', ')}`;
  return { message: `no port ${who} is called ${name}`, suggestion: didYouMean(name, names) ?? all };
}

function* inRule(written: WrittenRule, subject: Subject): Generator<Finding> {
  const told = new Set<string>();
  for (const rule of written.rules) {
    const { protocol, destination } = rule.match;
    const names = [...(destination.namedPorts ?? []), ...(destination.notNamedPorts ?? [])];
    if (names.length === 0) continue;
    const ports = portsAsked(written, rule, subject);
    if (ports === undefined) continue;
    for (const name of names) {
      const isThere = ports.some(
        (port) => port.name === name && (protocol === undefined || port.protocol === protocol),
      );
      if (isThere || told.has(name)) continue;
      told.add(name);
      const { at, span } = portSpot(written, name, subject);
      yield { at, span, ...explain(name, protocol, ports) };
    }
  }
}

/** A rule that the CNI writes without ports, since nobody has one of its names. */
function* fallenOpen(written: WrittenRule, subject: Subject): Generator<Finding> {
  const { policy, direction, index, rules } = written;
  const { profile, cluster } = subject.world;
  if (profile.namedUnresolved === 'no-match' || policy.kind !== 'NetworkPolicy') return;
  const manifest = cluster.networkPolicies.find(
    ({ namespace, name }) => namespace === policy.namespace && name === policy.name,
  );
  const { ports = [] } = manifest?.[rules[0]!.listedAs ?? direction][index] ?? {};
  const names = ports.flatMap(({ port }) => (typeof port === 'string' ? [port] : []));
  const isOpen = rules.some((rule) => {
    const { protocol, destination } = rule.match;
    const hasPorts = destination.ports !== undefined || destination.namedPorts !== undefined;
    return protocol === undefined && !hasPorts && (targetsOf(written, rule, subject) ?? []).length > 0;
  });
  if (names.length === 0 || !isOpen) return;
  const { at, span } = portSpot(written, names[0]!, subject);
  yield {
    at,
    span,
    message: `no port of the pods that are meant is called ${[...new Set(names)].join(' or ')}: ${profile.name} then writes the rule without ports, so that these peers reach every port`,
    suggestion: 'write the number, or a name that the pods have',
  };
}

export const UNKNOWN_PORT_NAME: Check = {
  code: 'lint/unknown-port-name',
  severity: 'error',
  title: 'a rule names a port that none of its pods has',
  *find(subject) {
    for (const policy of subject.world.resolved.policies)
      for (const written of writtenRules(policy)) {
        yield* inRule(written, subject);
        yield* fallenOpen(written, subject);
      }
  },
};
