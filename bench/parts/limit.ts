/** The C programs that stand for the limit of this machine, and for peers that are libraries: compiled when a C compiler is there. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Compiles `bench/limit/NAME.c` with libraries into a folder and returns the program's path; undefined without a compiler, or where
 * a library or its headers are missing.
 */
export function compileLimit(
  name: string,
  folder: string,
  libraries: readonly string[] = [],
): string | undefined {
  const source = fileURLToPath(new URL(`../../../bench/limit/${name}.c`, import.meta.url));
  const program = `${folder}/${name}`;
  const linked = libraries.map((library) => `-l${library}`);
  try {
    execFileSync('cc', ['-O3', '-march=native', '-o', program, source, ...linked], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    return program;
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: Buffer };
    if (code === 'ENOENT') return undefined;
    if (/\.h: No such file|cannot find -l/.test(String(stderr))) return undefined;
    throw error;
  }
}

/** True when a program of that name answers `--version`. */
export function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Says in the place of a table that a benchmark was left out, and what it would need. */
export function printSkipped(question: string, reason: string): void {
  process.stdout.write(`\n${question}: skipped, ${reason}\n`);
}
