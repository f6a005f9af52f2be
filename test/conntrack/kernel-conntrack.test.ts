/**
 * Connection tracking beside the real kernel's: packets of scenarios are sent through a namespace that forwards them, and
 * what the kernel calls each, and the states in which it leaves its connections, are what the kernels of dryplane compute.
 */
import { describe, expect, test } from 'vitest';
import { formatAddress, parseAddress } from '../../src/net/address.ts';
import { chosenSeed } from '../random/mulberry.ts';
import type { ConnectionRow } from '../replay/connection-rows.ts';
import { type DeskOptions, judgePackets } from '../replay/desk.ts';
import { type Forwarded, forward, whyNot } from './forwarder.ts';
import { drawScenarios, type Sent, TOLD, toldScenarios } from './scenarios.ts';

const missing = whyNot();
const seed = chosenSeed();

/** Kept for a second each, in the test of time. */
const SHORT = [
  ...[
    'syn_sent',
    'syn_recv',
    'fin_wait',
    'close_wait',
    'last_ack',
    'time_wait',
    'close',
    'unacknowledged',
  ].map((state) => `tcp_timeout_${state}`),
  ...['udp_timeout', 'gre_timeout', 'icmp_timeout', 'icmpv6_timeout', 'generic_timeout'],
  ...['closed', 'cookie_wait', 'cookie_echoed', 'established', 'heartbeat_sent'].map(
    (state) => `sctp_timeout_${state}`,
  ),
];
/** Seconds: packets so close to the instant at which their connection is forgotten may be on either side of it. */
const EDGE = 0.04;

/** An entry of a table: what it is, and for how many seconds it is kept. */
interface Entry {
  readonly is: string;
  readonly left: number;
}

/** A line of the kernel's table. */
function kernelEntry(line: string): Entry {
  const words = line.trim().split(/\s+/);
  const values = new Map<string, string>();
  for (const word of words) {
    const [name, value] = word.split('=');
    if (value !== undefined && !values.has(name!)) values.set(name!, value);
  }
  const address = (name: string): string => formatAddress(parseAddress(values.get(name)!)!);
  const ports = values.has('type')
    ? [values.get('id'), Number(values.get('type')) * 256 + Number(values.get('code'))]
    : [values.get('sport') ?? 0, values.get('dport') ?? 0];
  const state = /^[A-Z]/.test(words[5]!) ? words[5]! : '';
  const flags = `${line.includes('[UNREPLIED]') ? ' unreplied' : ''}${line.includes('[ASSURED]') ? ' assured' : ''}`;
  return {
    is: `${words[3]} ${address('src')} ${ports[0]} > ${address('dst')} ${ports[1]} ${state}${flags}`,
    left: Number(words[4]),
  };
}

function keptEntry(row: ConnectionRow, now: number): Entry {
  const flags = `${row.replied ? '' : ' unreplied'}${row.assured ? ' assured' : ''}`;
  const { protocol, src, sport, dst, dport, state } = row;
  return { is: `${protocol} ${src} ${sport} > ${dst} ${dport} ${state}${flags}`, left: row.deadline - now };
}

/** What the kernel may have called a packet that is answered so. */
function agrees(answer: string, called: string): boolean {
  if (answer === 'allow/policy') return called === 'new';
  if (answer === 'allow/established') return called === 'established' || called === 'new';
  return answer === 'allow/related'
    ? called === 'related'
    : answer === 'deny/invalid' && called === 'invalid';
}

const byWhat = (a: Entry, b: Entry): number => (a.is < b.is ? -1 : 1);
const tell = (entries: readonly Entry[]): string =>
  entries.map(({ is, left }) => `[${is}, ${left.toFixed(1)} s]`).join(' ') || 'nothing';

function areSame(a: readonly Entry[], b: readonly Entry[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ is, left }, at) => is === b[at]!.is && Math.abs(left - b[at]!.left) <= 1.2)
  );
}

const describeSent = ({ packet, step }: Sent): string => {
  const what = packet.quote === undefined ? (packet.tcp ?? packet.chunk ?? packet.icmp?.type) : 'error';
  return `${step.side === 'left' ? '>' : '<'}${what ?? packet.protocol}`;
};

