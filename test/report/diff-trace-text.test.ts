import { expect, test } from 'vitest';
import { countsText } from '../../src/report/diff-trace-text.ts';

test('bytes that no record tells are not told as none', () => {
  const sums: Parameters<typeof countsText>[0] = { packets: 17, bytes: 0, flows: 2, clients: 1 };
  expect(countsText(sums)).toBe('17 packets of 2 connections from 1 client');
  expect(countsText({ ...sums, bytes: 1_200 })).toBe('17 packets (1.20 kB) of 2 connections from 1 client');
});
