/**
 * np-guard's netpol-analyzer lists who can talk to whom for its sample clusters. Each list whose cluster holds no other
 * policy kind is computed anew, row by row; where the analyzer's own conventions differ from Kubernetes, the
 * difference stands in np-guard-differences.ts with its reason.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadCluster } from '../../src/manifest/load.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { createWorld } from '../../src/policy/world.ts';
import { readConnectionList } from './connection-list.ts';
import { compareConnections, type Mismatch } from './connection-table.ts';
import { DIFFERENCES, type Difference } from './np-guard-differences.ts';

const samples = resolve(import.meta.dirname, '../../../shared/samples/policies/np-guard-netpol-analyzer');
const there = existsSync(samples);
const SUFFIX = '_connlist_output.txt';
/** Policy and network kinds that a NetworkPolicy knows nothing of. */
const OTHER_KINDS =
  /kind: *"?(AdminNetworkPolicy|BaselineAdminNetworkPolicy|ClusterNetworkPolicy|UserDefinedNetwork|ClusterUserDefinedNetwork|NetworkAttachmentDefinition|VirtualMachine)/;

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Folders with a list that no option narrowed, and with NetworkPolicies as their only policies. */
function folders(): string[] {
  return readdirSync(join(samples, 'test_outputs/connlist'))
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => name.slice(0, -SUFFIX.length))
    .filter((name) => existsSync(join(samples, 'tests', name)))
    .filter((name) =>
      filesBelow(join(samples, 'tests', name)).every((file) => !OTHER_KINDS.test(readFileSync(file, 'utf8'))),
    );
}

const explains = (difference: Difference, folder: string, { source, destination }: Mismatch): boolean =>
  difference.folder === folder &&
  source.includes(difference.source ?? '') &&
  destination.includes(difference.destination ?? '');

describe.skipIf(!there)('np-guard connection lists', () => {
  const used = new Set<Difference>();
  let rows = 0;
  let pairs = 0;

  test.each(there ? folders() : [])('%s', (folder) => {
    const { value: cluster, diagnostics } = loadCluster([join(samples, 'tests', folder)], {});
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    const world = createWorld(cluster, cniProfile('calico')!);
    const list = readFileSync(join(samples, 'test_outputs/connlist', folder + SUFFIX), 'utf8');
    const comparison = compareConnections(world, readConnectionList(list));
    rows += comparison.rows;
    pairs += comparison.pairs;
    const unexplained = comparison.mismatches.filter((mismatch) => {
      const reasons = DIFFERENCES.filter((difference) => explains(difference, folder, mismatch));
      for (const reason of reasons) used.add(reason);
      return reasons.length === 0;
    });
    expect(unexplained).toEqual([]);
  });

  afterAll(() => {
    expect(DIFFERENCES.filter((difference) => !used.has(difference))).toEqual([]);
    expect({ folders: folders().length, rows, pairs }).toEqual({ folders: 28, rows: 0, pairs: 0 });
  });
});
