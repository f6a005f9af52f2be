/** How much each packet asks of the tables. */
import { type LookupDesk, ROWS } from '../dataplane/lookup-desk.ts';
import { EXTRA_COUNT_MASK } from '../packet/batch-layout.ts';
import { NO_OUTCOME } from '../tables/verdict-layout.ts';
import { loadPackets, type Packets } from './packets.ts';

/** Programs that each packet meets, for each backend of the service it goes to. `backendsOf` says how many those are. */
export function workOf(
  { batch, lookUp }: LookupDesk,
  packets: Packets,
  backendsOf: (packets: Packets, row: number) => number,
): Uint32Array {
  const work = new Uint32Array(packets.count);
  for (let first = 0; first < packets.count; first += ROWS) {
    const rows = Math.min(ROWS, packets.count - first);
    loadPackets(batch, packets, first, rows);
    lookUp(rows);
    for (let row = 0; row < rows; row++) {
      const met =
        (batch.egress[row] === NO_OUTCOME ? 0 : 1) +
        (batch.ingress[row] === NO_OUTCOME ? 0 : 1) +
        (batch.extraCount[row]! & EXTRA_COUNT_MASK);
      work[first + row] = Math.max(1, met) * backendsOf(packets, first + row);
    }
  }
  return work;
}
