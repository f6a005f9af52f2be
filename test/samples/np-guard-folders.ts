/** The sample clusters of np-guard's netpol-analyzer whose only policies are NetworkPolicies. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const samples = resolve(import.meta.dirname, '../../../shared/samples/policies/np-guard-netpol-analyzer');
const SUFFIX = '_connlist_output.txt';
/** Policy and network kinds that a NetworkPolicy knows nothing of. */
const OTHER_KINDS =
  /kind: *"?(AdminNetworkPolicy|BaselineAdminNetworkPolicy|ClusterNetworkPolicy|UserDefinedNetwork|ClusterUserDefinedNetwork|NetworkAttachmentDefinition|VirtualMachine)/;

export const samplesAreThere = existsSync(samples);

/** Manifest files of a sample, without the copies of lists that some folders keep. */
export function manifestsOfSample(folder: string): string[] {
  return readdirSync(join(samples, 'tests', folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name) && !/connlist/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

export function samplesWithNetworkPoliciesOnly(): string[] {
  if (!samplesAreThere) return [];
  return readdirSync(join(samples, 'tests')).filter((folder) =>
    manifestsOfSample(folder).every((file) => !OTHER_KINDS.test(readFileSync(file, 'utf8'))),
  );
}

/** Kinds of the analyzer that are no policies of Kubernetes. */
const FOREIGN_KINDS =
  /kind: *"?(UserDefinedNetwork|ClusterUserDefinedNetwork|NetworkAttachmentDefinition|VirtualMachine)/;
const ADMIN_KINDS = /kind: *"?(AdminNetworkPolicy|BaselineAdminNetworkPolicy)/;

/** Samples with cluster-wide policies and nothing foreign. */
export function samplesWithAdminPolicies(): string[] {
  if (!samplesAreThere) return [];
  return readdirSync(join(samples, 'tests')).filter((folder) => {
    const texts = manifestsOfSample(folder).map((file) => readFileSync(file, 'utf8'));
    return texts.some((text) => ADMIN_KINDS.test(text)) && !texts.some((text) => FOREIGN_KINDS.test(text));
  });
}

/** The list of who can talk to whom that no option narrowed, for the samples that have one. */
export function listOfSample(folder: string): string | undefined {
  const path = join(samples, 'test_outputs/connlist', folder + SUFFIX);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** Samples that an API server would refuse, or that hold two versions of one object, with a code that says so. */
export const REFUSED: Readonly<Record<string, string>> = {
  'acs-security-demos-added-workloads': 'manifest/conflicting-object',
  bad_netpols: 'manifest/bad-cidr',
  bad_path_namespace_with_same_name: 'manifest/conflicting-object',
  'malformed-pod-example-2': 'manifest/wrong-type',
  'malformed-pod-example-5': 'manifest/yaml-syntax',
  malformed_pod_example: 'manifest/wrong-type',
  np_bad_path_test_1: 'manifest/conflicting-object',
  np_test_with_empty_port_range: 'manifest/bad-end-port',
  onlineboutique_with_pods_severe_error: 'manifest/template',
};
