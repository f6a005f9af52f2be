/** Builds dist/ before the tests: workers load the built worker and the kernels, since Node 20 runs no TypeScript. */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

export default function setup(): void {
  const root = resolve(import.meta.dirname, '..');
  if (process.env.DRYPLANE_BUILT === '1') return;
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  // Each project of the configuration asks.
  process.env.DRYPLANE_BUILT = '1';
}
