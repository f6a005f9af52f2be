/** A classic capture in other containers: pcapng, and zstd with stored blocks, which Node before version 22 cannot write. */

const PCAP_HEADER_BYTES = 24;
const ZSTD_BLOCK_BYTES = 128 << 10;

/** The same packets in enhanced packet blocks of one interface (microseconds, little-endian). */
export function pcapngOf(pcap: Buffer): Buffer {
  const section = Buffer.alloc(28);
  section.writeUInt32LE(0x0a0d0d0a, 0);
  section.writeUInt32LE(28, 4);
  section.writeUInt32LE(0x1a2b3c4d, 8);
  section.writeUInt16LE(1, 12);
  section.fill(0xff, 16, 24);
  section.writeUInt32LE(28, 24);
  const description = Buffer.alloc(20);
  description.writeUInt32LE(1, 0);
  description.writeUInt32LE(20, 4);
  description.writeUInt16LE(1, 8);
  description.writeUInt32LE(20, 16);
  const parts = [section, description];
  for (let at = PCAP_HEADER_BYTES; at + 16 <= pcap.length; ) {
    const captured = pcap.readUInt32LE(at + 8);
    const padded = Math.ceil(captured / 4) * 4;
    const block = Buffer.alloc(32 + padded);
    const time = BigInt(pcap.readUInt32LE(at)) * 1_000_000n + BigInt(pcap.readUInt32LE(at + 4));
    block.writeUInt32LE(6, 0);
    block.writeUInt32LE(block.length, 4);
    block.writeUInt32LE(Number(time >> 32n), 12);
    block.writeUInt32LE(Number(time & 0xffffffffn), 16);
    block.writeUInt32LE(captured, 20);
    block.writeUInt32LE(pcap.readUInt32LE(at + 12), 24);
    pcap.copy(block, 28, at + 16, at + 16 + captured);
    block.writeUInt32LE(block.length, block.length - 4);
    parts.push(block);
    at += 16 + captured;
  }
  return Buffer.concat(parts);
}

/** One frame of stored blocks. Source: RFC 8878, 3.1.1. */
export function zstdOf(content: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from('28b52ffd0058', 'hex')];
  for (let at = 0; at < content.length; at += ZSTD_BLOCK_BYTES) {
    const piece = content.subarray(at, at + ZSTD_BLOCK_BYTES);
    const head = Buffer.alloc(3);
    head.writeUIntLE((at + ZSTD_BLOCK_BYTES >= content.length ? 1 : 0) | (piece.length << 3), 0, 3);
    parts.push(head, piece);
  }
  return Buffer.concat(parts);
}
