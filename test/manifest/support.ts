/** Manifests as text in, clusters and printed diagnostics out. */
import type { Diagnostic } from '../../src/diagnostic/diagnostic.ts';
import { diagnosticHeadline } from '../../src/diagnostic/frame.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { formatAddress } from '../../src/net/address.ts';
import type { NetworkPolicy } from '../../src/policy/api/network-policy.ts';
import type { Cluster, Pod } from '../../src/policy/cluster.ts';

/** The cluster of a text; fails the test when anything is an error. */
export function clusterOf(text: string, lenient = false): Cluster {
  const { value, diagnostics } = loadCluster(['-'], { stdin: text, lenient });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors.map((each) => diagnosticHeadline(each)).join('\n'));
  return value;
}

/** All diagnostics of a text. */
export function problemsOf(text: string, lenient = false): readonly Diagnostic[] {
  return loadCluster(['-'], { stdin: text, lenient }).diagnostics;
}

/** Their codes without the area, `warning` marked by a question mark. */
export function codesOf(text: string, lenient = false): string[] {
  return problemsOf(text, lenient).map(
    ({ code, severity }) => code.slice('manifest/'.length) + (severity === 'warning' ? '?' : ''),
  );
}

/** A NetworkPolicy `shop/web` with the given text as its spec, indented as it stands. */
export function policyText(spec: string): string {
  return `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web, namespace: shop}\n${spec}\n`;
}

/** The one policy of a text. */
export function policyOf(spec: string): NetworkPolicy {
  return clusterOf(policyText(spec)).networkPolicies[0]!;
}

/** `namespace/name`, the workload, and the addresses of each pod. */
export function podLines(pods: readonly Pod[]): string[] {
  return pods.map(({ namespace, name, workload, addresses }) =>
    [`${namespace}/${name}`, `${workload.kind}/${workload.name}`, ...addresses.map(formatAddress)].join(' '),
  );
}
