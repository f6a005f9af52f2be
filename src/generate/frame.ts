/** One Ethernet frame with IPv4 and TCP or UDP, written into a buffer. Source: RFC 791, RFC 9293, RFC 768. */

export const TCP = 6;
export const UDP = 17;
/** As the bytes of a connection: a SYN that is answered by a RST. */
export const SYN_ONLY = 0;

const ETHERNET_BYTES = 14;
const IP_BYTES = 20;
const TCP_BYTES = 20;
const UDP_BYTES = 8;
const DONT_FRAGMENT = 0x4000;
const HOPS = 63;
const WINDOW = 64_240;

/** What a frame says. Addresses are IPv4 as numbers; `payload` are zeros. */
export interface Frame {
  readonly protocol: typeof TCP | typeof UDP;
  readonly source: number;
  readonly destination: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly identification: number;
  /** FIN 1, SYN 2, RST 4, PSH 8, ACK 16. */
  readonly tcpFlags: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly payload: number;
}

/** Bytes of the frame. */
export function frameBytes({ protocol, payload }: Pick<Frame, 'protocol' | 'payload'>): number {
  return ETHERNET_BYTES + IP_BYTES + (protocol === TCP ? TCP_BYTES : UDP_BYTES) + payload;
}

/** Source: RFC 1071. */
function checksum(bytes: DataView, offset: number, length: number): number {
  let sum = 0;
  for (let at = 0; at < length; at += 2) sum += bytes.getUint16(offset + at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** Hardware addresses follow from the IPv4 addresses: a locally administered prefix before them. */
function writeEthernet(bytes: DataView, at: number, { source, destination }: Frame): void {
  bytes.setUint16(at, 0x0200);
  bytes.setUint32(at + 2, destination);
  bytes.setUint16(at + 6, 0x0200);
  bytes.setUint32(at + 8, source);
  bytes.setUint16(at + 12, 0x0800);
}

function writeIp(bytes: DataView, at: number, frame: Frame): void {
  bytes.setUint16(at, 0x4500);
  bytes.setUint16(at + 2, frameBytes(frame) - ETHERNET_BYTES);
  bytes.setUint16(at + 4, frame.identification & 0xffff);
  bytes.setUint16(at + 6, DONT_FRAGMENT);
  bytes.setUint8(at + 8, HOPS);
  bytes.setUint8(at + 9, frame.protocol);
  bytes.setUint16(at + 10, 0);
  bytes.setUint32(at + 12, frame.source);
  bytes.setUint32(at + 16, frame.destination);
  bytes.setUint16(at + 10, checksum(bytes, at, IP_BYTES));
}

/** Checksums of the transport are left out, as where network cards compute them. */
function writeTransport(bytes: DataView, at: number, frame: Frame): void {
  bytes.setUint16(at, frame.sourcePort);
  bytes.setUint16(at + 2, frame.destinationPort);
  if (frame.protocol === UDP) {
    bytes.setUint16(at + 4, UDP_BYTES + frame.payload);
    bytes.setUint16(at + 6, 0);
    return;
  }
  bytes.setUint32(at + 4, frame.sequence >>> 0);
  bytes.setUint32(at + 8, frame.acknowledgement >>> 0);
  bytes.setUint16(at + 12, (TCP_BYTES / 4) * 4096 + frame.tcpFlags);
  bytes.setUint16(at + 14, WINDOW);
  bytes.setUint32(at + 16, 0);
}

/** Writes the headers of the frame at `at`. The payload is left as it lies there. */
export function writeFrame(bytes: DataView, at: number, frame: Frame): void {
  writeEthernet(bytes, at, frame);
  writeIp(bytes, at + ETHERNET_BYTES, frame);
  writeTransport(bytes, at + ETHERNET_BYTES + IP_BYTES, frame);
}

/** Bytes that `writeFrame` writes at most. */
export const HEADERS_BYTES = ETHERNET_BYTES + IP_BYTES + TCP_BYTES;
