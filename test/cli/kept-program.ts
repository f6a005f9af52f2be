/**
 * Runs the built program in a thread that is kept from call to call, for tests of what it answers: its modules are loaded once. Of a
 * process (its end, its signals, its pipes, its start) run-cli.ts is the test.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { dryplane as dryplaneProcess, type Ended, ROOT, type RunOptions } from './run-cli.ts';

const MOST_MILLISECONDS = 110_000;

interface Kept {
  readonly port: MessagePort;
  /** 1 once the answer is at the port. */
  readonly done: Int32Array;
}

function start(): Kept {
  const { port1: port, port2 } = new MessageChannel();
  const done = new Int32Array(new SharedArrayBuffer(4));
  const { NO_COLOR: _, FORCE_COLOR: __, DEBUG: ___, ...env } = process.env;
  const worker = new Worker(join(import.meta.dirname, 'kept-program.mjs'), {
    workerData: {
      port: port2,
      done,
      main: join(ROOT, 'dist/main.js'),
      program: pathToFileURL(join(ROOT, 'dist/cli/run.js')).href,
    },
    transferList: [port2],
    env,
    execArgv: [],
  });
  worker.unref();
  port.unref();
  return { port, done };
}

let kept: Kept | undefined;

/** As in run-cli.ts. What needs an environment or an input of its own gets a process. */
export function dryplane(words: readonly string[], options: RunOptions = {}): Ended {
  const { cwd = ROOT, ...others } = options;
  if (Object.keys(others).length > 0) return dryplaneProcess(words, options);
  kept ??= start();
  const { port, done } = kept;
  // A folder is the process's, threads have none of their own; nothing else runs here before the answer.
  const before = process.cwd();
  process.chdir(cwd);
  try {
    Atomics.store(done, 0, 0);
    port.postMessage(words);
    if (Atomics.wait(done, 0, 0, MOST_MILLISECONDS) === 'timed-out')
      throw new Error(`no end after ${MOST_MILLISECONDS} ms: ${words.join(' ')}`);
  } finally {
    process.chdir(before);
  }
  return receiveMessageOnPort(port)!.message as Ended;
}
