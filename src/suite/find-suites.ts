/**
 * Operands of `test` → files of suites. A file that is named is a suite, whatever it holds; of a folder those are that look like one, and
 * all others are counted, so that nobody takes them for checked.
 */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Checked, Diagnostic } from '../diagnostic/diagnostic.ts';
import { whyUnreadable } from '../diagnostic/unreadable.ts';
import { EXPECTING_FIELDS } from './read.ts';

export interface FoundSuites {
  /** As given, or below the folder that was given; none twice. */
  readonly paths: readonly string[];
  /** YAML files of folders that are no suites. */
  readonly passedOver: number;
  /** The folders among the operands. */
  readonly folders: readonly string[];
}

const ENDING = /\.ya?ml$/i;
/** Fields of a suite stand at the beginning of lines, or of the file where it is written as JSON is. */
const FLOWS_FIELD = fieldPattern(['flows', 'allow', 'deny']);
/** Other tools' files have steps and tables too: only beside one of these they are a suite's. */
const SUITE_FIELD = fieldPattern(EXPECTING_FIELDS);
const DESCRIBING_FIELD = fieldPattern(['description', 'manifests', 'profiles', 'cni', 'names']);
/** What every test of netassert has. */
const FOREIGN_FIELDS = [/^(?:- | {2})type: *k8s\b/m, /^(?:- | {2})targetPort:/m];
/** What every object of a cluster has. */
const OBJECT_FIELD = /^["'{ ]*apiVersion["']?[ ]*:/m;
/** Files of manifests can be large; a suite's own fields come before that. */
const HEAD_BYTES = 1 << 20;

/** One of these fields, at the beginning of a line or of a mapping. */
function fieldPattern(names: readonly string[]): RegExp {
  return new RegExp(`^(?:["'{ ]*)(?:${names.join('|')})["']?[ ]*:`, 'm');
}

/** Whether a text is meant to be a suite, broken ones included: they are to be mended, not passed over. */
export function looksLikeSuite(text: string): boolean {
  if (FOREIGN_FIELDS.every((field) => field.test(text))) return true;
  const flat = text.replace(/^ .*$/gm, '');
  const isJson = /^\s*\{/.test(text);
  const looked = isJson ? text : flat;
  if (OBJECT_FIELD.test(looked)) return false;
  return FLOWS_FIELD.test(looked) || (SUITE_FIELD.test(looked) && DESCRIBING_FIELD.test(looked));
}

function headOf(path: string): string {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(Math.min(HEAD_BYTES, statSync(path).size));
    return bytes.toString('utf8', 0, readSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
}

/** YAML files below a folder, by their paths; hidden ones and linked folders are left out. */
function filesBelow(folder: string): string[] {
  const found: string[] = [];
  const pending = [folder];
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    for (const entry of readdirSync(current, { withFileTypes: true })) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const path = join(current, entry.name);
      const isFile = entry.isFile() || (entry.isSymbolicLink() && !statSync(path).isDirectory());
      if (entry.isDirectory()) pending.push(path);
      else if (isFile && ENDING.test(entry.name)) found.push(path);
    }
  }
  return found.sort((one, other) => (one < other ? -1 : Number(one > other)));
}

function unreadable(path: string, error: unknown): Diagnostic {
  const reason = whyUnreadable(error, 'a folder of suites');
  return { code: 'suite/unreadable', severity: 'error', message: `${path}: ${reason}` };
}

/** What the operands mean; a folder without suites is a mistake. Whether a named file is there, its reader says. */
export function findSuites(operands: readonly string[]): Checked<FoundSuites> {
  const diagnostics: Diagnostic[] = [];
  const paths: string[] = [];
  const folders: string[] = [];
  let passedOver = 0;
  for (const operand of operands) {
    if (!statSync(operand, { throwIfNoEntry: false })?.isDirectory()) {
      paths.push(operand);
      continue;
    }
    folders.push(operand);
    try {
      const files = filesBelow(operand);
      const suites = files.filter((path) => looksLikeSuite(headOf(path)));
      passedOver += files.length - suites.length;
      paths.push(...suites);
      if (suites.length > 0) continue;
      const what = files.length === 0 ? 'no YAML file' : `${files.length} YAML files, none of them a suite`;
      diagnostics.push({
        code: 'suite/no-suites',
        severity: 'error',
        message: `${operand}: the folder holds ${what}`,
        hint: `a suite has one of ${EXPECTING_FIELDS.join(', ')}`,
      });
    } catch (error) {
      diagnostics.push(unreadable(operand, error));
    }
  }
  return { value: { paths: [...new Set(paths)], passedOver, folders }, diagnostics };
}
