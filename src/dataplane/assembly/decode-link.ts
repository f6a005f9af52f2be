// Link layers → the network layer behind them: Ethernet with VLAN tags and 802.2, Linux cooked, raw IP, NULL and LOOP; lines and
// labels are in decode-ppp.ts. Every
// function gets [at, end), returns a SKIP_ code, 0 when the row holds a packet, and never reads outside.
//
// Source: www.tcpdump.org/linktypes.html; IEEE 802.2, 802.3, 802.1Q; linux/if_arp.h.

import {
  LINK_CISCO_HDLC,
  LINK_ETHERNET,
  LINK_IPV4,
  LINK_IPV6,
  LINK_LINUX_SLL,
  LINK_LINUX_SLL2,
  LINK_LOOP,
  LINK_NFLOG,
  LINK_NULL,
  LINK_PPP,
  LINK_PPP_ETHERNET,
  LINK_PPP_SERIAL,
  LINK_RAW,
  LINK_RAW_BSD,
  LINK_RAW_OPENBSD,
} from '../../packet/pcap-layout';
import { SKIP_NON_IP, SKIP_TRUNCATED } from '../../tables/verdict-layout';
import { be16, decodeIp, decodeIpv4, decodeIpv6 } from './decode-ip';
import { decodeHdlc, decodeMpls, decodeNflog, decodePpp, decodePppoe, decodeSerial } from './decode-ppp';
import { addPoint } from './fingerprint';

export const ETHERNET_BYTES: u32 = 14;
const SLL_BYTES: u32 = 16;
const SLL2_BYTES: u32 = 20;
const VLAN_TAG_BYTES: u32 = 4;
/** More tags than any network stacks are no frame. */
const VLAN_DEPTH_MAX: u32 = 8;
/** Of NULL and LOOP. */
const FAMILY_BYTES: u32 = 4;

const ETHERTYPE_IPV4: u32 = 0x0800;
const ETHERTYPE_IPV6: u32 = 0x86dd;
const ETHERTYPE_MPLS_UNICAST: u32 = 0x8847;
const ETHERTYPE_MPLS_MULTICAST: u32 = 0x8848;
const ETHERTYPE_PPPOE_SESSION: u32 = 0x8864;
/** Below, the two bytes of an 802.3 frame are a length or nothing. */
const ETHERTYPES_FROM: u32 = 0x600;
const LLC_LENGTH_MAX: u32 = 1500;
/** Destination and source service access point. */
const LLC_IP: u32 = 0x0606;
const LLC_SNAP: u32 = 0xaaaa;
const LLC_UNNUMBERED: u32 = 3;
/** LINUX_SLL_P_802_2. */
const COOKED_LLC: u32 = 4;
/** Hardware types whose protocol field is no ethertype. */
const ARPHRD_FRAD: u32 = 770;
const ARPHRD_RADIOTAP: u32 = 803;
const ARPHRD_NETLINK: u32 = 824;

const AF_INET: u32 = 2;
const AF_INET6_LINUX: u32 = 10;
const AF_INET6_OPENBSD: u32 = 24;
const AF_INET6_FREEBSD: u32 = 28;
const AF_INET6_MACOS: u32 = 30;

function inOrder(value: u32, swapped: bool): u32 {
  return swapped ? bswap<u32>(value) : value;
}

