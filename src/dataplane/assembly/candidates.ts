// What a side of a record may be: one address, or the entries that the tables list for its name, in classes that policy cannot tell
// apart (tables/names-layout.ts). Read by judge-named.ts.

import { NAME_FIRST, NAME_LAST } from '../../packet/name-layout';
import { SECTION_ENTRIES, SECTION_NAMES } from '../../tables/directory-layout';
import {
  ENTRY_BYTES,
  ENTRY_FIRST_VIRTUAL,
  ENTRY_NODE,
  ENTRY_OWNER,
  ENTRY_OWNER_NODE,
} from '../../tables/entry-layout';
import {
  CLASS_FIRST,
  CLASS_MEMBERS,
  LIST_CLASSES,
  LIST_FIRST,
  LIST_FLAGS,
  NAME_BYTES,
  NAME_LIST4,
  NAME_LIST6,
  NAMES_ROWS,
} from '../../tables/names-layout';
import { sectionAt } from './identify';

/** Said instead of a list: a side may be nothing, or is what its address says. */
export const NO_LIST: usize = 0;
export const ADDRESS: usize = 1;

function isName(words: usize): bool {
  return load<u32>(words) === NAME_FIRST && load<u32>(words, 12) === NAME_LAST;
}

/** Where an entry lies. */
export function entryOf(tables: usize, number: u32): usize {
  return sectionAt(tables, SECTION_ENTRIES) + number * ENTRY_BYTES;
}

/** The node that an address is on, plus 1; 0 when unknown. */
export function nodeOf(tables: usize, number: u32): u32 {
  const entry = entryOf(tables, number);
  const node = load<u32>(entry + ENTRY_OWNER_NODE);
  return node !== 0 ? node : load<u32>(entry + ENTRY_NODE);
}

/** Whether something in the cluster has the address. */
function isKnown(entry: usize): bool {
  const word = load<u32>(entry + ENTRY_OWNER) | load<u32>(entry + ENTRY_NODE);
  return (word | load<u32>(entry + ENTRY_FIRST_VIRTUAL)) !== 0;
}

/** Whether two entries may be those of two addresses: what nothing has shares its entry. */
export function areApart(tables: usize, from: u32, to: u32): bool {
  return from !== to || !isKnown(entryOf(tables, from));
}

/** What a side may be in a family: a list of the tables, ADDRESS for what its address says, NO_LIST for nothing. */
export function listOf(
  tables: usize,
  words: usize,
  entry: u32,
  name: u32,
  family: u32,
  ownFamily: u32,
): usize {
  if (!isName(words) && (name === 0 || isKnown(entryOf(tables, entry))))
    return family === ownFamily ? ADDRESS : NO_LIST;
  const names = sectionAt(tables, SECTION_NAMES);
  if (name === 0 || name > load<u32>(names)) return NO_LIST;
  const at = names + NAMES_ROWS + (name - 1) * NAME_BYTES;
  const offset = load<u32>(at + (family === 4 ? NAME_LIST4 : NAME_LIST6));
  return offset === 0 ? NO_LIST : names + offset;
}

/** NAME_ bits of a list. */
export function flagsOf(list: usize): u32 {
  return list <= ADDRESS ? 0 : load<u32>(list + LIST_FLAGS);
}

/** How many classes a list has; an address alone is one. */
export function classesOf(list: usize): u32 {
  return list <= ADDRESS ? <u32>list : load<u32>(list + LIST_CLASSES);
}

/** A class of a list; 0 for the address itself. */
export function classAt(tables: usize, list: usize, index: u32): usize {
  if (list === ADDRESS) return 0;
  return sectionAt(tables, SECTION_NAMES) + load<u32>(list + LIST_FIRST + (index << 2));
}

/** How many members a class has. */
export function membersOf(members: usize): u32 {
  return members === 0 ? 1 : load<u32>(members + CLASS_MEMBERS);
}

/** The entry of a member; `own` is that of the address. */
export function memberAt(members: usize, index: u32, own: u32): u32 {
  return members === 0 ? own : load<u32>(members + CLASS_FIRST + (index << 2));
}
