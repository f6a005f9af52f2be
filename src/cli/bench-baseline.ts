/** An earlier run that `bench --save` wrote, read back: only what comparing needs is looked at. */
import { readFileSync } from 'node:fs';
import type { BenchDocument } from '../analysis/bench/bench-document.ts';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { whyUnreadable } from '../diagnostic/unreadable.ts';
import { problem } from './problem.ts';

const SCHEMA = 'dryplane/bench/v1';
const HINT = 'dryplane bench --save FILE writes one';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isPositive = (value: unknown): boolean => typeof value === 'number' && value > 0;

const isSample = (value: unknown): boolean =>
  isRecord(value) &&
  isPositive(value.median) &&
  Array.isArray(value.rounds) &&
  value.rounds.length > 0 &&
  value.rounds.every(isPositive);

function isMultiple(value: unknown): boolean {
  if (!isRecord(value) || !isPositive(value.multiple) || !isSample(value.compile)) return false;
  const { tables, lookups } = value;
  if (!isRecord(tables) || !isRecord(tables.identities)) return false;
  const counts = [
    tables.bytes,
    tables.programs,
    tables.shapes,
    tables.identities.ipv4,
    tables.identities.ipv6,
  ];
  return (
    counts.every((count) => typeof count === 'number') &&
    Array.isArray(lookups) &&
    lookups.every((one) => isRecord(one) && typeof one.packets === 'string' && isSample(one))
  );
}

function isDocument(value: Readonly<Record<string, unknown>>): boolean {
  const { version, cni, machine, set, reference } = value;
  return (
    typeof version === 'string' &&
    typeof cni === 'string' &&
    isRecord(machine) &&
    isRecord(reference) &&
    isSample(reference.cached) &&
    isSample(reference.memory) &&
    isRecord(set) &&
    Array.isArray(set.multiples) &&
    set.multiples.every(isMultiple)
  );
}

/** The document in a file, or why there is none. */
export function readBaseline(path: string): { document?: BenchDocument; problems: Diagnostic[] } {
  const refuse = (message: string): { problems: Diagnostic[] } => ({
    problems: [problem('cli/baseline', `${path}: ${message}`, HINT)],
  });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return refuse(whyUnreadable(error, 'a baseline'));
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('no JSON');
  }
  if (!isRecord(value) || value.schema !== SCHEMA) return refuse(`not a document of ${SCHEMA}`);
  if (!isDocument(value)) return refuse(`a document of ${SCHEMA} that lacks figures`);
  return { document: value as unknown as BenchDocument, problems: [] };
}
