/**
 * `npm run soak -- 30m`: the tests that draw at random, deep, again and again with a new seed each time, for as long. Tells each failure
 * with the seed that repeats it, and at the end how many rounds there were. Further words choose among the tests, as those of npm test do.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const TEST = import.meta.dirname;
const MILLISECONDS = { s: 1000, m: 60_000, h: 3_600_000 };
const [time = '', ...words] = process.argv.slice(2);
const [, amount, unit] = /^(\d+)([smh])$/.exec(time) ?? [];
if (amount === undefined) throw new Error('for how long? npm run soak -- 30m (90s, 2h)');

const files = readdirSync(TEST, { recursive: true })
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .filter((name) => readFileSync(join(TEST, name), 'utf8').includes('/random/'));
if (files.length === 0) throw new Error(`no test that draws at random is named ${words.join(' or ')}`);

/** One run of them all; its failures, each a line. */
function round(seed, report) {
  rmSync(report, { force: true });
  const { status, stdout, stderr } = spawnSync('npm', ['test', '--silent', '--', ...files], {
    env: { ...process.env, DRYPLANE_BUILT: '1', DEEP: '1', SEED: String(seed), TEST_REPORT: report },
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (status === 0) return [];
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const failed = testResults.flatMap(({ name, message, assertionResults }) => {
      const tests = assertionResults.filter((one) => one.status === 'failed');
      const file = relative(TEST, name);
      if (tests.length > 0)
        return tests.map((one) => `${file}: ${one.fullName}\n${one.failureMessages.join('\n')}`);
      return message === '' ? [] : [`${file}: ${message}`];
    });
    if (failed.length > 0) return failed;
  } catch {}
  return [`the run itself ended with ${status}\n${stdout.slice(-4000)}${stderr.slice(-4000)}`];
}

execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
const folder = mkdtempSync(join(tmpdir(), 'dryplane-soak-'));
const end = Date.now() + Number(amount) * MILLISECONDS[unit];
const seeds = [];
let rounds = 0;
for (; rounds === 0 || Date.now() < end; rounds++) {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const failures = round(seed, join(folder, 'report.json'));
  console.log(`SEED=${seed}: ${failures.length === 0 ? 'passed' : `${failures.length} failed`}`);
  for (const failure of failures) console.log(`  DEEP=1 SEED=${seed} npm test -- ${failure}\n`);
  if (failures.length > 0) seeds.push(seed);
}
rmSync(folder, { recursive: true });
console.log(
  `${rounds} rounds of ${files.length} files, ${seeds.length} with failures ${seeds.join(' ')}`.trimEnd(),
);
process.exitCode = seeds.length === 0 ? 0 : 1;
