import { describe, expect, test } from 'vitest';
import { csvField } from '../../src/output/csv.ts';
import { createPalette } from '../../src/output/palette.ts';
import { countOf, formatBytes, formatCount, formatSeconds, formatShare } from '../../src/output/quantity.ts';
import { shellWord } from '../../src/output/shell.ts';
import { visible, visibleJson } from '../../src/output/visible.ts';

describe('foreign text', () => {
  test('nothing that moves a cursor or turns the direction of writing reaches a terminal', () => {
    const hostile = 'a\u001b[2Jb\u0007c\u0000d\u202ee\u2066f\u0085g\nh\ri\tj\u2028k';
    const shown = visible(hostile);
    expect(shown).toBe('a\ufffd[2Jb\ufffdc\ufffdd\ufffde\ufffdf\ufffdg\ufffdh\ufffdi j\ufffdk');
    expect(visible('shop/täglich ✓')).toBe('shop/täglich ✓');
  });

  test.each([
    ['::error file=a::b', ':\ufffderror file=a::b'],
    ['see ::add-mask::x', 'see :\ufffdadd-mask::x'],
    ['a ##[error]b', 'a #\ufffd[error]b'],
    ['##vso[task.setvariable]x', '#\ufffdvso[task.setvariable]x'],
    ['##teamcity[x]', '#\ufffdteamcity[x]'],
    ['tcp ::ffff:1 to ::1', 'tcp ::ffff:1 to ::1'],
    ['Parser::error ## heading', 'Parser::error ## heading'],
  ])('no CI server takes %j for a command', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test('JSON moves no cursor and keeps its value', () => {
    const value = { 'a\u009b\u202e': ['\u2028\u0085\u007f', 'plain', '\u001b\n'] };
    const json = visibleJson(JSON.stringify(value, null, 2));
    expect(json).not.toMatch(/[^\P{Cc}\n]|[\u2028\u202e]/u);
    expect(JSON.parse(json)).toEqual(value);
  });

  test.each([
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@sum', "'@sum"],
    ['\tx', "'\tx"],
    ['\n=x', '"\'\n=x"'],
    ['\uff1dx', "'\uff1dx"],
    ['=a,"b"', '"\'=a,""b"""'],
    ['', ''],
  ])('the CSV field of %j is %j', (text, field) => {
    expect(csvField(text)).toBe(field);
  });

  test('a negative number is a number, not a formula', () => {
    expect(csvField(-1)).toBe('-1');
  });

  test.each([
    ['plain/path-1.yaml', 'plain/path-1.yaml'],
    ['two words', "'two words'"],
    ["it's", `'it'\\''s'`],
    ['$(rm)', "'$(rm)'"],
    ['', "''"],
    ['[fd00::1]:7', "'[fd00::1]:7'"],
  ])('the shell reads %j back from %s', (word, quoted) => {
    expect(shellWord(word)).toBe(quoted);
  });
});

describe('quantities', () => {
  test('counts', () => {
    expect([0, 999, 1000, 1234567].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,567']);
    expect(countOf(1, 'packet')).toBe('1 packet');
    expect(countOf(0, 'policy', 'policies')).toBe('0 policies');
  });

  test('bytes', () => {
    expect([0, 999, 1000, 99_949, 1_000_000, 2 ** 53].map(formatBytes)).toEqual([
      '0 B',
      '999 B',
      '1.00 kB',
      '99.9 kB',
      '1.00 MB',
      '9.01 PB',
    ]);
  });

  test('a share that is not nothing is never printed as nothing, nor as all', () => {
    expect(formatShare(0, 10)).toBe('0%');
    expect(formatShare(1, 1_000_000)).toBe('<0.1%');
    expect(formatShare(999_999, 1_000_000)).toBe('>99.9%');
    expect(formatShare(10, 10)).toBe('100%');
    expect(formatShare(1, 0)).toBe('-');
  });

  test('durations', () => {
    expect([0.00081, 0.34, 2.414, 36, 200, 7500].map(formatSeconds)).toEqual([
      '0.8 ms',
      '340 ms',
      '2.41 s',
      '36.0 s',
      '3 min 20 s',
      '2 h 5 min',
    ]);
  });
});

test('a palette that is off leaves text alone, one that is on paints no empty text', () => {
  expect(createPalette(false).red('no')).toBe('no');
  expect(createPalette(true).red('no')).toBe('\u001b[31mno\u001b[39m');
  expect(createPalette(true).red('')).toBe('');
});
