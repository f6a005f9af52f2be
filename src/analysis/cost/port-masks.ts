/** Ports as tables with masks take them: a range is several blocks of a power of two. */
import type { PortRange } from '../../net/port.ts';

/** A block of ports: `first` with its low bits free. */
export interface MaskedPort {
  readonly first: number;
  /** A power of two. */
  readonly size: number;
}

/** The fewest blocks that hold the ports of the range and no others, ascending: 1 for a single port, 30 at most. */
export function maskedPorts({ first, last }: PortRange): MaskedPort[] {
  const blocks: MaskedPort[] = [];
  for (let port = first; port <= last; ) {
    let size = 1;
    while (port % (size * 2) === 0 && port + size * 2 - 1 <= last) size *= 2;
    blocks.push({ first: port, size });
    port += size;
  }
  return blocks;
}
