/** Results on standard output. A reader that has seen enough (`| head`) closes the pipe: that is no error, and silent. */

const readersGone = new Set<NodeJS.WriteStream>();

/** Call once, before anything is written: a closed pipe ends writing, not the program. */
export function watchForClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      readersGone.add(stream);
    });
  }
}

/** Writes text to standard output. */
export function print(text: string): void {
  if (!readersGone.has(process.stdout)) process.stdout.write(text);
}

/** Writes text to standard error: diagnostics and progress, never results. */
export function printError(text: string): void {
  if (!readersGone.has(process.stderr)) process.stderr.write(text);
}
