import { describe, expect, test } from 'vitest';
import type { ReplayDocument } from '../../src/analysis/replay/replay-document.ts';
import { idleSettings, parseConntrack } from '../../src/cli/conntrack-settings.ts';
import { dryplane } from './kept-program.ts';
import { CAPTURE, checkedDocument, QUICKSTART } from './run-cli.ts';

const messages = (given: readonly string[]): string[] =>
  parseConntrack(given).problems.map(({ message, hint }) => `${message}; ${hint}`);

describe('settings of connection tracking', () => {
  test('are read by the kernel’s names, with and without its prefix', () => {
    const { settings, problems } = parseConntrack([
      'tcp_timeout_established=24h',
      'nf_conntrack_udp_timeout=45',
      'net.netfilter.nf_conntrack_udp_timeout_stream=1.5m',
      'icmp_timeout=500ms',
      'tcp_timeout_close=2d',
      'tcp_timeout_close=0',
      'tcp_loose=0',
      'max=65536',
    ]);
    expect(problems).toEqual([]);
    expect(settings).toEqual({
      timeouts: {
        tcp_timeout_established: 86_400,
        udp_timeout: 45,
        udp_timeout_stream: 90,
        icmp_timeout: 0.5,
        tcp_timeout_close: 0,
      },
      loose: false,
      max: 65_536,
    });
  });

  test('are refused all at once, with the near name, the reason or the range', () => {
    expect(
      messages([
        'tcp_timeout_establised=1h',
        'tcp_be_liberal=1',
        'udp_timeout=soon',
        'udp_timeout=2000d',
        'max=7',
        'x',
      ]),
    ).toEqual([
      '--conntrack: no setting of connection tracking is called tcp_timeout_establised; did you mean tcp_timeout_established?',
      '--conntrack tcp_be_liberal: sequence numbers and windows are not looked at: captures lose packets; undefined',
      '--conntrack udp_timeout=soon: no time up to a year; seconds, or with a unit (ms, s, m, h, d); Linux: 30',
      '--conntrack udp_timeout=2000d: no time up to a year; seconds, or with a unit (ms, s, m, h, d); Linux: 30',
      '--conntrack max=7: no number of entries; from 64 to 16,777,216',
      expect.stringContaining('is called x; known: generic_timeout'),
    ]);
  });

  test('that other options leave without effect are mistakes', () => {
    const count = (given: string[], options: Parameters<typeof idleSettings>[1]): number =>
      idleSettings(parseConntrack(given).settings, options).length;
    expect(count(['tcp_loose=0'], { pickup: 'judge' })).toBe(1);
    expect(count(['tcp_loose=0'], { pickup: 'kernel' })).toBe(0);
    expect(count(['max=100'], { pickup: 'judge', connections: 9 })).toBe(1);
    expect(count(['max=100'], { pickup: 'judge' })).toBe(0);
  });
});

test('what differs from the defaults stands in the document, with what a full table cost', () => {
  const given = ['tcp_timeout_established=24h', 'udp_timeout=30', 'max=64'].flatMap((one) => [
    '--conntrack',
    one,
  ]);
  const { stdout } = dryplane(['replay', CAPTURE, ...QUICKSTART, ...given, '--format', 'json']);
  const { conntrack, warnings } = checkedDocument<ReplayDocument>(stdout);
  expect(conntrack.settings).toEqual({ tcp_timeout_established: 86_400, max: 64 });
  expect(conntrack.early_dropped).toBeGreaterThan(10);
  expect(warnings.join()).toContain('raise --conntrack max');
  const plain = checkedDocument<ReplayDocument>(
    dryplane(['replay', CAPTURE, ...QUICKSTART, '--format', 'json']).stdout,
  );
  expect(plain.conntrack).toEqual({ settings: {}, early_dropped: 0, dropped: 0 });
});
