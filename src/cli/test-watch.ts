/**
 * `test --watch`: runs again whenever a suite, or anything that it reads, changes. Mistakes are shown, and mended like all else; it ends when
 * it is interrupted.
 */
import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { watch } from 'chokidar';
import { InvalidInput } from '../diagnostic/diagnostic.ts';
import { countOf } from '../output/quantity.ts';
import { print, printError } from '../output/standard-output.ts';
import { watchedFiles } from '../suite/watched-files.ts';
import type { TestOptions } from './command-line/test.ts';
import { reportFailure } from './failure.ts';
import type { Sink } from './sinks.ts';
import { manifestPaths } from './snapshots.ts';

/** Editors write a file in several steps, and people save several files. */
const DEBOUNCE_MILLISECONDS = 100;
const ENDINGS = ['.yaml', '.yml', '.json'];
const CLEAR = '\u001b[2J\u001b[3J\u001b[H';
const CTRL_C = '\u0003';

/** What the options name beside the suites. */
function optionFiles({ manifests = [], add = [], cni = [] }: TestOptions): string[] {
  return [
    ...manifestPaths(manifests),
    ...add,
    ...cni.filter((word) => /[\\/.]/.test(word) && extname(word) !== ''),
  ];
}

/** Keys of a terminal; elsewhere standard input is left alone. */
function listenForKeys(onAgain: () => void): void {
  const { stdin } = process;
  if (stdin.isTTY !== true) return;
  stdin.setRawMode(true);
  stdin.on('data', (data) => {
    const key = data.toString();
    // As if the terminal had not been made raw: whatever an interrupt does, it does.
    if (key === 'q' || key === CTRL_C) process.kill(process.pid, 'SIGINT');
    else if (key === '\r' || key === '\n') onAgain();
  });
}

/** Wakes whoever waits when something changed, once for many changes. */
class Changes {
  #timer: NodeJS.Timeout | undefined;
  #isPending = false;
  #wake: (() => void) | undefined;

  /** Something changed. */
  note(milliseconds = DEBOUNCE_MILLISECONDS): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isPending = true;
      this.#wake?.();
    }, milliseconds);
  }

  /** Resolves when something changed since the last time. */
  async next(): Promise<void> {
    if (!this.#isPending)
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    this.#isPending = false;
    this.#wake = undefined;
  }
}

/** One run; mistakes are told, and the next change may mend them. A bug ends it all. */
async function runOnce(run: () => Promise<number>, words: readonly string[]): Promise<void> {
  try {
    await run();
  } catch (error) {
    const isSystems = (error as NodeJS.ErrnoException).syscall !== undefined;
    if (!(error instanceof InvalidInput) && !isSystems) throw error;
    reportFailure(error, words);
  }
}

/** Resolves once changes of the paths, and of what is in them, are noted. */
async function watchPaths(paths: readonly string[], note: (path: string) => void): Promise<void> {
  const watcher = watch([...paths], {
    ignoreInitial: true,
    ignored: /(?:^|[\\/])(?:\.[^\\/.][^\\/]*|node_modules)$/,
  });
  watcher.on('all', (_, path) => note(path));
  await new Promise<void>((resolve) => {
    watcher.on('ready', resolve);
  });
}

/** Runs until it is interrupted, so it never resolves; rejects on a bug. */
export async function watchSuites(
  operands: readonly string[],
  options: TestOptions,
  sinks: readonly Sink[],
  run: () => Promise<number>,
): Promise<never> {
  const changes = new Changes();
  const outputs = new Set(sinks.flatMap(({ path }) => (path === undefined ? [] : [resolve(path)])));
  const named = new Set<string>();
  const noteChange = (path: string): void => {
    const file = resolve(path);
    if (outputs.has(file)) return;
    if (named.has(file) || ENDINGS.includes(extname(file).toLowerCase())) changes.note();
  };
  listenForKeys(() => changes.note(0));
  const isScreen = process.stdout.isTTY === true && sinks.some(({ path }) => path === undefined);
  const words = (options.format ?? []).flatMap((format) => ['--format', format]);
  for (;;) {
    if (isScreen) print(CLEAR);
    await runOnce(run, words);
    const paths = [...watchedFiles(operands), ...optionFiles(options)].map((path) => resolve(path));
    // What is not there yet is looked for after the next run again.
    const added = [...new Set(paths)].filter((file) => !named.has(file) && existsSync(file));
    for (const file of added) named.add(file);
    if (added.length > 0) await watchPaths(added, noteChange);
    if (options.quiet !== true) {
      const keys = process.stdin.isTTY === true ? ': Enter runs again, q ends' : '';
      printError(`watching ${countOf(named.size, 'path')}${keys}\n`);
    }
    await changes.next();
  }
}
