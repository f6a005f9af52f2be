/** Manifests of other projects: they load as they load into a cluster, mistakes that their authors made on purpose included. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCluster } from '../../src/manifest/load.ts';

const samples = resolve(import.meta.dirname, '../../../shared/samples/policies');

function load(folder: string) {
  const { value, diagnostics } = loadCluster([join(samples, folder)]);
  return { cluster: value, errors: diagnostics.filter(({ severity }) => severity === 'error') };
}

describe.skipIf(!existsSync(samples))('sample sets', () => {
  test.each([
    ['online-boutique/kubernetes-manifests', 12],
    ['online-boutique/kustomize/components/network-policies', 0],
    ['sock-shop/deploy/kubernetes/manifests', 14],
    ['sock-shop/deploy/kubernetes/manifests-policy', 0],
    ['bank-of-anthos', 9],
    ['kubernetes-examples/web/guestbook-go', 5],
  ])('%s: no errors, %i pods', (folder, pods) => {
    const { cluster, errors } = load(folder);
    expect(errors).toEqual([]);
    expect(cluster.pods.length).toBe(pods);
  });

  test('the policies of a shop are all there', () => {
    expect(load('sock-shop/deploy/kubernetes/manifests-policy').cluster.networkPolicies).toHaveLength(13);
  });

  /** Mistakes of a policy analyser's test folders: what an API server or kubectl would refuse as well. */
  const MISTAKES = new Set([
    'bad-cidr',
    'bad-end-port',
    'bad-label-key',
    'bad-label-value',
    'conflicting-object',
    'empty-peer',
    'mixed-peer',
    'not-a-resource',
    'template',
    'unsupported-kind',
    'wrong-type',
    'yaml-syntax',
  ]);
  const tests = join(samples, 'np-guard-netpol-analyzer/tests');
  const folders = existsSync(tests) ? readdirSync(tests) : [];

  test('a policy analyser: every folder loads, with errors in few and of known kinds', () => {
    const withErrors = new Map<string, string[]>();
    for (const folder of folders) {
      const { errors } = load(`np-guard-netpol-analyzer/tests/${folder}`);
      const codes = [...new Set(errors.map(({ code }) => code.slice('manifest/'.length)))];
      expect(
        codes.filter((code) => !MISTAKES.has(code)),
        folder,
      ).toEqual([]);
      const own = codes.filter((code) => code !== 'unsupported-kind');
      if (own.length > 0) withErrors.set(folder, own);
    }
    expect(folders.length).toBeGreaterThan(150);
    expect(Object.fromEntries(withErrors)).toMatchInlineSnapshot(`
      {
        "acs-security-demos": [
          "not-a-resource",
        ],
        "acs-security-demos-added-workloads": [
          "conflicting-object",
        ],
        "bad_netpols": [
          "bad-cidr",
          "conflicting-object",
          "bad-label-key",
          "mixed-peer",
          "empty-peer",
          "bad-label-value",
        ],
        "bad_path_namespace_with_same_name": [
          "conflicting-object",
        ],
        "malformed-pod-example-2": [
          "wrong-type",
        ],
        "malformed-pod-example-5": [
          "yaml-syntax",
          "not-a-resource",
        ],
        "malformed_pod_example": [
          "wrong-type",
        ],
        "nad_test_12": [
          "bad-label-value",
        ],
        "nad_test_13": [
          "bad-label-value",
        ],
        "np_bad_path_test_1": [
          "conflicting-object",
        ],
        "np_test_with_empty_port_range": [
          "bad-end-port",
        ],
        "onlineboutique": [
          "not-a-resource",
        ],
        "onlineboutique_with_pods_severe_error": [
          "template",
        ],
      }
    `);
  });
});
