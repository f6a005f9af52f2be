/**
 * The header of a classic capture: what the bytes behind it mean.
 *
 * Source: draft-ietf-opsawg-pcap; magics as libpcap's sf-pcap.c takes them.
 */
import * as L from '../packet/pcap-layout.ts';

export const PCAP_HEADER_BYTES = 24;
/** libpcap's MAXIMUM_SNAPLEN: no record of a sound capture is longer, whatever its header says. */
const MAX_CAPTURED = 262_144;
/** A header may claim a larger snapshot length; nobody captures packets beyond this, and a record must fit into memory. */
export const LARGEST_RECORD = 1 << 20;

export interface PcapHeader {
  readonly isBigEndian: boolean;
  readonly isNanos: boolean;
  /** 16, or 24 for the modified format. */
  readonly recordHeaderBytes: number;
  readonly linkType: number;
  readonly fcsBytes: number;
  readonly maxCaptured: number;
  /** LENGTHS_ of packet/pcap-layout.ts. */
  readonly lengths: number;
}

/** The first four bytes as they lie in the file: byte order, unit and record header. */
const MAGICS: Readonly<
  Record<string, readonly [isBigEndian: boolean, isNanos: boolean, recordHeaderBytes: number]>
> = {
  d4c3b2a1: [false, false, 16],
  a1b2c3d4: [true, false, 16],
  '4d3cb2a1': [false, true, 16],
  a1b23c4d: [true, true, 16],
  '34cdb2a1': [false, false, 24],
  a1b2cd34: [true, false, 24],
};

/** Names of the link types that are read, and of those that users meet. */
const LINK_NAMES: Readonly<Record<number, string>> = {
  [L.LINK_NULL]: 'NULL',
  [L.LINK_ETHERNET]: 'EN10MB',
  [L.LINK_RAW_BSD]: 'RAW',
  [L.LINK_RAW_OPENBSD]: 'RAW',
  [L.LINK_RAW]: 'RAW',
  [L.LINK_LOOP]: 'LOOP',
  [L.LINK_LINUX_SLL]: 'LINUX_SLL',
  [L.LINK_IPV4]: 'IPV4',
  [L.LINK_IPV6]: 'IPV6',
  [L.LINK_LINUX_SLL2]: 'LINUX_SLL2',
  [L.LINK_PPP]: 'PPP',
  [L.LINK_PPP_SERIAL]: 'PPP_HDLC',
  [L.LINK_PPP_ETHERNET]: 'PPP_ETHER',
  [L.LINK_CISCO_HDLC]: 'C_HDLC',
  105: 'IEEE802_11',
  119: 'PRISM_HEADER',
  127: 'IEEE802_11_RADIOTAP',
  192: 'PPI',
  [L.LINK_NFLOG]: 'NFLOG',
};

const READ_LINK_TYPES: ReadonlySet<number> = new Set([
  L.LINK_NULL,
  L.LINK_ETHERNET,
  L.LINK_RAW_BSD,
  L.LINK_RAW_OPENBSD,
  L.LINK_RAW,
  L.LINK_LOOP,
  L.LINK_LINUX_SLL,
  L.LINK_IPV4,
  L.LINK_IPV6,
  L.LINK_LINUX_SLL2,
  L.LINK_PPP,
  L.LINK_PPP_SERIAL,
  L.LINK_PPP_ETHERNET,
  L.LINK_CISCO_HDLC,
  L.LINK_NFLOG,
]);

export const isReadLinkType = (linkType: number): boolean => READ_LINK_TYPES.has(linkType);

/** A link type in words, for warnings. */
export function linkTypeName(linkType: number): string {
  const name = LINK_NAMES[linkType];
  return name === undefined ? `link type ${linkType}` : `${name} (link type ${linkType})`;
}

/** Whether the bytes begin as a classic capture does, in any variant and byte order. */
export function isPcapMagic(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && magicOf(bytes) in MAGICS;
}

const magicOf = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, 4)).toString('hex');

/** Reads the header; `problem` when the bytes are no capture that can be read. */
export function readPcapHeader(
  bytes: Uint8Array,
): { readonly header: PcapHeader } | { readonly problem: string } {
  const magic = MAGICS[magicOf(bytes)];
  if (magic === undefined) return { problem: 'no magic number of a capture' };
  if (bytes.length < PCAP_HEADER_BYTES)
    return { problem: `${bytes.length} bytes, a capture's header has ${PCAP_HEADER_BYTES}` };
  const [isBigEndian, isNanos, recordHeaderBytes] = magic;
  const view = new DataView(bytes.buffer, bytes.byteOffset, PCAP_HEADER_BYTES);
  const major = view.getUint16(4, !isBigEndian);
  const minor = view.getUint16(6, !isBigEndian);
  if (major !== 2 || minor > 4)
    return { problem: `version ${major}.${minor} of the format, 2.0 to 2.4 are known` };
  const snaplen = view.getUint32(16, !isBigEndian);
  const link = view.getUint32(20, !isBigEndian);
  const hasFcs = (link & 0x04000000) !== 0;
  return {
    header: {
      isBigEndian,
      isNanos,
      recordHeaderBytes,
      linkType: link & 0xffff,
      fcsBytes: hasFcs ? (link >>> 28) * 2 : 0,
      maxCaptured: Math.min(Math.max(snaplen, MAX_CAPTURED), LARGEST_RECORD),
      lengths:
        minor === 4
          ? L.LENGTHS_CAPTURED_FIRST
          : minor === 3
            ? L.LENGTHS_SMALLER_IS_CAPTURED
            : L.LENGTHS_ORIGINAL_FIRST,
    },
  };
}
