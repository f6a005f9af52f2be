/**
 * Manifests of Calico's documentation and repository: they load, or are refused for a reason that the API gives. Pages of
 * the documentation that vary one object under one name conflict with themselves; placeholders are no values.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCluster } from '../../src/manifest/load.ts';

const samples = resolve(import.meta.dirname, '../../../shared/samples/policies');

function manifests(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Line, code and message of what each file that does not load is refused for. */
function refused(folder: string): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const file of manifests(join(samples, folder))) {
    const { diagnostics } = loadCluster([file]);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    const reasons = errors.map(
      ({ code, at, message }) =>
        `${at!.line} ${code.slice('manifest/'.length)}: ${message.replace(`${file}:`, 'line ')}`,
    );
    if (reasons.length > 0) found[relative(join(samples, folder), file)] = reasons;
  }
  return found;
}

describe.skipIf(!existsSync(join(samples, 'calico-docs')))("Calico's own manifests", () => {
  test('the documentation', () => {
    expect(manifests(join(samples, 'calico-docs')).length).toBeGreaterThan(55);
    expect(refused('calico-docs')).toMatchInlineSnapshot(`
      {
        "calico__network-policy__adopt-zero-trust.yaml": [
          "24 conflicting-object: NetworkPolicy/microblog/post-allow-list stands twice with different meanings, first at line 1",
        ],
        "calico__network-policy__comms__secure-metrics.yaml": [
          "77 conflicting-object: GlobalNetworkPolicy/restrict-calico-node-prometheus stands twice with different meanings, first at line 40",
          "144 conflicting-object: GlobalNetworkPolicy/restrict-calico-node-prometheus stands twice with different meanings, first at line 40",
          "164 conflicting-object: GlobalNetworkSet/calico-prometheus-set stands twice with different meanings, first at line 61",
          "193 conflicting-object: NetworkPolicy/calico-system/restrict-kube-controllers-prometheus stands twice with different meanings, first at line 95",
        ],
        "calico__network-policy__get-started__calico-policy__calico-labels.yaml": [
          "15 bad-rule-ports: spec.ingress[0].destination.ports: the rule has no protocol, and then only named ports can stand here",
          "21 conflicting-object: GlobalNetworkPolicy/foo-and-bar stands twice with different meanings, first at line 1",
          "31 bad-rule-ports: spec.ingress[0].destination.ports: the rule has no protocol, and then only named ports can stand here",
        ],
        "calico__network-policy__get-started__calico-policy__calico-network-policy.yaml": [
          "1 missing-field: the object has no spec",
          "7 missing-field: the object has no spec",
          "15 conflicting-object: NetworkPolicy/production/allow-tcp-6379 stands twice with different meanings, first at line 1",
          "31 conflicting-object: NetworkPolicy/production/allow-tcp-6379 stands twice with different meanings, first at line 1",
          "104 conflicting-object: NetworkPolicy/production/allow-tcp-6379 stands twice with different meanings, first at line 1",
        ],
        "calico__network-policy__hosts__protect-hosts.yaml": [
          "13 bad-cidr: "<your management CIDR>" is no CIDR and no address: it is neither an address nor a block",
          "27 bad-cidr: "<your etcd IP>/32" is no CIDR and no address: the part before the slash is no address: an IP4 number cannot have less or greater than 4 octets",
        ],
        "calico__network-policy__policy-rules__icmp-ping.yaml": [
          "36 wrong-type: type: found a string, expected a whole number",
          "42 wrong-type: type: found a string, expected a whole number",
          "56 wrong-type: type: found a string, expected a whole number",
          "57 wrong-type: code: found a string, expected a whole number",
        ],
        "calico__network-policy__policy-rules__log-rules.yaml": [
          "4 bad-name: the name "<log-everything-in-cluster>" must be lower-case letters, digits, "-" and ".", and begin and end with a letter or digit",
          "20 bad-name: the namespace "<namespace>" must be lower-case letters, digits and "-", and begin and end with a letter or digit",
        ],
        "calico__network-policy__policy-rules__namespace-policy.yaml": [
          "20 conflicting-object: NetworkPolicy/production/allow-tcp-6379 stands twice with different meanings, first at line 1",
        ],
        "calico__network-policy__policy-rules__service-policy.yaml": [
          "45 conflicting-object: NetworkPolicy/backend/allow-frontend-service-access stands twice with different meanings, first at line 28",
        ],
        "calico__network-policy__services__kubernetes-node-ports.yaml": [
          "12 bad-cidr: "1.2.3.4/16" is no CIDR and no address: it has bits set behind its prefix (the block is 1.2.0.0/16)",
          "12 bad-cidr: "100.100.100.0/16" is no CIDR and no address: it has bits set behind its prefix (the block is 100.100.0.0/16)",
          "36 bad-address: "INSERT_IP_HERE" is no IP address",
        ],
        "calico__network-policy__services__services-cluster-ips.yaml": [
          "19 bad-cidr: "10.20.30.40/32  Cluster IP A" is no CIDR and no address: the prefix length is no number from 0 to 32",
          "27 bad-cidr: "10.20.30.41/32  Cluster IP B" is no CIDR and no address: the prefix length is no number from 0 to 32",
          "44 bad-cidr: "192.168.0.0/16  Pod CIDR" is no CIDR and no address: the prefix length is no number from 0 to 32",
          "55 wrong-type: spec.types[1]: found a mapping, expected a string",
          "61 wrong-type: spec.types[2]: found a mapping, expected a string",
        ],
        "calico__reference__resources__overview.yaml": [
          "8 unknown-field: unknown field "interface" in [0].spec",
          "23 unknown-field: unknown field "interface" in [1].spec",
        ],
        "calico__reference__resources__workloadendpoint.yaml": [
          "16 duplicate-key: the key endpoint stands twice in one mapping",
        ],
      }
    `);
  });

  test('the repository, but for the settings of its test runs, which are no objects', () => {
    const settings = Object.entries(refused('calico-repo')).filter(([file]) =>
      file.startsWith('e2e/config/'),
    );
    expect(settings.length).toBeGreaterThan(80);
    for (const [file, reasons] of settings)
      expect(
        reasons.every((reason) => reason.includes(' not-a-resource: ')),
        file,
      ).toBe(true);
    const others = Object.entries(refused('calico-repo')).filter(([file]) => !file.startsWith('e2e/config/'));
    expect(Object.fromEntries(others)).toEqual({});
  });

  test('with --lenient what is left is what no reader could read', () => {
    const { value, diagnostics } = loadCluster([join(samples, 'calico-repo/hack')], { lenient: true });
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(value.calicoPolicies.length).toBeGreaterThan(0);
  });
});
