/** `--conntrack NAME=VALUE`: settings of connection tracking, by the names that Linux has for them. */
import {
  type ConntrackSettings,
  defaultTimeout,
  TIMEOUT_MOST,
  TIMEOUT_NAMES,
  type TimeoutName,
} from '../dataplane/conntrack.ts';
import { SHARD_COUNT } from '../dataplane/shard-layout.ts';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { didYouMean } from '../diagnostic/nearest.ts';
import { UNIT_SECONDS } from '../trace/time-range.ts';
import { problem } from './problem.ts';

const PREFIX = /^(?:net[./]netfilter[./])?nf_conntrack_/;
const NAMES: readonly string[] = [...TIMEOUT_NAMES, 'tcp_loose', 'max'];
/** The table's entries are shared out over the shards. */
const MAX_LEAST = SHARD_COUNT;
const MAX_MOST = 1 << 24;

const SEQUENCE = 'sequence numbers and windows are not looked at: captures lose packets';
/** What the kernel knows and a replay does not ask. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  tcp_be_liberal: SEQUENCE,
  tcp_ignore_invalid_rst: SEQUENCE,
  tcp_max_retrans: SEQUENCE,
  tcp_timeout_max_retrans: SEQUENCE,
  checksum: 'checksums are not looked at: captures hold packets whose checksums hardware fills in',
  buckets: 'it changes nothing but speed',
};

const isTimeout = (name: string): name is TimeoutName => (TIMEOUT_NAMES as readonly string[]).includes(name);

function unknown(name: string): Diagnostic {
  const reason = ELSEWHERE[name];
  if (reason !== undefined) return problem('cli/conntrack', `--conntrack ${name}: ${reason}`);
  return problem(
    'cli/conntrack',
    `--conntrack: no setting of connection tracking is called ${name}`,
    didYouMean(name, NAMES) ?? `known: ${NAMES.join(', ')}`,
  );
}

/** Seconds of `90`, `1.5s`, `1h`; undefined when it is no time or too long a one. */
function duration(text: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  const seconds = Number(number) * UNIT_SECONDS[unit ?? 's']!;
  return seconds <= TIMEOUT_MOST ? seconds : undefined;
}

function settle(name: string, value: string): ConntrackSettings | Diagnostic {
  if (isTimeout(name)) {
    const seconds = duration(value);
    if (seconds !== undefined) return { timeouts: { [name]: seconds } };
    return problem(
      'cli/conntrack',
      `--conntrack ${name}=${value}: no time up to a year`,
      `seconds, or with a unit (ms, s, m, h, d); Linux: ${defaultTimeout(name)}`,
    );
  }
  if (name === 'tcp_loose') {
    if (value === '0' || value === '1') return { loose: value === '1' };
    return problem('cli/conntrack', `--conntrack tcp_loose=${value}: neither 0 nor 1`);
  }
  const entries = /^\d+$/.test(value) ? Number(value) : 0;
  if (entries >= MAX_LEAST && entries <= MAX_MOST) return { max: entries };
  return problem(
    'cli/conntrack',
    `--conntrack max=${value}: no number of entries`,
    `from ${MAX_LEAST} to ${MAX_MOST.toLocaleString('en')}`,
  );
}

/** The settings that were given; of equal names the last counts. */
export function parseConntrack(given: readonly string[]): {
  settings: ConntrackSettings;
  problems: Diagnostic[];
} {
  let settings: ConntrackSettings = {};
  const problems: Diagnostic[] = [];
  for (const text of given) {
    const [, word = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(text) ?? [];
    const name = word.replace(PREFIX, '');
    const settled = NAMES.includes(name) ? settle(name, value) : unknown(name);
    if ('code' in settled) problems.push(settled);
    else settings = { ...settings, ...settled, timeouts: { ...settings.timeouts, ...settled.timeouts } };
  }
  return { settings, problems };
}

/** Settings that other options leave without effect. */
export function idleSettings(
  { loose, max }: ConntrackSettings,
  { pickup, connections }: { pickup: 'judge' | 'kernel'; connections?: number },
): Diagnostic[] {
  return [
    ...(loose !== undefined && pickup !== 'kernel'
      ? [problem('cli/conntrack', '--conntrack tcp_loose: without effect', 'it goes with --pickup kernel')]
      : []),
    ...(max !== undefined && connections !== undefined
      ? [
          problem(
            'cli/conntrack',
            '--connections and --conntrack max both say how many connections are tracked',
            'with max a full table drops packets as the kernel does, with --connections it judges them one by one',
          ),
        ]
      : []),
  ];
}
