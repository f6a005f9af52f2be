/**
 * test/lint/cases has a folder for each check of lint: `fires*.yaml`, where it finds something, and `silent*.yaml`, where it finds
 * nothing and something near it might. Each is a whole cluster; `# cni: NAME` in its first line is the CNI; flows of a trace stand, one a
 * line, in the file of the same name with `.flows` behind. What is found is compared with `expected.txt`. Every check has its folder and its page.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { traceUse } from '../../src/analysis/rules/narrower-rules.ts';
import { type Framed, formatDiagnostics } from '../../src/diagnostic/frame.ts';
import type { Subject } from '../../src/lint/check.ts';
import { CHECKS } from '../../src/lint/checks.ts';
import { Inventory } from '../../src/lint/inventory.ts';
import { lintFindings } from '../../src/lint/lint.ts';
import type { LintFinding } from '../../src/lint/lint-document.ts';
import { SourcePlaces } from '../../src/lint/source-places.ts';
import type { TraceSubject } from '../../src/lint/trace-use.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import type { SourceFile } from '../../src/manifest/text/files.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { flowOfTrace } from '../analysis/trace-flow.ts';

const folder = resolve(import.meta.dirname, 'cases');
const pages = resolve(import.meta.dirname, '../../docs/lint');
const nameOf = (code: string): string => code.slice('lint/'.length);

/** The flows of a file as a trace of two hours. */
function traceOf(path: string, world: World): TraceSubject {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  const flows = lines.map((text) => flowOfTrace(text, world));
  return { use: traceUse(world, flows), flows: flows.length, seconds: 7200 };
}

/** What the checks find in a file; it must be in order. */
function findingsIn(path: string): readonly LintFinding[] {
  const files: SourceFile[] = [];
  const { value: cluster, diagnostics } = loadCluster([path], { onFile: (file) => files.push(file) });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const cni = /^# cni: (\S+)/.exec(readFileSync(path, 'utf8'))?.[1] ?? 'calico';
  const world = createWorld(cluster, cniProfile(cni)!);
  const subject: Subject = {
    world,
    sources: new SourcePlaces(files),
    inventory: new Inventory(world),
    ...(existsSync(`${path}.flows`) ? { trace: traceOf(`${path}.flows`, world) } : {}),
  };
  return lintFindings(subject, CHECKS);
}

/** A finding as the report frames it, without the folder that it was found in. */
function framed({
  file,
  line,
  column,
  source,
  suggestion,
  replacement,
  related,
  ...rest
}: LintFinding): Framed {
  const short = (name: string): string => name.replace(/^.*\//, '');
  return {
    ...rest,
    code: rest.code as Framed['code'],
    at: { file: short(file), line, column },
    ...(source === null ? {} : { sourceLine: source }),
    ...(suggestion === null ? {} : { hint: [suggestion, ...(replacement?.split('\n') ?? [])].join(' | ') }),
    related: related.map(({ message, ...at }) => ({ at: { ...at, file: short(at.file) }, message })),
  };
}

describe.each(CHECKS)('$code', ({ code }) => {
  const own = join(folder, nameOf(code));
  const files = existsSync(own) ? readdirSync(own).sort() : [];
  const fires = files.filter((name) => /^fires.*\.yaml$/.test(name));
  const silent = files.filter((name) => /^silent.*\.yaml$/.test(name));

  test('has files where it fires and where it does not', () => {
    expect(fires).not.toEqual([]);
    expect(silent).not.toEqual([]);
  });

  test('finds what it should, where it stands', async () => {
    const found = fires.map((name) => {
      const own = findingsIn(join(folder, nameOf(code), name)).filter((finding) => finding.code === code);
      expect(own.filter(({ state }) => state === 'new')).not.toEqual([]);
      return `${name}\n\n${formatDiagnostics(own.map(framed))}\n`;
    });
    await expect(found.join('\n')).toMatchFileSnapshot(join(own, 'expected.txt'));
  });

  test.each(silent)('finds nothing in %s', (name) => {
    const found = findingsIn(join(own, name)).filter((finding) => finding.code === code);
    expect(found.map(({ line, message }) => `${line}: ${message}`)).toEqual([]);
  });

  test('has a page that says what, why, how and how not', () => {
    const page = readFileSync(join(pages, `${nameOf(code)}.md`), 'utf8');
    const headings = [...page.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ .*$/gm)].map(
      ([heading]) => heading,
    );
    expect(headings).toEqual([
      `# ${code}`,
      '## Why it matters',
      '## An example',
      '## What to do',
      '## Suppress it',
    ]);
  });
});

test('the page of lint names every check', () => {
  const page = readFileSync(resolve(pages, '../lint.md'), 'utf8');
  const named = [...page.matchAll(/\]\(lint\/([a-z-]+)\.md\)/g)].map(([, name]) => name);
  expect(named.sort()).toEqual(CHECKS.map(({ code }) => nameOf(code)).sort());
});

test('there is no page and no case without a check', () => {
  const names = CHECKS.map(({ code }) => nameOf(code)).sort();
  expect(readdirSync(pages).map((name) => name.replace(/\.md$/, ''))).toEqual(names);
  expect(readdirSync(folder)).toEqual(names);
});
