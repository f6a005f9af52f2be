/**
 * Rules of Calico's policies and profiles: each field, and what the API demands of fields together.
 *
 * Source: projectcalico/calico api/pkg/apis/projectcalico/v3/policy_common.go (Rule), libcalico-go/lib/validator/v3/validator.go
 * (validateRule, validateHTTPRule).
 */
import type { Cidr } from '../../net/cidr.ts';
import { hasPolicyPorts, isIcmp } from '../../net/protocol.ts';
import { ICMP, ICMPV6, TCP } from '../../net/protocol-layout.ts';
import type { CalicoEntity, CalicoRule } from '../../policy/api/calico.ts';
import type { Action, Direction } from '../../policy/policy.ts';
import type { Cursor, Refuse } from '../cursor.ts';
import { readEntity } from './calico-entities.ts';
import { type CalicoProtocol, checkLength, readCalicoProtocol } from './calico-values.ts';

const ACTIONS: Readonly<Record<string, Action>> = { Allow: 'allow', Deny: 'deny', Log: 'log', Pass: 'pass' };
const SIDES = ['source', 'destination'] as const;

const FIELDS = [
  'action',
  'ipVersion',
  'protocol',
  'notProtocol',
  'icmp',
  'notICMP',
  'source',
  'destination',
  'http',
  'metadata',
];

const ELSEWHERE = {
  ports: 'ports stands below source or destination',
  notPorts: 'notPorts stands below source or destination',
  nets: 'nets stands below source or destination',
  selector: 'selector stands below source or destination',
  namespaceSelector: 'namespaceSelector stands below source or destination',
  services: 'services stands below source or destination',
  serviceAccounts: 'serviceAccounts stands below source or destination',
  from: 'rules of Calico have source and destination',
  to: 'rules of Calico have source and destination',
  notIcmp: 'did you mean "notICMP"?',
};

/** What other firewalls call them. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['accept', 'Allow'],
  ['permit', 'Allow'],
  ['drop', 'Deny'],
  ['reject', 'Deny'],
  ['next-tier', 'Pass'],
  ['return', 'Pass'],
]);

const refuseAction: Refuse = (cursor, code, message, { hint } = {}) => {
  const meant = SYNONYMS.get(String(cursor.value).toLowerCase());
  cursor.error(code, message, { hint: meant === undefined ? hint : `did you mean ${meant}?` });
};

function readAction(rule: Cursor): Action {
  const cursor = rule.field('action');
  const words = Object.keys(ACTIONS);
  if (!cursor.isPresent)
    rule.error('manifest/missing-field', `${rule.name}: the rule has no action (${words.join(', ')})`);
  const word = cursor.oneOf(words, 'manifest/bad-action', refuseAction);
  return word === undefined ? 'deny' : ACTIONS[word]!;
}

function readIpVersion(cursor: Cursor): 4 | 6 | undefined {
  const version = cursor.integer();
  if (version === undefined || version === 4 || version === 6) return version;
  cursor.error('manifest/bad-ip-version', `found the IP version ${version}, expected 4, 6`);
  return undefined;
}

function readInRange(cursor: Cursor, noun: string, last: number): number | undefined {
  const value = cursor.integer();
  if (value === undefined || (value >= 0 && value <= last)) return value;
  cursor.error('manifest/bad-icmp', `found the ICMP ${noun} ${value}, expected 0 to ${last}`);
  return undefined;
}

/** A mapping without a type says nothing. */
function readIcmp(cursor: Cursor): CalicoRule['icmp'] {
  if (!cursor.isMapping()) return undefined;
  cursor.onlyFields(['type', 'code']);
  const type = readInRange(cursor.field('type'), 'type', 254);
  const code = readInRange(cursor.field('code'), 'code', 255);
  if (cursor.field('code').isPresent && !cursor.field('type').isPresent)
    cursor.error('manifest/bad-icmp', `${cursor.name}: a code needs a type beside it`, { on: 'key' });
  return type === undefined ? undefined : { type, ...(code === undefined ? {} : { code }) };
}

