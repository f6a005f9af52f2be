// What stands between a link layer and IP on lines and in tunnels of providers: MPLS labels, PPPoE, PPP, Cisco HDLC; and the
// kernel's own log of packets (NFLOG). Every function gets [at, end), returns a SKIP_ code, 0 when the row holds a packet.
//
// Source: RFC 3032, 2516, 1661, 1662, 1547; www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html.

import { OBSERVED_BY } from '../../packet/batch-layout';
import { SKIP_MALFORMED, SKIP_NON_IP, SKIP_TRUNCATED } from '../../tables/verdict-layout';
import { be16, decodeIpv4, decodeIpv6 } from './decode-ip';
import { decodeEthertype } from './decode-link';
import { addPoint } from './fingerprint';
import { columnAt } from './identify';

const MPLS_LABEL_BYTES: usize = 4;
/** In the third byte of a label: the last one of the stack. */
const MPLS_BOTTOM: u32 = 1;
const PPPOE_BYTES: usize = 6;
/** Version 1, type 1; code 0 is session data. */
const PPPOE_SESSION: u32 = 0x1100;
const PPP_IPV4: u32 = 0x0021;
const PPP_IPV6: u32 = 0x0057;
const PPP_MPLS_UNICAST: u32 = 0x0281;
const PPP_MPLS_MULTICAST: u32 = 0x0283;
/** Address and control, where they are not compressed away. */
const PPP_ADDRESS_CONTROL: u32 = 0xff03;
const CISCO_UNICAST: u32 = 0x0f00;
const CISCO_MULTICAST: u32 = 0x8f00;
const NFLOG_BYTES: usize = 4;
const NFLOG_PACKET: u32 = 1;
const NFLOG_PAYLOAD: u32 = 9;
const NFLOG_PREFIX: u32 = 10;
const AF_INET: u32 = 2;
const AF_INET6: u32 = 10;

/** A stack of labels; IP is told by its version, anything else is a pseudowire. */
export function decodeMpls(at: usize, end: usize, batch: usize, row: u32): u32 {
  for (;;) {
    if (at + MPLS_LABEL_BYTES > end) return SKIP_TRUNCATED;
    const isBottom = (<u32>load<u8>(at + 2) & MPLS_BOTTOM) !== 0;
    at += MPLS_LABEL_BYTES;
    if (isBottom) break;
  }
  if (at >= end) return SKIP_TRUNCATED;
  const version = <u32>load<u8>(at) >> 4;
  if (version === 4) return decodeIpv4(at, end, batch, row);
  return version === 6 ? decodeIpv6(at, end, batch, row) : SKIP_NON_IP;
}

/** A PPPoE session packet; discovery carries no IP. */
export function decodePppoe(at: usize, end: usize, batch: usize, row: u32): u32 {
  if (at + PPPOE_BYTES > end) return SKIP_TRUNCATED;
  if (be16(at) !== PPPOE_SESSION) return SKIP_NON_IP;
  const length: usize = be16(at + 4);
  at += PPPOE_BYTES;
  return decodePppProtocol(at, at + length < end ? at + length : end, batch, row);
}

/** PPP in HDLC-like framing, with its address and control bytes or without. */
export function decodePpp(at: usize, end: usize, batch: usize, row: u32): u32 {
  if (at + 2 > end) return SKIP_TRUNCATED;
  return decodePppProtocol(be16(at) === PPP_ADDRESS_CONTROL ? at + 2 : at, end, batch, row);
}

/** A serial line: PPP, or Cisco's framing with an ethertype. */
export function decodeSerial(at: usize, end: usize, batch: usize, row: u32): u32 {
  if (at + 2 > end) return SKIP_TRUNCATED;
  const start = be16(at);
  return start === CISCO_UNICAST || start === CISCO_MULTICAST
    ? decodeHdlc(at, end, batch, row)
    : decodePpp(at, end, batch, row);
}

/** Cisco HDLC: address, control, ethertype. */
export function decodeHdlc(at: usize, end: usize, batch: usize, row: u32): u32 {
  if (at + 4 > end) return SKIP_TRUNCATED;
  return decodeEthertype(be16(at + 2), at + 4, end, batch, row);
}

/** The protocol is one byte when that is odd, else two. */
function decodePppProtocol(at: usize, end: usize, batch: usize, row: u32): u32 {
  if (at + 2 > end) return SKIP_TRUNCATED;
  const first = <u32>load<u8>(at);
  const isShort = (first & 1) !== 0;
  const protocol = isShort ? first : be16(at);
  at += isShort ? 1 : 2;
  if (protocol === PPP_IPV4) return decodeIpv4(at, end, batch, row);
  if (protocol === PPP_IPV6) return decodeIpv6(at, end, batch, row);
  if (protocol === PPP_MPLS_UNICAST || protocol === PPP_MPLS_MULTICAST)
    return decodeMpls(at, end, batch, row);
  return SKIP_NON_IP;
}

/**
 * A packet that a firewall rule logged: attributes, in the order of the capturing host, which the first one's type tells: it is a small
 * number. Where the rule's prefix begins goes to OBSERVED_BY, for whoever reads it while the bytes are here.
 */
export function decodeNflog(at: usize, end: usize, batch: usize, row: u32): u32 {
  if (at + NFLOG_BYTES > end) return SKIP_TRUNCATED;
  const family = <u32>load<u8>(at);
  if (load<u8>(at + 1) !== 0) return SKIP_NON_IP;
  // The group that the rule logs to.
  addPoint(batch, row, load<u16>(at, 2));
  at += NFLOG_BYTES;
  const isBig = at + 4 <= end && load<u8>(at, 3) !== 0;
  while (at + 4 <= end) {
    const length = <usize>(isBig ? be16(at) : <u32>load<u16>(at));
    const type = isBig ? be16(at + 2) : <u32>load<u16>(at + 2);
    if (length < 4) return SKIP_MALFORMED;
    if (type === NFLOG_PREFIX && at + length <= end)
      store<u32>(columnAt(batch, OBSERVED_BY) + (row << 2), <u32>(at + 4));
    // Behind the protocol: the hook.
    if (type === NFLOG_PACKET && at + 7 <= end) addPoint(batch, row, load<u8>(at, 6));
    if (type === NFLOG_PAYLOAD) {
      const last = at + length < end ? at + length : end;
      if (family === AF_INET) return decodeIpv4(at + 4, last, batch, row);
      return family === AF_INET6 ? decodeIpv6(at + 4, last, batch, row) : SKIP_NON_IP;
    }
    at += (length + 3) & ~3;
  }
  return at > end ? SKIP_TRUNCATED : SKIP_NON_IP;
}
