/** Results on standard output. A reader that has seen enough (`| head`) closes the pipe: that is no error, and silent. */

const readersGone = new Set<NodeJS.WriteStream>();

const ENDS = ['drain', 'error', 'close'] as const;

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

/** Writes bytes to standard output. They are copied: the caller may overwrite them. */
export function printBytes(bytes: Uint8Array): void {
  if (!readersGone.has(process.stdout)) process.stdout.write(Uint8Array.from(bytes));
}

/** Resolves when what was printed is on its way, or nobody wants it: whoever prints without end waits, or it gathers in memory. */
export async function printed(): Promise<void> {
  const { stdout } = process;
  if (readersGone.has(stdout) || !stdout.writableNeedDrain) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      for (const event of ENDS) stdout.off(event, done);
      resolve();
    };
    for (const event of ENDS) stdout.on(event, done);
  });
}

/** Whether standard output was closed by its reader, so that nothing more need be made for it. */
export function isReaderGone(): boolean {
  return readersGone.has(process.stdout);
}

/** Writes text to standard error: diagnostics and progress, never results. */
export function printError(text: string): void {
  if (!readersGone.has(process.stderr)) process.stderr.write(text);
}
