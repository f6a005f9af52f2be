/** How much room tables that change are given behind what they hold, so that what comes need not lay them out anew. */
import * as D from '../../tables/directory-layout.ts';

/** Identities that views have room for beyond those that there are. */
export const identityRoom = (identities: number): number => 1024 + (identities >> 2);

/** Sections that are given room, as a share of what they hold. */
const ROOM: ReadonlyMap<number, number> = new Map([
  [D.SECTION_TRIE6, 1 / 4],
  [D.SECTION_ENTRIES, 1 / 4],
  [D.SECTION_PROGRAMS, 1 / 4],
  // A view that changes for the first time is copied whole.
  [D.SECTION_VIEWS, 3 / 2],
  [D.SECTION_PORT_MAPS, 1 / 4],
  [D.SECTION_PORT_PAGES, 1 / 4],
  [D.SECTION_CELLS, 1 / 4],
  [D.SECTION_BACKENDS, 1 / 4],
]);

/** Pages of a view that are copied before many identities have come. */
const PAGES_PER_SHAPE = 3;
const PAGE_BYTES = 256;

/** Room of sections by their numbers, as a share of what they hold; pages of views have some for what the shapes copy of those that they share. */
export function sectionRoom(sections: readonly Uint8Array[], shapes: number): ReadonlyMap<number, number> {
  // Where nobody is governed there are no pages yet, nor shapes that would copy them.
  const bytes = Math.max(1, sections[D.SECTION_VIEW_PAGES]!.byteLength);
  return new Map([...ROOM, [D.SECTION_VIEW_PAGES, (shapes * PAGES_PER_SHAPE * PAGE_BYTES) / bytes]]);
}
