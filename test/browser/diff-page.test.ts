/** The page of a diff in a real browser: over all packets, on a trace, between CNIs, and where nothing differs. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CAPTURE, dryplane, QUICKSTART, ROOT } from '../cli/run-cli.ts';
import { CHROMIUM, obstacles, openBrowser, openFile, type Viewport } from './chromium.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-diff-page-'));
const POLICIES = 'traces/quickstart/policies';
const CLUSTER = 'traces/quickstart/cluster.yaml';
let browser: Browser;

/** Writes the page of a diff and lets `look` look at it; nothing may go wrong in it. */
async function withDiff(
  words: readonly string[],
  look: (page: Page) => Promise<void>,
  viewport: Viewport = {},
): Promise<void> {
  const file = join(folder, 'diff.html');
  const ended = dryplane(['diff', ...words, '--format', `html=${file}`]);
  expect([ended.stdout, ended.stderr]).toEqual(['', '']);
  const { page, troubles } = await openFile(browser, file, viewport);
  try {
    await look(page);
    expect(troubles).toEqual([]);
  } finally {
    await page.close();
  }
}

const after = (): string[] => ['-f', CLUSTER, '-f', join(folder, 'policies'), '--against', POLICIES];

describe.skipIf(CHROMIUM === undefined)('the page of a diff', () => {
  beforeAll(async () => {
    cpSync(join(ROOT, POLICIES), join(folder, 'policies'), { recursive: true });
    const db = join(folder, 'policies/db.yaml');
    writeFileSync(db, readFileSync(db, 'utf8').replace('5433', '5432'));
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  test('over all packets: every region, an example, who decides before and after', () =>
    withDiff(after(), async (page) => {
      expect(await page.locator('.card').allInnerTexts()).toEqual([
        expect.stringMatching(/newly denied\s+1\s+region of packets/),
        expect.stringMatching(/newly allowed\s+1\s+region of packets/),
        expect.stringMatching(/changed otherwise\s+0/),
      ]);
      const [denied, allowed] = await page.locator('.group').allInnerTexts();
      expect(denied).toMatch(/newly denied\s+by NetworkPolicy shop\/db \(changed\)/);
      expect(denied).toMatch(/shop\/api\s+→\s+to\s+shop\/db\s+tcp 5433/);
      expect(denied).toContain('tcp shop/api to shop/db:5433');
      expect(denied).toMatch(
        /Before\s+.*allow\s+ingress: rule 0 of NetworkPolicy shop\/db traces\/quickstart/s,
      );
      expect(denied).toMatch(/After\s+.*deny\s+ingress: NetworkPolicy shop\/db isolates it/s);
      expect(allowed).toContain('tcp 5432');
      await page.locator('#change-search').fill('5432 db');
      expect(await page.locator('.group').count()).toBe(1);
      await page.locator('#change-search').fill('');
      await page.getByRole('button', { name: 'newly denied', exact: true }).click();
      expect(await page.locator('.shown').innerText()).toBe('1 region in 1 group.');
    }));

  test('on a trace: packets, connections and clients, and both walks', () =>
    withDiff([CAPTURE, ...after()], async (page) => {
      expect(await page.locator('.card').nth(1).innerText()).toMatch(
        /newly allowed\s+112\s+packets of 8 connections from 1 client/,
      );
      await page.getByText('Why: the walks of').click();
      const walks = await page.locator('.walk').allInnerTexts();
      expect(walks).toHaveLength(2);
      expect(walks[0]).toMatch(/^deny\s+tcp shop\/api to shop\/db:5432/);
      expect(walks[1]).toMatch(/^allow\s+tcp shop\/api to shop\/db:5432/);
    }));

  test('that nothing differs is said as a proof', () =>
    withDiff([...QUICKSTART, '--against', POLICIES], async (page) => {
      const text = await page.locator('main').innerText();
      expect(text).toContain('Equivalent: no new packet is judged otherwise. This is a proof');
      expect(text).toContain('classes of addresses');
      expect(text).toContain('Nothing changes.');
      expect(await page.locator('.card').count()).toBe(0);
    }));

  test('between CNIs the knobs are told', () =>
    withDiff(
      [
        '-q',
        '-f',
        'traces/calico/cluster.yaml',
        '-f',
        'traces/calico/policies',
        '--against-cni',
        'kube-router',
      ],
      async (page) => {
        expect(await page.locator('#knobs').innerText()).toMatch(/kube-router|calico/);
        expect(await page.locator('.alarm').first().innerText()).toMatch(/^warning: /);
      },
    ));

  test.each([
    ['light', 1400],
    ['dark', 390],
  ] as const)(
    'nothing stands in the way of keyboards and screen readers, %s, %i wide',
    (colorScheme, width) =>
      withDiff(
        [CAPTURE, ...after()],
        async (page) => {
          for (const summary of await page.locator('summary').all()) await summary.click();
          expect(await obstacles(page)).toEqual([]);
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        },
        { colorScheme, width },
      ),
  );
});
