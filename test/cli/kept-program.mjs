/** The thread of kept-program.ts: the built program, run with one line of words after the other. What it prints goes back as text. */
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { workerData } from 'node:worker_threads';
import { Piscina } from '../kept-pools.mjs';

const { port, done, main, program } = workerData;
// Before the program finds it: the threads of its replays are kept, too.
Object.defineProperty(createRequire(import.meta.url)('piscina'), 'Piscina', { value: Piscina });
const { runCommandLine } = await import(program);
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

process.argv = [process.execPath, main];

/** Catches what is written to a stream of the process; returns what tells all of it. */
function catchOutput(stream) {
  const chunks = [];
  stream.write = (chunk, encoding, written) => {
    chunks.push(Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8'));
    const told = typeof encoding === 'function' ? encoding : written;
    if (told !== undefined) process.nextTick(told);
    return true;
  };
  return () => {
    stream.removeAllListeners('error');
    return Buffer.concat(chunks).toString('utf8');
  };
}

port.on('message', async (words) => {
  const stdout = catchOutput(process.stdout);
  const stderr = catchOutput(process.stderr);
  const code = await runCommandLine(words);
  port.postMessage({ code, stdout: stdout(), stderr: stderr() });
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
  // The memory of a replay is large, and whoever is not pressed for memory lets go of it late.
  collect();
});
