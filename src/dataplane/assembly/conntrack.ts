// How long a connection lives and what its packets make of it: TCP and SCTP by their states, all others by who has spoken.
// Layouts: ../conntrack-layout.ts, ../connections-layout.ts.
//
// Source: Linux net/netfilter/nf_conntrack_proto_udp.c, nf_conntrack_proto_gre.c, nf_conntrack_proto_icmp.c,
// nf_conntrack_proto_icmpv6.c, nf_conntrack_proto_generic.c.

import { GRE, ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from '../../net/protocol-layout';
import { FLAG_PORTS, FLAG_TCP_FLAGS } from '../../packet/batch-layout';
import {
  AGE_MOST,
  BIT_ASSURED,
  BIT_REPLIED,
  BIT_WAITS,
  CONNECTION_BITS,
  CONNECTION_PROTOCOL,
  CONNECTION_STATE,
  CONNECTION_TICKS,
} from '../connections-layout';
import {
  TICKS_PER_SECOND,
  TIMEOUT_GENERIC,
  TIMEOUT_GRE,
  TIMEOUT_GRE_STREAM,
  TIMEOUT_ICMP,
  TIMEOUT_ICMPV6,
  TIMEOUT_UDP,
  TIMEOUT_UDP_STREAM,
} from '../conntrack-layout';
import {
  DESK_CONNTRACK,
  DESK_KEY,
  DESK_PICKUP,
  HEARD_FOLLOWS,
  KEY_DPORT,
  KEY_FLAGS,
  KEY_KIND,
  KEY_NOW,
  KEY_PROTOCOL,
  KEY_SWAPPED,
  KEY_TCP_FLAGS,
  LINK_RELATED,
  PICKUP_KERNEL,
} from '../desk-layout';
import { beginSctp, hearSctp, isInvalidAssociation } from './conntrack-sctp';
import { beginTcp, hasBrokenFlags, hearTcp, isInvalidBeginning } from './conntrack-tcp';
import { ageOf, deadlineOf, keepUntil, setAge } from './deadline';
import { isIcmp } from './protocol';

/** An answered exchange of UDP that is older than this is a stream. */
const STREAM_AGE: u32 = 2 * TICKS_PER_SECOND;

/** True for the ICMP types that ask for something: the only ones that begin a connection. */
function isRequest(protocol: u32, type: u32): bool {
  if (protocol == ICMPV6) return type == 128 || type == 139;
  return type == 8 || type == 13 || type == 15 || type == 17;
}

/**
 * True when Linux calls the packet at the key invalid, having no connection of it: always, or with PICKUP_KERNEL when only
 * its beginning is missing.
 */
export function isInvalidAlone(desk: usize): bool {
  const key = desk + DESK_KEY;
  const flags = load<u16>(key, KEY_FLAGS);
  const protocol = <u32>load<u8>(key, KEY_PROTOCOL);
  const related = load<u8>(key, KEY_KIND) == LINK_RELATED;
  if (protocol == TCP && flags & FLAG_TCP_FLAGS && hasBrokenFlags(load<u16>(key, KEY_TCP_FLAGS))) return true;
  if (isIcmp(protocol) && flags & FLAG_PORTS && !isRequest(protocol, load<u16>(key, KEY_DPORT) >> 8))
    return true;
  if (load<u32>(desk, DESK_PICKUP) != PICKUP_KERNEL) return false;
  if (related || load<u8>(key, KEY_SWAPPED) != 0) return true;
  if (protocol == TCP) return isInvalidBeginning(desk);
  return protocol == SCTP && isInvalidAssociation(desk);
}

/** Begins the life of a connection in a fresh row with the packet at the key; `reply`: the responder sent it. */
export function beginLife(desk: usize, connection: usize, reply: bool): void {
  const protocol = <u32>load<u8>(connection, CONNECTION_PROTOCOL);
  store<u8>(connection, 0, CONNECTION_STATE);
  store<u8>(connection, BIT_WAITS | (reply ? BIT_REPLIED : 0), CONNECTION_BITS);
  store<u16>(connection, 0, CONNECTION_TICKS);
  if (protocol == TCP) beginTcp(desk, connection, reply);
  else if (protocol == SCTP) beginSctp(desk, connection);
  else keepUntil(connection, load<u64>(desk + DESK_KEY, KEY_NOW) + shortTimeout(desk, protocol));
}

/** Of a connection that is no stream. */
function shortTimeout(desk: usize, protocol: u32): u64 {
  const conntrack: usize = load<u32>(desk, DESK_CONNTRACK);
  if (protocol == UDP || protocol == UDPLITE) return load<u32>(conntrack, TIMEOUT_UDP);
  if (protocol == ICMP) return load<u32>(conntrack, TIMEOUT_ICMP);
  if (protocol == ICMPV6) return load<u32>(conntrack, TIMEOUT_ICMPV6);
  return protocol == GRE ? load<u32>(conntrack, TIMEOUT_GRE) : load<u32>(conntrack, TIMEOUT_GENERIC);
}

/** Grows the age of an exchange of UDP to `now` and returns it. */
function grow(conntrack: usize, connection: usize, now: u64): u32 {
  const age = ageOf(connection);
  // Older ones may be streams, whose deadline says nothing of the latest packet.
  if (age > STREAM_AGE) return age;
  const latest = deadlineOf(connection) - load<u32>(conntrack, TIMEOUT_UDP);
  const grown = now > latest ? <u32>min<u64>(age + (now - latest), AGE_MOST) : age;
  setAge(connection, grown);
  return grown;
}

/** Follows an exchange of UDP with a packet at `now`; `reply`: the responder sent it. */
export function hearUdp(desk: usize, connection: usize, reply: bool, now: u64): void {
  const conntrack: usize = load<u32>(desk, DESK_CONNTRACK);
  const bits = <u32>load<u8>(connection, CONNECTION_BITS);
  const isStream = grow(conntrack, connection, now) > STREAM_AGE && (bits & BIT_REPLIED) != 0;
  const timeout: u64 = load<u32>(conntrack + (isStream ? TIMEOUT_UDP_STREAM : TIMEOUT_UDP));
  store<u8>(connection, bits | (reply ? BIT_REPLIED : 0) | (isStream ? BIT_ASSURED : 0), CONNECTION_BITS);
  keepUntil(connection, now + timeout);
}

/**
 * Follows a connection with the packet at the key; `reply`: the responder sent it. Returns a HEARD_ code, and has changed
 * nothing unless it is HEARD_FOLLOWS.
 */
export function hear(desk: usize, connection: usize, reply: bool): u32 {
  const protocol = <u32>load<u8>(connection, CONNECTION_PROTOCOL);
  if (protocol == TCP) return hearTcp(desk, connection, reply);
  if (protocol == SCTP) return hearSctp(desk, connection, reply);
  if (protocol == UDP) {
    hearUdp(desk, connection, reply, load<u64>(desk + DESK_KEY, KEY_NOW));
    return HEARD_FOLLOWS;
  }
  const bits = <u32>load<u8>(connection, CONNECTION_BITS);
  const replied = (bits & BIT_REPLIED) != 0;
  const conntrack: usize = load<u32>(desk, DESK_CONNTRACK);
  let timeout: u64 = 0;
  if (replied && protocol == UDPLITE) timeout = load<u32>(conntrack, TIMEOUT_UDP_STREAM);
  else if (replied && protocol == GRE) timeout = load<u32>(conntrack, TIMEOUT_GRE_STREAM);
  const assured = timeout == 0 ? 0 : BIT_ASSURED;
  if (timeout == 0) timeout = shortTimeout(desk, protocol);
  store<u8>(connection, bits | (reply ? BIT_REPLIED : 0) | assured, CONNECTION_BITS);
  keepUntil(connection, load<u64>(desk + DESK_KEY, KEY_NOW) + timeout);
  return HEARD_FOLLOWS;
}
