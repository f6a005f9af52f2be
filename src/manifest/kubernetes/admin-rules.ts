/**
 * Rules of the cluster-wide policies: what AdminNetworkPolicy, BaselineAdminNetworkPolicy and ClusterNetworkPolicy share.
 * What sets them apart (words, limits, ports) is their dialect. A rule of which something cannot be understood is kept
 * and marked: it fails closed.
 *
 * Source: kubernetes-sigs/network-policy-api config/crd/{standard,experimental}.
 */
import { type Cidr, formatCidr, parseCidr } from '../../net/cidr.ts';
import type { AdminPeer, AdminPort, AdminRule, PodsSelected } from '../../policy/api/admin-policy.ts';
import type { Direction } from '../../policy/policy.ts';
import type { Cursor } from '../cursor.ts';
import { onlyMember, type Readable, readPodsSelected, readSchemaSelector } from './admin-selectors.ts';

/** In what the kinds differ. */
export interface AdminDialect {
  /** The words for the actions. */
  readonly actions: Readonly<Record<string, AdminRule['action']>>;
  readonly limits: { readonly rules: number; readonly peers: number; readonly ports: number };
  /** Members of `pods` that must be there. */
  readonly requiredOfPods: readonly string[];
  readonly egressPeers: readonly string[];
  readonly portsField: 'ports' | 'protocols';
  /** Words of the other version. */
  readonly elsewhere: Readonly<Record<string, string>>;
  /** An item of ports; undefined where nothing of it is readable. */
  readonly readPort: (item: Cursor) => Readable<AdminPort> | undefined;
  /** Peers beside which the schema refuses a named port. */
  readonly peersWithoutNamedPorts: readonly string[];
}

const PEERS_FIELD = { ingress: 'from', egress: 'to' } as const;
const INGRESS_PEERS = ['namespaces', 'pods'];
const NETWORKS_MAX = 25;
const NAME_LENGTH_MAX = 100;
const CIDR_LENGTH_MAX = 43;

/** Source: kubernetes-sigs/network-policy-api apis/v1alpha2/shared_types.go (DomainName). */
const DOMAIN_NAME =
  /^(?:\*\.)?(?:[a-zA-Z0-9](?:[-a-zA-Z0-9_]*[a-zA-Z0-9])?\.)+[a-zA-Z0-9](?:[-a-zA-Z0-9_]*[a-zA-Z0-9])?\.?$/;

const ELSEWHERE = {
  podSelector: 'podSelector stands below pods',
  namespaceSelector: 'namespaceSelector stands below pods; all pods of namespaces are namespaces: {...}',
  ipBlock: 'blocks of addresses are networks: [CIDR, ...]',
  cidr: 'blocks of addresses are networks: [CIDR, ...]',
  matchLabels: 'matchLabels stands below namespaces, podSelector or namespaceSelector',
  except: 'there are no exceptions here: put a rule for them before this one',
};

/** Reports a list that is too long, or that is there and holds nothing. */
function checkLength(list: Cursor, most: number, least = 1): void {
  const { length } = list.items();
  if (!Array.isArray(list.value) || (length >= least && length <= most)) return;
  const expected = least === 0 ? `at most ${most}` : `${least} to ${most}`;
  list.error('manifest/list-length', `${list.key}: found ${length} entries, expected ${expected}`, {
    on: 'key',
  });
}

/** Reports texts that stand twice in a list that is a set. */
function checkDistinct(items: readonly Cursor[]): void {
  const seen = new Set<unknown>();
  for (const item of items) {
    if (typeof item.value === 'string' && seen.has(item.value))
      item.error('manifest/duplicate-entry', `${JSON.stringify(item.value)} stands twice`);
    seen.add(item.value);
  }
}

function readNetwork(item: Cursor): Cidr | undefined {
  const text = item.string();
  if (text === undefined) {
    if (!item.isPresent) item.error('manifest/bad-cidr', 'an entry of networks is empty');
    return undefined;
  }
  if (text.length > CIDR_LENGTH_MAX)
    item.error(
      'manifest/too-long',
      `found a block of ${text.length} characters, at most ${CIDR_LENGTH_MAX} are allowed`,
    );
  const result = parseCidr(text);
  if ('problem' in result) {
    item.error('manifest/bad-cidr', `${JSON.stringify(text)} is no CIDR: ${result.problem}`);
    return undefined;
  }
  const written = JSON.stringify(text);
  const hint = `it means ${formatCidr(result.cidr)}`;
  // The schema's isCIDR is stricter than the API server is with a NetworkPolicy.
  if (result.oddities.includes('leading-zeros'))
    item.error('manifest/bad-cidr', `${written} has leading zeros`, { hint });
  if (result.oddities.includes('ipv4-mapped'))
    item.error('manifest/bad-cidr', `${written} is an IPv4-mapped IPv6 block`);
  if (result.oddities.includes('host-bits'))
    item.warn('manifest/odd-cidr', `${written} has bits set behind its prefix`, { hint });
  return result.cidr;
}

