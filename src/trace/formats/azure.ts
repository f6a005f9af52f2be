/**
 * Azure's flow logs, of network security groups (versions 1 and 2) and of virtual networks (version 4): tuples of text inside a JSON
 * document, which is appended to while its hour runs. What a security group decided says nothing about policy.
 *
 * Source: learn.microsoft.com, Network Watcher, NSG and virtual network flow logs.
 */
import { OBSERVED_ALLOW, OBSERVED_DENY, OBSERVED_ELSEWHERE } from '../../packet/batch-layout.ts';
import type { FlowFormat } from '../flow-log/flow-format.ts';
import { type FlowReading, type FlowRecord, MALFORMED } from '../flow-log/flow-record.ts';
import { countOf, wholeOf } from '../flow-log/record-values.ts';
import { parseTime } from '../time.ts';

const PROTOCOLS: Readonly<Record<string, number>> = { T: 6, U: 17 };

/** Counters of both directions; without any, what a tuple that tells of nothing else stands for. */
function countsOf(cells: readonly string[], missing: number): Pick<FlowRecord, 'packets' | 'bytes'> {
  const [sent, sentBytes, received, receivedBytes] = cells;
  const isCounted = cells.some((cell) => cell !== '');
  return {
    packets: isCounted ? countOf(sent, 0) + countOf(received, 0) : missing,
    bytes: countOf(sentBytes, 0) + countOf(receivedBytes, 0),
  };
}

/**
 * Behind the seven cells that all versions share. The tuple that begins a flow (B) counts nothing yet; one of a denied flow is all
 * there is of it.
 */
function verdictAndCounts(cells: readonly string[], isVnet: boolean): Partial<FlowRecord> {
  const isDenied = cells[7] === 'D';
  const observed = (isDenied ? OBSERVED_DENY : OBSERVED_ALLOW) | OBSERVED_ELSEWHERE;
  const begins = cells[isVnet ? 7 : 8] === 'B';
  const counts = countsOf(cells.slice(9, 13), begins && !isDenied ? 0 : 1);
  return { observed, ...counts, packets: isDenied ? Math.max(1, counts.packets) : counts.packets };
}

function read(text: string): FlowReading {
  // A tuple at the end of a document that is still written may be cut.
  if (!/^".*"$/.test(text)) return MALFORMED;
  const cells = text
    .replaceAll('"', '')
    .split(',')
    .map((cell) => cell.trim());
  if (cells.length < 8) return MALFORMED;
  const named = PROTOCOLS[cells[5]!];
  const isVnet = named === undefined;
  const protocol = named ?? wholeOf(cells[5], 255);
  return {
    time: parseTime(cells[0]),
    source: cells[1],
    destination: cells[2],
    protocol,
    sourcePort: wholeOf(cells[3], 65_535),
    destinationPort: wholeOf(cells[4], 65_535),
    packets: 1,
    bytes: 0,
    ...verdictAndCounts(cells, isVnet),
  };
}

/** Flow logs of Azure. */
export const AZURE: FlowFormat = {
  name: 'azure',
  title: 'Azure NSG and VNet flow logs',
  signs: [
    '"records"',
    '"flowTuples"',
    '"flowRecords"',
    '"macAddress"',
    '"mac"',
    '"systemId"',
    '"flowGroups"',
  ],
  tellsVerdicts: true,
  recognise: ({ text }, isGiven) =>
    isGiven || /"flowTuples"\s*:\s*\[/.test(text)
      ? { framing: 'tuples', delimiter: ',', columns: {}, noise: [] }
      : undefined,
  reader: () => read,
};
