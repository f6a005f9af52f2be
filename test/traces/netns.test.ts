/**
 * A real kernel's verdicts: every connection attempt of traces/netns/expected.tsv through the judge, and both captures
 * through a replay, under Calico's policies as the kernel had them and under the NetworkPolicies that come closest. Left
 * out, as the table says: attempts that were not policed (IPv6) and the one whose TTL ran out.
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileTables } from '../../src/compile/compile.ts';
import { formatAddress } from '../../src/net/address.ts';
import { protocolNumber } from '../../src/net/protocol.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { replay } from '../../src/replay/replay.ts';
import { VERDICTS } from '../../src/tables/verdict.ts';
import { openTrace } from '../../src/trace/open.ts';
import type { KernelRow } from './kernel-verdicts.ts';
import {
  addressOf,
  attemptKey,
  flowKey,
  loaded,
  NETNS,
  policed,
  attempts as rows,
  worldUnder,
} from './kernel-world.ts';

/** The policies, and by line of expected.tsv what they cannot say. */
const POLICIES = [
  { policies: 'policies-calico.yaml', inexpressible: new Map<number, string>() },
  {
    policies: 'policies',
    inexpressible: new Map([
      [
        11,
        'the kernel let ICMP echo into d; a NetworkPolicy names no ICMP, and a rule without ports would admit the TCP of c as well',
      ],
    ]),
  },
];

/** The captures, and which attempts each must show, by line of expected.tsv: what had come that far. */
const CAPTURES = [
  {
    file: 'n1-vxlan.calico-inner-nano.pcap',
    packets: 164,
    // From n1 to n2, behind b's egress rules; the answers to TTL exceeded stay on n1.
    lines: [2, 3, 5, 6, 7, 8, 9, 10, 11],
  },
  { file: 'pod-d-eth0.pcap', packets: 134, lines: [2, 3, 11] },
] as const;

describe.each(POLICIES)('the verdicts of a kernel under $policies', ({ policies, inexpressible }) => {
  const world = worldUnder(policies);
  const expected = ({ line, verdict }: KernelRow): string =>
    inexpressible.has(line) ? 'deny' : verdict.toLowerCase();
  const rowKey = (row: KernelRow): string => attemptKey(row, world);

  test('the manifests load, and the table holds what it says', () => {
    expect(loaded(policies).diagnostics).toEqual([]);
    expect(rows.length).toBe(19);
    expect(policed.length).toBe(16);
    for (const line of inexpressible.keys()) expect(policed.map((row) => row.line)).toContain(line);
  });

  test.each(
    policed.map((row) => [`${row.client} to ${row.sentTo} ${row.protocol} ${row.sentPort}`, row] as const),
  )('%s', (_, row) => {
    const icmp = row.protocol === 'icmp';
    const decision = judge(
      {
        source: addressOf(row.client, world),
        destination: addressOf(row.sentTo, world),
        protocol: protocolNumber(row.protocol)!,
        ...(icmp ? { icmp: { type: 8, code: 0 } } : { destinationPort: row.sentPort }),
      },
      world,
    );
    expect(decision.verdict).toBe(expected(row));
    expect(formatAddress(decision.judgedDestination)).toBe(row.arrivedAt);
    if (!icmp) expect(decision.judgedPort).toBe(row.arrivedPort);
    if (row.verdict === 'DENY')
      expect(decision.hook).toBe(row.where.includes('egress') ? 'egress' : 'ingress');
  });

  describe.each(CAPTURES)('a replay of $file', ({ file, packets, lines }) => {
    const { tables } = compileTables(world);
    const attempts = rows.filter(({ line }) => (lines as readonly number[]).includes(line));

    test.each([1, 2])('gives the verdicts of the kernel, with %i workers', async (workers) => {
      const opened = openTrace(join(NETNS, file));
      expect(opened.diagnostics).toEqual([]);
      const result = await replay([opened.value!], tables, { workers });
      expect(result.packets.reduce((sum, count) => sum + count, 0)).toBe(packets);

      const flows = [...result.admitted, ...result.refused].filter((flow) => flow.family === 4);
      const found = flows.map((flow) => `${flowKey(flow)} ${VERDICTS[flow.verdict]}`);
      const wanted = attempts.map((row) => `${rowKey(row)} ${expected(row)}`);
      expect([...new Set(found)].sort()).toEqual([...new Set(wanted)].sort());

      const connections = new Map<string, number>();
      for (const flow of flows)
        connections.set(flowKey(flow), (connections.get(flowKey(flow)) ?? 0) + flow.connections);
      for (const row of attempts.filter(({ protocol }) => protocol === 'tcp'))
        expect(connections.get(rowKey(row)), rowKey(row)).toBe(
          attempts
            .filter((each) => rowKey(each) === rowKey(row))
            // Two rows of the table may be one flow behind DNAT.
            .reduce((sum, each) => sum + each.attempts, 0),
        );
    });
  });
});
