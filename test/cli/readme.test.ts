import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dryplane } from './kept-program.ts';
import { ROOT } from './run-cli.ts';

/** The README and the pages that it leads to; pages of codes and checks have tests of their own. */
const PAGES = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');
const readme = read('README.md');

/** Blocks of a command and what it prints; `…` stands for lines that are left out. */
const blocks = PAGES.flatMap((page) =>
  [...read(page).matchAll(/```console\n\$ dryplane (.*)\n([\s\S]*?)```/g)].map((match) => ({
    page,
    command: match[1]!,
    shown: match[2]!.trimEnd().split('\n'),
  })),
);

/** As the usage lists them. */
const COMMANDS = [...dryplane(['--help']).stdout.matchAll(/^ {2}([a-z]+) .*$/gm)]
  .map(([, name]) => name!)
  .filter((name) => name !== 'help');

/** What links to headings of a page are called. */
function sectionsOf(page: string): Set<string> {
  const text = read(page).replaceAll(/^```[\s\S]*?^```$/gm, '');
  return new Set(
    [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
      title!
        .toLowerCase()
        .replace(/[^a-z -]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}

describe('the README and its pages', () => {
  test('show what the commands print', () => {
    expect(blocks.filter(({ page }) => page === 'README.md').length).toBeGreaterThan(2);
    expect(blocks.length).toBeGreaterThan(20);
  });

  test.each(blocks)('$page: $command', ({ command, shown }) => {
    const printed = dryplane(command.split(' '))
      .stdout.replaceAll('node dist/main.js', 'dryplane')
      .split('\n');
    let at = 0;
    let isFree = false;
    for (const line of shown) {
      if (line === '…') {
        isFree = true;
        continue;
      }
      const found = isFree ? printed.indexOf(line, at) : at;
      expect(printed[found], `after ${printed[at - 1]}`).toBe(line);
      at = found + 1;
      isFree = false;
    }
  });

  test.each(PAGES)('%s leads to sections and files that are there', (page) => {
    const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
    expect(links.length).toBeGreaterThan(page === 'README.md' ? 20 : 0);
    const lost = links.filter((link) => {
      if (link.startsWith('https:')) return false;
      const [path, section] = link.split('#') as [string, string?];
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(ROOT, target))) return true;
      return section !== undefined && !sectionsOf(target).has(section);
    });
    expect(lost).toEqual([]);
  });

  test('the README leads to every page', () => {
    const links = [...readme.matchAll(/\]\((docs\/[a-z-]+\.md)/g)].map(([, link]) => link!);
    expect([...new Set(links)].sort()).toEqual(PAGES.filter((page) => page !== 'README.md').sort());
  });

  test('the README asks the questions of every command', () => {
    const table = readme.slice(readme.indexOf('## Which question'), readme.indexOf('To look up:'));
    const named = new Set([...table.matchAll(/\[`([a-z]+)/g)].map(([, name]) => name!));
    expect([...named].sort()).toEqual(COMMANDS.filter((name) => name !== 'completion').sort());
  });

  test('name every option that the commands have, and no other', () => {
    // The sizes that `generate` takes are its own help's to list.
    const commands = COMMANDS.filter((name) => name !== 'generate');
    expect(commands.length).toBeGreaterThan(7);
    const help = commands.map((name) => dryplane([name, '--help']).stdout).join('\n');
    const options = new Set([...help.matchAll(/--[a-z][a-z-]*/g)].map(([option]) => option));
    const page = read('docs/options.md');
    const table = page.slice(0, page.indexOf('Exit codes:'));
    const named = new Set([...table.matchAll(/--[a-z][a-z-]*/g)].map(([option]) => option));
    options.delete('--help');
    expect([...named].sort()).toEqual([...options].sort());
  });
});
