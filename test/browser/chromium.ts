/** A headless Chromium of the system; nothing is downloaded. Tests are left out where there is none. */
import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';

const PATHS = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** Undefined where there is none. */
export const CHROMIUM = PATHS.find((path) => path !== undefined && existsSync(path));

/** The browser; whoever opens it closes it. As root it runs without a sandbox, since it would not run with one. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM!,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
}

/** A page with everything that went wrong in it: errors, and requests other than for the file itself. */
export interface WatchedPage {
  readonly page: Page;
  readonly troubles: readonly string[];
}

export interface Viewport {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** Opens a file as a reader would, from the disk. */
export async function openFile(
  browser: Browser,
  path: string,
  viewport: Viewport = {},
): Promise<WatchedPage> {
  const { width = 1400, height = 1000, colorScheme = 'light' } = viewport;
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  const troubles: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('dialog', (dialog) => {
    troubles.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const url = request.url();
    if (url !== `file://${path}` && !url.startsWith('data:')) troubles.push(`a request for ${url}`);
  });
  await page.goto(`file://${path}`);
  await page.waitForSelector('main h2');
  return { page, troubles };
}

/** What a reader with a keyboard or a screen reader would stumble over, by axe's rules; empty when nothing. */
export async function obstacles(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<import('axe-core').AxeResults> } }).axe.run(),
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