function checkIcmpProtocol(rule: Cursor, protocol: CalicoProtocol | undefined): void {
  const icmp = rule.field('icmp');
  if (!icmp.isPresent || (protocol !== undefined && isIcmp(protocol.number))) return;
  if (protocol === undefined && rule.field('protocol').isPresent) return;
  icmp.error('manifest/bad-icmp', 'icmp needs protocol ICMP or ICMPv6 beside it', { on: 'key' });
}

/** The protocols of one family, by number or name, with the other family. */
function checkProtocolFamily(
  rule: Cursor,
  field: 'protocol' | 'notProtocol',
  version: 4 | 6 | undefined,
): void {
  const { value } = rule.field(field);
  const family =
    value === 'ICMP' || value === ICMP ? 4 : value === 'ICMPv6' || value === ICMPV6 ? 6 : undefined;
  if (family === undefined || version === undefined || family === version) return;
  rule
    .field('ipVersion')
    .error(
      'manifest/mixed-families',
      `found ipVersion ${version} beside ${field} ${String(value)}, expected ${family}`,
    );
}

/** Ports want a protocol that has them; names alone may do without any protocol. */
function checkPorts(
  rule: Cursor,
  protocol: CalicoProtocol | undefined,
  sides: readonly CalicoEntity[],
): void {
  const isUnknown = protocol === undefined && rule.field('protocol').isPresent;
  if (isUnknown || (protocol !== undefined && hasPolicyPorts(protocol.number))) return;
  for (const [index, side] of SIDES.entries()) {
    for (const name of ['ports', 'notPorts'] as const) {
      const ports = sides[index]![name];
      const isWrong =
        protocol === undefined ? ports.some((port) => typeof port !== 'string') : ports.length > 0;
      if (!isWrong) continue;
      const field = rule.fieldAt(side, name);
      const message =
        protocol === undefined
          ? `${field.name}: the rule has no protocol, and then only named ports can stand here`
          : `${field.name}: protocol ${String(rule.field('protocol').value)} has no ports`;
      field.error('manifest/bad-rule-ports', message, {
        hint: 'ports need protocol: TCP, UDP or SCTP',
        on: 'key',
      });
    }
  }
}

/** One family for all nets of a rule, the one of `ipVersion`; and no exception for everything. */
function checkNets(rule: Cursor, version: 4 | 6 | undefined, sides: readonly CalicoEntity[]): void {
  let family: 4 | 6 | undefined;
  for (const [index, side] of SIDES.entries()) {
    for (const name of ['nets', 'notNets'] as const) {
      const nets: readonly Cidr[] = sides[index]![name];
      const field = rule.fieldAt(side, name);
      const families = new Set(nets.map(({ network }) => network.family));
      family ??= nets[0]?.network.family;
      if (families.size > 1 || (family !== undefined && families.size === 1 && !families.has(family)))
        field.error('manifest/mixed-families', `${field.name}: the rule holds IPv4 and IPv6 nets`, {
          hint: 'make a rule of each family',
          on: 'key',
        });
      else if (version !== undefined && families.size > 0 && !families.has(version))
        field.error(
          'manifest/mixed-families',
          `${field.name}: found IPv${family} nets beside ipVersion ${version}`,
          {
            on: 'key',
          },
        );
      if (name === 'notNets' && nets.some(({ prefixBits }) => prefixBits === 0))
        field.error(
          'manifest/bad-cidr',
          `${field.name}: an exception for every address leaves nothing to match`,
          {
            on: 'key',
          },
        );
    }
  }
}

