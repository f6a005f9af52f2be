import { expect, test } from 'vitest';
import { SECTION_COUNT, SECTION_HOSTS } from '../../src/tables/directory-layout.ts';
import { buildHosts, hostProgram } from '../../src/tables/hosts.ts';
import * as L from '../../src/tables/hosts-layout.ts';
import type { PortMap } from '../../src/tables/port-maps.ts';
import { ProgramTables } from '../../src/tables/program-tables.ts';
import { buildTables, sectionWords } from '../../src/tables/tables.ts';
import { HOOK_HOST_EGRESS, HOOK_PRE_DNAT, HOOK_UNTRACKED_INGRESS } from '../../src/tables/verdict-layout.ts';

const ports: PortMap = {
  classCount: 1,
  groups: Array.from({ length: 6 }, () => ({ starts: [0], classes: [0] })),
};

/** An own map in which every seventh identity has one of `programs`, and all others have the first. */
function placeMap(tables: ProgramTables, identityCount: number, programs: readonly number[]) {
  const identities = Array.from({ length: identityCount }, (_, index) => index).filter((n) => n % 7 === 3);
  return tables.placeShape({
    identityCount,
    identities,
    rows: identities.map((identity) => identity % programs.length),
    rowCount: programs.length,
    ports,
    cells: Uint32Array.from(programs),
  });
}

test('own maps, masqueraded addresses and networks are found again', () => {
  const tables = new ProgramTables();
  const programs = [70_000, 5, 0, 66];
  const map = placeMap(tables, 900, programs);
  const other = placeMap(tables, 900, [12]);
  const hosts = buildHosts([
    {
      isKnown: true,
      masquerade: { 4: 0 },
      networks: { 4: [3, 8], 6: [] },
      maps: [
        { family: 4, hook: HOOK_UNTRACKED_INGRESS, interface: L.INTERFACE_MAIN, map },
        { family: 6, hook: HOOK_HOST_EGRESS, interface: L.INTERFACE_TUNNEL, map: other },
      ],
    },
    { isKnown: false, masquerade: {}, networks: { 4: [], 6: [] }, maps: [] },
    {
      isKnown: true,
      masquerade: { 6: 41 },
      networks: { 4: [], 6: [1] },
      maps: [{ family: 4, hook: HOOK_PRE_DNAT, interface: L.INTERFACE_PODS, map }],
    },
  ]);
  const sections = new Map([...tables.sections(), [SECTION_HOSTS, hosts]]);
  const built = buildTables(
    Array.from({ length: SECTION_COUNT }, (_, index) => sections.get(index) ?? new Uint8Array(0)),
  );
  for (let identity = 0; identity < 900; identity++) {
    const expected = programs[identity % 7 === 3 ? identity % programs.length : 0];
    const main = { family: 4, hook: HOOK_UNTRACKED_INGRESS, interface: L.INTERFACE_MAIN, identity } as const;
    const pods = { family: 4, hook: HOOK_PRE_DNAT, interface: L.INTERFACE_PODS, identity } as const;
    expect(hostProgram(built, 0, main)).toBe(expected);
    expect(hostProgram(built, 2, pods)).toBe(expected);
    expect(hostProgram(built, 1, pods)).toBeUndefined();
    expect(hostProgram(built, 0, { ...main, family: 6 })).toBeUndefined();
    const tunnel = { family: 6, hook: HOOK_HOST_EGRESS, interface: L.INTERFACE_TUNNEL, identity } as const;
    expect(hostProgram(built, 0, tunnel)).toBe(12);
  }
  const words = sectionWords(built, SECTION_HOSTS);
  const word = (node: number, byte: number): number =>
    words[(L.HOSTS_ROWS + node * L.HOST_BYTES + byte) / 4]!;
  expect([0, 1, 2].map((node) => word(node, L.HOST_MASQUERADE4))).toEqual([1, 0, 0]);
  expect([0, 1, 2].map((node) => word(node, L.HOST_MASQUERADE6))).toEqual([0, 0, 42]);
  expect([0, 1, 2].map((node) => word(node, L.HOST_IS_KNOWN))).toEqual([1, 0, 1]);
  const list = word(0, L.HOST_NETWORKS4) / 4;
  expect([...words.subarray(list, list + 3)]).toEqual([2, 3, 8]);
  expect(word(0, L.HOST_NETWORKS6)).toBe(0);
});
