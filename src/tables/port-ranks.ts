/**
 * Port ranks: which ports of TCP, UDP and SCTP the cluster serves and which ones rules name, as bitmaps. A connection
 * that is seen from its middle on is oriented by them. The fast reader is dataplane/assembly/port-rank.ts.
 *
 * Layout: for each of TCP, UDP and SCTP a bitmap of served ports and one of named ports, PORT_RANK_BYTES each.
 */
import type { PortRange } from '../net/port.ts';
import { SCTP, TCP, UDP } from '../net/protocol-layout.ts';
import { PORT_RANK_BYTES } from './port-rank-layout.ts';

export class PortRanks {
  readonly #bytes = new Uint8Array(6 * PORT_RANK_BYTES);

  /** A service or container port of the cluster. */
  serve(protocol: number, port: number): void {
    this.#mark(protocol, { first: port, last: port }, 0);
  }

  /** A port that some rule names. */
  name(protocol: number, ports: PortRange): void {
    this.#mark(protocol, ports, 1);
  }

  bytes(): Uint8Array {
    return this.#bytes;
  }

  #mark(protocol: number, { first, last }: PortRange, map: 0 | 1): void {
    const group = [TCP, UDP, SCTP].indexOf(protocol);
    if (group < 0) return;
    const at = (2 * group + map) * PORT_RANK_BYTES;
    for (let port = first; port <= last; port++) this.#bytes[at + (port >> 3)]! |= 1 << (port & 7);
  }
}
