/**
 * One row a trace record: the columns of a batch with names in the place of numbers. Columns and their order are what
 * `--verdicts` promises; a cell is a text, a number, or null where the field does not apply.
 */
import type { OutcomeLegend } from '../../compile/legend.ts';
import { formatAddress } from '../../net/address.ts';
import { carriesPorts, isIcmp, protocolName } from '../../net/protocol.ts';
import type { PacketBatch } from '../../packet/batch.ts';
import { FLAG_CONNECTION, FLAG_PORTS, FLAG_TUNNEL } from '../../packet/batch-layout.ts';
import { HOOKS, REASONS, VERDICTS } from '../../tables/verdict.ts';
import { SKIP_DUPLICATE } from '../../tables/verdict-layout.ts';
import type { NamedAddress } from '../address-names.ts';

import { type DeciderNames, decidingOutcome, namesOfOutcome, namesOfOutcomeNumber } from '../decider.ts';
import { isDoubtfulRow } from './doubtful-rows.ts';
import type { EpochNaming, FlowNaming } from './flow-counts.ts';
import { observedName } from './observed-summary.ts';

export type Cell = string | number | null;

export interface VerdictColumn {
  readonly name: string;
  readonly kind: 'text' | 'integer' | 'count';
}

const DECIDER: readonly VerdictColumn[] = [
  { name: 'verdict', kind: 'text' },
  { name: 'reason', kind: 'text' },
  { name: 'hook', kind: 'text' },
  { name: 'direction', kind: 'text' },
  { name: 'tier', kind: 'text' },
  { name: 'kind', kind: 'text' },
  { name: 'namespace', kind: 'text' },
  { name: 'policy', kind: 'text' },
  { name: 'rule', kind: 'integer' },
  { name: 'calico_rule', kind: 'integer' },
  { name: 'location', kind: 'text' },
];

const PACKET: readonly VerdictColumn[] = [
  { name: 'trace', kind: 'text' },
  { name: 'record', kind: 'count' },
  { name: 'time', kind: 'text' },
  { name: 'src', kind: 'text' },
  { name: 'dst', kind: 'text' },
  { name: 'protocol', kind: 'text' },
  { name: 'sport', kind: 'integer' },
  { name: 'dport', kind: 'integer' },
  { name: 'icmp_type', kind: 'integer' },
  { name: 'icmp_code', kind: 'integer' },
  { name: 'packets', kind: 'count' },
  { name: 'bytes', kind: 'count' },
  { name: 'src_name', kind: 'text' },
  { name: 'dst_name', kind: 'text' },
  { name: 'judged_dst', kind: 'text' },
  { name: 'judged_dport', kind: 'integer' },
];

const prefixed = (prefix: string): VerdictColumn[] =>
  DECIDER.map(({ name, kind }) => ({ name: `${prefix}${name}`, kind }));

/** In the order of the cells. */
export const VERDICT_COLUMNS: readonly VerdictColumn[] = [
  ...PACKET,
  ...DECIDER,
  ...prefixed('egress_'),
  ...prefixed('ingress_'),
  { name: 'pending', kind: 'text' },
  { name: 'doubtful', kind: 'text' },
  { name: 'outer_src', kind: 'text' },
  { name: 'outer_dst', kind: 'text' },
  { name: 'observed', kind: 'text' },
  { name: 'observed_by', kind: 'text' },
  { name: 'duplicate_of', kind: 'text' },
];

type DeciderCells = readonly Cell[];

const NO_DECIDER: DeciderCells = DECIDER.map(({ kind }) => (kind === 'text' ? '' : null));

function deciderCells(verdict: string, reason: string, names: DeciderNames): DeciderCells {
  return [
    verdict,
    reason,
    names.hook,
    names.direction,
    names.tier,
    names.kind,
    names.namespace,
    names.policy,
    names.rule,
    names.calico_rule,
    names.location,
  ];
}

/** Seconds with nine decimals; nanoseconds of a second or more, as broken captures have them, carry over. */
function timeText(seconds: number, nanos: number): string {
  const carried = Math.floor(nanos / 1e9);
  return `${seconds + carried}.${String(nanos - carried * 1e9).padStart(9, '0')}`;
}

/** Lists of flows rarely know the source port; 0 is no port there. */
function sourcePort(batch: PacketBatch, row: number): number | null {
  const port = batch.sport[row]!;
  return port === 0 && (batch.flags[row]! & FLAG_CONNECTION) !== 0 ? null : port;
}

/** The addresses of the outermost tunnel that the packet lay in. */
function outerCells(batch: PacketBatch, row: number): readonly Cell[] {
  if ((batch.flags[row]! & FLAG_TUNNEL) === 0) return ['', ''];
  const family = batch.outerFamily[row]! === 6 ? 6 : 4;
  return [batch.outerSrc, batch.outerDst].map((words) => {
    const [first, second, third, fourth] = words.subarray(row * 4, row * 4 + 4);
    return formatAddress({ family, words: [first!, second!, third!, fourth!] });
  });
}

/** The record that a copy repeats: its number, behind the trace where that is another one. */
function duplicateOf(batch: PacketBatch, row: number, tracePaths: readonly string[]): string {
  const isCopy = batch.skip[row] === SKIP_DUPLICATE && batch.duplicateRecord[row] !== 0;
  if (!isCopy) return '';
  const trace = batch.duplicateTrace[row]!;
  const record = String(batch.duplicateRecord[row]!);
  return trace === batch.trace[row] ? record : `${tracePaths[trace] ?? ''}:${record}`;
}

