/**
 * The value of a knob in a profile's file: a word, or a list of policy APIs, of protocols, of what pods are spared or refused before any
 * policy. What does not fit is reported where it stands, and undefined.
 */
import type { Cidr } from '../../net/cidr.ts';
import { formatCidr, parseCidr } from '../../net/cidr.ts';
import type { PortRange } from '../../net/port.ts';
import { hasPolicyPorts, isIcmp } from '../../net/protocol.ts';
import { ICMP, ICMPV6, SCTP, TCP, UDP } from '../../net/protocol-layout.ts';
import type { KnobForm } from '../../policy/cni/knob-forms.ts';
import type { PodGuard } from '../../policy/cni/profile.ts';
import type { EntityMatch, RuleMatch } from '../../policy/policy.ts';
import type { Cursor } from '../cursor.ts';

/** A value of `Knobs` for the form; undefined when absent or reported. */
export function readKnobValue(cursor: Cursor, form: KnobForm): unknown {
  switch (form.kind) {
    case 'word':
      return cursor.oneOf(Object.keys(form.words), 'cni/unknown-value');
    case 'apis':
      return listOf(cursor, (item) => item.oneOf(Object.keys(form.words), 'cni/unknown-value'));
    case 'protocols':
      return listOf(cursor, readPortProtocol);
    case 'guards':
      return listOf(cursor, readGuard);
  }
}

/** Every item that could be read; undefined when this is no list. */
function listOf<T>(cursor: Cursor, read: (item: Cursor) => T | undefined): T[] | undefined {
  const items = cursor.items();
  if (!Array.isArray(cursor.value)) return undefined;
  return items.map(read).filter((item) => item !== undefined);
}

/** The same for lists that mean nothing without an item. */
function someOf<T>(cursor: Cursor, read: (item: Cursor) => T | undefined): T[] | undefined {
  const items = listOf(cursor, read);
  if (Array.isArray(cursor.value) && cursor.value.length === 0)
    cursor.error('cni/bad-match', `${cursor.key} is an empty list: leave it out where it does not matter`);
  return items;
}

/** By the names that APIs use, in capitals or not. */
const PROTOCOLS: Readonly<Record<string, number>> = {
  tcp: TCP,
  udp: UDP,
  sctp: SCTP,
  icmp: ICMP,
  icmpv6: ICMPV6,
  TCP,
  UDP,
  SCTP,
  ICMP,
  ICMPv6: ICMPV6,
};

/** A name or a number 0..255. */
function readProtocol(cursor: Cursor): number | undefined {
  const given = cursor.integerOrString();
  if (given === undefined) return undefined;
  const number = typeof given === 'number' ? given : PROTOCOLS[given];
  if (number !== undefined && number >= 0 && number <= 255) return number;
  cursor.error(
    'cni/bad-protocol',
    `found the protocol ${given}, expected tcp, udp, sctp, icmp, icmpv6, or a number 0 to 255`,
  );
  return undefined;
}

function readPortProtocol(cursor: Cursor): number | undefined {
  const number = readProtocol(cursor);
  if (number === undefined || hasPolicyPorts(number)) return number;
  cursor.error('cni/bad-protocol', `found the protocol ${String(cursor.value)}, expected TCP, UDP or SCTP`);
  return undefined;
}

/** What is decided at pods before any policy. */
function readGuard(cursor: Cursor): PodGuard | undefined {
  if (!cursor.isMapping()) return undefined;
  cursor.onlyFields(['hooks', 'action', 'match', 'words']);
  for (const name of ['hooks', 'action', 'match', 'words'])
    if (!cursor.field(name).isPresent) cursor.error('cni/missing-field', `${cursor.name}: no ${name}`);
  const hooks = someOf(cursor.field('hooks'), (hook) =>
    hook.oneOf(['ingress', 'egress'] as const, 'cni/unknown-value'),
  );
  const action = cursor.field('action').oneOf(['allow', 'deny'] as const, 'cni/unknown-value');
  const match = readMatch(cursor.field('match'));
  const words = cursor.field('words').string();
  if (hooks === undefined || action === undefined || match === undefined || words === undefined)
    return undefined;
  return { hooks: [...new Set(hooks)], action, match, words };
}

const MATCH_FIELDS = ['family', 'protocol', 'notProtocols', 'icmp', 'notIcmp', 'source', 'destination'];

