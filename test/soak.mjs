/**
 * `npm run soak -- 30m`: the tests that draw at random, deep, again and again with a new seed each time, for as long. Tells what failed
 * with the words that repeat it, and at the end how many rounds there were. Further words choose among the tests, as those of npm test do.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TEST = import.meta.dirname;
const MILLISECONDS = { s: 1000, m: 60_000, h: 3_600_000 };

/** Ends the program with a sentence. */
function refuse(sentence) {
  console.error(sentence);
  process.exit(2);
}

const [time = '', ...words] = process.argv.slice(2);
const [, amount, unit] = /^(\d+)([smh])$/.exec(time) ?? [];
if (amount === undefined) refuse('For how long? npm run soak -- 30m (or 90s, 2h), then names of tests.');

const files = readdirSync(TEST, { recursive: true })
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .filter((name) => readFileSync(join(TEST, name), 'utf8').includes('/random/'));
if (files.length === 0) refuse(`No test that draws at random is named ${words.join(' or ')}.`);

/** One run of them all; undefined when they passed, else what the runner says of those that did not. */
function failuresWith(seed, log) {
  const output = openSync(log, 'w');
  // Whoever soaks gives away what others leave of the machine: a test that takes long has not failed.
  const { status } = spawnSync('npm', ['test', '--silent', '--', '--test-timeout=600000', ...files], {
    env: { ...process.env, NO_COLOR: '1', DRYPLANE_BUILT: '1', DEEP: '1', SEED: String(seed) },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  if (status === 0) return undefined;
  const text = readFileSync(log, 'utf8');
  const begin = text.search(/^⎯+ (Failed|Unhandled)/m);
  return text.slice(begin === -1 ? -4000 : begin);
}

execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
const folder = mkdtempSync(join(tmpdir(), 'dryplane-soak-'));
const end = Date.now() + Number(amount) * MILLISECONDS[unit];
const failed = [];
let rounds = 0;
for (; rounds === 0 || Date.now() < end; rounds++) {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const failures = failuresWith(seed, join(folder, 'log'));
  console.log(`SEED=${seed}: ${failures === undefined ? 'passed' : 'failed'}`);
  if (failures === undefined) continue;
  failed.push(seed);
  const names = new Set([...failures.matchAll(/^ FAIL .*?(\S+\.test\.ts)/gm)].map(([, name]) => name));
  console.log(`DEEP=1 SEED=${seed} npm test -- ${[...names].join(' ')}\n\n${failures}`);
}
rmSync(folder, { recursive: true });
console.log(`${files.length} files, ${rounds} times, ${failed.length} with failures`);
if (failed.length > 0) console.log(`seeds of failures: ${failed.join(' ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
