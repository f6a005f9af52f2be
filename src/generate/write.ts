/** Everything that `generate` makes, into the files of one folder. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openAtomicFile } from '../output/atomic-file.ts';
import { captureBytes } from './capture.ts';
import { clusterObjects, listText } from './manifests.ts';
import { policyObjects } from './policies.ts';
import { governedCount, type PolicySet, planPolicies } from './policy-set.ts';
import type { Request } from './request.ts';
import { drawTopology } from './topology.ts';
import { type GeneratedFlow, generateFlows } from './traffic.ts';

export interface Written {
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly workloads: number;
  readonly governedWorkloads: number;
  readonly packets: number;
  readonly flows: number;
  readonly admitted: number;
}

interface File {
  readonly path: string;
  readonly bytes: number;
}

/** Writes pieces to a file that appears when it is whole; returns what the generator returns beside its size. */
function writePieces<T>(
  path: string,
  pieces: Generator<string | Uint8Array, T>,
): File & { readonly last: T } {
  const file = openAtomicFile(path);
  let bytes = 0;
  try {
    for (let piece = pieces.next(); ; piece = pieces.next()) {
      if (piece.done === true) {
        file.commit();
        return { path, bytes, last: piece.value };
      }
      file.write(piece.value);
      bytes += Buffer.byteLength(piece.value);
    }
  } catch (error) {
    file.abandon();
    throw error;
  }
}

/** Passes the connections on and counts them. */
function* counted(
  flows: Iterable<GeneratedFlow>,
  tally: { flows: number; admitted: number },
): Generator<GeneratedFlow> {
  for (const flow of flows) {
    tally.flows++;
    if (flow.admitted) tally.admitted++;
    yield flow;
  }
}

/** Writes `cluster.json`, `policies.json` and `capture.pcap` into a folder, which is made where there is none. Throws what the file system says. */
export function writeGenerated(folder: string, request: Request): Written {
  if (!existsSync(folder)) mkdirSync(folder);
  const topology = drawTopology(request.cluster);
  const set: PolicySet = planPolicies(topology, request.policies);
  const tally = { flows: 0, admitted: 0 };
  const cluster = writePieces(join(folder, 'cluster.json'), listText(clusterObjects(topology)));
  const policies = writePieces(join(folder, 'policies.json'), listText(policyObjects(set)));
  const flows = counted(generateFlows(set, request.traffic), tally);
  const capture = writePieces(join(folder, 'capture.pcap'), captureBytes(flows, request.limits));
  return {
    files: [cluster, policies, capture].map(({ path, bytes }) => ({ path, bytes })),
    workloads: topology.workloads.length,
    governedWorkloads: governedCount(set),
    packets: capture.last,
    ...tally,
  };
}
