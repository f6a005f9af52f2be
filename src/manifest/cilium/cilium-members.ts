/**
 * The members of a rule that say who is at the other end, and the reader of an item of each.
 *
 * Source: cilium/cilium pkg/policy/api/{ingress,egress,cidr,entity,fqdn,service,groups}.go, rule_validation.go.
 */
import { cidrWithin, formatCidr } from '../../net/cidr.ts';
import { CILIUM_ENTITIES, type CiliumPeer } from '../../policy/api/cilium.ts';
import type { Cursor } from '../cursor.ts';
import { readCidr, readSelector } from './cilium-values.ts';

export interface Member {
  readonly name: string;
  readonly read: (item: Cursor) => CiliumPeer | undefined;
  /** A list that is there and holds nothing selects nobody. */
  readonly emptyIsNobody: boolean;
  /** Rules that deny do not have it. */
  readonly isAllowOnly: boolean;
}

const IN_SELECTOR = {
  namespaceSelector: 'namespaces are labels here: k8s:io.kubernetes.pod.namespace: NAME',
  podSelector: 'the labels of pods stand below matchLabels',
};

/** Nothing behind "-" is an empty selector. */
function readEndpoints(item: Cursor): CiliumPeer | undefined {
  const selector = item.isPresent
    ? readSelector(item, IN_SELECTOR)
    : { matchLabels: {}, matchExpressions: [] };
  return selector === undefined ? undefined : { kind: 'endpoints', selector, at: item.at() };
}

function readNodes(item: Cursor): CiliumPeer | undefined {
  const selector = item.isPresent ? readSelector(item) : { matchLabels: {}, matchExpressions: [] };
  return selector === undefined ? undefined : { kind: 'nodes', selector, at: item.at() };
}

function readEntity(item: Cursor): CiliumPeer | undefined {
  if (!item.isPresent) item.error('manifest/unknown-value', 'an entry of the entities is empty');
  const entity = item.oneOf(CILIUM_ENTITIES, 'manifest/unknown-value');
  return entity === undefined ? undefined : { kind: 'entity', entity, at: item.at() };
}

function readBlock(item: Cursor): CiliumPeer | undefined {
  const cidr = readCidr(item, 'any');
  return cidr === undefined ? undefined : { kind: 'cidr', cidr, except: [], at: item.at() };
}

const BLOCK_FIELDS = ['cidr', 'cidrGroupRef', 'cidrGroupSelector'] as const;

function readCidrRule(item: Cursor): CiliumPeer | undefined {
  if (!item.isMapping()) {
    if (!item.isPresent) item.error('manifest/bad-cidr', `${item.name} is empty, expected a cidr`);
    return undefined;
  }
  item.onlyFields([...BLOCK_FIELDS, 'except']);
  const named = BLOCK_FIELDS.filter((field) => item.field(field).isPresent);
  if (named.length !== 1) {
    const found = named.length === 0 ? 'found none' : `found ${named.join(' and ')}`;
    item.error('manifest/not-one-of', `${found}, expected one of ${BLOCK_FIELDS.join(', ')}`);
    return undefined;
  }
  const at = item.at();
  const except = item
    .field('except')
    .items()
    .map((one) => ({ one, cidr: readCidr(one, 'block') }));
  const excepted = except.flatMap(({ cidr }) => (cidr === undefined ? [] : [cidr]));
  if (item.field('cidrGroupRef').isPresent) {
    const name = item.field('cidrGroupRef').string();
    return name === undefined ? undefined : { kind: 'cidr-group', name, except: excepted, at };
  }
  if (item.field('cidrGroupSelector').isPresent) {
    const selector = readSelector(item.field('cidrGroupSelector'));
    return selector === undefined ? undefined : { kind: 'cidr-groups', selector, except: excepted, at };
  }
  const cidr = readCidr(item.field('cidr'), 'block');
  if (cidr === undefined) return undefined;
  for (const { one, cidr: inner } of except)
    if (inner !== undefined && !cidrWithin(inner, cidr))
      one.error(
        'manifest/bad-except',
        `the exception ${formatCidr(inner)} is not within ${formatCidr(cidr)}`,
      );
  return { kind: 'cidr', cidr, except: excepted, at };
}

