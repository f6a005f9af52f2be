/** How a workload is written wherever one stands: in flows, filters, reports, and as a key. */
import type { Pod, Workload } from './cluster.ts';

/** `shop/Deployment/web`; a pod without a controller is `shop/Pod/debug`. */
export function workloadName(namespace: string, { kind, name }: Workload): string {
  return `${namespace}/${kind}/${name}`;
}

/** The workload of a pod. */
export function workloadNameOf({ namespace, workload }: Pick<Pod, 'namespace' | 'workload'>): string {
  return workloadName(namespace, workload);
}
