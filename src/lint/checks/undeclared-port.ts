/**
 * A rule by the number of a port that none of its pods declares, where all of them declare some: often the port of the Service in
 * front of them, which policies never see.
 */
import { formatPortRange, type PortRange } from '../../net/port.ts';
import { protocolName } from '../../net/protocol.ts';
import { SCTP, TCP, UDP } from '../../net/protocol-layout.ts';
import { podsBySelector } from '../../policy/addresses/virtual-ports.ts';
import type { Service, ServicePort } from '../../policy/cluster.ts';
import type { Endpoint } from '../../policy/endpoints.ts';
import type { Check, Finding, Subject } from '../check.ts';
import {
  declaredPorts,
  isWithin,
  portSpot,
  targetsOf,
  type WrittenRule,
  writtenRules,
} from '../rule-ports.ts';
import { mayTakeOthers } from '../selector-slip.ts';

/** A port of a rule, and the pods that it is a port of. */
interface Asked {
  readonly range: PortRange;
  readonly protocol: number;
  readonly targets: readonly Endpoint[];
}

function askedPorts(written: WrittenRule, subject: Subject): Asked[] | undefined {
  const asked: Asked[] = [];
  for (const rule of written.rules) {
    const { protocol, destination } = rule.match;
    if (rule.action !== 'allow' || protocol === undefined || destination.ports === undefined)
      return undefined;
    if (![TCP, UDP, SCTP].includes(protocol) || (destination.namedPorts ?? []).length > 0) return undefined;
    const targets = targetsOf(written, rule, subject);
    if (targets === undefined || targets.length === 0) return undefined;
    const { selector } = destination;
    if (
      written.direction === 'egress' &&
      selector !== undefined &&
      mayTakeOthers(selector, subject.inventory)
    )
      return undefined;
    asked.push(...destination.ports.map((range) => ({ range, protocol, targets })));
  }
  return asked;
}

const isDeclared = ({ range, protocol, targets }: Asked): boolean =>
  targets.some((target) =>
    declaredPorts(target).some((port) => port.protocol === protocol && isWithin(range, port.port)),
  );

/** The Service by whose own port the pods were meant. */
function servicePort(
  { range, protocol, targets }: Asked,
  subject: Subject,
): [Service, ServicePort] | undefined {
  const { services, pods } = subject.world.cluster;
  const podsOf = podsBySelector(pods);
  for (const service of services) {
    const port = service.ports.find(
      (one) => one.protocol === protocol && isWithin(range, one.port) && one.targetPort !== one.port,
    );
    if (port === undefined) continue;
    if (podsOf(service).some((pod) => targets.some((target) => target.pod === pod))) return [service, port];
  }
  return undefined;
}

function findingOf(asked: Asked, written: WrittenRule, subject: Subject): Finding {
  const { range, protocol, targets } = asked;
  const { at, span } = portSpot(written, range.first, subject);
  const name = `${protocolName(protocol)} ${formatPortRange(range)}`;
  const found = servicePort(asked, subject);
  if (found !== undefined) {
    const [service, port] = found;
    return {
      at,
      span,
      message: `port ${name} is that of Service ${service.namespace}/${service.name}: policies see the port of the pods behind it`,
      suggestion: `write ${port.targetPort}, its targetPort`,
      related: [{ at: service.at, message: `Service ${service.name}` }],
    };
  }
  const declared = targets.flatMap(declaredPorts);
  const other = declared.find((port) => isWithin(range, port.port));
  const ports = [...new Set(declared.map((port) => `${protocolName(port.protocol)} ${port.port}`))].sort();
  return {
    at,
    span,
    message:
      other === undefined
        ? `no pod that is meant declares port ${name}`
        : `port ${name}: the pods that are meant declare it for ${protocolName(other.protocol)}`,
    suggestion: `they declare ${ports.slice(0, 6).join(', ')}${ports.length > 6 ? ', ...' : ''}`,
    ...(other === undefined ? {} : { severity: 'warning' as const }),
  };
}

function* inRule(written: WrittenRule, subject: Subject): Generator<Finding> {
  const asked = askedPorts(written, subject);
  if (asked === undefined) return;
  const all = asked.flatMap(({ targets }) => targets);
  if (all.some((target) => declaredPorts(target).length === 0)) return;
  const told = new Set<string>();
  for (const one of asked) {
    const key = `${one.protocol} ${one.range.first}`;
    if (
      told.has(key) ||
      asked.some((other) => `${other.protocol} ${other.range.first}` === key && isDeclared(other))
    )
      continue;
    told.add(key);
    const finding = findingOf(one, written, subject);
    // Among ports that are declared one more may be a sidecar's, which manifests often leave out.
    yield asked.some(isDeclared) && finding.related === undefined
      ? { ...finding, severity: 'note' }
      : finding;
  }
}

export const UNDECLARED_PORT: Check = {
  code: 'lint/undeclared-port',
  severity: 'warning',
  title: 'a rule allows a port that none of its pods declares',
  *find(subject) {
    for (const policy of subject.world.resolved.policies)
      for (const written of writtenRules(policy)) yield* inRule(written, subject);
  },
};
