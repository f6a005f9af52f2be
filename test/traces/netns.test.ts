/**
 * A real kernel's verdicts: every connection attempt of traces/netns/expected.tsv through the judge, and both captures
 * through a replay. Left out, as the table says: attempts that were not policed (IPv6) and the one whose TTL ran out.
 */
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCluster } from '../../src/manifest/load.ts';
import { type Address, formatAddress, parseAddress } from '../../src/net/address.ts';
import { protocolNumber } from '../../src/net/protocol.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { judge } from '../../src/policy/judge.ts';
import { createWorld } from '../../src/policy/world.ts';
import { type KernelRow, readKernelVerdicts } from './kernel-verdicts.ts';

const folder = resolve(import.meta.dirname, '../../traces/netns');
const rows = readKernelVerdicts(join(folder, 'expected.tsv'));
const policed = rows.filter(({ verdict }) => verdict === 'ALLOW' || verdict === 'DENY');

/** What a NetworkPolicy cannot say, by line of expected.tsv. */
const INEXPRESSIBLE = new Map([
  [
    11,
    'the kernel let ICMP echo into d; a NetworkPolicy names no ICMP, and a rule without ports would admit the TCP of c as well',
  ],
]);

const loaded = loadCluster([join(folder, 'cluster.yaml'), join(folder, 'policies')], {});
const world = createWorld(loaded.value, cniProfile('calico')!);

function addressOf(name: string): Address {
  return parseAddress(name) ?? world.cluster.pods.find((pod) => pod.name === name)!.addresses[0]!;
}

const expected = (row: KernelRow): string =>
  INEXPRESSIBLE.has(row.line) ? 'deny' : row.verdict.toLowerCase();

describe('the verdicts of a kernel', () => {
  test('the manifests load, and the table holds what it says', () => {
    expect(loaded.diagnostics).toEqual([]);
    expect(rows.length).toBe(19);
    expect(policed.length).toBe(16);
    for (const line of INEXPRESSIBLE.keys()) expect(policed.map((row) => row.line)).toContain(line);
  });

  test.each(
    policed.map((row) => [`${row.client} to ${row.sentTo} ${row.protocol} ${row.sentPort}`, row] as const),
  )('%s', (_, row) => {
    const icmp = row.protocol === 'icmp';
    const decision = judge(
      {
        source: addressOf(row.client),
        destination: addressOf(row.sentTo),
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
});
