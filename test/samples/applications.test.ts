/** Policy sets that others publish load without an error, and do what their pages say of them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCluster } from '../../src/manifest/load.ts';
import { APPLICATIONS, LONE_FILES } from './applications.ts';
import { failuresOf } from './failures.ts';
import { manifestsOf, RECIPES } from './recipes.ts';

const samples = resolve(import.meta.dirname, '../../../shared/samples/policies');
const there = existsSync(samples);

function manifestFiles(folder: string): string[] {
  return readdirSync(join(samples, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

describe.skipIf(!there)('applications of others', () => {
  test.each(APPLICATIONS.map((application) => [application.name, application] as const))(
    '%s',
    (_, application) => {
      const manifests = application.manifests.map((path) => join(samples, path));
      const { value: cluster, diagnostics } = loadCluster(manifests, {});
      expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
      expect(cluster.networkPolicies.length).toBe(application.policies);
      const workloads = cluster.pods.map(
        ({ namespace, workload }) => `${namespace}/${workload.kind}/${workload.name}`,
      );
      expect(new Set(workloads).size).toBe(application.workloads);
      expect(failuresOf({ manifests, allow: application.allow, deny: application.deny })).toEqual([]);
    },
  );

  test('each manifest file of the examples loads by itself', () => {
    const files = there ? LONE_FILES.flatMap(manifestFiles) : [];
    expect(files.length).toBeGreaterThan(25);
    for (const file of files) {
      const { diagnostics } = loadCluster([file], {});
      expect(
        diagnostics.filter(({ severity }) => severity === 'error'),
        file,
      ).toEqual([]);
    }
  });
});

describe.skipIf(!there)('network policy recipes', () => {
  const folder = join(samples, 'network-policy-recipes');
  const pageOf = (page: string): readonly string[] => manifestsOf(readFileSync(join(folder, page), 'utf8'));

  test('every page that prints a policy is here, with all its policies', () => {
    const pages = readdirSync(folder).filter((name) => name.endsWith('.md') && pageOf(name).length > 0);
    expect([...new Set(RECIPES.map(({ page }) => page))].sort()).toEqual(pages.sort());
    for (const { page, policies } of RECIPES) expect(pageOf(page).length, page).toBe(policies);
  });

  test.each(RECIPES.map((recipe, index) => [`${index + 1}: ${recipe.page}`, recipe] as const))(
    '%s',
    (_, recipe) => {
      const printed = pageOf(recipe.page);
      const applied = (recipe.apply ?? [...printed.keys()]).map((index) => printed[index]!);
      const further = (recipe.with ?? []).flatMap(pageOf);
      const { cluster, allow, deny } = recipe;
      expect(failuresOf({ texts: [cluster, ...applied, ...further], allow, deny })).toEqual([]);
    },
  );
});
