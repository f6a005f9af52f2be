/** The manifests of the network-policy-api project: each file loads, or is refused for what is wrong with it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCluster } from '../../src/manifest/load.ts';

const root = resolve(import.meta.dirname, '../../../shared/samples/policies/network-policy-api');
const KINDS = /^ *kind: *"?(AdminNetworkPolicy|BaselineAdminNetworkPolicy|ClusterNetworkPolicy)\b/m;

const files = existsSync(root)
  ? readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => KINDS.test(readFileSync(file, 'utf8')))
      .map((file) => relative(root, file))
      .sort()
  : [];

const OLD = 'cmd/policy-assistant';
/** Why a file is refused, by the beginning of its path. */
const REFUSED: readonly (readonly [beginning: string, code: string])[] = [
  // Written before v0.1.3, which took namespaces.namespaceSelector out.
  [`${OLD}/examples/demos/kubecon-eu-2024`, 'unknown-field'],
  [`${OLD}/examples/demos/walkthrough`, 'unknown-field'],
  [`${OLD}/test/example-policies/banp`, 'unknown-field'],
  // Filled in before use.
  ['conformance/base/admin_tier/experimental-egress-selector-rules.yaml', 'template'],
  ['conformance/base/baseline_tier/experimental-egress-selector-rules.yaml', 'template'],
  // Stories that cannot be told yet.
  ['site-src/user-story-examples/user-story-4', 'yaml-syntax'],
];

describe.skipIf(!existsSync(root))('network-policy-api', () => {
  test.each(files)('%s', (file) => {
    const { value, diagnostics } = loadCluster([join(root, file)]);
    const errors = diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code);
    const refused = REFUSED.find(([beginning]) => file.startsWith(beginning));
    expect([...new Set(errors)]).toEqual(refused === undefined ? [] : [`manifest/${refused[1]}`]);
    if (refused === undefined) expect(value.adminPolicies.length).toBeGreaterThan(0);
  });

  test('all of them were looked at', () => {
    expect(files.length).toBe(27);
    expect(REFUSED.filter(([beginning]) => !files.some((file) => file.startsWith(beginning)))).toEqual([]);
  });
});
