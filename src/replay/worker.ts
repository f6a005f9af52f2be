/**
 * One worker thread of a replay: a single long task. Everything but the plan comes and goes through shared memory; the
 * answer is only whether it got to the end, and what its readers warned of.
 */
import type { MessagePort } from 'node:worker_threads';
import { compileKernels, instantiateKernels } from '../dataplane/kernels.ts';
import type { SharedMemory } from '../dataplane/memory.ts';
import type { NameIndex } from '../flow/flow-name.ts';
import { SCANNER_BYTES } from '../packet/scan-layout.ts';
import { type ScannerMemory, scannerMemoryAt } from '../trace/flow-log/log-scanner.ts';
import type { TraceSource } from '../trace/open.ts';
import { createReader, type InterfaceOwners } from '../trace/reader.ts';
import { controlAt, Stopped } from './control.ts';
import { type Plan, scannerCount } from './plan.ts';
import { type JudgedRound, takePart } from './rounds.ts';
import { createSupply } from './supply.ts';

// Done while the thread waits for its task.
compileKernels();

export interface WorkerTask {
  readonly worker: number;
  readonly plan: Plan;
  readonly memory: SharedMemory;
  readonly sources: readonly TraceSource[];
  /** Given when a trace names the interfaces of its packets. */
  readonly interfaces?: InterfaceOwners;
  /** Given when a trace names pods. */
  readonly names?: NameIndex;
  /** Each judged round goes here. */
  readonly port: MessagePort;
}

export interface WorkerEnd {
  /** False when another thread stopped the replay. */
  readonly complete: boolean;
  readonly warnings: readonly { readonly trace: number; readonly text: string }[];
}

/** Called by the pool, by its name. */
export function replayShare(task: WorkerTask): WorkerEnd {
  const { worker, plan, memory, sources, port, interfaces, names } = task;
  const control = controlAt(memory.buffer, plan.control);
  const kernels = instantiateKernels(memory);
  const { slot, readers, scanners } = plan.desks[worker]!;
  const scannerMemories = Array.from({ length: scannerCount(plan.input) }, (_, scanner) =>
    scannerMemoryAt(memory.buffer, scanners + scanner * SCANNER_BYTES),
  );
  const scannerOf = (trace: number): { scanner?: ScannerMemory } => {
    const scanner = scannerMemories[plan.input.scanners[trace] ?? -1];
    return scanner === undefined ? {} : { scanner };
  };
  const traces = sources.map((source, trace) => ({
    source,
    reader: createReader(
      source,
      memory.buffer,
      kernels,
      {
        own: readers[trace]!,
        shared: plan.readerStates[trace]!,
        ...scannerOf(trace),
        ...(plan.deciders === 0 ? {} : { deciders: plan.deciders }),
      },
      interfaces,
      names === undefined ? undefined : { index: names, texts: plan.nameTexts },
    ),
  }));
  const supply = createSupply(traces, { plan, slot, memory: memory.buffer, control });
  try {
    const showRound = (round: JudgedRound): void => port.postMessage(round);
    const words = new Uint32Array(memory.buffer);
    takePart({ worker, plan, kernels, memory: memory.buffer, words, control, supply, showRound });
    return { complete: true, warnings: warningsOf(traces) };
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    return { complete: false, warnings: [] };
  } finally {
    supply.close();
  }
}

function warningsOf(
  traces: readonly { readonly reader: { readonly warnings: readonly string[] } }[],
): WorkerEnd['warnings'] {
  return traces.flatMap(({ reader }, trace) => reader.warnings.map((text) => ({ trace, text })));
}
