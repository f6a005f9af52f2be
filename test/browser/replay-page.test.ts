/** The page of a replay in a real browser, opened from a file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CAPTURE, dryplane, QUICKSTART } from '../cli/run-cli.ts';
import { CHROMIUM, obstacles, openBrowser, openFile, type Viewport } from './chromium.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-page-'));
const file = join(folder, 'report.html');
let browser: Browser;

/** Opens the page, lets `look` look at it, and asks that nothing went wrong. */
async function withPage(look: (page: Page) => Promise<void>, viewport: Viewport = {}): Promise<void> {
  const { page, troubles } = await openFile(browser, file, viewport);
  try {
    await look(page);
    expect(troubles).toEqual([]);
  } finally {
    await page.close();
  }
}

const shown = (page: Page): Promise<string> => page.locator('.shown').innerText();
const focused = (page: Page): Promise<string> =>
  page.evaluate(
    () => document.activeElement?.getAttribute('aria-rowindex') ?? document.activeElement?.textContent ?? '',
  );

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

  test('opens from a file without a request, an error or a dialog, and says what the text says', () =>
    withPage(async (page) => {
      expect(await page.title()).toBe(`dryplane replay: ${CAPTURE}`);
      const cards = await page.locator('.card').allInnerTexts();
      expect(cards.find((text) => text.includes('deny'))).toMatch(
        /10\.6%\s+174 packets\s+34\.1 kB · 21 flows/,
      );
      expect(await shown(page)).toBe('8 of 24 flows, 174 packets.');
      expect(await page.locator('tr[data-place="0"]').innerText()).toMatch(
        /deny\s+shop\/api\s+shop\/db\s+tcp 5432\s.*112\s/,
      );
      const dead = page.locator('section[aria-label="Rules that matched nothing"] tbody tr');
      expect(await dead.count()).toBe(3);
    }));

  test('a flow tells who refused it, where, the walk and the command', () =>
    withPage(async (page) => {
      await page.locator('tr[data-place="0"]').click();
      const detail = await page.locator('.detail').innerText();
      expect(detail).toContain('tcp shop/api to shop/db:5432');
      expect(detail).toContain('traces/quickstart/policies/db.yaml:4');
      expect(detail).toContain('destination port 5432 is not 5433');
      expect(detail).toMatch(/explain -f traces\/quickstart\/cluster.yaml .* tcp shop\/api to shop\/db:5432/);
    }));

  test('a walk of other flows than the chosen one says whose it is', () =>
    withPage(async (page) => {
      await page.locator('#flow-search').fill('shop/web shop/db');
      await page.locator('tr[data-place="0"]').click();
      expect(await page.locator('.detail h3').innerText()).toBe('tcp shop/web to shop/db:5432');
      // shop/web and shop/api are governed by other programs for egress: either has a walk of its own, or is told whose it is.
      const detail = await page.locator('.detail').innerText();
      expect(/whose walk this is|egress of shop\/web/.test(detail)).toBe(true);
    }));

  test('search, verdicts, choices and columns narrow and order the table', () =>
    withPage(async (page) => {
      await page.getByRole('button', { name: 'Show all flows' }).click();
      expect(await shown(page)).toBe('24 flows, 1,628 packets.');
      await page.locator('#flow-search').fill('shop/db 5432');
      expect(await shown(page)).toBe('4 of 24 flows, 183 packets.');
      await page.locator('#flow-search').fill('nobody is called so');
      expect(await page.locator('.empty').first().innerText()).toContain('No flow is like this');
      await page.locator('#flow-search').fill('');
      await page.getByLabel('Namespace').selectOption('payments');
      await page.getByRole('combobox', { name: 'Port' }).selectOption('tcp 22');
      expect(await shown(page)).toBe('1 of 24 flows, 4 packets.');
      await page.getByRole('button', { name: 'Show all flows' }).click();
      await page.getByLabel('Decided by').selectOption('NetworkPolicy shop/db');
      expect(await page.locator('tr[data-place]').count()).toBe(4);
      await page.getByLabel('Decided by').selectOption('ingress: rule 0 of NetworkPolicy shop/api');
      expect(await page.locator('tr[data-place]').count()).toBe(1);
      await page.getByLabel('Decided by').selectOption('NetworkPolicy shop/db');
      await page.locator('th.column-packets button').click();
      expect(await page.locator('tr[data-place="0"] .column-packets').innerText()).toBe('6');
      expect(await page.locator('th.column-packets').getAttribute('aria-sort')).toBe('ascending');
    }));

  test('a keyboard is enough: past the navigation, down the table, into a flow and out again', () =>
    withPage(async (page) => {
      await page.keyboard.press('Tab');
      expect(await focused(page)).toBe('Skip to the content');
      expect(
        await page.locator('.skip-link').evaluate((link) => link.getBoundingClientRect().top),
      ).toBeGreaterThanOrEqual(0);
      await page.keyboard.press('Enter');
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');
      await page.locator('#flow-search').focus();
      for (let step = 0; step < 30 && !/^\d+$/.test(await focused(page)); step++)
        await page.keyboard.press('Tab');
      expect(await focused(page)).toBe('2');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      expect(await focused(page)).toBe('4');
      expect(await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle)).toBe('solid');
      await page.keyboard.press('Enter');
      expect(await page.locator('.detail h3').innerText()).toBe('tcp shop/debug to shop/db:5432');
      await page.keyboard.press('End');
      expect(await focused(page)).toBe('9');
      await page.keyboard.press('Home');
      expect(await focused(page)).toBe('2');
      await page.keyboard.press('Escape');
      expect(await page.locator('.detail').count()).toBe(0);
      await page.getByRole('slider').focus();
      await page.keyboard.press('ArrowRight');
      expect(await page.getByRole('slider').getAttribute('aria-valuetext')).toMatch(
        /^02:40:00 to 02:40:01 UTC: deny 14, allow /,
      );
    }));

  test('the picture is looked into, and leads to the flows of a line', () =>
    withPage(async (page) => {
      const from = page.getByRole('list', { name: 'From' });
      await from.getByRole('button', { name: /^shop,/ }).click();
      expect(await from.getByRole('button').allInnerTexts()).toContain('api\n✕');
      await page.getByText('The same as a table').click();
      await page.getByRole('button', { name: 'Flows from api to db' }).click();
      expect(await shown(page)).toBe('1 of 24 flows, 112 packets.');
      await page.getByRole('button', { name: /take this filter away/ }).click();
      expect(await shown(page)).toBe('24 flows, 1,628 packets.');
    }));

  test('light and dark go by the system until somebody chooses', async () => {
    const ground = (page: Page): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const found: Record<string, string> = {};
    for (const colorScheme of ['light', 'dark'] as const)
      await withPage(
        async (page) => {
          found[colorScheme] = await ground(page);
          const other = colorScheme === 'light' ? 'dark' : 'light';
          await page.getByRole('button', { name: other, exact: true }).click();
          found[`${other} chosen`] = await ground(page);
          await page.getByRole('button', { name: 'auto', exact: true }).click();
          expect(await ground(page)).toBe(found[colorScheme]);
        },
        { colorScheme },
      );
    expect(found.light).not.toBe(found.dark);
    expect(found['light chosen']).toBe(found.light);
    expect(found['dark chosen']).toBe(found.dark);
  });

  test.each([
    ['light', 1400],
    ['dark', 1400],
    ['light', 400],
  ] as const)(
    'nothing stands in the way of keyboards and screen readers, %s, %i wide',
    (colorScheme, width) =>
      withPage(
        async (page) => {
          await page.locator('tr[data-place="0"]').click();
          for (const summary of await page.locator('summary').all()) await summary.click();
          expect(await obstacles(page)).toEqual([]);
        },
        { colorScheme, width },
      ),
  );

  test('a narrow page scrolls down and not sideways', () =>
    withPage(
      async (page) => {
        await page.locator('tr[data-place="0"]').click();
        for (const summary of await page.locator('summary').all()) await summary.click();
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
      },
      { width: 390, height: 800 },
    ));

  test('on paper the first flows stand in full', () =>
    withPage(async (page) => {
      await page.emulateMedia({ media: 'print' });
      expect(await page.locator('.print-only tbody tr:visible').count()).toBe(8);
      expect(await page.locator('nav').isVisible()).toBe(false);
    }));
});
