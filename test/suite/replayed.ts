/** A trace's replay as what suites expect is held against. */
import { expect } from 'vitest';
import { createAddressNames } from '../../src/analysis/address-names.ts';
import { WrittenNames } from '../../src/analysis/written-names.ts';
import { compileTables } from '../../src/compile/compile.ts';
import { nameIndex } from '../../src/policy/addresses/named-addresses.ts';
import type { World } from '../../src/policy/world.ts';
import { replay } from '../../src/replay/replay.ts';
import type { ReplayedTrace } from '../../src/suite/check-traces.ts';
import { openTrace } from '../../src/trace/open.ts';

/** The trace of a path in a world, on one worker. */
export async function replayOf(path: string, world: World, flowsListed = 262_144): Promise<ReplayedTrace> {
  const { value: source, diagnostics } = openTrace(path);
  expect(diagnostics).toEqual([]);
  const names = nameIndex([world]);
  const { tables, legend } = compileTables(world, { names });
  const written = new WrittenNames();
  const result = await replay([source!], [{ tables }], {
    workers: 1,
    names,
    flowsListed,
    onNames: (texts) => written.add(texts),
  });
  const naming = { legend, epochs: [{ names: createAddressNames(world.book, written) }] };
  return { result, naming, world, unusable: '' };
}
