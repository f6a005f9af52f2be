/** Results on standard output. A reader that has seen enough (`| head`) closes the pipe: that is no error, and silent. */

let readerGone = false;

/** Call once, before anything is written: a closed pipe ends writing, not the program. */
export function watchForClosedPipe(): void {
  const onError = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error;
    readerGone = true;
  };
  process.stdout.on('error', onError);
  process.stderr.on('error', onError);
}

/** Writes text to standard output. */
export function print(text: string): void {
  if (!readerGone) process.stdout.write(text);
}

/** Writes text to standard error: diagnostics and progress, never results. */
export function printError(text: string): void {
  if (!readerGone) process.stderr.write(text);
}
