/**
 * The package as others install it: packed, put beside its dependencies in a folder of its own. The examples of docs/library.md print there what
 * the page says, and a strict TypeScript program type-checks against its declarations, those of its dependencies' packages included.
 */
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from './run-cli.ts';

const PAGE = readFileSync(join(ROOT, 'docs/library.md'), 'utf8');
/** Each example with the heading over it and what it prints. */
const examples = [...PAGE.matchAll(/```js\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/g)].map((match) => ({
  code: match[1]!,
  printed: match[2]!,
  heading: PAGE.slice(0, match.index)
    .match(/^## .*$/gm)!
    .at(-1)!
    .slice(3),
}));

let folder: string;
let installed: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dryplane-library-'));
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  const packing = spawnSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(packing.status, packing.stderr).toBe(0);
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
  expect(spawnSync('tar', ['xzf', archive], { cwd: folder }).status).toBe(0);
  installed = join(modules, 'dryplane');
  renameSync(join(folder, 'package'), installed);
  const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of [...Object.keys(dependencies), '@types'])
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the TypeScript compiler says of programs in the folder. */
function check(files: readonly string[], options: object): string {
  const base = { target: 'es2023', lib: ['es2023'], module: 'nodenext', types: ['node'], noEmit: true };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...base, ...options }, files }),
  );
  const { stdout } = spawnSync(
    process.execPath,
    [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder],
    {
      encoding: 'utf8',
    },
  );
  return stdout;
}

describe('docs/library.md', () => {
  test('has examples, and each says what it prints', () => {
    expect(examples.length).toBeGreaterThan(7);
    expect(PAGE.match(/```js\n/g)).toHaveLength(examples.length);
  });

  test.each(examples)('$heading', ({ code, printed }) => {
    const file = join(folder, 'example.mjs');
    writeFileSync(file, code);
    const ended = spawnSync(process.execPath, [file], { cwd: installed, encoding: 'utf8', timeout: 110_000 });
    expect(ended.stderr).toBe('');
    expect(ended.stdout).toBe(printed);
  });

  test('uses names and properties that the declarations have', () => {
    const files = examples.map(({ code }, index) => {
      const name = `example-${index}.js`;
      writeFileSync(join(folder, name), code);
      return name;
    });
    // A page says `answer.verdict` where a program asks first whether there is an answer.
    expect(check(files, { allowJs: true, checkJs: true, strict: false, skipLibCheck: true })).toBe('');
  });
});

const PROGRAM = `
import {
  type AllPackets, type CompiledWorld, type Diagnostic, type Matrix, type ReplayDocument, type World,
  CNI_NAMES, checkSuite, cniProfile, compileWorld, createWorld, describeMatrix, diffAllPackets, judgeFlow, lintWorld,
  loadCluster, openTrace, parseFlow, readSuite, replayTraces, worldOfSuite,
} from 'dryplane';

const { value: cluster, diagnostics }: { value: Parameters<typeof createWorld>[0]; diagnostics: readonly Diagnostic[] } = loadCluster(['a.yaml']);
const profile = cniProfile(CNI_NAMES[0] ?? 'calico');
if (profile === undefined) throw new Error('none');
const world: World = createWorld(cluster, profile);
const compiled: CompiledWorld = compileWorld(world);
const all: AllPackets = diffAllPackets(compiled, compiled);
const matrix: Matrix = describeMatrix(compiled, { by: 'pod', from: [{ kind: 'namespace', namespace: 'shop' }], to: [] }, { protocol: 6, port: 80 });
const parsed = parseFlow('tcp a/b to c/d:1');
const verdict: string | undefined = 'flow' in parsed ? judgeFlow(parsed.flow, world).value?.verdict : undefined;
const trace = openTrace('t.pcap').value;
const report: ReplayDocument | undefined = trace === undefined ? undefined : await replayTraces([trace], world, { signal: AbortSignal.timeout(1) });
const suite = readSuite('s.yaml').value;
const suiteWorld = worldOfSuite(suite).value;
const passed: number | undefined = suiteWorld === undefined ? undefined : checkSuite(suite, suiteWorld).value.passed;
const codes: string[] = lintWorld(world, []).map(({ code }) => code);
// @ts-expect-error: there is no such verdict
const wrong: 'maybe' = all.groups[0]!.change;
export { codes, diagnostics, matrix, passed, report, verdict, wrong };
`;

test('a strict program type-checks against the declarations, and they against each other', () => {
  writeFileSync(join(folder, 'program.ts'), PROGRAM);
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
  expect(check(['program.ts'], { ...strict, skipLibCheck: false })).toBe('');
});

test('names what it exports: the API is this list', async () => {
  const names = Object.keys((await import('../../src/library.ts')) as object);
  expect(names.sort()).toMatchInlineSnapshot(`
    [
      "CNI_NAMES",
      "REASONS",
      "VERDICTS",
      "checkSuite",
      "cniProfile",
      "compileWorld",
      "createExplainer",
      "createUpdater",
      "createWorld",
      "describeExposure",
      "describeMatrix",
      "diffAllPackets",
      "diffOnTraces",
      "findCni",
      "formatAddress",
      "formatDiagnostics",
      "formatFlow",
      "judge",
      "judgeFlow",
      "lintWorld",
      "loadCluster",
      "loadClusters",
      "openTrace",
      "overlayCluster",
      "parseAddress",
      "parseFlow",
      "parseTimeBound",
      "pendingWorld",
      "readSuite",
      "replay",
      "replayTraces",
      "suggestRules",
      "worldOfSuite",
    ]
  `);
});
