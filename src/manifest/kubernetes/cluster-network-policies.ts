/**
 * policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicy, checked as its schema checks it, experimental fields included.
 *
 * Source: kubernetes-sigs/network-policy-api config/crd/{standard,experimental}, apis/v1alpha2.
 */
import { SCTP, TCP, UDP } from '../../net/protocol-layout.ts';
import type { AdminPolicy, AdminPort } from '../../policy/api/admin-policy.ts';
import type { Cursor } from '../cursor.ts';
import { checkMetadata, readName } from '../metadata.ts';
import { subdomainProblem } from '../names.ts';
import { readPort } from '../ports.ts';
import {
  type AdminDialect,
  readAdminRules,
  readPriority,
  readSubject,
  requiredField,
  rulesFor,
} from './admin-rules.ts';
import { onlyMember, type Readable } from './admin-selectors.ts';

const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['tcp', TCP],
  ['udp', UDP],
  ['sctp', SCTP],
]);

function readDestinationPort(cursor: Cursor): Readable<AdminPort['ports']> | undefined {
  if (!cursor.isMapping()) return undefined;
  const isKnown = cursor.onlyFields(['number', 'range'], {
    port: 'a port is number: 80',
    start: 'start stands below range',
    end: 'end stands below range',
  });
  const member = onlyMember(cursor, ['number', 'range'], 'destinationPort');
  if (member === undefined) return undefined;
  const field = cursor.field(member);
  if (member === 'number') {
    const port = readPort(field);
    return port === undefined ? undefined : { value: { first: port, last: port }, isUsable: isKnown };
  }
  if (!field.isMapping()) return undefined;
  const isRange = field.onlyFields(['start', 'end']);
  const [first, last] = ['start', 'end'].map((name) => {
    const end = requiredField(field, name);
    return end === undefined ? undefined : readPort(end);
  });
  if (first === undefined || last === undefined) return undefined;
  if (first >= last)
    field.error('manifest/bad-range', `found the range ${first} to ${last}, expected start below end`, {
      hint: first === last ? `one port is number: ${first}` : undefined,
    });
  return { value: { first, last }, isUsable: isKnown && isRange };
}

function readTransport(cursor: Cursor, protocol: number): Readable<AdminPort> | undefined {
  if (!cursor.isMapping()) return undefined;
  const isKnown = cursor.onlyFields(['destinationPort'], {
    number: 'number stands below destinationPort',
    range: 'range stands below destinationPort',
    port: 'a port is destinationPort: {number: 80}',
  });
  const destinationPort = cursor.field('destinationPort');
  if (!destinationPort.isPresent) {
    cursor.errorUnlessLenient('manifest/missing-field', `${cursor.name} has no destinationPort`, {
      hint: 'every port of the protocol is destinationPort: {range: {start: 1, end: 65535}}',
      on: 'key',
    });
    return { value: { protocol }, isUsable: isKnown };
  }
  const read = readDestinationPort(destinationPort);
  if (read?.value === undefined) return undefined;
  return { value: { protocol, ports: read.value }, isUsable: isKnown && read.isUsable };
}

function readProtocolItem(item: Cursor): Readable<AdminPort> | undefined {
  if (item.isPresent && !item.isMapping()) return undefined;
  const members = [...PROTOCOLS.keys(), 'destinationNamedPort'];
  const isKnown = item.onlyFields(members, {
    TCP: 'did you mean "tcp"?',
    UDP: 'did you mean "udp"?',
    SCTP: 'did you mean "sctp"?',
    portNumber: 'portNumber is of v1alpha1; here it is tcp: {destinationPort: {number: 80}}',
    portRange: 'portRange is of v1alpha1; here it is tcp: {destinationPort: {range: {start: 80, end: 90}}}',
    namedPort: 'namedPort is of v1alpha1; here it is destinationNamedPort',
    icmp: 'no protocol but tcp, udp and sctp can be named; a rule without protocols covers them all',
  });
  const member = onlyMember(item, members, item.name);
  if (member === undefined) return undefined;
  const field = item.field(member);
  if (member === 'destinationNamedPort') {
    const namedPort = field.string();
    return namedPort === undefined ? undefined : { value: { namedPort }, isUsable: isKnown };
  }
  const read = readTransport(field, PROTOCOLS.get(member)!);
  return read === undefined ? undefined : { value: read.value, isUsable: read.isUsable && isKnown };
}

const DIALECT: AdminDialect = {
  actions: { Accept: 'allow', Deny: 'deny', Pass: 'pass' },
  limits: { rules: 25, peers: 25, ports: 25 },
  requiredOfPods: ['podSelector'],
  egressPeers: ['namespaces', 'pods', 'nodes', 'networks', 'domainNames'],
  portsField: 'protocols',
  elsewhere: { ports: 'ports is of v1alpha1; here it is protocols' },
  readPort: readProtocolItem,
  // Blocks of addresses too, but only in the experimental channel, where the others come from.
  peersWithoutNamedPorts: ['nodes', 'domainNames'],
};

function readTier(spec: Cursor): AdminPolicy['tier'] | undefined {
  const tier = requiredField(spec, 'tier')?.oneOf(['Admin', 'Baseline'], 'manifest/bad-tier');
  return tier === undefined ? undefined : tier === 'Admin' ? 'admin' : 'baseline';
}

/** A ClusterNetworkPolicy; undefined without a name, spec, tier or subject. Problems are reported. */
export function readClusterNetworkPolicy(object: Cursor): AdminPolicy | undefined {
  object.document.checkDuplicateKeys();
  object.onlyFields(['apiVersion', 'kind', 'metadata', 'spec', 'status'], {
    tier: 'tier stands below spec',
    priority: 'priority stands below spec',
    subject: 'subject stands below spec',
  });
  const metadata = object.field('metadata');
  checkMetadata(metadata);
  const name = readName(metadata, subdomainProblem);
  const status = object.field('status');
  if (status.isPresent && status.isMapping()) requiredField(status, 'conditions');
  const spec = requiredField(object, 'spec');
  if (spec === undefined || !spec.isMapping()) return undefined;
  spec.onlyFields(['tier', 'priority', 'subject', 'ingress', 'egress'], {
    podSelector: 'whom the policy governs is subject: {pods: {...}}',
  });
  const tier = readTier(spec);
  const priority = readPriority(spec);
  const subject = readSubject(spec, DIALECT);
  const ingress = rulesFor(subject, readAdminRules(spec.field('ingress'), 'ingress', DIALECT));
  const egress = rulesFor(subject, readAdminRules(spec.field('egress'), 'egress', DIALECT));
  if (name === undefined || tier === undefined || subject === undefined) return undefined;
  const at = metadata.field('name').at();
  return {
    kind: 'ClusterNetworkPolicy',
    name,
    tier,
    priority,
    subject: subject.value,
    ingress,
    egress,
    at,
  };
}
