// What the pcap kernels are told about a capture, u32 words, and what framing answers. Compiled by tsc and asc alike.

/** 1 when the capture's byte order is big-endian. */
export const PCAP_SWAPPED = 0;
/** 16, or 24 for the modified format. */
export const PCAP_RECORD_HEADER_BYTES = 1;
/** 1 when the fraction of a second counts nanoseconds, else microseconds. */
export const PCAP_NANOS = 2;
/** LINKTYPE_ number. */
export const PCAP_LINK_TYPE = 3;
/** Bytes of frame check sequence behind each frame. */
export const PCAP_FCS_BYTES = 4;
/** The largest captured length that is believed. */
export const PCAP_MAX_CAPTURED = 5;
/** A LENGTHS_ value: in which order a record's two lengths stand. */
export const PCAP_LENGTHS = 6;
/** Answer: bytes of whole records. */
export const FRAMED_BYTES = 7;
/** Answer: 1 when the record behind them has a length that no capture has. */
export const FRAMED_BAD_LENGTH = 8;
/** 1: framing leaves the first record at or behind the time of PCAP_BEFORE, and all that follow. */
export const PCAP_IS_LIMITED = 9;
/** u64, `seconds << 32 | nanoseconds`. */
export const PCAP_BEFORE = 10;
/** Answer, u64: time of the record that was left so. */
export const FRAMED_NEXT = 12;
/** Answer: 1 when one was. */
export const FRAMED_IS_LIMITED = 14;
export const PCAP_WORDS = 16;

export const LINK_NULL = 0;
export const LINK_ETHERNET = 1;
export const LINK_PPP = 9;
export const LINK_RAW_BSD = 12;
export const LINK_RAW_OPENBSD = 14;
export const LINK_PPP_SERIAL = 50;
export const LINK_PPP_ETHERNET = 51;
export const LINK_RAW = 101;
export const LINK_CISCO_HDLC = 104;
export const LINK_LOOP = 108;
export const LINK_LINUX_SLL = 113;
export const LINK_IPV4 = 228;
export const LINK_IPV6 = 229;
export const LINK_NFLOG = 239;
export const LINK_LINUX_SLL2 = 276;

/** Since minor version 4. */
export const LENGTHS_CAPTURED_FIRST = 0;
/** Before minor version 3. */
export const LENGTHS_ORIGINAL_FIRST = 1;
/** Minor version 3 has either order: the captured length is the smaller. */
export const LENGTHS_SMALLER_IS_CAPTURED = 2;
