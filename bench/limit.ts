/** The C programs that stand for the limit of this machine: compiled when a C compiler is there. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Compiles `bench/limit/NAME.c` into a folder and returns the program's path; undefined without a compiler. */
export function compileLimit(name: string, folder: string): string | undefined {
  const source = fileURLToPath(new URL(`../../bench/limit/${name}.c`, import.meta.url));
  const program = `${folder}/${name}`;
  try {
    execFileSync('cc', ['-O3', '-march=native', '-o', program, source], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    return program;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
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
