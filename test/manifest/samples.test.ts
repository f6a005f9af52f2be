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
    'bad-action',
    'bad-cidr',
    'bad-end-port',
    'bad-label-key',
    'bad-label-value',
    'conflicting-object',
    'empty-peer',
    'missing-field',
    'mixed-peer',
    'named-port-peer',
    'not-a-resource',
    'not-one-of',
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
        "anp_bad_path_test_12": [
          "missing-field",
        ],
        "anp_bad_path_test_15": [
          "missing-field",
        ],
        "anp_bad_path_test_17": [
          "not-one-of",
        ],
        "anp_bad_path_test_18": [
          "bad-action",
        ],
        "anp_bad_path_test_19": [
          "bad-cidr",
        ],
        "anp_bad_path_test_3": [
          "conflicting-object",
        ],
        "anp_bad_path_test_4": [
          "missing-field",
        ],
        "anp_bad_path_test_5": [
          "not-one-of",
          "missing-field",
        ],
        "anp_bad_path_test_6": [
          "missing-field",
        ],
        "anp_bad_path_test_7": [
          "not-one-of",
          "missing-field",
        ],
        "anp_demo": [
          "missing-field",
        ],
        "anp_test_10": [
          "missing-field",
        ],
        "anp_test_11_swapping_rules": [
          "missing-field",
        ],
        "anp_test_12": [
          "missing-field",
        ],
        "anp_test_3_pass_traffic": [
          "missing-field",
        ],
        "anp_test_9_swapping_rules": [
          "missing-field",
        ],
        "anp_test_combining_test_6_and_test_10": [
          "missing-field",
        ],
        "anp_test_multiple_anps": [
          "missing-field",
        ],
        "anp_test_named_ports_multiple_peers": [
          "named-port-peer",
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
        "banp_bad_path_test_10": [
          "missing-field",
        ],
        "banp_bad_path_test_12": [
          "not-one-of",
          "missing-field",
        ],
        "banp_bad_path_test_14": [
          "bad-action",
        ],
        "banp_bad_path_test_3": [
          "missing-field",
        ],
        "banp_bad_path_test_4": [
          "not-one-of",
        ],
        "banp_bad_path_test_5": [
          "missing-field",
        ],
        "banp_bad_path_test_6": [
          "missing-field",
        ],
        "banp_bad_path_test_7": [
          "not-one-of",
          "missing-field",
        ],
        "banp_bad_path_test_9": [
          "not-one-of",
        ],
        "example_pods_w_same_owner_and_labels_gap_banp_good": [
          "missing-field",
        ],
        "example_w_err_pods_w_same_owner_and_labels_gap_anp": [
          "missing-field",
        ],
        "exposure_test_with_anp_12": [
          "missing-field",
        ],
        "exposure_test_with_anp_13": [
          "missing-field",
        ],
        "exposure_test_with_anp_14": [
          "missing-field",
        ],
        "exposure_test_with_anp_15": [
          "missing-field",
        ],
        "exposure_test_with_anp_16": [
          "missing-field",
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
        "udn_and_vms_test_3": [
          "missing-field",
        ],
      }
    `);
  });
});
