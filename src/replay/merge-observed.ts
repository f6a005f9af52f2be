/**
 * Verdicts beside what was observed, as the workers counted them. Numbers of texts were given in the order in which the workers came:
 * here they become texts again before anything is compared or ordered.
 */
import * as D from '../dataplane/desk-layout.ts';
import * as S from '../dataplane/shard-layout.ts';
import { textTableAt } from '../packet/text-table.ts';
import { VERDICT_COUNT } from '../tables/verdict-layout.ts';
import { DECIDER_TEXTS } from '../trace/flow-log/observed-decider.ts';
import { flowAt, usedRows } from './flow-tables.ts';
import { heaviestRows } from './heaviest.ts';
import type { Plan } from './plan.ts';
import type { DecidedTally, ObservedResult } from './result.ts';

const OBSERVED_ROWS = [
  ['allow', D.TOTAL_OBSERVED_ALLOW],
  ['deny', D.TOTAL_OBSERVED_DENY],
] as const;

const VERDICTS = Array.from({ length: VERDICT_COUNT }, (_, verdict) => verdict);

function pairsOf(totals: Float64Array): Pick<ObservedResult, 'pairs' | 'elsewhere'> {
  const countsAt = (row: number, verdict: number) => {
    const at = D.TOTAL_OBSERVED + (row * VERDICT_COUNT + verdict) * D.TOTAL_WORDS;
    return {
      packets: totals[at + D.TOTAL_PACKETS]!,
      bytes: totals[at + D.TOTAL_BYTES]!,
      flows: totals[at + D.TOTAL_FLOWS]!,
    };
  };
  const elsewhere = { packets: 0, bytes: 0, flows: 0 };
  for (const verdict of VERDICTS) {
    const { packets, bytes, flows } = countsAt(D.TOTAL_OBSERVED_ELSEWHERE, verdict);
    elsewhere.packets += packets;
    elsewhere.bytes += bytes;
    elsewhere.flows += flows;
  }
  const pairs = OBSERVED_ROWS.flatMap(([observed, row]) =>
    VERDICTS.map((verdict) => ({ observed, verdict, ...countsAt(row, verdict) })).filter(
      ({ packets, flows }) => packets !== 0 || flows !== 0,
    ),
  );
  return { pairs, elsewhere };
}

/** A tally, and where the row of its example stands in its traces. */
type Placed = DecidedTally & { readonly trace: number; readonly record: number };

/** The pairs of all shards, equal ones together, heaviest first. */
function decidedOf(
  plan: Plan,
  memory: SharedArrayBuffer,
  view: DataView,
  textOf: (number: number) => string,
) {
  const tallies = new Map<string, Placed>();
  const { rows, omitted } = usedRows(plan, memory, S.SHARD_DECIDED, S.DECIDED_ROW_BYTES);
  for (const row of rows) {
    const met = {
      observed: view.getUint8(row + S.DECIDED_OBSERVED),
      by: textOf(view.getUint32(row + S.DECIDED_BY, true)),
      verdict: view.getUint8(row + S.DECIDED_VERDICT),
      reason: view.getUint8(row + S.DECIDED_REASON),
      hook: view.getUint8(row + S.DECIDED_HOOK),
      outcome: view.getUint32(row + S.DECIDED_OUTCOME, true),
    };
    const key = Object.values(met).join('|');
    const known = tallies.get(key);
    const [trace, record] = [
      view.getUint32(row + S.DECIDED_TRACE, true),
      view.getUint32(row + S.DECIDED_RECORD, true),
    ];
    const isFirst =
      known === undefined || trace < known.trace || (trace === known.trace && record < known.record);
    tallies.set(key, {
      ...met,
      packets: (known?.packets ?? 0) + view.getFloat64(row + S.DECIDED_PACKETS, true),
      bytes: (known?.bytes ?? 0) + view.getFloat64(row + S.DECIDED_BYTES, true),
      flows: (known?.flows ?? 0) + view.getFloat64(row + S.DECIDED_FLOWS, true),
      ...(isFirst
        ? { trace, record, example: flowAt(view, row + S.DECIDED_FLOW) }
        : { trace: known.trace, record: known.record, example: known.example }),
    });
  }
  const decided = [...tallies.entries()]
    .sort(([keyA, a], [keyB, b]) => b.packets - a.packets || b.flows - a.flows || (keyA < keyB ? -1 : 1))
    .map(([, { trace, record, ...tally }]) => tally);
  return { decided, omitted };
}

/** What was observed of all traces. */
export function observedResult(plan: Plan, memory: SharedArrayBuffer, totals: Float64Array): ObservedResult {
  const view = new DataView(memory);
  const table = textTableAt(memory, plan.deciders, DECIDER_TEXTS);
  // Which texts found room was chance.
  const textOf = (number: number): string => (table.isFull ? '' : table.text(number));
  const byOf = (row: number): string => textOf(view.getUint16(row + S.FLOW_PATH, true));
  const { rows, omitted: dropped } = usedRows(plan, memory, S.SHARD_DISAGREED, S.FLOW_ROW_BYTES);
  const listed = heaviestRows(view, rows, plan.input.flowsListed, byOf);
  const { decided, omitted } = decidedOf(plan, memory, view, textOf);
  return {
    ...pairsOf(totals),
    disagreed: Array.from(listed, (row) => ({
      ...flowAt(view, row),
      observed: view.getUint8(row + S.FLOW_PENDING),
      by: byOf(row),
    })),
    omitted: dropped + rows.length - listed.length,
    decided,
    omittedDecided: omitted,
    decidersFull: table.isFull,
  };
}