function readDomain(item: Cursor): string | undefined {
  const text = item.string();
  if (text !== undefined && DOMAIN_NAME.test(text)) return text.toLowerCase().replace(/\.$/, '');
  if (text !== undefined || !item.isPresent)
    item.error(
      'manifest/bad-domain-name',
      `found ${text === undefined ? 'nothing' : JSON.stringify(text)}, expected a domain name of two labels or more`,
      { hint: 'a wildcard is one "*." at the beginning: *.example.com' },
    );
  return undefined;
}

function readList<T>(list: Cursor, readItem: (item: Cursor) => T | undefined): T[] {
  const items = list.items();
  checkLength(list, NETWORKS_MAX);
  checkDistinct(items);
  return items.map(readItem).filter((value) => value !== undefined);
}

/** What the peer's one member says. */
function readMember(item: Cursor, member: string, dialect: AdminDialect): Readable<AdminPeer> | undefined {
  const at = item.at();
  const field = item.field(member);
  if (member === 'networks')
    return { value: { kind: 'networks', networks: readList(field, readNetwork), at }, isUsable: true };
  if (member === 'domainNames')
    return { value: { kind: 'domains', names: readList(field, readDomain), at }, isUsable: true };
  if (member === 'nodes') {
    const selector = readSchemaSelector(field);
    if (selector === undefined) return undefined;
    return { value: { kind: 'nodes', nodeSelector: selector.value, at }, isUsable: selector.isUsable };
  }
  const pods = readPodsSelected(item, dialect.requiredOfPods);
  return pods === undefined ? undefined : { value: { ...pods.value, at }, isUsable: pods.isUsable };
}

function readPeer(item: Cursor, direction: Direction, dialect: AdminDialect): Readable<AdminPeer> {
  const known = direction === 'ingress' ? INGRESS_PEERS : dialect.egressPeers;
  const unknown: Readable<AdminPeer> = { value: { kind: 'unknown', at: item.at() }, isUsable: true };
  if (item.isPresent && !item.isMapping()) return unknown;
  const isKnown = item.onlyFields(known, {
    ...ELSEWHERE,
    ...(direction === 'ingress'
      ? { networks: 'sources outside the cluster cannot be named here: only egress has networks' }
      : {}),
    ports: `${dialect.portsField} stands beside ${PEERS_FIELD[direction]}, not in an item of it`,
  });
  // A field that is not known is said already; without any other the peer is one of a newer version.
  const isEmptied = !isKnown && known.every((name) => !item.field(name).isPresent);
  const member = isEmptied ? undefined : onlyMember(item, known, item.name);
  const read = member === undefined ? undefined : readMember(item, member, dialect);
  return read === undefined || !isKnown ? unknown : read;
}

function readPorts(list: Cursor, dialect: AdminDialect): Readable<AdminPort[]> | undefined {
  if (!list.isPresent) return undefined;
  checkLength(list, dialect.limits.ports);
  const ports = list.items().map((item) => dialect.readPort(item));
  return {
    value: ports.flatMap((port) => (port === undefined ? [] : [port.value])),
    isUsable: ports.every((port) => port?.isUsable === true),
  };
}

function checkNamedPorts(
  rule: Cursor,
  peers: readonly Cursor[],
  ports: readonly AdminPort[],
  { peersWithoutNamedPorts, portsField }: AdminDialect,
): void {
  if (!ports.some(({ namedPort }) => namedPort !== undefined)) return;
  const found = peersWithoutNamedPorts.find((name) => peers.some((peer) => peer.field(name).isPresent));
  if (found !== undefined)
    rule
      .field(portsField)
      .errorUnlessLenient('manifest/named-port-peer', `a named port cannot stand beside a peer of ${found}`, {
        hint: 'addresses have no port names: write the number',
        on: 'key',
      });
}

function warnOfDeniedDomains(peers: readonly Cursor[], action: AdminRule['action'] | undefined): void {
  for (const peer of peers) {
    const names = peer.field('domainNames');
    if (action !== undefined && action !== 'allow' && names.isPresent)
      names.warn('manifest/denied-domain', 'domainNames are documented for rules that allow only', {
        hint: 'a name that is not resolved is not denied',
        on: 'key',
      });
  }
}