/** The link layer; returns a SKIP_ code, 0 when the row holds a packet. */
export function decodeLink(linkType: u32, at: usize, end: usize, batch: usize, row: u32, swapped: bool): u32 {
  if (linkType === LINK_ETHERNET) {
    if (at + ETHERNET_BYTES > end) return SKIP_TRUNCATED;
    return decodeEthertype(be16(at + 12), at + ETHERNET_BYTES, end, batch, row);
  }
  if (linkType === LINK_LINUX_SLL) {
    if (at + SLL_BYTES > end) return SKIP_TRUNCATED;
    // Packet type and hardware type, then the sender's address and its length.
    addPoint(batch, row, ((<u64>load<u32>(at)) << 32) | load<u16>(at, 4));
    addPoint(batch, row, load<u64>(at, 6));
    return decodeCooked(be16(at + 2), be16(at + 14), at + SLL_BYTES, end, batch, row);
  }
  if (linkType === LINK_LINUX_SLL2) {
    if (at + SLL2_BYTES > end) return SKIP_TRUNCATED;
    // Interface and packet type.
    addPoint(batch, row, ((<u64>load<u32>(at, 4)) << 32) | load<u8>(at, 10));
    return decodeCooked(be16(at + 8), be16(at), at + SLL2_BYTES, end, batch, row);
  }
  const isRaw = linkType === LINK_RAW || linkType === LINK_RAW_BSD || linkType === LINK_RAW_OPENBSD;
  if (isRaw || linkType === LINK_IPV4 || linkType === LINK_IPV6) return decodeIp(at, end, batch, row);
  if (linkType === LINK_NFLOG) return decodeNflog(at, end, batch, row);
  if (linkType === LINK_PPP) return decodePpp(at, end, batch, row);
  if (linkType === LINK_PPP_SERIAL) return decodeSerial(at, end, batch, row);
  if (linkType === LINK_PPP_ETHERNET) return decodePppoe(at, end, batch, row);
  if (linkType === LINK_CISCO_HDLC) return decodeHdlc(at, end, batch, row);
  if (linkType !== LINK_NULL && linkType !== LINK_LOOP) return SKIP_NON_IP;
  if (at + FAMILY_BYTES > end) return SKIP_TRUNCATED;
  // NULL holds the family in the order of the capturing host, which need not be the file's; LOOP is big-endian.
  let family = linkType === LINK_LOOP ? bswap<u32>(load<u32>(at)) : inOrder(load<u32>(at), swapped);
  if (family > 0xffff) family = bswap<u32>(family);
  if (family === AF_INET) return decodeIpv4(at + FAMILY_BYTES, end, batch, row);
  if (
    family === AF_INET6_LINUX ||
    family === AF_INET6_OPENBSD ||
    family === AF_INET6_FREEBSD ||
    family === AF_INET6_MACOS
  )
    return decodeIpv6(at + FAMILY_BYTES, end, batch, row);
  return SKIP_NON_IP;
}

/** Linux cooked: the protocol is an ethertype but for some hardware types and the values below 5. */
function decodeCooked(hardware: u32, protocol: u32, at: usize, end: usize, batch: usize, row: u32): u32 {
  if (hardware === ARPHRD_NETLINK || hardware === ARPHRD_RADIOTAP || hardware === ARPHRD_FRAD)
    return SKIP_NON_IP;
  if (protocol === COOKED_LLC) return decodeLlc(at, end, batch, row);
  return protocol < ETHERTYPES_FROM ? SKIP_NON_IP : decodeEthertype(protocol, at, end, batch, row);
}

function isVlan(type: u32): bool {
  return type === 0x8100 || type === 0x88a8 || type === 0x9100 || type === 0x9200;
}

export function decodeEthertype(type: u32, at: usize, end: usize, batch: usize, row: u32): u32 {
  for (let depth: u32 = 0; depth < VLAN_DEPTH_MAX && isVlan(type); depth++) {
    if (at + VLAN_TAG_BYTES > end) return SKIP_TRUNCATED;
    type = be16(at + 2);
    at += VLAN_TAG_BYTES;
  }
  if (type === ETHERTYPE_IPV4) return decodeIpv4(at, end, batch, row);
  if (type === ETHERTYPE_IPV6) return decodeIpv6(at, end, batch, row);
  if (type === ETHERTYPE_MPLS_UNICAST || type === ETHERTYPE_MPLS_MULTICAST)
    return decodeMpls(at, end, batch, row);
  if (type === ETHERTYPE_PPPOE_SESSION) return decodePppoe(at, end, batch, row);
  if (type <= LLC_LENGTH_MAX) return decodeLlc(at, at + type < end ? at + type : end, batch, row);
  return SKIP_NON_IP;
}

/** 802.2: SNAP with an ethertype, or IP over LLC. Nothing else carries IP. */
function decodeLlc(at: usize, end: usize, batch: usize, row: u32): u32 {
  if (at + 3 > end) return SKIP_NON_IP;
  const service = be16(at);
  if (service === LLC_IP && load<u8>(at + 2) === LLC_UNNUMBERED) return decodeIpv4(at + 3, end, batch, row);
  if (service !== LLC_SNAP || at + 8 > end || load<u8>(at + 2) !== LLC_UNNUMBERED) return SKIP_NON_IP;
  if (be16(at + 3) !== 0 || load<u8>(at + 5) !== 0) return SKIP_NON_IP;
  const type = be16(at + 6);
  return type <= LLC_LENGTH_MAX ? SKIP_NON_IP : decodeEthertype(type, at + 8, end, batch, row);
}