function checkPath(item: Cursor): void {
  if (!item.isMapping()) return;
  item.onlyFields(['exact', 'prefix']);
  const given = ['exact', 'prefix']
    .map((name) => item.field(name).string())
    .filter((text) => text !== undefined && text !== '');
  if (given.length !== 1)
    item.error(
      'manifest/bad-http',
      `found ${given.length === 0 ? 'neither exact nor' : 'both exact and'} prefix, expected one of them`,
    );
  else if (!given[0]!.startsWith('/') || /[?# ]/.test(given[0]!))
    item.error(
      'manifest/bad-http',
      `found the path ${JSON.stringify(given[0])}, expected one that begins with "/" and holds no "?", "#" or space`,
    );
}

/** The packet data plane does not look at `http`, but the API does. */
function checkHttp(
  rule: Cursor,
  action: Action,
  protocol: CalicoProtocol | undefined,
  direction: Direction,
): void {
  const http = rule.field('http');
  if (!http.isMapping()) return;
  http.onlyFields(['methods', 'paths']);
  const methods = http.field('methods');
  checkLength(methods, 20, 'methods');
  const words = methods.items().map((item) => item.string());
  if (new Set(words).size < words.length)
    methods.error('manifest/bad-http', 'a method stands twice', { on: 'key' });
  checkLength(http.field('paths'), 20, 'paths');
  http.field('paths').items().forEach(checkPath);
  if (action !== 'allow')
    http.error('manifest/bad-http', 'http can only stand in rules with action Allow', { on: 'key' });
  if (protocol !== undefined && protocol.number !== TCP)
    http.error(
      'manifest/bad-http',
      `http cannot stand beside protocol ${String(rule.field('protocol').value)}, only TCP or none`,
      { on: 'key' },
    );
  if (direction === 'egress')
    http.error('manifest/bad-http', 'http cannot stand in rules of egress', { on: 'key' });
}

function checkRuleMetadata(cursor: Cursor): void {
  if (!cursor.isMapping()) return;
  cursor.onlyFields(['annotations']);
  for (const member of cursor.field('annotations').members()) member.string();
}

function readRule(rule: Cursor, direction: Direction, isNamespaced: boolean): CalicoRule | undefined {
  if (!rule.isPresent)
    rule.error('manifest/missing-field', `${rule.name}: nothing stands behind "-", expected a rule`);
  if (!rule.isMapping()) return undefined;
  rule.onlyFields(FIELDS, ELSEWHERE);
  const action = readAction(rule);
  const ipVersion = readIpVersion(rule.field('ipVersion'));
  const protocol = readCalicoProtocol(rule.field('protocol'));
  const notProtocol = readCalicoProtocol(rule.field('notProtocol'));
  const icmp = readIcmp(rule.field('icmp'));
  const notIcmp = readIcmp(rule.field('notICMP'));
  const [source, destination] = SIDES.map((side) =>
    readEntity(rule.field(side), side, direction, isNamespaced),
  ) as [CalicoEntity, CalicoEntity];
  checkIcmpProtocol(rule, protocol);
  checkProtocolFamily(rule, 'protocol', ipVersion);
  checkProtocolFamily(rule, 'notProtocol', ipVersion);
  checkPorts(rule, protocol, [source, destination]);
  checkNets(rule, ipVersion, [source, destination]);
  checkHttp(rule, action, protocol, direction);
  checkRuleMetadata(rule.field('metadata'));
  return {
    action,
    ...(ipVersion === undefined ? {} : { ipVersion }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(notProtocol === undefined ? {} : { notProtocol: notProtocol.number }),
    ...(icmp === undefined ? {} : { icmp }),
    ...(notIcmp === undefined ? {} : { notIcmp }),
    source,
    destination,
    hasHttp: rule.field('http').isPresent,
    at: rule.at(),
  };
}

/** The rules of one direction, in order. `isNamespaced`: of a namespaced policy, where services need no namespace. */
export function readCalicoRules(list: Cursor, direction: Direction, isNamespaced: boolean): CalicoRule[] {
  checkLength(list, 1024, 'rules');
  return list
    .items()
    .map((rule) => readRule(rule, direction, isNamespaced))
    .filter((rule) => rule !== undefined);
}