/** What a packet must be; an empty mapping is any packet. */
function readMatch(cursor: Cursor): RuleMatch | undefined {
  if (!cursor.isMapping()) return undefined;
  cursor.onlyFields(MATCH_FIELDS);
  const family = readFamily(cursor.field('family'));
  const protocol = readProtocol(cursor.field('protocol'));
  const notProtocols = someOf(cursor.field('notProtocols'), readProtocol);
  const icmp = readIcmp(cursor.field('icmp'));
  const notIcmp = readIcmp(cursor.field('notIcmp'));
  for (const name of ['icmp', 'notIcmp'])
    if (cursor.field(name).isPresent && (protocol === undefined || !isIcmp(protocol)))
      cursor
        .field(name)
        .error('cni/bad-match', `${name} needs protocol: icmp or icmpv6 beside it`, { on: 'key' });
  return {
    ...(family === undefined ? {} : { family }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(notProtocols === undefined ? {} : { notProtocols }),
    ...(icmp === undefined ? {} : { icmp }),
    ...(notIcmp === undefined ? {} : { notIcmp }),
    source: readSide(cursor.field('source'), protocol),
    destination: readSide(cursor.field('destination'), protocol),
  };
}

function readFamily(cursor: Cursor): 4 | 6 | undefined {
  const family = cursor.integer();
  if (family === undefined || family === 4 || family === 6) return family;
  cursor.error('cni/unknown-value', `found the IP family ${family}, expected 4, 6`);
  return undefined;
}

function readIcmp(cursor: Cursor): RuleMatch['icmp'] {
  if (!cursor.isPresent || !cursor.isMapping()) return undefined;
  cursor.onlyFields(['type', 'code']);
  const type = readByte(cursor.field('type'));
  const code = readByte(cursor.field('code'));
  if (!cursor.field('type').isPresent) cursor.error('cni/missing-field', `${cursor.name}: no type`);
  if (type === undefined) return undefined;
  return code === undefined ? { type } : { type, code };
}

function readByte(cursor: Cursor): number | undefined {
  const value = cursor.integer();
  if (value === undefined || (value >= 0 && value <= 255)) return value;
  cursor.error('cni/bad-match', `found ${value}, expected 0 to 255`);
  return undefined;
}

const SIDE_FIELDS = ['nets', 'notNets', 'isOutside', 'ports', 'notPorts'];

/** One side of a packet: blocks of addresses, addresses that nothing in the cluster has, ports. */
function readSide(cursor: Cursor, protocol: number | undefined): EntityMatch {
  if (!cursor.isPresent || !cursor.isMapping()) return {};
  cursor.onlyFields(SIDE_FIELDS);
  const nets = someOf(cursor.field('nets'), readNet);
  const notNets = someOf(cursor.field('notNets'), readNet);
  const isOutside = cursor.field('isOutside').boolean();
  const ports = someOf(cursor.field('ports'), readPorts);
  const notPorts = someOf(cursor.field('notPorts'), readPorts);
  for (const name of ['ports', 'notPorts'])
    if (cursor.field(name).isPresent && (protocol === undefined || !hasPolicyPorts(protocol)))
      cursor.field(name).error('cni/bad-match', `${name} needs protocol: tcp, udp or sctp in the match`, {
        on: 'key',
      });
  return {
    ...(nets === undefined ? {} : { nets }),
    ...(notNets === undefined ? {} : { notNets }),
    ...(isOutside === true ? { isOutside } : {}),
    ...(ports === undefined ? {} : { ports }),
    ...(notPorts === undefined ? {} : { notPorts }),
  };
}

function readNet(cursor: Cursor): Cidr | undefined {
  const text = cursor.string();
  if (text === undefined) return undefined;
  const result = parseCidr(text);
  if ('problem' in result) {
    cursor.error('cni/bad-cidr', `${JSON.stringify(text)} is no CIDR: ${result.problem}`);
    return undefined;
  }
  if (result.oddities.includes('host-bits'))
    cursor.error('cni/bad-cidr', `${JSON.stringify(text)} has bits set behind its prefix`, {
      hint: `the block is ${formatCidr(result.cidr)}`,
    });
  return result.cidr;
}

/** A port, or a range `"8000-8100"`. */
function readPorts(cursor: Cursor): PortRange | undefined {
  const given = cursor.integerOrString();
  if (given === undefined) return undefined;
  const parts = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(String(given));
  const [first, last] = [Number(parts?.[1]), Number(parts?.[2] ?? parts?.[1])];
  if (first >= 1 && first <= last && last <= 65535) return { first, last };
  cursor.error('cni/bad-match', `found the port ${given}, expected 1 to 65535, or a range "8000-8100"`);
  return undefined;
}
