/** Port ranks that change: how many things serve or name a port is counted, so that the last one to go takes the mark along. */
import type { PortRange } from '../../net/port.ts';
import { SCTP, TCP, UDP } from '../../net/protocol-layout.ts';
import { SECTION_PORT_RANKS } from '../../tables/directory-layout.ts';
import { PORT_RANK_BYTES } from '../../tables/port-rank-layout.ts';
import type { TablesEditor } from '../../tables/tables-editor.ts';
import type { PortMarks } from '../port-rank-marks.ts';

const PORTS = 65_536;

export class LivePortRanks {
  /** Those that come. */
  readonly coming: PortMarks = this.#marks(1);
  /** Those that go. */
  readonly going: PortMarks = this.#marks(-1);
  readonly #counts = new Uint32Array(6 * PORTS);
  #editor: TablesEditor | undefined;

  /** The tables that hold the marks of all that came so far. */
  attach(editor: TablesEditor): void {
    this.#editor = editor;
  }

  #marks(sign: 1 | -1): PortMarks {
    return {
      serve: (protocol, port) => this.#count(protocol, { first: port, last: port }, 0, sign),
      name: (protocol, ports) => this.#count(protocol, ports, 1, sign),
    };
  }

  #count(protocol: number, { first, last }: PortRange, map: 0 | 1, sign: 1 | -1): void {
    const group = [TCP, UDP, SCTP].indexOf(protocol);
    if (group < 0) return;
    const at = 2 * group + map;
    for (let port = first; port <= last; port++) {
      const before = this.#counts[at * PORTS + port]!;
      this.#counts[at * PORTS + port] = before + sign;
      if (before === 0 || before + sign === 0) this.#mark(at * PORT_RANK_BYTES + (port >> 3), port & 7, sign);
    }
  }

  #mark(byte: number, bit: number, sign: 1 | -1): void {
    if (this.#editor === undefined) return;
    const offset = byte & ~3;
    const mask = 1 << (8 * (byte & 3) + bit);
    const word = this.#editor.get(SECTION_PORT_RANKS, offset);
    this.#editor.set(SECTION_PORT_RANKS, offset, sign === 1 ? word | mask : word & ~mask);
  }
}
