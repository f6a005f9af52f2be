/** What of a plan hangs on epochs: where the tables of each lie, and how their outcomes are numbered among those of all. */

/** What judges packets from a time on; outcome numbers of its tables are below the counts. */
export interface EpochInput {
  readonly tablesBytes: number;
  readonly outcomeCount: number;
  /** Of the tables that every first packet is judged by once more; 0 for the tables themselves, in all epochs for none. */
  readonly pendingTablesBytes: number;
  readonly pendingOutcomeCount: number;
  /** Addresses have owners up to this number. */
  readonly ownerCount: number;
  /** What the INTERFACE_OWNER column says, by what the readers say of interfaces; absent where they are the same. */
  readonly interfaceOwners?: Uint32Array;
}

export interface EpochPlan {
  readonly tables: number;
  /** 0 without pending tables. */
  readonly pendingTables: number;
  /** The owners of addresses, u32 each; unused with one epoch. */
  readonly owners: number;
  /** Its tables' outcome numbers begin here among those of all epochs. */
  readonly firstOutcome: number;
  readonly firstPendingOutcome: number;
}

/** Outcomes of all epochs together. */
export function outcomeCount(epochs: readonly EpochInput[]): number {
  return epochs.reduce((sum, epoch) => sum + epoch.outcomeCount, 0);
}

/** Bytes of all epochs' tables. */
export function tablesBytes(epochs: readonly EpochInput[]): number {
  return epochs.reduce((sum, epoch) => sum + epoch.tablesBytes + epoch.pendingTablesBytes, 0);
}

export function hasPending(epochs: readonly EpochInput[]): boolean {
  return epochs.some(({ pendingTablesBytes }) => pendingTablesBytes > 0);
}

export function planEpochs(epochs: readonly EpochInput[], take: (bytes: number) => number): EpochPlan[] {
  const isPending = hasPending(epochs);
  let firstOutcome = 0;
  let firstPendingOutcome = 0;
  return epochs.map((epoch) => {
    const tables = take(epoch.tablesBytes);
    const pendingTables = epoch.pendingTablesBytes === 0 ? tables : take(epoch.pendingTablesBytes);
    const plan = {
      tables,
      pendingTables: isPending ? pendingTables : 0,
      owners: take((epoch.ownerCount + 1) * 4),
      firstOutcome,
      firstPendingOutcome,
    };
    firstOutcome += epoch.outcomeCount;
    firstPendingOutcome += epoch.pendingOutcomeCount;
    return plan;
  });
}
