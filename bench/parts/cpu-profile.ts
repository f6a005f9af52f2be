/**
 * Where the time of a process went, from the profiles that `node --cpu-prof` writes, one a thread: samples of the stack, each given to
 * the innermost function that names a phase. Times are wall time: what a thread waits for is seen as well as what it does.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Milliseconds by phase. */
export type Phases = ReadonlyMap<string, number>;

/**
 * Says which phase a function begins, undefined when it goes on with its caller's. `phase` is the caller's: some keep what they call.
 */
export type PhaseOf = (functionName: string, url: string, phase: string) => string | undefined;

/** The profiles of a folder, one a thread. */
export function readProfiles(folder: string): Profile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Profile);
}

/** Whether some sample was taken in a function of that name. */
export function hasFunction({ nodes }: Profile, name: string): boolean {
  return nodes.some(({ callFrame }) => callFrame.functionName === name);
}

/** Sums the samples by phase. */
export function phasesOf({ nodes, samples, timeDeltas }: Profile, phaseOf: PhaseOf): Phases {
  const own = new Map<number, number>();
  for (const [index, node] of samples.entries())
    own.set(node, (own.get(node) ?? 0) + timeDeltas[index]! / 1000);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const phases = new Map<string, number>();
  const visit = (node: ProfileNode, before: string): void => {
    const { functionName, url } = node.callFrame;
    const phase = phaseOf(functionName, url, before) ?? before;
    phases.set(phase, (phases.get(phase) ?? 0) + (own.get(node.id) ?? 0));
    for (const child of node.children ?? []) visit(byId.get(child)!, phase);
  };
  visit(nodes[0]!, '');
  return phases;
}
