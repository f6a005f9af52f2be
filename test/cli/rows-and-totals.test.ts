/** The rows of `--verdicts` and the totals of the same run tell one story: reason by reason and rule by rule. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { ReplayDocument } from '../../src/analysis/replay/replay-document.ts';
import { dryplane } from './kept-program.ts';
import { CAPTURE, checkedDocument, QUICKSTART } from './run-cli.ts';

type Row = Readonly<Record<string, string | number | null>>;

const folder = mkdtempSync(join(tmpdir(), 'dryplane-rows-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, 'rows.ndjson');
const { stdout } = dryplane(['replay', CAPTURE, ...QUICKSTART, '--format', 'json', '--verdicts', path]);
const document = checkedDocument<ReplayDocument>(stdout);
const rows = readFileSync(path, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Row);

/** Packets by key, for the rows that have one. */
function packetsBy(keyOf: (row: Row) => string | undefined): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const row of rows) {
    const key = keyOf(row);
    if (key !== undefined) sums[key] = (sums[key] ?? 0) + Number(row.packets);
  }
  return sums;
}

test('packets by verdict and reason', () => {
  const reasons = document.reasons.map(({ verdict, reason, packets }) => [`${verdict} ${reason}`, packets]);
  expect(reasons.length).toBeGreaterThan(5);
  expect(packetsBy(({ verdict, reason }) => `${verdict} ${reason}`)).toEqual(Object.fromEntries(reasons));
});

test.each(['egress', 'ingress'])('packets by rule of %s, ends of tiers included', (direction) => {
  const found = packetsBy((row) => {
    const [kind, namespace, policy, calico] = ['kind', 'namespace', 'policy', 'calico_rule'].map(
      (name) => row[`${direction}_${name}`],
    );
    return kind === 'NetworkPolicy' ? `${namespace}/${policy} ${calico}` : undefined;
  });
  const counted = document.rules
    .filter((rule) => rule.direction === direction && rule.packets > 0)
    .map((rule) => [`${rule.namespace}/${rule.policy} ${rule.calico_rule}`, rule.packets]);
  expect(found).toEqual(Object.fromEntries(counted));
  expect(Object.keys(found).some((key) => key.endsWith(' -1'))).toBe(true);
});
