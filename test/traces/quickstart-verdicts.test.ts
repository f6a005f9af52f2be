/** What the shipped policies make of the shop, and what the one edit of policies/db.yaml changes. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCluster } from '../../src/manifest/load.ts';
import { parseAddress } from '../../src/net/address.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { judge } from '../../src/policy/judge.ts';
import { createWorld, type World } from '../../src/policy/world.ts';

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