function readService(item: Cursor): CiliumPeer | undefined {
  if (!item.isMapping()) return undefined;
  item.onlyFields(['k8sService', 'k8sServiceSelector'], {
    serviceName: 'serviceName stands below k8sService',
    namespace: 'namespace stands below k8sService or k8sServiceSelector',
  });
  const [one, many] = [item.field('k8sService'), item.field('k8sServiceSelector')];
  const at = item.at();
  if (many.isPresent && many.isMapping()) {
    many.onlyFields(['selector', 'namespace']);
    const selector = readSelector(many.field('selector'));
    if (selector === undefined)
      many.error('manifest/missing-field', 'k8sServiceSelector has no selector', { on: 'key' });
    return selector === undefined
      ? undefined
      : { kind: 'services', selector, ...namespaceOf(many.field('namespace')), at };
  }
  if (!one.isPresent) {
    item.error('manifest/not-one-of', 'expected k8sService or k8sServiceSelector');
    return undefined;
  }
  if (!one.isMapping()) return undefined;
  one.onlyFields(['serviceName', 'namespace'], { name: 'did you mean "serviceName"?' });
  const name = one.field('serviceName').string() ?? '';
  return { kind: 'service', name, ...namespaceOf(one.field('namespace')), at };
}

/** None, and the empty one, mean every namespace. */
function namespaceOf(cursor: Cursor): { readonly namespace?: string } {
  const namespace = cursor.string();
  return namespace === undefined || namespace === '' ? {} : { namespace };
}

const NAME_LETTERS = /^[-a-zA-Z0-9_.]+$/;
const PATTERN_LETTERS = /^[-a-zA-Z0-9_.*]+$/;

function readDomain(item: Cursor): CiliumPeer | undefined {
  if (!item.isMapping()) return undefined;
  item.onlyFields(['matchName', 'matchPattern']);
  const [name, pattern] = [item.field('matchName'), item.field('matchPattern')];
  if (name.isPresent === pattern.isPresent) {
    item.error(
      'manifest/not-one-of',
      `found ${name.isPresent ? 'both' : 'none'}, expected matchName or matchPattern`,
    );
    return undefined;
  }
  const field = name.isPresent ? name : pattern;
  const text = field.string();
  if (text === undefined) return undefined;
  if (!(name.isPresent ? NAME_LETTERS : PATTERN_LETTERS).test(text)) {
    const hint = name.isPresent && text.includes('*') ? 'a name with "*" is a matchPattern' : undefined;
    field.error('manifest/bad-domain-name', `${JSON.stringify(text)} is no domain name`, { hint });
    return undefined;
  }
  return { kind: 'domain', pattern: text.toLowerCase().replace(/\.$/, ''), at: item.at() };
}

/** Which addresses a cloud's groups have no manifest tells. */
function readGroup(item: Cursor): CiliumPeer | undefined {
  if (!item.isMapping()) return undefined;
  item.onlyFields(['aws']);
  const aws = item.field('aws');
  if (aws.isPresent && aws.isMapping())
    aws.onlyFields(['labels', 'securityGroupsIds', 'securityGroupsNames', 'region']);
  const lists = [aws.field('securityGroupsIds'), aws.field('securityGroupsNames')];
  const names = lists.flatMap((list) => list.items().map((one) => one.string() ?? ''));
  const labels = aws
    .field('labels')
    .members()
    .map(({ key, value }) => `${key}=${String(value)}`);
  return { kind: 'group', words: `AWS group ${[...names, ...labels].join(' ')}`.trim(), at: item.at() };
}

const member = (
  name: string,
  read: Member['read'],
  { emptyIsNobody = true, isAllowOnly = false } = {},
): Member => ({ name, read, emptyIsNobody, isAllowOnly });

const AS_ABSENT = { emptyIsNobody: false };

export const INGRESS_MEMBERS: readonly Member[] = [
  member('fromEndpoints', readEndpoints),
  member('fromEntities', readEntity),
  member('fromCIDR', readBlock),
  member('fromCIDRSet', readCidrRule),
  member('fromNodes', readNodes),
  member('fromGroups', readGroup, AS_ABSENT),
];

export const EGRESS_MEMBERS: readonly Member[] = [
  member('toEndpoints', readEndpoints),
  member('toEntities', readEntity),
  member('toCIDR', readBlock),
  member('toCIDRSet', readCidrRule),
  member('toNodes', readNodes),
  member('toServices', readService, AS_ABSENT),
  member('toGroups', readGroup, AS_ABSENT),
  member('toFQDNs', readDomain, { emptyIsNobody: false, isAllowOnly: true }),
];
