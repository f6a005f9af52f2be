/**
 * policy.networking.k8s.io/v1alpha1 AdminNetworkPolicy and BaselineAdminNetworkPolicy, checked as their schemas check
 * them, experimental fields included.
 *
 * Source: kubernetes-sigs/network-policy-api config/crd/{standard,experimental} at v0.1.7.
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
  ['TCP', TCP],
  ['UDP', UDP],
  ['SCTP', SCTP],
]);

/** TCP when absent. The schema takes any text: of one that is no protocol nothing is known. */
function readProtocol(cursor: Cursor): number | undefined {
  if (!cursor.isPresent) return TCP;
  const word = cursor.string();
  const protocol = word === undefined ? undefined : PROTOCOLS.get(word);
  if (word !== undefined && protocol === undefined)
    cursor.warn(
      'manifest/bad-protocol',
      `protocol: found ${JSON.stringify(word)}, expected ${[...PROTOCOLS.keys()].join(', ')}`,
      { hint: 'the API server lets it pass, the rule fails closed: what it allows is dropped' },
    );
  return protocol;
}

function numbered(item: Cursor, fields: readonly string[]): Readable<AdminPort> {
  const isKnown = item.onlyFields(['protocol', ...fields]);
  const protocol = readProtocol(item.field('protocol'));
  const [first, last = first] = fields.map((name) => {
    const field = requiredField(item, name);
    return field === undefined ? undefined : readPort(field);
  });
  if (first !== undefined && last !== undefined && first > last)
    item.field('start').warn('manifest/empty-range', `the range ${first} to ${last} holds no port`, {
      hint: 'the API server lets it pass; the smaller port comes first',
    });
  return {
    value: { protocol: protocol ?? TCP, ports: { first: first ?? 1, last: last ?? 65535 } },
    isUsable: isKnown && protocol !== undefined,
  };
}

function readPolicyPort(item: Cursor): Readable<AdminPort> | undefined {
  if (item.isPresent && !item.isMapping()) return undefined;
  const members = ['portNumber', 'portRange', 'namedPort'];
  const isKnown = item.onlyFields(members, {
    port: 'a port is portNumber: {protocol: TCP, port: 80}',
    protocol: 'protocol stands below portNumber or portRange',
    endPort: 'a range is portRange: {protocol: TCP, start: 80, end: 90}',
    tcp: 'tcp is of ClusterNetworkPolicy; here it is portNumber: {protocol: TCP, port: 80}',
  });
  const member = onlyMember(item, members, item.name);
  if (member === undefined) return undefined;
  const field = item.field(member);
  if (member === 'namedPort') {
    const namedPort = field.string();
    return namedPort === undefined ? undefined : { value: { namedPort }, isUsable: isKnown };
  }
  if (!field.isMapping()) return undefined;
  const read = numbered(field, member === 'portNumber' ? ['port'] : ['start', 'end']);
  return { value: read.value, isUsable: read.isUsable && isKnown };
}

const LIMITS = { rules: 100, peers: 100, ports: 100 };

const BASELINE: AdminDialect = {
  actions: { Allow: 'allow', Deny: 'deny' },
  limits: LIMITS,
  requiredOfPods: ['namespaceSelector', 'podSelector'],
  egressPeers: ['namespaces', 'pods', 'nodes', 'networks'],
  portsField: 'ports',
  elsewhere: { protocols: 'protocols is of ClusterNetworkPolicy; here it is ports' },
  readPort: readPolicyPort,
  peersWithoutNamedPorts: ['networks', 'nodes', 'domainNames'],
};

const ADMIN: AdminDialect = {
  ...BASELINE,
  actions: { ...BASELINE.actions, Pass: 'pass' },
  egressPeers: [...BASELINE.egressPeers, 'domainNames'],
};

function readPolicy(
  object: Cursor,
  kind: 'AdminNetworkPolicy' | 'BaselineAdminNetworkPolicy',
): AdminPolicy | undefined {
  object.document.checkDuplicateKeys();
  object.onlyFields(['apiVersion', 'kind', 'metadata', 'spec', 'status'], {
    priority: 'priority stands below spec',
    subject: 'subject stands below spec',
  });
  const metadata = object.field('metadata');
  checkMetadata(metadata);
  const name = readName(metadata, subdomainProblem);
  const isAdmin = kind === 'AdminNetworkPolicy';
  if (!isAdmin && name !== undefined && name !== 'default')
    metadata
      .field('name')
      .error('manifest/bad-name', `found the name ${JSON.stringify(name)}, expected default`, {
        hint: 'there is one BaselineAdminNetworkPolicy in a cluster, and default is its name',
      });
  const spec = requiredField(object, 'spec');
  if (spec === undefined || !spec.isMapping()) return undefined;
  spec.onlyFields([...(isAdmin ? ['priority'] : []), 'subject', 'ingress', 'egress'], {
    priority: 'a BaselineAdminNetworkPolicy is alone: it has no priority',
    tier: 'tier is of ClusterNetworkPolicy',
    podSelector: 'whom the policy governs is subject: {pods: {...}}',
  });
  const dialect = isAdmin ? ADMIN : BASELINE;
  const priority = isAdmin ? readPriority(spec) : 0;
  const subject = readSubject(spec, dialect);
  const ingress = rulesFor(subject, readAdminRules(spec.field('ingress'), 'ingress', dialect));
  const egress = rulesFor(subject, readAdminRules(spec.field('egress'), 'egress', dialect));
  if (name === undefined || subject === undefined) return undefined;
  const at = metadata.field('name').at();
  const tier = isAdmin ? 'admin' : 'baseline';
  return { kind, name, tier, priority, subject: subject.value, ingress, egress, at };
}

/** An AdminNetworkPolicy; undefined without a name, spec or subject. Problems are reported. */
export function readAdminNetworkPolicy(object: Cursor): AdminPolicy | undefined {
  return readPolicy(object, 'AdminNetworkPolicy');
}

/** A BaselineAdminNetworkPolicy; undefined without a name, spec or subject. Problems are reported. */
export function readBaselineAdminNetworkPolicy(object: Cursor): AdminPolicy | undefined {
  return readPolicy(object, 'BaselineAdminNetworkPolicy');
}
