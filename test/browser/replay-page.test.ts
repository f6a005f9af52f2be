/** The page of a replay in a real browser. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CAPTURE, dryplane, QUICKSTART } from '../cli/run-cli.ts';
import { CHROMIUM, obstacles, openBrowser, openFile } from './chromium.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-page-'));
const file = join(folder, 'report.html');
let browser: Browser;

describe.skipIf(CHROMIUM === undefined)('the page of the quickstart', () => {
  beforeAll(async () => {
    const ended = dryplane([
      'replay',
      CAPTURE,
      ...QUICKSTART,
      '--format',
      'text',
      '--format',
      `html=${file}`,
    ]);
    expect(ended.stderr).toBe('');
    expect(ended.stdout).toContain('Denied, in packets');
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  test('opens from a file without a request, an error or a dialog, and says what the text says', async () => {
    const { page, troubles } = await openFile(browser, file);
    expect(await page.title()).toBe(`dryplane replay: ${CAPTURE}`);
    const cards = await page.locator('.card').allInnerTexts();
    expect(cards.find((text) => text.includes('deny'))).toMatch(/10\.6%\s+174 packets\s+34\.1 kB · 21 flows/);
    expect(await page.locator('.shown').innerText()).toBe('8 of 24 flows, 174 packets.');
    expect(await page.locator('tbody tr[data-place="0"]').innerText()).toMatch(
      /deny\s+shop\/api\s+shop\/db\s+tcp 5432/,
    );
    expect(troubles).toEqual([]);
    await page.close();
  });

  test('a flow tells who refused it, where, the walk and the command', async () => {
    const { page, troubles } = await openFile(browser, file);
    await page.locator('tbody tr[data-place="0"]').click();
    const detail = await page.locator('.detail').innerText();
    expect(detail).toContain('tcp shop/api to shop/db:5432');
    expect(detail).toContain('traces/quickstart/policies/db.yaml:4');
    expect(detail).toContain('destination port 5432 is not 5433');
    expect(detail).toMatch(/explain -f traces\/quickstart\/cluster.yaml .* tcp shop\/api to shop\/db:5432/);
    expect(troubles).toEqual([]);
    await page.close();
  });

  test.each(['light', 'dark'] as const)(
    'nothing stands in the way of keyboards and screen readers, %s',
    async (colorScheme) => {
      const { page } = await openFile(browser, file, { colorScheme });
      await page.locator('tbody tr[data-place="0"]').click();
      await page.locator('summary').click();
      expect(await obstacles(page)).toEqual([]);
      await page.close();
    },
  );
});
