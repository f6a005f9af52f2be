import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  CONTROL_PLANE,
  DATA_PLANE,
  NOT_IN_WORKERS,
  PACKAGE_HOMES,
  PAGE,
  RUNGS,
  STAGES,
  WORKER_ENTRY,
} from './ladder.ts';

const src = resolve(import.meta.dirname, '../src');

interface Import {
  readonly from: string;
  /** Path below src, or a package name. */
  readonly to: string;
  readonly isPackage: boolean;
  readonly isType: boolean;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(src, join(entry.parentPath, entry.name)));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(src, file), 'utf8');
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|import\(\s*'([^']+)'\s*\)/g;
  return [...text.matchAll(pattern)].map((match) => {
    const target = (match[2] ?? match[3])!;
    const isType = match[1] !== undefined;
    if (!target.startsWith('.'))
      return { from: file, to: target.replace(/^node:.*/, 'node:'), isPackage: true, isType };
    const path = relative(src, resolve(src, dirname(file), target));
    return {
      from: file,
      to: /\.(?:tsx?|json)$/.test(path) ? path : `${path}.ts`,
      isPackage: false,
      isType,
    };
  });
}

const files = sourceFiles(src);
const imports = files.flatMap(importsOf);
/** Of a file inside a package too; none that is used here has a scope. */
const packageOf = (path: string): string => path.replace(/\/.*/, '');
const folderOf = (path: string): string => (path.includes('/') ? path.slice(0, path.indexOf('/')) : '');
const rungOf = (folder: string): number => RUNGS.findIndex((rung) => rung.includes(folder));

describe('the ladder', () => {
  test('every source file was looked at, and every relative import leads to a file', () => {
    const onDisk = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /\.tsx?$/.test(path),
    );
    expect(files.length).toBe(onDisk.length);
    expect(files.length).toBeGreaterThan(20);
    for (const { from, to, isPackage } of imports) {
      if (!isPackage) expect(existsSync(join(src, to)), `${from} → ${to}`).toBe(true);
    }
  });

  test('every folder stands on a rung', () => {
    const folders = new Set(files.map(folderOf).filter((folder) => folder !== ''));
    expect([...folders].filter((folder) => rungOf(folder) < 0)).toEqual([]);
  });

  test('a folder imports lower rungs only', () => {
    const wrong = imports.filter(({ from, to, isPackage }) => {
      const [a, b] = [folderOf(from), folderOf(to)];
      return !isPackage && a !== '' && a !== b && rungOf(b) >= rungOf(a);
    });
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  test('a stage within a folder imports earlier stages only', () => {
    const stageOf = (path: string): number => {
      const [folder = '', stage, file] = path.split('/');
      return file === undefined ? -1 : (STAGES[folder] ?? []).findIndex((group) => group.includes(stage!));
    };
    const inside = imports.filter(
      ({ from, to }) => folderOf(from) in STAGES && folderOf(from) === folderOf(to),
    );
    expect(inside.filter(({ from }) => from.split('/').length > 2 && stageOf(from) < 0)).toEqual([]);
    const wrong = inside.filter(({ from, to }) => stageOf(from) >= 0 && stageOf(to) > stageOf(from));
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  test('control plane and data plane meet in tables/', () => {
    const crosses = (a: string, b: string): boolean =>
      (CONTROL_PLANE.includes(a) && DATA_PLANE.includes(b)) ||
      (DATA_PLANE.includes(a) && CONTROL_PLANE.includes(b));
    const wrong = imports.filter(
      ({ from, to, isPackage }) => !isPackage && crosses(folderOf(from), folderOf(to)),
    );
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  test('report/ imports values from diagnostic, output, net, flow and tables/verdict only', () => {
    const allowed = ['report', 'diagnostic', 'output', 'net', 'flow'];
    const wrong = imports.filter(
      ({ from, to, isPackage, isType }) =>
        !isPackage &&
        !isType &&
        folderOf(from) === 'report' &&
        !allowed.includes(folderOf(to)) &&
        to !== 'tables/verdict.ts',
    );
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  test('what runs in a browser is bundled, never imported, and reaches nothing of Node', () => {
    const inPage = (path: string): boolean => path.startsWith(`${PAGE}/`);
    expect(files.some(inPage)).toBe(true);
    expect(imports.filter(({ from, to }) => !inPage(from) && inPage(to))).toEqual([]);
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const { to, isType, isPackage } of imports.filter(({ from }) => from === file)) {
        if (!isType && isPackage) reached.add(to);
        if (!isType && !isPackage) visit(to);
      }
    };
    visit(`${PAGE}/main.tsx`);
    expect(reached).toContain(`${PAGE}/flow-store.ts`);
    expect([...reached].filter((path) => path === 'node:')).toEqual([]);
  });

  test('a package is imported at home only', () => {
    const wrong = imports.filter(({ from, to, isPackage }) => {
      if (!isPackage || to === 'node:') return false;
      return !(PACKAGE_HOMES[packageOf(to)] ?? []).includes(folderOf(from));
    });
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  test('no worker reaches YAML, big integers or the command line', () => {
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const { to, isType, isPackage } of imports.filter(({ from }) => from === file)) {
        if (!isType && isPackage) reached.add(packageOf(to));
        if (!isType && !isPackage) visit(to);
      }
    };
    expect(files).toContain(WORKER_ENTRY);
    visit(WORKER_ENTRY);
    expect(reached.size).toBeGreaterThan(3);
    expect(NOT_IN_WORKERS.filter((name) => reached.has(name))).toEqual([]);
    expect([...reached].filter((path) => CONTROL_PLANE.includes(folderOf(path)))).toEqual([]);
  });

  test('only main.ts ends the process, and only some folders read the clock', () => {
    const CLOCK_READERS = ['cli', 'measure', 'replay', 'compile'];
    const texts = files.map((file) => ({ file, text: readFileSync(join(src, file), 'utf8') }));
    const having = (pattern: RegExp): string[] =>
      texts.filter(({ text }) => pattern.test(text)).map(({ file }) => file);
    expect(having(/process\.exit/)).toEqual(['main.ts']);
    const clock = having(/performance\.now|Date\.now|new Date\(\)/).map(folderOf);
    expect([...new Set(clock)].sort()).toEqual([...CLOCK_READERS].sort());
  });

  test('layout files hold numbers only', () => {
    const layouts = files.filter((file) => file.endsWith('-layout.ts'));
    expect(layouts.length).toBeGreaterThan(2);
    for (const file of layouts) {
      const statements = readFileSync(join(src, file), 'utf8')
        .replace(/\/\*[\s\S]*?\*\//g, '')
        .replace(/\/\/.*$/gm, '')
        .split(';')
        .map((statement) => statement.trim())
        .filter((statement) => statement !== '');
      for (const statement of statements)
        expect(statement, file).toMatch(/^export const [A-Z0-9_]+ = [-+*/() <|\w]+$/);
    }
  });
});
