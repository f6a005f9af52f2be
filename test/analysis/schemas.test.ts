/** The schemas that ship with the program list the same closed words as the program. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { REASONS, VERDICTS } from '../../src/tables/verdict.ts';

const FOLDER = join(import.meta.dirname, '../../schemas');

/** Every list of words in a schema. */
function enumsOf(node: unknown): string[][] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === 'enum' && Array.isArray(value) ? [value as string[]] : enumsOf(value),
  );
}

test.each(readdirSync(FOLDER))('%s knows every reason and verdict', (name) => {
  const lists = enumsOf(JSON.parse(readFileSync(join(FOLDER, name), 'utf8')));
  for (const list of lists.filter((words) => words.includes('unknown-fragment')))
    expect(list).toEqual(REASONS);
  // A reject is a deny that answers the sender.
  for (const list of lists.filter((words) => words.includes('skip')))
    expect(list.filter((word) => word !== 'reject')).toEqual(VERDICTS);
});
