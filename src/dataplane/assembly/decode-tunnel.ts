// Tunnels between nodes: what they carry takes the row's place, the outer addresses are kept beside. A tunnel that a pod itself
// speaks stays what it is, since policy meets it as such; so does one that cannot be read.
//
// Source: RFC 2003, 4213, 2784, 2890, 7348, 8926.

import { GRE, UDP } from '../../net/protocol-layout';
import {
  BATCH_EPOCHS,
  BATCH_TABLES,
  BATCH_TUNNELS_CLOSED,
  DPORT,
  DST,
  FAMILY,
  FINGERPRINT,
  FLAG_TRUNCATED,
  FLAG_TUNNEL,
  FLAGS,
  FRAGMENT_ID,
  FRAGMENT_OFFSET,
  OUTER_DST,
  OUTER_FAMILY,
  OUTER_SRC,
  PROTOCOL,
  SPORT,
  SRC,
  TCP_FLAGS,
  TUNNEL,
} from '../../packet/batch-layout';
import { LINK_ETHERNET } from '../../packet/pcap-layout';
import { SECTION_ENTRIES } from '../../tables/directory-layout';
import { ENTRY_BYTES, ENTRY_OWNER } from '../../tables/entry-layout';
import { SKIP_INNER_TRUNCATED, SKIP_MALFORMED, SKIP_TRUNCATED } from '../../tables/verdict-layout';
import { be16, clearRow, decodeIpv4, decodeIpv6 } from './decode-ip';
import { decodeLink } from './decode-link';
import { decodeMpls } from './decode-ppp';
import { tablesAt } from './epochs';
import { columnAt, entryOf, sectionAt } from './identify';

export const IP_IN_IP: u32 = 4;
export const IPV6_IN_IP: u32 = 41;
const VXLAN: u32 = 4789;
/** Of Linux before the number was assigned: Cilium and flannel use it still. */
const VXLAN_EARLY: u32 = 8472;
const GENEVE: u32 = 6081;
const UDP_BYTES: usize = 8;
const VXLAN_BYTES: usize = 8;
const GENEVE_BYTES: usize = 8;
const GRE_BYTES: usize = 4;
/** The VNI is valid; without it the packet is none. */
const VXLAN_VALID: u32 = 0x08;
const GENEVE_CONTROL: u32 = 0x80;
const GRE_CHECKSUM: u32 = 0x8000;
const GRE_ROUTING: u32 = 0x4000;
const GRE_KEY: u32 = 0x2000;
const GRE_SEQUENCE: u32 = 0x1000;
const GRE_VERSION: u32 = 7;
const ETHERTYPE_IPV4: u32 = 0x0800;
const ETHERTYPE_IPV6: u32 = 0x86dd;
const ETHERTYPE_BRIDGED: u32 = 0x6558;
const ETHERTYPE_MPLS: u32 = 0x8847;
/** Tunnels in tunnels beyond this stay closed. */
const DEPTH_MAX: u32 = 8;

/** Whether UDP to the port carries a tunnel. */
export function isTunnelPort(port: u32): bool {
  return port === VXLAN || port === VXLAN_EARLY || port === GENEVE;
}

/** Whether one of the row's addresses is a pod's. */
function isPods(batch: usize, row: u32): bool {
  let tables = <usize>load<u32>(batch + (BATCH_TABLES << 2));
  if (tables === 0) return false;
  const epochs = <usize>load<u32>(batch + (BATCH_EPOCHS << 2));
  if (epochs !== 0) tables = tablesAt(epochs, batch, row);
  const family = <u32>load<u8>(columnAt(batch, FAMILY) + row);
  const owners = sectionAt(tables, SECTION_ENTRIES) + ENTRY_OWNER;
  const source = entryOf(tables, family, columnAt(batch, SRC) + (row << 4));
  const destination = entryOf(tables, family, columnAt(batch, DST) + (row << 4));
  return (
    load<u32>(owners + source * ENTRY_BYTES) !== 0 || load<u32>(owners + destination * ENTRY_BYTES) !== 0
  );
}

function decodeVxlan(at: usize, end: usize, batch: usize, row: u32): u32 {
  if (at + VXLAN_BYTES > end) return SKIP_TRUNCATED;
  if ((<u32>load<u8>(at) & VXLAN_VALID) === 0) return SKIP_MALFORMED;
  return decodeLink(LINK_ETHERNET, at + VXLAN_BYTES, end, batch, row, false);
}

function decodePayload(type: u32, at: usize, end: usize, batch: usize, row: u32): u32 {
  if (type === ETHERTYPE_BRIDGED) return decodeLink(LINK_ETHERNET, at, end, batch, row, false);
  if (type === ETHERTYPE_IPV4) return decodeIpv4(at, end, batch, row);
  if (type === ETHERTYPE_MPLS) return decodeMpls(at, end, batch, row);
  return type === ETHERTYPE_IPV6 ? decodeIpv6(at, end, batch, row) : SKIP_MALFORMED;
}

function decodeGeneve(at: usize, end: usize, batch: usize, row: u32): u32 {
  if (at + GENEVE_BYTES > end) return SKIP_TRUNCATED;
  const first = <u32>load<u8>(at);
  if (first >> 6 !== 0 || (<u32>load<u8>(at + 1) & GENEVE_CONTROL) !== 0) return SKIP_MALFORMED;
  return decodePayload(be16(at + 2), at + GENEVE_BYTES + ((<usize>(first & 63)) << 2), end, batch, row);
}

