/** How long until a small question is answered? Whole processes, beside Node running nothing. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from './parts/clock.ts';
import { printTable } from './parts/table.ts';

const ROUNDS = 9;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const QUICKSTART = ['-f', 'traces/quickstart/cluster.yaml', '-f', 'traces/quickstart/policies'];

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  'node --eval 0': ['--eval', '0'],
  'dryplane --version': ['dist/main.js', '--version'],
  'dryplane explain': ['dist/main.js', 'explain', ...QUICKSTART, 'tcp shop/web to shop/db:5432'],
  'dryplane test': ['dist/main.js', 'test', 'traces/quickstart-suite.yaml'],
  'dryplane replay': ['dist/main.js', 'replay', 'traces/quickstart/capture.pcap', ...QUICKSTART],
};

export function run(): void {
  const walls: Record<string, number[]> = Object.fromEntries(Object.keys(COMMANDS).map((name) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++)
    for (const [name, words] of Object.entries(COMMANDS)) {
      const begin = performance.now();
      const { status, error } = spawnSync(process.execPath, words, { cwd: ROOT, stdio: 'ignore' });
      if (error !== undefined) throw error;
      if (status === null || status > 1) throw new Error(`${name} ended with ${status}`);
      if (round > 0) walls[name]!.push(performance.now() - begin);
    }
  printTable(
    `Start-up: the quick start's cluster, wall time of whole processes, medians of ${ROUNDS} rounds`,
    ['process', 'ms', 'smallest', 'largest'],
    Object.entries(walls).map(([name, values]) => [
      name,
      median(values).toFixed(0),
      Math.min(...values).toFixed(0),
      Math.max(...values).toFixed(0),
    ]),
  );
}
