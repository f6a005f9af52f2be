/** A pod that no manifest holds: made up to ask what policy would say of one like it. */
import type { Pod } from './cluster.ts';

/** What somebody who asks decides of it. */
export type PodSketch = Pick<Pod, 'namespace' | 'name' | 'labels' | 'serviceAccount' | 'addresses'>;

/** Running, ready, without a controller, on no node, and nowhere written. */
export function inventedPod(sketch: PodSketch): Pod {
  return {
    ...sketch,
    workload: { kind: 'Pod', name: sketch.name },
    synthetic: true,
    hostNetwork: false,
    nodeName: '',
    phase: 'Running',
    startedSeconds: 0,
    deleting: false,
    ready: true,
    ports: [],
    at: { file: '', line: 1, column: 1 },
  };
}
