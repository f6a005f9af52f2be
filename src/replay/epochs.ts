/** Tables that judge packets from a time on, and what several of them have in common for one replay. */
import { EPOCHS_MAX } from '../dataplane/epochs-layout.ts';
import { SECTION_FACTS } from '../tables/directory-layout.ts';
import { FACTS_HOOKS, FACTS_OUTCOMES } from '../tables/facts-layout.ts';
import { sectionWords, type Tables, tablesFrom } from '../tables/tables.ts';
import { interfaceOwner } from '../trace/pcapng.ts';
import type { InterfaceOwners } from '../trace/reader.ts';
import type { EpochInput } from './epoch-plan.ts';

/** What judges packets from a time on, until the next epoch's. */
export interface Epoch {
  readonly tables: Tables;
  /** Of all epochs or of none; the tables themselves where an epoch has no staged policies. */
  readonly pendingTables?: Tables;
  readonly interfaces?: InterfaceOwners;
  /** By endpoint number, from 1 on: equal in two epochs for one and the same owner of addresses. One epoch needs none. */
  readonly owners?: Uint32Array;
  /** Its first instant, since 1970. One epoch needs none. */
  readonly from?: { readonly seconds: number; readonly nanos: number };
}

/** Throws a TypeError when some tables are none, or the epochs are not one after the other. */
export function requireEpochs(epochs: readonly Epoch[]): void {
  for (const one of epochs.flatMap(({ tables, pendingTables }) => [tables, pendingTables ?? tables])) {
    const checked = tablesFrom(one.bytes);
    if ('problem' in checked) throw new TypeError(`not tables to replay with: ${checked.problem}`);
  }
  if (epochs.length === 0 || epochs.length > EPOCHS_MAX)
    throw new TypeError(`${epochs.length} epochs, a replay has 1 to ${EPOCHS_MAX}`);
  const isPending = epochs[0]!.pendingTables !== undefined;
  epochs.forEach(({ from, owners, pendingTables }, index) => {
    const before = epochs[index - 1]?.from;
    const isLater =
      index === 0 ||
      (before !== undefined &&
        from !== undefined &&
        (from.seconds > before.seconds || (from.seconds === before.seconds && from.nanos > before.nanos)));
    if (epochs.length > 1 && (from === undefined || owners === undefined))
      throw new TypeError('each of several epochs has a time and owners');
    if (!isLater) throw new TypeError('epochs are given in the order of their times');
    if ((pendingTables !== undefined) !== isPending)
      throw new TypeError('pending tables are given for all epochs or for none');
  });
}

const factsOf = ({ tables }: Epoch): Uint32Array => sectionWords(tables, SECTION_FACTS);

/** Bit 1 << HOOK_ code for every hook that some program of any epoch answers for. */
export function hooksOf(epochs: readonly Epoch[]): number {
  return epochs.reduce((hooks, epoch) => hooks | factsOf(epoch)[FACTS_HOOKS]!, 0);
}

/** What the plan must know of each; `joined` is what the readers are told of interfaces. */
export function epochInputs(
  epochs: readonly Epoch[],
  joined: InterfaceOwners | undefined,
): readonly EpochInput[] {
  return epochs.map((epoch) => {
    const { tables, pendingTables, owners, interfaces } = epoch;
    const interfaceOwners =
      epochs.length === 1 || joined === undefined ? undefined : ownersByInterface(joined, interfaces);
    return {
      tablesBytes: tables.bytes.byteLength,
      outcomeCount: factsOf(epoch)[FACTS_OUTCOMES]!,
      pendingTablesBytes: pendingTables === tables ? 0 : (pendingTables?.bytes.byteLength ?? 0),
      pendingOutcomeCount:
        pendingTables === undefined ? 0 : sectionWords(pendingTables, SECTION_FACTS)[FACTS_OUTCOMES]!,
      ownerCount: owners?.length ?? 0,
      ...(interfaceOwners === undefined ? {} : { interfaceOwners }),
    };
  });
}

/**
 * Interfaces of all epochs: a name stands for itself, since its owner's number hangs on the epoch. Names are said to be
 * complete when they are so in every epoch.
 */
export function joinedInterfaces(epochs: readonly Epoch[]): InterfaceOwners | undefined {
  if (epochs.length === 1) return epochs[0]!.interfaces;
  const known = epochs.flatMap(({ interfaces }) => (interfaces === undefined ? [] : [interfaces]));
  if (known.length === 0) return undefined;
  const names = [...new Set(known.flatMap(({ owners }) => [...owners.keys()]))].sort();
  return {
    owners: new Map(names.map((name, index) => [name, index])),
    prefixes: [...new Set(known.flatMap(({ prefixes }) => prefixes))],
    isComplete: known.length === epochs.length && known.every(({ isComplete }) => isComplete),
  };
}

/** The INTERFACE_OWNER column of an epoch, by that of the joined interfaces. */
function ownersByInterface(joined: InterfaceOwners, own: InterfaceOwners | undefined): Uint32Array {
  return Uint32Array.from([0, ...[...joined.owners.keys()].map((name) => interfaceOwner(name, own))]);
}
