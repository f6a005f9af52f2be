/** How one record of a trace is judged, and the flow that it belongs to. */
import { compileTables } from '../../compile/compile.ts';
import type { Flow, Side } from '../../flow/flow.ts';
import { parseFlow } from '../../flow/notation.ts';
import { hasPolicyPorts, isIcmp } from '../../net/protocol.ts';
import type { PacketBatch } from '../../packet/batch.ts';
import { FLAG_QUOTE } from '../../packet/batch-layout.ts';
import { isNameWords } from '../../packet/name-words.ts';
import { nameIndex } from '../../policy/addresses/named-addresses.ts';
import { workloadInterfaces } from '../../policy/addresses/workload-interfaces.ts';
import type { World } from '../../policy/world.ts';
import type { ReplayOptions } from '../../replay/options.ts';
import { replay } from '../../replay/replay.ts';
import type { FlowTally, ReplayResult } from '../../replay/result.ts';
import { scanTraces } from '../../replay/scan.ts';
import type { WorkerPool } from '../../replay/worker-pool.ts';
import { HOOKS, REASONS, VERDICTS } from '../../tables/verdict.ts';
import type { TraceSource } from '../../trace/open.ts';
import { namesPods } from '../../trace/reader.ts';
import { createAddressNames } from '../address-names.ts';
import { decidingOutcome, namesOfOutcomeNumber } from '../decider.ts';
import { isKnown } from '../port-fields.ts';
import { countFlows } from '../replay/flow-counts.ts';
import { WrittenNames } from '../written-names.ts';

export interface JudgedRecord {
  readonly verdict: string;
  readonly reason: string;
  /** Who decided, by names. */
  readonly decider: string;
  /** Unordered pairs of addresses whose packets may matter to it. */
  readonly pairs: ReadonlySet<string>;
  /** Of the trace's flows the one that the record belongs to, the initiator first. */
  readonly flow: Flow;
}

function wordsKey(words: ArrayLike<number>, row: number): string {
  return Array.from({ length: 4 }, (_, index) => words[row * 4 + index]).join('.');
}

const pairKey = (a: string, b: string): string => (a < b ? `${a} ${b}` : `${b} ${a}`);

function pairsOf(batch: PacketBatch, row: number): Set<string> {
  const [src, dst, judged] = [batch.src, batch.dst, batch.judgedDst].map((words) => wordsKey(words, row));
  const pairs = new Set([pairKey(src!, dst!), pairKey(src!, judged!)]);
  if ((batch.flags[row]! & FLAG_QUOTE) !== 0)
    pairs.add(pairKey(wordsKey(batch.quotedSrc, row), wordsKey(batch.quotedDst, row)));
  return pairs;
}

/** A tallied flow by its addresses, so that it means the same whatever has them. */
function flowByAddresses(tally: FlowTally, text: string): Flow {
  const { family, src, dst, protocol, dport, sport } = tally;
  const parsed = parseFlow(text);
  if ((isNameWords(src, 0) || isNameWords(dst, 0)) && 'flow' in parsed) return parsed.flow;
  const side = (words: FlowTally['src']): Side => ({ kind: 'address', address: { family, words } });
  const known = isKnown(tally);
  return {
    protocol,
    source: side(src),
    destination: side(dst),
    ...(hasPolicyPorts(protocol) ? { destinationPort: known ? dport : '*' } : {}),
    ...(hasPolicyPorts(protocol) && sport !== 0 ? { sourcePort: sport } : {}),
    ...(isIcmp(protocol) && known ? { icmp: { type: dport >> 8, code: dport & 255 } } : {}),
  };
}

function flowOfRecord(
  { admitted, refused }: ReplayResult,
  pairs: ReadonlySet<string>,
  textOf: (tally: FlowTally) => string,
): Flow | undefined {
  const tallies = [...refused, ...admitted];
  const own = tallies.find(({ src, dst }) => pairs.has(pairKey(wordsKey(src, 0), wordsKey(dst, 0))));
  const tally = own ?? tallies[0];
  return tally === undefined ? undefined : flowByAddresses(tally, textOf(tally));
}

/** How traces are read. */
export type ReadingTraces = Pick<ReplayOptions, 'tunnels'>;

/** Replays a trace and looks at one of its records; undefined where it has no such record, or holds nothing to judge there. */
export async function judgedRecord(
  source: TraceSource,
  record: number,
  world: World,
  running: ReadingTraces & { readonly pool: WorkerPool },
): Promise<JudgedRecord | { readonly skipped: string } | undefined> {
  const written = new WrittenNames();
  const names = namesPods(source) ? { names: nameIndex([world]) } : {};
  const { tables, legend } = compileTables(world, names);
  const interfaces = workloadInterfaces(world);
  let found: Omit<JudgedRecord, 'flow'> | undefined;
  const result = await replay([source], tables, {
    ...running,
    ...names,
    ...(interfaces === undefined ? {} : { interfaces }),
    onNames: (texts) => written.add(texts),
    onRound: (batch, count) => {
      for (let row = 0; row < count && found === undefined; row++) {
        if (batch.record[row] !== record) continue;
        const hook = HOOKS[batch.hook[row]!] ?? 'none';
        const number = decidingOutcome(hook, { egress: batch.egress[row]!, ingress: batch.ingress[row]! });
        const { location: _, ...decider } = namesOfOutcomeNumber(hook, number, legend);
        found = {
          verdict: VERDICTS[batch.verdict[row]!]!,
          reason: REASONS[batch.reason[row]!]!,
          decider: JSON.stringify(decider),
          pairs: pairsOf(batch, row),
        };
      }
    },
  });
  if (found === undefined) return undefined;
  if (found.verdict === 'skip') return { skipped: found.reason };
  const naming = { legend, epochs: [{ names: createAddressNames(world.book, written) }] };
  const flow = flowOfRecord(result, found.pairs, (tally) => countFlows([tally], naming)[0]!.flow);
  return flow === undefined ? undefined : { ...found, flow };
}

/** Records of a trace up to one, and those of them between such pairs of addresses. */
export async function recordsBetween(
  source: TraceSource,
  pairs: ReadonlySet<string>,
  last: number,
  reading: ReadingTraces,
): Promise<{ readonly own: number[]; readonly all: number }> {
  const own: number[] = [];
  let all = 0;
  await scanTraces([source], {
    ...reading,
    onRows: ({ batch, count }) => {
      for (let row = 0; row < count; row++) {
        const record = ++all;
        if (record <= last && pairs.has(pairKey(wordsKey(batch.src, row), wordsKey(batch.dst, row))))
          own.push(record);
      }
      return true;
    },
  });
  return { own, all };
}
