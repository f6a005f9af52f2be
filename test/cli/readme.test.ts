import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dryplane, ROOT } from './run-cli.ts';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** Blocks of a command and what it prints; `…` stands for lines that are left out. */
const blocks = [...readme.matchAll(/```console\n\$ dryplane (.*)\n([\s\S]*?)```/g)].map((match) => ({
  command: match[1]!,
  shown: match[2]!.trimEnd().split('\n'),
}));

/** As the usage lists them. */
const COMMANDS = [...dryplane(['--help']).stdout.matchAll(/^ {2}([a-z]+) .*$/gm)]
  .map(([, name]) => name!)
  .filter((name) => name !== 'help');

describe('the README', () => {
  test('shows what the commands print', () => {
    expect(blocks.length).toBeGreaterThan(3);
  });

  test.each(blocks)('$command', ({ command, shown }) => {
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

  test('leads to sections and files that are there', () => {
    const sections = new Set(
      [...readme.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
        title!
          .toLowerCase()
          .replace(/[^a-z -]/g, '')
          .replaceAll(' ', '-'),
      ),
    );
    const links = [...readme.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
    expect(links.length).toBeGreaterThan(20);
    const lost = links.filter((link) =>
      link.startsWith('#')
        ? !sections.has(link.slice(1))
        : !link.startsWith('https:') && !existsSync(join(ROOT, link)),
    );
    expect(lost).toEqual([]);
  });

  test('asks the questions of every command', () => {
    const table = readme.slice(readme.indexOf('## Which question'), readme.indexOf('## From a live'));
    const named = new Set([...table.matchAll(/\[`([a-z]+)/g)].map(([, name]) => name!));
    expect([...named].sort()).toEqual(COMMANDS.filter((name) => name !== 'completion').sort());
  });

  test('names every option that the commands have, and no other', () => {
    // The sizes that `generate` takes are its own help's to list.
    const commands = COMMANDS.filter((name) => name !== 'generate');
    expect(commands.length).toBeGreaterThan(7);
    const help = commands.map((name) => dryplane([name, '--help']).stdout).join('\n');
    const options = new Set([...help.matchAll(/--[a-z][a-z-]*/g)].map(([option]) => option));
    const table = readme.slice(readme.indexOf('## Options'), readme.indexOf('Exit codes:'));
    const named = new Set([...table.matchAll(/--[a-z][a-z-]*/g)].map(([option]) => option));
    options.delete('--help');
    expect([...named].sort()).toEqual([...options].sort());
  });
});
