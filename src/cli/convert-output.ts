/** Where `convert` writes: each output takes bytes and text in pieces, to a file that is whole or absent, or to the screen. */
import { openAtomicFile } from '../output/atomic-file.ts';
import { isReaderGone, print, printBytes, printed } from '../output/standard-output.ts';

export interface Output {
  write(chunk: string | Uint8Array): void;
  /** Resolves when more may be written. */
  ready(): Promise<void>;
  /** Whether anybody still reads. */
  isWanted(): boolean;
  finish(): void;
  /** Leaves no file behind. Harmless after `finish`. */
  abandon(): void;
}

/** An output to a file, or without a path to standard output. */
export function openOutput(path: string | undefined): Output {
  if (path === undefined)
    return {
      write: (chunk) => (typeof chunk === 'string' ? print(chunk) : printBytes(chunk)),
      ready: printed,
      isWanted: () => !isReaderGone(),
      finish: () => {},
      abandon: () => {},
    };
  const file = openAtomicFile(path);
  return {
    write: file.write,
    ready: async () => {},
    isWanted: () => true,
    finish: file.commit,
    abandon: file.abandon,
  };
}
