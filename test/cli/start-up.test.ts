/** What a command does not need is not loaded for it: most of the time of a small run is the loading of modules. */
import { expect, test } from 'vitest';
import { loadedModules } from './loaded-modules.ts';
import { CAPTURE, QUICKSTART } from './run-cli.ts';

const FLOW = ['tcp', 'shop/web', 'to', 'shop/db:5432'];

/** Numbers and names that both planes share; text of times and of formats for the options. */
const SHARED =
  /-layout\.js$|^packet\/name-words\.js$|^trace\/time-range\.js$|^trace\/flow-log\/flow-format\.js$/;

const ofReplays = (modules: readonly string[]): string[] =>
  modules.filter((name) => /^(?:replay|dataplane|trace|packet|compile)\//.test(name) && !SHARED.test(name));

/** How other commands are called: what is declared of `command`, and what all share, aside. */
const ofOtherCommands = (modules: readonly string[], command: string): string[] => {
  const wanted = [command, 'command-names', 'commands', 'flags', 'formats', 'option-words', 'program'];
  return modules.filter(
    (name) =>
      name.startsWith('cli/command-line/') && !wanted.some((one) => name === `cli/command-line/${one}.js`),
  );
};

const packagesOf = (modules: readonly string[]): string[] => modules.filter((name) => !name.includes('.js'));

test('explain loads nothing of the replay, and no package that its input does not need', () => {
  const modules = loadedModules(['explain', ...QUICKSTART, ...FLOW]);
  expect(modules).toContain('policy/judge/judge.js');
  expect(ofReplays(modules)).toEqual([]);
  expect(packagesOf(modules)).toEqual(['commander']);
  expect(modules).toContain('cli/command-line/explain.js');
  expect(ofOtherCommands(modules, 'explain')).toEqual([]);
});

test('only a flow that is denied takes what suggests rules, and that takes nothing of other overlays', () => {
  const [denied, allowed] = [FLOW, ['tcp', 'shop/web', 'to', 'shop/api:8080']].map((flow) =>
    loadedModules(['explain', ...QUICKSTART, ...flow]),
  );
  const ofSuggestions = (modules: readonly string[]): string[] =>
    modules.filter((name) => /^analysis\/(?:suggestion|recommend|overlay|workload-selector)/.test(name));
  expect(denied).toContain('analysis/suggestion/suggest.js');
  expect(ofSuggestions(denied!).filter((name) => /overlay/.test(name))).toEqual([]);
  expect(allowed).toContain('policy/judge/judge.js');
  expect(ofSuggestions(allowed!)).toEqual([]);
});

test('test loads nothing of the replay', () => {
  const modules = loadedModules(['test', 'traces/quickstart-suite.yaml']);
  expect(modules).toContain('suite/check.js');
  // What no suite and no option asks for.
  const unasked = [
    'report/tap.js',
    'report/junit.js',
    'suite/steps.js',
    'suite/update.js',
    'suite/check-traces.js',
    'report/coverage-text.js',
    'report/test-table.js',
    'manifest/rule-places.js',
  ];
  expect(modules.filter((name) => unasked.includes(name))).toEqual([]);
  expect(ofReplays(modules)).toEqual([]);
  expect(ofOtherCommands(modules, 'test')).toEqual([]);
  expect(packagesOf(modules)).toEqual(['commander', 'yaml']);
});

test('the usage loads no command', () => {
  const modules = loadedModules(['--help']);
  expect(packagesOf(modules)).toEqual(['commander']);
  expect(modules.filter((name) => /^(?:manifest|policy|replay|compile)\//.test(name))).toEqual([]);
});

test('a replay loads neither the judge nor what writes Parquet or pages, and of what reads it only the footer', () => {
  const modules = loadedModules(['replay', CAPTURE, ...QUICKSTART]);
  expect(modules).toContain('replay/replay.js');
  expect(modules).not.toContain('policy/judge/judge.js');
  expect(modules).not.toContain('report/verdict-rows.js');
  expect(modules.filter((name) => /^(?:report\/.*page|analysis\/page\/flow-table\.js)/.test(name))).toEqual(
    [],
  );
  expect(packagesOf(modules)).not.toContain('hyparquet-writer');
  expect(packagesOf(modules)).not.toContain('ip-num');
  expect(packagesOf(modules)).not.toContain('cli-progress');
});
