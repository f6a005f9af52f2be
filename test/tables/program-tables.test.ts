import { expect, test } from 'vitest';
import { SECTION_COUNT } from '../../src/tables/directory-layout.ts';
import { type PortMap, portGroup } from '../../src/tables/port-maps.ts';
import * as P from '../../src/tables/program-layout.ts';
import { ProgramTables, readProgram } from '../../src/tables/program-tables.ts';
import { buildTables } from '../../src/tables/tables.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';

function drawPortMap(draw: Random, classCount: number): PortMap {
  const groups = Array.from({ length: 6 }, (_, group) => {
    const size = group === 5 ? 256 : 65_536;
    const cuts = new Set([0, ...Array.from({ length: draw.below(8) }, () => draw.below(size))]);
    const starts = [...cuts].sort((left, right) => left - right);
    return { starts, classes: starts.map(() => draw.below(classCount)) };
  });
  return { classCount, groups };
}

const classAt = ({ groups }: PortMap, group: number, key: number): number => {
  const { starts, classes } = groups[group]!;
  return classes[starts.findLastIndex((start) => start <= key)]!;
};

// Wide rows, wide port classes and wide cells each have a width of their own, which must not wrap.
test.each([
  { rowCount: 3, classes: 4, sources: undefined, ordinals: 9 },
  { rowCount: 300, classes: 2, sources: 3, ordinals: 4096 },
  { rowCount: 2, classes: 700, sources: undefined, ordinals: 5000 },
  { rowCount: 70_000, classes: 1, sources: undefined, ordinals: 70_000 },
])(
  'cells are found again: $rowCount rows, $classes port classes',
  ({ rowCount, classes, sources, ordinals }) => {
    const seed = chosenSeed();
    const draw = random(seed);
    const identityCount = rowCount + 500;
    const ports = drawPortMap(draw, classes);
    const sourcePorts = sources === undefined ? undefined : drawPortMap(draw, sources);
    const columns = classes * (sources ?? 1);
    const cells = Uint32Array.from(
      { length: rowCount * columns },
      () => draw.below(ordinals) * 16 + draw.below(16),
    );
    const rowOf = new Map<number, number>();
    for (let row = 1; row < rowCount; row++) rowOf.set(row + 17, row);
    const tables = new ProgramTables();
    const placed = tables.placeShape({
      identityCount,
      identities: [...rowOf.keys()],
      rows: [...rowOf.values()],
      rowCount,
      ports,
      ...(sourcePorts === undefined ? {} : { sourcePorts }),
      cells,
    });
    tables.addProgram(placed, 0);
    const program = tables.addProgram(placed, 1000);
    const sections = tables.sections();
    const built = buildTables(
      Array.from({ length: SECTION_COUNT }, (_, index) => sections.get(index) ?? new Uint8Array(0)),
    );
    for (let count = 0; count < 2000; count++) {
      const protocol = draw.pick([6, 17, 132, 1, 58, 47, 0, 255]);
      const group = portGroup(protocol);
      const question = {
        identity: draw.below(identityCount),
        protocol,
        key: group === 5 ? protocol : draw.below(65_536),
        sourcePort: draw.below(65_536),
      };
      let column = classAt(ports, group, question.key);
      if (sourcePorts !== undefined)
        column = column * sources! + classAt(sourcePorts, group, group > 2 ? 0 : question.sourcePort);
      const cell = cells[(rowOf.get(question.identity) ?? 0) * columns + column]!;
      expect(readProgram(built, program, question), `seed ${seed}`).toEqual({
        verdict: cell & P.CELL_VERDICT_MASK,
        reason: (cell >> P.CELL_REASON) & P.CELL_REASON_MASK,
        outcome: 1000 + (cell >>> P.CELL_ORDINAL),
      });
    }
  },
);
