/** What is assumed where the manifests do not say, in words for every report. */
import type { Namespace, Node } from '../../policy/cluster.ts';
import { workloadName } from '../../policy/workload-name.ts';
import type { Resources } from '../resources.ts';
import type { AssembledPods } from './assemble-pods.ts';
import type { DerivedHostEndpoints } from './auto-host-endpoints.ts';
import { SYNTHETIC_RANGES } from './synthetic.ts';

/** `a, b, c and 4 more`. */
function listed(names: readonly string[]): string {
  if (names.length <= 3) return names.join(', ');
  return `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** What is assumed of namespaces that are mentioned but not declared. */
export function assumedNamespaces(namespaces: Iterable<Namespace>): string[] {
  const mentioned = [...namespaces].filter(({ at }) => at === undefined).map(({ name }) => name);
  if (mentioned.length === 0) return [];
  return [
    `no manifest for ${mentioned.length === 1 ? 'namespace' : 'namespaces'} ${listed(mentioned)}: taken to have no labels but kubernetes.io/metadata.name`,
  ];
}

function assumedHostEndpoints({ hostEndpoints, withoutInterfaces }: DerivedHostEndpoints): string[] {
  const names = hostEndpoints.map(({ name }) => name);
  const made =
    names.length === 0
      ? []
      : [
          `${listed(names)} made as Calico's controllers make host endpoints, which the manifests enable and do not hold`,
        ];
  if (withoutInterfaces.length === 0) return made;
  return [
    ...made,
    `no manifest tells the interfaces of ${listed(withoutInterfaces)}: templates of host endpoints that go by interface names make none`,
  ];
}

/** What was assumed where the manifests do not say. */
export function assumptionsOf(
  resources: Pick<Resources, 'pods' | 'services'>,
  namespaces: ReadonlyMap<string, Namespace>,
  assembled: AssembledPods,
  nodes: readonly Node[],
  hosts: DerivedHostEndpoints,
): string[] {
  const assumptions = assumedNamespaces(namespaces.values());
  const { derived, pods } = assembled;
  const families = new Set(
    pods
      .filter(({ synthetic }) => synthetic)
      .flatMap(({ addresses }) => addresses.map(({ family }) => family)),
  );
  const podRanges = [...families].sort().map((family) => SYNTHETIC_RANGES.pod[family]);
  const range = podRanges.length === 0 ? '' : `, with addresses out of ${podRanges.join(' and ')}`;
  if (derived.length > 0) {
    const workloads = new Set(
      derived.map(({ record, workload }) => workloadName(record.namespace, workload)),
    );
    assumptions.push(
      `${counted(derived.length, 'pod')} derived from the templates of ${counted(workloads.size, 'workload')} without pods (at most two each)${range}`,
    );
  }
  const bare = resources.pods.filter((pod) => !pod.hasStatus).length;
  if (bare > 0) assumptions.push(`${counted(bare, 'pod')} without a status taken to be running${range}`);
  const services = resources.services.filter(({ lacksAddress }) => lacksAddress);
  if (services.length > 0)
    assumptions.push(
      `${counted(services.length, 'service')} without a cluster address given one out of ${SYNTHETIC_RANGES.service[4]} or ${SYNTHETIC_RANGES.service[6]}`,
    );
  if (nodes.length === 0 && pods.length > 0)
    assumptions.push('no nodes in the manifests: no address is taken to be a node');
  return [...assumptions, ...assumedHostEndpoints(hosts)];
}
