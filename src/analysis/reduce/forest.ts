/**
 * Objects as trees of which parts can be taken away. Every member of a mapping and every item of a list is a part with a number; what
 * is left is printed so that each part begins a line of its own, which tells the part behind a location.
 */
import type { Plain } from '../../output/yaml.ts';

export interface Part {
  readonly id: number;
  /** Of a member of a mapping. */
  readonly key?: string;
  /** Absent for scalars. */
  readonly parts?: readonly Part[];
  readonly isList: boolean;
  /** Of scalars. */
  readonly scalar?: Plain;
  /** What every object has: it stays as long as the object does. */
  readonly isFixed: boolean;
}

/** Numbers of parts that are taken away. */
export type Removed = ReadonlySet<number>;

/** What tells objects apart. */
const FIXED = ['apiVersion', 'kind', 'metadata', 'metadata.name', 'metadata.namespace'];

/** Trees of objects; numbers run on over all of them. */
export function plantForest(objects: readonly { readonly [key: string]: unknown }[]): readonly Part[] {
  let next = 0;
  const plant = (value: unknown, path: string, key: string | undefined): Part => {
    const id = next++;
    const head = { id, isFixed: FIXED.includes(path), ...(key === undefined ? {} : { key }) };
    if (Array.isArray(value))
      return { ...head, isList: true, parts: value.map((item) => plant(item, `${path}[]`, undefined)) };
    if (typeof value === 'object' && value !== null)
      return {
        ...head,
        isList: false,
        parts: Object.entries(value)
          .filter(([, member]) => member !== undefined)
          .map(([name, member]) => plant(member, path === '' ? name : `${path}.${name}`, name)),
      };
    return { ...head, isList: false, scalar: (value ?? null) as Plain };
  };
  return objects.map((object) => plant(object, '', undefined));
}

/** What is left of a tree. */
export function leftOf(part: Part, removed: Removed): Plain {
  const { parts, isList, scalar = null } = part;
  if (parts === undefined) return scalar;
  const kept = parts.filter(({ id }) => !removed.has(id));
  if (isList) return kept.map((one) => leftOf(one, removed));
  return Object.fromEntries(kept.map((one) => [one.key!, leftOf(one, removed)]));
}

/** All parts of trees that are left, a part before what hangs on it. */
export function* partsLeft(trees: readonly Part[], removed: Removed): Generator<Part> {
  for (const tree of trees) {
    if (removed.has(tree.id)) continue;
    yield tree;
    if (tree.parts !== undefined) yield* partsLeft(tree.parts, removed);
  }
}

/** A file of objects, and the part at the beginning of each line. */
export interface PrintedForest {
  /** JSON, a list of the objects. */
  readonly text: string;
  /** By line, from 1; 0 where no part begins. */
  readonly partAtLine: readonly number[];
}

/** What is left of trees as one file. */
export function printForest(trees: readonly Part[], removed: Removed): PrintedForest {
  const out: string[] = ['{"apiVersion":"v1","kind":"List","items":['];
  const partAtLine = [0, 0];
  const print = ({ parts, isList, scalar = null }: Part): void => {
    if (parts === undefined) {
      out.push(JSON.stringify(scalar));
      return;
    }
    out.push(isList ? '[' : '{');
    printAll(parts);
    out.push(isList ? ']' : '}');
  };
  const printAll = (parts: readonly Part[]): void => {
    let isFirst = true;
    for (const part of parts) {
      if (removed.has(part.id)) continue;
      out.push(isFirst ? '\n' : ',\n');
      isFirst = false;
      partAtLine.push(part.id);
      if (part.key !== undefined) out.push(JSON.stringify(part.key), ':');
      print(part);
    }
  };
  printAll(trees);
  out.push(']}\n');
  return { text: out.join(''), partAtLine };
}
