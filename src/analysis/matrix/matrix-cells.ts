/** Who can talk to whom, in numbers: a compiled world → rows, columns, and what goes from each to each. `matrix.ts` puts it into words. */
import type { DiffSide } from '../diff/diff-worlds.ts';
import { jointClasses } from '../joint/joint-classes.ts';
import { jointPoints } from '../joint/joint-points.ts';
import { jointWorlds } from '../joint/joint-worlds.ts';
import { ClassAnswers } from './class-answers.ts';
import { FamilyFold, NO_STATES, StateNumbers } from './matrix-fold.ts';
import { type MatrixBy, Parties, type Party, type PartyFilter } from './matrix-parties.ts';
import { serviceStates } from './matrix-services.ts';
import type { PortStates } from './port-states.ts';

export interface MatrixRequest {
  readonly by: MatrixBy;
  /** Whom rows and columns stand for; none: every pod, and the addresses outside. */
  readonly from: readonly PartyFilter[];
  readonly to: readonly PartyFilter[];
}

/** How many of what there is were looked at. */
export interface EnumeratedMatrix {
  readonly family: 4 | 6;
  readonly points: number;
  readonly sourceClasses: number;
  readonly destinationClasses: number;
  /** Packets that stand for all others. */
  readonly packets: number;
}

/** What one row sends to each column, as positions in `MatrixCells.states`; `NO_STATES` where no packet goes between them. */
export interface MatrixRow {
  readonly from: Party;
  readonly states: Uint32Array;
}

export interface MatrixCells {
  readonly rows: readonly Party[];
  readonly columns: readonly Party[];
  /** One row after the other; to be read once. */
  readonly each: () => Iterable<MatrixRow>;
  /** What cells have, each once; more come as rows are read. */
  readonly states: readonly PortStates[];
  /** Complete when all rows were read. */
  readonly enumerated: () => readonly EnumeratedMatrix[];
}

/** Asks all new packets of one world. */
export function matrixCells(side: DiffSide, { by, from, to }: MatrixRequest): MatrixCells {
  const { book } = side.world;
  const [rows, columns] = [new Parties(book, by, from), new Parties(book, by, to)];
  const worlds = jointWorlds(side, side);
  const states = new StateNumbers();
  const hasServices = columns.list.some(({ kind }) => kind === 'service');
  const ownColumn = new Map(
    rows.list.flatMap((row) => {
      const same = columns.find(row);
      return same === undefined ? [] : [[row.index, same.index] as const];
    }),
  );
  const families = ([4, 6] as const).map((family) => {
    const divided = { space: side.space.families[family], tables: side.tables };
    const points = jointPoints(family, divided, divided);
    const classes = jointClasses(points, worlds.entries);
    const folded = {
      worlds,
      classes,
      answers: new ClassAnswers(family, worlds, classes),
      rows: rows.ofPoints(family, points),
      columns: columns.ofPoints(family, points),
    };
    const services = hasServices ? serviceStates(family, folded, states) : undefined;
    // Packets to a service's address are those to its ports: all others lead nowhere.
    const isDirect = (column: number): boolean => columns.list[column]!.kind !== 'service';
    const direct = { ...folded, columns: folded.columns.map((list) => list.filter(isDirect)) };
    return { family, folded, services, fold: new FamilyFold(direct, states, columns.list, ownColumn) };
  });
  const outside = columns.list.filter(({ kind }) => kind === 'outside').map(({ index }) => index);
  return {
    rows: rows.list,
    columns: columns.list,
    *each() {
      for (const row of rows.list) {
        const found = new Uint32Array(columns.list.length);
        for (const { fold } of families) fold.join(row.index, found);
        for (const { services } of families)
          for (const [column, state] of services?.cells.get(row.index) ?? [])
            found[column] = states.join(found[column]!, state);
        if (row.kind === 'outside') for (const column of outside) found[column] = NO_STATES;
        yield { from: row, states: found };
      }
    },
    states: states.list,
    enumerated: () =>
      families.map(({ family, folded: { classes, answers }, services }) => ({
        family,
        points: classes.points.length,
        sourceClasses: classes.sources.classes.length,
        destinationClasses: classes.destinations.classes.length,
        packets: answers.packets + (services?.packets ?? 0),
      })),
  };
}
