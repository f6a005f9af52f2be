/** A frame of zstd as tests write it: blocks that are stored as they are, and a repeated byte. Source: RFC 8878, 3.1.1. */

/** `pieces` one after the other, then the byte 7 `repeated` times. No piece is longer than 128 KiB. */
export function zstdFrame(pieces: readonly Buffer[], repeated = 0): Buffer {
  const block = (isLast: boolean, type: number, size: number): Buffer => {
    const head = Buffer.alloc(3);
    head.writeUIntLE((isLast ? 1 : 0) | (type << 1) | (size << 3), 0, 3);
    return head;
  };
  return Buffer.concat([
    Buffer.from('28b52ffd0058', 'hex'),
    ...pieces.flatMap((piece) => [block(false, 0, piece.length), piece]),
    block(true, 1, repeated),
    Buffer.from([7]),
  ]);
}
