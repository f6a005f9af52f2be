/** Snapshots of a cluster → what a replay judges by, each from its time on, and what gives its numbers their names. */
import type { Compilation, Phase } from '../../compile/compile.ts';
import type { NameIndex } from '../../flow/flow-name.ts';
import type { World } from '../../policy/world.ts';
import type { Epoch } from '../../replay/epochs.ts';
import type { TraceTime } from '../../trace/time.ts';
import type { SummaryEpoch } from './summary.ts';

/** A cluster as it was from a time on. */
export interface WorldSnapshot {
  readonly world: World;
  /** Absent: from the beginning. */
  readonly from?: TraceTime;
  /** What reports say it was read from. */
  readonly paths: readonly string[];
}

export interface CompiledEpochs {
  readonly epochs: readonly Epoch[];
  readonly summaries: readonly SummaryEpoch[];
  /** Those of all snapshots summed up. */
  readonly phases: readonly Phase[];
  readonly tableBytes: number;
}

/** RFC 3339 in UTC, with as many decimals as it takes. */
function formatInstant({ seconds, nanos }: TraceTime): string {
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  const fraction = nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;
  return `${whole}${fraction}Z`;
}

/** Adds up phases of the same name, in the order in which names come first. */
function summed(phases: readonly Phase[]): Phase[] {
  const sums = new Map<string, number>();
  for (const { name, milliseconds } of phases) sums.set(name, (sums.get(name) ?? 0) + milliseconds);
  return [...sums].map(([name, milliseconds]) => ({ name, milliseconds }));
}

/** The worlds with their staged policies enforced: for all where any has some, for none else. */
export async function pendingWorlds(
  snapshots: readonly Pick<WorldSnapshot, 'world'>[],
): Promise<readonly (World | undefined)[] | undefined> {
  const { pendingWorld } = await import('../../policy/world.ts');
  const pending = snapshots.map(({ world }) => pendingWorld(world));
  return pending.some((world) => world !== undefined) ? pending : undefined;
}

/**
 * Compiles every snapshot, and once more with staged policies enforced where `pending` has a world. `names`: what flow logs may call
 * the addresses of any of them.
 */
export async function compileEpochs(
  snapshots: readonly WorldSnapshot[],
  pending: readonly (World | undefined)[] | undefined,
  names?: NameIndex,
): Promise<CompiledEpochs> {
  const [{ compileTables }, { ownersOverTime }, { workloadInterfaces }] = await Promise.all([
    import('../../compile/compile.ts'),
    import('../../policy/addresses/owners-over-time.ts'),
    import('../../policy/addresses/workload-interfaces.ts'),
  ]);
  const phases: Phase[] = [];
  let tableBytes = 0;
  const compile = (world: World, prefix: string): Compilation => {
    const compilation = compileTables(world, names === undefined ? {} : { names });
    phases.push(...compilation.phases.map((phase) => ({ ...phase, name: `${prefix}${phase.name}` })));
    tableBytes += compilation.tables.bytes.byteLength;
    return compilation;
  };
  const owners = ownersOverTime(snapshots.map(({ world }) => world.book));
  const compiled = snapshots.map(({ world, from, paths }, index) => {
    const { tables, legend } = compile(world, '');
    const staged = pending?.[index];
    // Where nothing is staged, the tables are the pending ones too.
    const after =
      pending === undefined
        ? undefined
        : staged === undefined
          ? { tables, legend }
          : compile(staged, 'staged ');
    const interfaces = workloadInterfaces(world);
    const epoch: Epoch = {
      tables,
      owners: owners[index]!,
      ...(from === undefined ? {} : { from }),
      ...(after === undefined ? {} : { pendingTables: after.tables }),
      ...(interfaces === undefined ? {} : { interfaces }),
    };
    const summary: SummaryEpoch = {
      manifests: paths,
      cluster: world.cluster,
      book: world.book,
      legend,
      ...(from === undefined ? {} : { time: formatInstant(from) }),
      ...(after === undefined ? {} : { pendingLegend: after.legend }),
    };
    return { epoch, summary };
  });
  return {
    epochs: compiled.map(({ epoch }) => epoch),
    summaries: compiled.map(({ summary }) => summary),
    phases: summed(phases),
    tableBytes,
  };
}
