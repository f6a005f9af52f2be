/**
 * The flows of a replay as columns, those that were not allowed first, in each the heaviest first. What was decided alike is
 * explained once, by the judge's walk of its heaviest flow, and only where that walk ends as the replay did.
 */
import { parseFlow } from '../../flow/notation.ts';
import { formatAddress } from '../../net/address.ts';
import { isNameWords } from '../../packet/name-words.ts';
import { judge } from '../../policy/judge/judge.ts';
import { type FlowAnswer, judgeFlow } from '../../policy/judge/judge-flow.ts';
import type { World } from '../../policy/world.ts';
import type { FlowTally, ReplayResult } from '../../replay/result.ts';
import { createAddressNames } from '../address-names.ts';
import { namesOfDecider } from '../decider.ts';
import type { FlowExplanation } from '../explain/explain-document.ts';
import { explainFlow } from '../explain/explanation.ts';
import { countFlows, type FlowNaming } from '../replay/flow-counts.ts';
import type { FlowCount } from '../replay/flow-document.ts';
import { packetOf } from '../replay/open-flows.ts';
import {
  type FlowColumns,
  type FlowDecision,
  type FlowPort,
  type FlowTable,
  TABLE_ROWS,
} from './flow-table-document.ts';
import { createPlaces } from './page-places.ts';

/** Decisions that are explained; of a large cluster each is pages long. */
const EXPLAINED = 1_000;

/** Numbers things in the order in which they come. */
function createNumbers<Entry>() {
  const entries: Entry[] = [];
  const numbers = new Map<string, number>();
  return {
    entries,
    of(key: string, make: () => Entry): number {
      let number = numbers.get(key);
      if (number === undefined) {
        number = entries.push(make()) - 1;
        numbers.set(key, number);
      }
      return number;
    },
  };
}

function portOf({ protocol, dport, icmp_type: type, icmp_code: code }: FlowCount): FlowPort {
  const label =
    type === null
      ? dport === null
        ? protocol
        : `${protocol} ${dport}`
      : `${protocol} type ${type} code ${code}`;
  return { protocol, port: dport, label };
}

/** The answer to a flow's first packet; undefined where no packet says it. */
function answerOf(tally: FlowTally, flow: FlowCount, world: World): FlowAnswer | undefined {
  if (isNameWords(tally.src, 0) || isNameWords(tally.dst, 0)) {
    const parsed = parseFlow(flow.flow);
    return 'problem' in parsed ? undefined : judgeFlow(parsed.flow, world).value;
  }
  const packet = packetOf(tally);
  const decision = judge(packet, world);
  const { verdict, reason } = decision;
  const sides = { source: formatAddress(packet.source), destination: formatAddress(packet.destination) };
  return { verdict, reason, parts: [{ packet, ...sides, decision }], examples: [] };
}

/** Whether a walk ends as the replay did: connections and copies have verdicts that no first packet has. */
function isAnswer({ verdict, reason, parts }: FlowAnswer, flow: FlowCount): boolean {
  if (verdict !== flow.verdict || reason !== flow.reason) return false;
  const { hook, decider } = parts[0]!.decision;
  return (
    verdict === 'undetermined' ||
    JSON.stringify(namesOfDecider(hook, decider)) === JSON.stringify(flow.decider)
  );
}

function explained(
  tally: FlowTally,
  flow: FlowCount,
  world: World,
  names: ReturnType<typeof createAddressNames>,
): FlowExplanation | null {
  const answer = answerOf(tally, flow, world);
  if (answer === undefined || !isAnswer(answer, flow)) return null;
  return explainFlow(flow.flow, { enforced: answer }, { world, names });
}

/** What has the same outcomes was decided alike. */
const decisionKey = ({ verdict, reason, hook, egress, ingress, epoch }: FlowTally): string =>
  `${verdict} ${reason} ${hook} ${egress} ${ingress} ${epoch}`;

type Columns = { readonly [Name in keyof FlowColumns]: number[] };

const emptyColumns = (): Columns => ({
  from: [],
  to: [],
  src: [],
  dst: [],
  judged: [],
  port: [],
  judgedPort: [],
  decision: [],
  packets: [],
  bytes: [],
  connections: [],
  snapshot: [],
  doubtful: [],
});

/** The table. `worlds`: by epoch, those that the replay went by. `most`: rows; `mostExplained`: decisions with a walk. */
export function tabulateFlows(
  result: Pick<ReplayResult, 'refused' | 'admitted' | 'omitted'>,
  naming: FlowNaming,
  worlds: readonly World[],
  most = TABLE_ROWS,
  mostExplained = EXPLAINED,
): FlowTable {
  const columns = emptyColumns();
  const texts = createNumbers<string>();
  const ports = createNumbers<FlowPort>();
  const decisions = createNumbers<FlowDecision>();
  const places = createPlaces(worlds);
  const walkNames = worlds.map(({ book }) => createAddressNames(book));
  const walkOf = (tally: FlowTally, flow: FlowCount, before: number) => ({
    explained:
      before < mostExplained ? explained(tally, flow, worlds[tally.epoch]!, walkNames[tally.epoch]!) : null,
    isLeftOut: before >= mostExplained,
  });
  const all = [...result.refused, ...result.admitted];
  const textNumber = (text: string): number => texts.of(text, () => text);
  for (const [row, tally] of all.slice(0, most).entries()) {
    const flow = countFlows([tally], naming)[0]!;
    const split = flow.flow.indexOf(' to ');
    const { epoch } = tally;
    columns.from.push(textNumber(flow.flow.slice(0, split)));
    columns.to.push(textNumber(flow.flow.slice(split + 4)));
    columns.src.push(places.of(epoch, flow.src, flow.src_name));
    columns.dst.push(places.of(epoch, flow.dst, flow.dst_name));
    columns.judged.push(places.of(epoch, flow.judged_dst, flow.judged_dst_name));
    const port = portOf(flow);
    columns.port.push(ports.of(port.label, () => port));
    columns.judgedPort.push(flow.judged_dport ?? -1);
    columns.decision.push(
      decisions.of(decisionKey(tally), () => ({
        verdict: flow.verdict,
        reason: flow.reason,
        decider: flow.decider,
        ...(flow.open === undefined ? {} : { open: flow.open }),
        example: row,
        ...walkOf(tally, flow, decisions.entries.length),
      })),
    );
    columns.packets.push(flow.packets);
    columns.bytes.push(flow.bytes);
    columns.connections.push(flow.connections);
    columns.snapshot.push(flow.snapshot ?? -1);
    columns.doubtful.push(flow.doubtful ? 1 : 0);
  }
  const rows = columns.packets.length;
  return {
    rows,
    omitted: all.length - rows + result.omitted.refused + result.omitted.admitted,
    texts: texts.entries,
    places: places.entries,
    ports: ports.entries,
    decisions: decisions.entries,
    columns,
  };
}
