/**
 * Everything that was read, before it is put together. An object that stands twice is dropped when both mean the same,
 * and an error otherwise.
 */
import type { Location } from '../diagnostic/diagnostic.ts';
import type { AdminPolicy } from '../policy/api/admin-policy.ts';
import type {
  CalicoPolicy,
  CalicoProfile,
  CalicoTier,
  HostEndpoint,
  IpPool,
  NetworkSet,
} from '../policy/api/calico.ts';
import type { CiliumCidrGroup, CiliumPolicy } from '../policy/api/cilium.ts';
import type { FelixConfiguration, FelixEnvironment } from '../policy/api/felix.ts';
import type { NetworkPolicy } from '../policy/api/network-policy.ts';
import type { EndpointSlice, Namespace, ServiceAccount, VanishedObject } from '../policy/cluster.ts';
import type { AutoHostEndpoints } from './calico/kube-controllers.ts';
import type { WorkloadEndpointRecord } from './calico/workload-endpoints.ts';
import type { Cursor } from './cursor.ts';
import type { NodeRecord } from './kubernetes/nodes.ts';
import type { PodRecord } from './kubernetes/pods.ts';
import type { ServiceRecord } from './kubernetes/services.ts';
import type { WorkloadRecord } from './kubernetes/workloads.ts';
import { keepSource, type PolicyNotation } from './policy-source.ts';

interface Seen {
  readonly record: unknown;
  readonly at: Location;
}

/** Objects of one file that another place holds with the same meaning. */
interface Repeated {
  readonly where: Cursor;
  readonly name: string;
  readonly first: string;
  count: number;
}

export class Resources {
  readonly namespaces: Namespace[] = [];
  readonly pods: PodRecord[] = [];
  readonly workloads: WorkloadRecord[] = [];
  readonly nodes: NodeRecord[] = [];
  /** As Calico's own API shows them. */
  readonly calicoNodes: NodeRecord[] = [];
  readonly services: ServiceRecord[] = [];
  readonly slices: EndpointSlice[] = [];
  /** Endpoints objects; they count for services without slices. */
  readonly endpoints: EndpointSlice[] = [];
  readonly serviceAccounts: ServiceAccount[] = [];
  readonly networkPolicies: NetworkPolicy[] = [];
  readonly adminPolicies: AdminPolicy[] = [];
  readonly calicoPolicies: CalicoPolicy[] = [];
  readonly ciliumPolicies: CiliumPolicy[] = [];
  readonly ciliumCidrGroups: CiliumCidrGroup[] = [];
  readonly tiers: CalicoTier[] = [];
  readonly networkSets: NetworkSet[] = [];
  readonly hostEndpoints: HostEndpoint[] = [];
  readonly profiles: CalicoProfile[] = [];
  readonly workloadEndpoints: WorkloadEndpointRecord[] = [];
  readonly ipPools: IpPool[] = [];
  readonly felixConfigurations: FelixConfiguration[] = [];
  readonly felixEnvironments: FelixEnvironment[] = [];
  readonly autoHostEndpoints: AutoHostEndpoints[] = [];
  readonly vanished: VanishedObject[] = [];
  readonly ignoredKinds = new Map<string, number>();
  /** How the policies of a list are written. */
  readonly #notations: ReadonlyMap<unknown, PolicyNotation> = new Map<unknown, PolicyNotation>([
    [this.networkPolicies, 'kubernetes'],
    [this.adminPolicies, 'kubernetes'],
    [this.calicoPolicies, 'calico'],
    [this.ciliumPolicies, 'cilium'],
  ]);
  readonly #seen = new Map<string, Seen>();
  readonly #repeated = new Map<string, Repeated>();

  /** Counts an object of a kind that says nothing about verdicts. */
  ignore(kind: string): void {
    this.ignoredKinds.set(kind, (this.ignoredKinds.get(kind) ?? 0) + 1);
  }

  /**
   * Adds a record to its list, unless the same object was there before. `key` tells objects apart whose kinds have one
   * name in two APIs.
   */
  add<T>(list: T[], record: T, key: string, object: Cursor, name: string = key): void {
    const at = object.document.start();
    const before = this.#seen.get(key);
    if (before === undefined) {
      this.#seen.set(key, { record, at });
      list.push(record);
      this.#keepSource(list, record, object);
      return;
    }
    const first = `${before.at.file}:${before.at.line}`;
    const where = object.fieldAt('metadata', 'name');
    if (sameMeaning(before.record, record)) this.#repeat({ where, name, first, count: 1 });
    else
      where.error(
        'manifest/conflicting-object',
        `${name} stands twice with different meanings, first at ${first}`,
        {
          hint: 'leave one of them out; two states of a cluster are told apart by their times: -f PATH@TIME',
        },
      );
  }

  /** Policies are asked for the places of their rules later. */
  #keepSource(list: unknown, record: unknown, object: Cursor): void {
    const notation = this.#notations.get(list);
    if (notation !== undefined) keepSource((record as NetworkPolicy).at, object, notation);
  }

  #repeat(repeated: Repeated): void {
    const { file } = repeated.where.document.piece;
    const before = this.#repeated.get(file.name);
    if (before === undefined) this.#repeated.set(file.name, repeated);
    else before.count++;
  }

  /** Reports the objects that stand twice: one warning a file, since whole files are given twice more often than single objects. */
  reportRepeated(): void {
    for (const { where, name, first, count } of this.#repeated.values()) {
      const rest =
        count === 1
          ? undefined
          : count === 2
            ? 'so does 1 more object of this file'
            : `so do ${count - 1} more objects of this file`;
      where.warn(
        'manifest/duplicate-object',
        `${name} stands twice with the same meaning, first at ${first}`,
        {
          hint: rest,
        },
      );
    }
  }
}

/** Equal but for where they stand. */
function sameMeaning(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const isLocation = 'file' in a && 'line' in a && 'file' in b && 'line' in b;
  if (isLocation) return true;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length || Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return keys.every((key) => Object.hasOwn(right, key) && sameMeaning(left[key], right[key]));
}