/** Everything in which the two differ, and the transitions of TCP that were met. */
function compare(
  sent: readonly Sent[],
  settings: Readonly<Record<string, number>> = {},
  input: DeskOptions['input'] = {},
): { differences: string[]; met: Set<string>; doubtful: number } {
  const kernel: Forwarded[] = forward(
    sent.map(({ step }) => step),
    settings,
  );
  const base = Math.floor(kernel[0]!.at) - 1000;
  const packets = sent.map(({ packet }, at) => ({ ...packet, at: kernel[at]!.at - base }));
  const differences: string[] = [];
  const met = new Set<string>();
  const histories = new Map<number, string>();
  const states = new Map<number, string>();
  const kept: Entry[][] = [];
  /** Instants that decide, of each scenario: of being forgotten, and of being a stream. */
  const instants = new Map<number, number[]>();
  const doubtful = new Set<number>();
  const { rows } = judgePackets(packets, {
    pickup: 'kernel',
    step: 1,
    input,
    watch: (judged, connections) => {
      const now = packets[judged - 1]!.at;
      const { addresses, scenario } = sent[judged - 1]!;
      const living = connections.filter(
        ({ src, dst, state, deadline }) =>
          addresses.includes(src) && addresses.includes(dst) && state !== 'NONE' && now < deadline,
      );
      const decisive = instants.get(scenario) ?? [];
      if (decisive.some((instant) => Math.abs(instant - now) < EDGE)) doubtful.add(scenario);
      instants.set(scenario, [...decisive, now + 2, ...living.map(({ deadline }) => deadline)]);
      kept.push(living.map((row) => keptEntry(row, now)).sort(byWhat));
    },
  });
  for (const [at, one] of sent.entries()) {
    const { called, table, until } = kernel[at]!;
    // A busy machine may let this one wait, before the packet or before its table.
    if (until - kernel[at]!.at > EDGE) doubtful.add(one.scenario);
    const theirs = table.map(kernelEntry).sort(byWhat);
    const history = `${histories.get(one.scenario) ?? ''} ${describeSent(one)}`;
    histories.set(one.scenario, history);
    if (one.packet.tcp !== undefined) met.add(`${states.get(one.scenario)} ${describeSent(one)}`);
    states.set(one.scenario, theirs[0]?.is.split(' ').slice(6).join(' ') ?? 'NONE');
    if (doubtful.has(one.scenario) || (agrees(rows[at]!, called) && areSame(kept[at]!, theirs))) continue;
    differences.push(
      `scenario ${one.scenario},${history}: kernel ${called} ${tell(theirs)}; here ${rows[at]} ${tell(kept[at]!)}`,
    );
  }
  return { differences, met, doubtful: doubtful.size };
}

describe.skipIf(missing !== undefined)(
  `beside the real kernel${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    test.each([4, 6] as const)('what is told one by one, IPv%s', (family) => {
      const sent = toldScenarios(family);
      expect(new Set(sent.map(({ scenario }) => scenario)).size).toBe(Object.keys(TOLD).length);
      expect(compare(sent).differences).toEqual([]);
    });

    test.each([4, 6] as const)(`packets in any order, IPv%s (SEED=${seed})`, (family) => {
      const { differences, met } = compare(drawScenarios(seed, 200, { length: 14, family, turns: false }));
      expect(differences).toEqual([]);
      expect(met.size).toBeGreaterThan(150);
    });

    test(`what is forgotten in time (SEED=${seed})`, () => {
      const seconds = Object.fromEntries(SHORT.map((name) => [name, 1]));
      const timeouts = {
        ...seconds,
        udp_timeout_stream: 2,
        gre_timeout_stream: 2,
        tcp_timeout_established: 3,
      };
      const turns = drawScenarios(seed, 150, { length: 6, family: 4, turns: true });
      // A wait before each turn, now long enough for some to be forgotten.
      const sent = turns.map((one, at) => {
        const isTurn = at > 0 && one.scenario < turns[at - 1]!.scenario;
        return isTurn ? { ...one, step: { ...one.step, wait: at % 3 === 0 ? 1250 : 380 } } : one;
      });
      const { differences, doubtful } = compare(sent, timeouts, { conntrack: { timeouts } });
      expect(differences).toEqual([]);
      expect(doubtful).toBeLessThan(130);
    });
  },
);