function decodeGre(at: usize, end: usize, batch: usize, row: u32): u32 {
  if (at + GRE_BYTES > end) return SKIP_TRUNCATED;
  const flags = be16(at);
  if ((flags & (GRE_VERSION | GRE_ROUTING)) !== 0) return SKIP_MALFORMED;
  let header = GRE_BYTES;
  if (flags & GRE_CHECKSUM) header += 4;
  if (flags & GRE_KEY) header += 4;
  if (flags & GRE_SEQUENCE) header += 4;
  return decodePayload(be16(at + 2), at + header, end, batch, row);
}

function decodeInner(protocol: u32, port: u32, at: usize, end: usize, batch: usize, row: u32): u32 {
  if (protocol === IP_IN_IP) return decodeIpv4(at, end, batch, row);
  if (protocol === IPV6_IN_IP) return decodeIpv6(at, end, batch, row);
  if (protocol === GRE) return decodeGre(at, end, batch, row);
  // A length of 0 is that of a jumbogram, or of segmentation left to the network card.
  const length: usize = be16(at + 4);
  if (length >= UDP_BYTES && at + length < end) end = at + length;
  at += UDP_BYTES;
  if (at > end) return SKIP_TRUNCATED;
  return port === GENEVE ? decodeGeneve(at, end, batch, row) : decodeVxlan(at, end, batch, row);
}

/**
 * Puts what a tunnel carries into the row; `at` is where the outer transport begins. Returns 0, or SKIP_INNER_TRUNCATED when the
 * capture ends before the inner addresses. The row is then that of the tunnel, as that of one that stays closed.
 */
export function openTunnel(protocol: u32, at: usize, end: usize, batch: usize, row: u32): u32 {
  if (load<u32>(batch + (BATCH_TUNNELS_CLOSED << 2)) !== 0) return 0;
  const flagsAt = columnAt(batch, FLAGS) + (row << 1);
  const flags = <u32>load<u16>(flagsAt);
  const isNested = (flags & FLAG_TUNNEL) !== 0;
  const depth: u32 = isNested ? <u32>load<u8>(columnAt(batch, TUNNEL) + row) : 0;
  if (depth >= DEPTH_MAX || isPods(batch, row)) return 0;
  const src = columnAt(batch, SRC) + (row << 4);
  const dst = columnAt(batch, DST) + (row << 4);
  const source0 = load<u64>(src);
  const source1 = load<u64>(src, 8);
  const destination0 = load<u64>(dst);
  const destination1 = load<u64>(dst, 8);
  const family = load<u8>(columnAt(batch, FAMILY) + row);
  const sport = load<u16>(columnAt(batch, SPORT) + (row << 1));
  const dport = load<u16>(columnAt(batch, DPORT) + (row << 1));
  const id = load<u32>(columnAt(batch, FRAGMENT_ID) + (row << 2));
  const offset = load<u16>(columnAt(batch, FRAGMENT_OFFSET) + (row << 1));
  const fingerprint = load<u32>(columnAt(batch, FINGERPRINT) + (row << 2));
  clearRow(batch, row);
  store<u8>(columnAt(batch, TUNNEL) + row, <u8>(depth + 1));
  if (!isNested) {
    const outerSrc = columnAt(batch, OUTER_SRC) + (row << 4);
    const outerDst = columnAt(batch, OUTER_DST) + (row << 4);
    store<u64>(outerSrc, source0);
    store<u64>(outerSrc, source1, 8);
    store<u64>(outerDst, destination0);
    store<u64>(outerDst, destination1, 8);
    store<u8>(columnAt(batch, OUTER_FAMILY) + row, family);
  }
  store<u16>(flagsAt, <u16>((flags & FLAG_TRUNCATED) | FLAG_TUNNEL));
  const found = decodeInner(protocol, <u32>dport, at, end, batch, row);
  if (found === 0) return 0;
  const isCut =
    (flags & FLAG_TRUNCATED) !== 0 && (found === SKIP_TRUNCATED || found === SKIP_INNER_TRUNCATED);
  clearRow(batch, row);
  store<u64>(src, source0);
  store<u64>(src, source1, 8);
  store<u64>(dst, destination0);
  store<u64>(dst, destination1, 8);
  store<u8>(columnAt(batch, FAMILY) + row, family);
  store<u8>(columnAt(batch, PROTOCOL) + row, <u8>protocol);
  store<u16>(columnAt(batch, SPORT) + (row << 1), sport);
  store<u16>(columnAt(batch, DPORT) + (row << 1), dport);
  store<u32>(columnAt(batch, FRAGMENT_ID) + (row << 2), id);
  store<u16>(columnAt(batch, FRAGMENT_OFFSET) + (row << 1), offset);
  store<u16>(columnAt(batch, TCP_FLAGS) + (row << 1), 0);
  store<u32>(columnAt(batch, FINGERPRINT) + (row << 2), isCut ? 0 : fingerprint);
  store<u16>(flagsAt, <u16>flags);
  if (isNested) store<u8>(columnAt(batch, TUNNEL) + row, <u8>depth);
  return isCut ? SKIP_INNER_TRUNCATED : 0;
}

/** Whether the transport carries a tunnel; `at` is where it begins. */
export function isTunnel(protocol: u32, at: usize, end: usize): bool {
  if (protocol === IP_IN_IP || protocol === IPV6_IN_IP || protocol === GRE) return true;
  return protocol === UDP && at + UDP_BYTES <= end && isTunnelPort(be16(at + 2));
}
