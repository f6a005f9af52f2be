/** What the shipped policies make of the shop, and what the one edit of policies/db.yaml changes. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileTables } from '../../src/compile/compile.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { addressKey, formatAddress, parseAddress } from '../../src/net/address.ts';
import { ICMP } from '../../src/net/protocol-layout.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { replay } from '../../src/replay/replay.ts';
import type { FlowTally, ReplayResult } from '../../src/replay/result.ts';
import { VERDICTS } from '../../src/tables/verdict.ts';
import { openTrace } from '../../src/trace/open.ts';

const folder = resolve(import.meta.dirname, '../../traces/quickstart');
const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
const POLICIES = ['allow-metrics', 'api', 'cache', 'db', 'payments', 'web'];

function worldWith(databasePort: number): World {
  const policies = POLICIES.map((name) =>
    read(`policies/${name}.yaml`).replace('5433', String(databasePort)),
  );
  const { value, diagnostics } = loadCluster(['-'], {
    stdin: [read('cluster.yaml'), ...policies].join('\n---\n'),
  });
  expect(diagnostics).toEqual([]);
  expect(value.networkPolicies.length).toBe(POLICIES.length);
  return createWorld(value, cniProfile('calico')!);
}

/** `pod or address > address:port` → `verdict by policy`. */
function answer(world: World, from: string, to: string, port: number): string {
  const addressOf = (side: string) =>
    parseAddress(side) ??
    world.cluster.pods.find((pod) => `${pod.namespace}/${pod.name}` === side)!.addresses[0]!;
  const packet = { source: addressOf(from), destination: addressOf(to), protocol: 6, destinationPort: port };
  const { verdict, reason, decider } = judge(packet, world);
  return `${verdict} ${reason}${decider?.policy === undefined ? '' : ` ${decider.policy.name}`}`;
}

/** `pod or address to pod or address:port` → packets and connections, of the flows that were refused. */
async function refusedOf(world: World): Promise<{ result: ReplayResult; refused: Record<string, string> }> {
  const { tables } = compileTables(world);
  const opened = openTrace(join(folder, 'capture.pcap'));
  expect(opened.diagnostics).toEqual([]);
  const result = await replay([opened.value!], tables, { workers: 2 });
  const nameOf = (words: FlowTally['src']): string => {
    const owner = world.book.facts.get(addressKey({ family: 4, words }))?.owner;
    return owner === undefined ? formatAddress({ family: 4, words }) : `${owner.namespace}/${owner.name}`;
  };
  const refused = result.refused.map(({ src, dst, protocol, dport, packets, connections }) => {
    const port = protocol === ICMP ? '' : `:${dport}`;
    return [
      `${nameOf(src)} to ${nameOf(dst)}${port}`,
      `${packets} packets, ${connections} connections`,
    ] as const;
  });
  return { result, refused: Object.fromEntries(refused) };
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

describe('the replay of traces/quickstart', () => {
  const elsewhere = {
    'monitoring/prometheus to shop/cache:9121': '8 packets, 4 connections',
    'payments/gateway to 198.51.100.77:443': '19 packets, 1 connections',
    // Nothing answers, and a SYN that is refused leaves no connection behind: each try is one.
    'shop/debug to payments/gateway:22': '4 packets, 4 connections',
    'shop/debug to shop/cache:22': '2 packets, 1 connections',
    'shop/debug to shop/db': '6 packets, 1 connections',
    'shop/debug to shop/db:5432': '13 packets, 1 connections',
    'shop/web to shop/db:5432': '10 packets, 1 connections',
  };

  test('refuses the API and whoever has no business there', async () => {
    const { result, refused } = await refusedOf(worldWith(5433));
    expect(total(result.packets)).toBe(1634);
    expect(result.packets[VERDICTS.indexOf('skip')]).toBe(6);
    expect(refused).toEqual({ ...elsewhere, 'shop/api to shop/db:5432': '112 packets, 8 connections' });
  });

  test('refuses everybody else once the port is mended', async () => {
    const { result, refused } = await refusedOf(worldWith(5432));
    expect(total(result.packets)).toBe(1634);
    expect(refused).toEqual(elsewhere);
  });
});

describe('the story of traces/quickstart', () => {
  const world = worldWith(5433);
  test.each([
    ['shop/api', 'shop/db', 5432, 'deny tier-end db'],
    ['shop/web', 'shop/db', 5432, 'deny tier-end db'],
    ['shop/debug', 'shop/db', 5432, 'deny tier-end db'],
    ['shop/debug', 'shop/cache', 22, 'deny tier-end cache'],
    ['shop/debug', 'payments/gateway', 22, 'deny tier-end gateway'],
    ['monitoring/prometheus', 'shop/cache', 9121, 'deny tier-end cache'],
    ['payments/gateway', '198.51.100.77', 443, 'deny tier-end gateway'],
    ['198.51.100.23', 'shop/web', 8080, 'allow policy web'],
    ['shop/web', '10.96.0.21', 80, 'allow policy api'],
    ['shop/api', '10.96.0.23', 6379, 'allow policy cache'],
    ['shop/api', '10.96.0.40', 443, 'allow policy gateway'],
    ['payments/gateway', '203.0.113.10', 443, 'allow policy gateway'],
    ['monitoring/prometheus', 'shop/db', 9187, 'allow policy allow-metrics'],
    ['monitoring/prometheus', 'shop/api', 9091, 'allow policy allow-metrics'],
    ['192.168.10.11', 'shop/web', 8080, 'allow host-to-local'],
  ])('%s to %s:%i is %s', (from, to, port, expected) => {
    expect(answer(world, from, to, port)).toBe(expected);
  });

  test('with 5432 in policies/db.yaml the API gets through, nobody else does', () => {
    const mended = worldWith(5432);
    expect(answer(mended, 'shop/api', 'shop/db', 5432)).toBe('allow policy db');
    expect(answer(mended, 'shop/web', 'shop/db', 5432)).toBe('deny tier-end db');
    expect(answer(mended, 'shop/debug', 'shop/db', 5432)).toBe('deny tier-end db');
  });

  test('the line to edit is where the page about traces says it is', () => {
    const lines = read('policies/db.yaml').split('\n');
    expect(lines.filter((line) => line.includes('5433'))).toEqual(['        - port: 5433']);
    expect(readFileSync(resolve(folder, '../README.md'), 'utf8')).toContain('policies/db.yaml');
  });
});