interface DeciderReader {
  /** Of one side, by its outcome's number. */
  side(outcome: number): DeciderCells;
  /** Of the row. */
  decider(batch: PacketBatch, row: number): DeciderCells;
}

/** The cells of deciders, made once for each outcome. */
function createDeciderReader(legend: OutcomeLegend): DeciderReader {
  const sides = new Map<number, DeciderCells>();
  const deciders = new Map<string, DeciderCells>();
  const side = (number: number): DeciderCells => {
    if (number >= legend.outcomeCount) return NO_DECIDER;
    const known = sides.get(number);
    if (known !== undefined) return known;
    const outcome = legend.outcome(number);
    const cells = deciderCells(outcome.verdict, outcome.reason, namesOfOutcome(outcome.hook, outcome));
    sides.set(number, cells);
    return cells;
  };
  const decider = (batch: PacketBatch, row: number): DeciderCells => {
    const hook = HOOKS[batch.hook[row]!] ?? 'none';
    const number = decidingOutcome(hook, { egress: batch.egress[row]!, ingress: batch.ingress[row]! });
    const key = `${batch.verdict[row]}|${batch.reason[row]}|${hook}|${number}`;
    const known = deciders.get(key);
    if (known !== undefined) return known;
    const cells = deciderCells(
      VERDICTS[batch.verdict[row]!]!,
      REASONS[batch.reason[row]!]!,
      namesOfOutcomeNumber(hook, number, legend),
    );
    deciders.set(key, cells);
    return cells;
  };
  return { side, decider };
}

/** Who began the connection of a row: replies come from where it was judged to go, or from the address of a service. */
function initiatorOf(src: NamedAddress, dst: NamedAddress, judged: NamedAddress): NamedAddress {
  if (dst.address === judged.address) return src;
  return src.address === judged.address || dst.ownerNamespace !== '' ? dst : src;
}

/** What gives rows their names. */
export interface RowNaming extends FlowNaming {
  readonly tracePaths: readonly string[];
  /** Whether the rows hold pending verdicts; not when absent. */
  readonly isPending?: boolean;
  /** Who decided by the trace's word, by the number in OBSERVED_BY; nobody when absent. */
  readonly deciderOf?: (number: number) => string;
}

/** Reads rows of batches. Names of outcomes are made once each; names of addresses are remembered up to a bound. */
export function createRowReader({
  epochs,
  legend,
  tracePaths,
  isPending = false,
  deciderOf = () => '',
}: RowNaming): (batch: PacketBatch, row: number) => readonly Cell[] {
  const { side, decider } = createDeciderReader(legend);
  const namingOf = (batch: PacketBatch, row: number): EpochNaming =>
    epochs.length === 1 ? epochs[0]! : epochs[batch.epoch[row]!]!;
  const isDoubtful = (batch: PacketBatch, row: number): boolean => {
    const { names, doubts } = namingOf(batch, row);
    const family = batch.family[row]!;
    if (doubts === undefined || family === 0) return false;
    const judged = names.ofWords(family, batch.judgedDst, row * 4);
    const src = names.ofWords(family, batch.src, row * 4);
    const dst = names.ofWords(family, batch.dst, row * 4);
    return isDoubtfulRow(doubts, {
      verdict: VERDICTS[batch.verdict[row]!]!,
      reason: REASONS[batch.reason[row]!]!,
      hook: HOOKS[batch.hook[row]!]!,
      egress: batch.egress[row]!,
      ingress: batch.ingress[row]!,
      source: initiatorOf(src, dst, judged),
      destination: judged,
    });
  };
  return (batch, row) => {
    const { names } = namingOf(batch, row);
    const family = batch.family[row]!;
    const protocol = batch.protocol[row]!;
    const known = (batch.flags[row]! & FLAG_PORTS) !== 0;
    const ports = family !== 0 && known && carriesPorts(protocol);
    const icmp = family !== 0 && known && isIcmp(protocol);
    const dport = batch.dport[row]!;
    const src = family === 0 ? undefined : names.ofWords(family, batch.src, row * 4);
    const dst = family === 0 ? undefined : names.ofWords(family, batch.dst, row * 4);
    const isSkip = VERDICTS[batch.verdict[row]!] === 'skip';
    const judged = family === 0 || isSkip ? undefined : names.ofWords(family, batch.judgedDst, row * 4);
    return [
      tracePaths[batch.trace[row]!] ?? '',
      batch.record[row]!,
      timeText(batch.seconds[row]!, batch.nanos[row]!),
      src?.address ?? '',
      dst?.address ?? '',
      family === 0 ? '' : protocolName(protocol),
      ports ? sourcePort(batch, row) : null,
      ports ? dport : null,
      icmp ? dport >> 8 : null,
      icmp ? dport & 255 : null,
      batch.packets[row]!,
      batch.bytes[row]!,
      src?.name ?? '',
      dst?.name ?? '',
      judged?.address ?? '',
      ports && !isSkip ? batch.judgedDport[row]! : null,
      ...decider(batch, row),
      ...(isSkip ? NO_DECIDER : side(batch.egress[row]!)),
      ...(isSkip ? NO_DECIDER : side(batch.ingress[row]!)),
      isPending ? VERDICTS[batch.pending[row]!]! : '',
      isDoubtful(batch, row) ? 'true' : '',
      ...outerCells(batch, row),
      observedName(batch.observed[row]!),
      batch.observed[row] === 0 ? '' : deciderOf(batch.observedBy[row]!),
      duplicateOf(batch, row, tracePaths),
    ];
  };
}