/** Of the two words for the same each kind knows one. */
const SAME_ACTION: ReadonlyMap<unknown, string> = new Map([
  ['Allow', 'Accept'],
  ['Accept', 'Allow'],
]);

function readAction(rule: Cursor, { actions }: AdminDialect): string | undefined {
  const words = Object.keys(actions);
  return requiredField(rule, 'action')?.oneOf(
    words,
    'manifest/bad-action',
    (cursor, code, message, options) => {
      const same = SAME_ACTION.get(cursor.value);
      const hint = same !== undefined && words.includes(same) ? `here it is ${same}` : options?.hint;
      cursor.error(code, message, { hint });
    },
  );
}

function readRule(rule: Cursor, direction: Direction, dialect: AdminDialect): AdminRule {
  const field = PEERS_FIELD[direction];
  const wrong = direction === 'ingress' ? 'to' : 'from';
  const isKnown = rule.onlyFields(['name', 'action', field, dialect.portsField], {
    ...ELSEWHERE,
    ...dialect.elsewhere,
    ...Object.fromEntries(dialect.egressPeers.map((name) => [name, `${name} stands in an item of ${field}`])),
    [wrong]: `rules of ${direction} have ${field}, not ${wrong}`,
  });
  const name = rule.field('name').string() ?? '';
  if (name.length > NAME_LENGTH_MAX)
    rule
      .field('name')
      .error(
        'manifest/too-long',
        `found a name of ${name.length} characters, at most ${NAME_LENGTH_MAX} are allowed`,
      );
  const word = readAction(rule, dialect);
  const action = word === undefined ? undefined : dialect.actions[word];
  const list = requiredField(rule, field);
  if (list !== undefined) checkLength(list, dialect.limits.peers);
  const items = list?.items() ?? [];
  const peers = items.map((item) => readPeer(item, direction, dialect));
  const ports = readPorts(rule.field(dialect.portsField), dialect);
  checkNamedPorts(rule, items, ports?.value ?? [], dialect);
  warnOfDeniedDomains(items, action);
  return {
    name,
    action: action ?? 'deny',
    peers: peers.map(({ value }) => value),
    ...(ports === undefined ? {} : { ports: ports.value }),
    isUnusable: !isKnown || ports?.isUsable === false || peers.some(({ isUsable }) => !isUsable),
    at: rule.at(),
  };
}

/** A member that must be there; undefined and reported when it is not. */
export function requiredField(cursor: Cursor, name: string): Cursor | undefined {
  const field = cursor.field(name);
  if (field.isPresent) return field;
  const owner = cursor.name === '' ? 'the object' : cursor.name;
  cursor.error('manifest/missing-field', `${owner} has no ${name}`, { on: 'key' });
  return undefined;
}

/** The rules of one direction. */
export function readAdminRules(list: Cursor, direction: Direction, dialect: AdminDialect): AdminRule[] {
  checkLength(list, dialect.limits.rules, 0);
  return list
    .items()
    .filter((rule) => {
      if (!rule.isPresent) rule.error('manifest/missing-field', `${rule.name} has no action`);
      return rule.isMapping();
    })
    .map((rule) => readRule(rule, direction, dialect));
}

/** `spec.subject`; its rules fail closed when it cannot be understood. */
export function readSubject(spec: Cursor, dialect: AdminDialect): Readable<PodsSelected> | undefined {
  const subject = requiredField(spec, 'subject');
  if (subject === undefined || !subject.isMapping()) return undefined;
  const isKnown = subject.onlyFields(INGRESS_PEERS, ELSEWHERE);
  onlyMember(subject, INGRESS_PEERS, 'subject');
  const read = readPodsSelected(subject, dialect.requiredOfPods);
  return read === undefined ? undefined : { value: read.value, isUsable: read.isUsable && isKnown };
}

/**
 * Rules of a policy of which it is not known whom it governs: what they would allow or pass they refuse, at all that it
 * may govern.
 */
export function rulesFor(subject: Readable<PodsSelected> | undefined, rules: AdminRule[]): AdminRule[] {
  if (subject?.isUsable !== false) return rules;
  return rules.map((rule) => (rule.action === 'deny' ? rule : { ...rule, isUnusable: true }));
}

/** A priority from 0 to 1000. */
export function readPriority(spec: Cursor): number {
  const cursor = requiredField(spec, 'priority');
  const priority = cursor?.integer();
  if (priority !== undefined && (priority < 0 || priority > 1000))
    cursor!.error('manifest/bad-priority', `found the priority ${priority}, expected 0 to 1000`);
  return priority ?? 0;
}
