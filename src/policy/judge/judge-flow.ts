/**
 * The answer to a whole flow: every packet that it stands for is judged; `allow` when all are allowed, `deny` when all
 * are denied, otherwise `undetermined` with an example of each. A `:*` port is answered per range of ports.
 */
import type { Checked } from '../../diagnostic/diagnostic.ts';
import type { Flow, Side } from '../../flow/flow.ts';
import { formatAddress } from '../../net/address.ts';
import type { PortRange } from '../../net/port.ts';
import type { Decision } from '../decision.ts';
import type { World } from '../world.ts';
import { judge } from './judge.ts';
import { destinationPortStarts } from './possible-packets.ts';
import { type FlowPacket, resolveFlowSides } from './resolve-flow.ts';

/** One packet, or the packets to a range of ports that are all decided alike. */
export interface FlowPart extends FlowPacket {
  /** Only where the flow asks for all ports. The decision is that of the first. */
  readonly ports?: PortRange;
  readonly decision: Decision;
}

export interface FlowAnswer {
  readonly verdict: Decision['verdict'];
  /** Of the first part when all agree; else `pods-differ`, or `missing-field` when only ports make the difference. */
  readonly reason: Decision['reason'];
  /** Never empty. */
  readonly parts: readonly FlowPart[];
  /** One part of each verdict, when there are several verdicts. */
  readonly examples: readonly FlowPart[];
}

/** Undefined when a name of the flow means nothing: the diagnostics say which. */
export function judgeFlow(flow: Flow, world: World): Checked<FlowAnswer | undefined> {
  const { value, diagnostics } = resolveFlowSides(flow, world);
  if (value.length === 0) return { value: undefined, diagnostics };
  const parts = value.flatMap((sides) => partsOf(flow, sides, world));
  return { value: combined(flow, parts), diagnostics };
}

function partsOf(flow: Flow, sides: FlowPacket, world: World): FlowPart[] {
  const { packet } = sides;
  if (flow.destinationPort !== '*' || packet.destinationPort !== undefined)
    return [{ ...sides, decision: judge(packet, world) }];
  const starts = destinationPortStarts(packet, world);
  const parts: (FlowPart & { ports: PortRange })[] = [];
  for (const [index, first] of starts.entries()) {
    const ports = { first, last: (starts[index + 1] ?? 65536) - 1 };
    const known = { ...packet, destinationPort: first };
    const decision = judge(known, world);
    const previous = parts.at(-1);
    if (previous !== undefined && isSame(previous.decision, decision))
      parts[parts.length - 1] = { ...previous, ports: { first: previous.ports.first, last: ports.last } };
    else parts.push({ ...sides, packet: known, ports, decision });
  }
  return parts;
}

/** Decided by the same rule, for the same reason, with the same answer. */
function isSame(a: Decision, b: Decision): boolean {
  return (
    a.verdict === b.verdict &&
    a.reason === b.reason &&
    a.hook === b.hook &&
    a.decider?.rule === b.decider?.rule &&
    a.decider?.policy === b.decider?.policy &&
    a.virtualPort === b.virtualPort
  );
}

function combined(flow: Flow, parts: readonly FlowPart[]): FlowAnswer {
  const first = parts[0]!;
  const examples = parts.filter(
    ({ decision }, index) => parts.findIndex((part) => part.decision.verdict === decision.verdict) === index,
  );
  if (examples.length === 1) return { ...pick(first.decision), parts, examples: [] };
  const reason = pairsAgree(parts) || !podsDiffer(flow, parts) ? 'missing-field' : 'pods-differ';
  return { verdict: 'undetermined', reason, parts, examples };
}

const isNetwork = ({ kind }: Side): boolean => kind === 'network' || kind === 'network-set';
/** What may mean several pods. */
const isPods = ({ kind }: Side): boolean => kind === 'pod' || kind === 'workload' || kind === 'service';

/** Whether pods make the difference, and not where in a network the other side is. */
function podsDiffer({ source, destination }: Flow, parts: readonly FlowPart[]): boolean {
  if (!isNetwork(source) && !isNetwork(destination)) return true;
  if (!isPods(source) && !isPods(destination)) return false;
  const verdicts = new Map<string, string>();
  return parts.some(({ packet, decision: { verdict } }) => {
    const end = formatAddress(isNetwork(source) ? packet.source : packet.destination);
    const before = verdicts.get(end) ?? verdict;
    verdicts.set(end, before);
    return before !== verdict;
  });
}

/** Whether every pair of addresses has the same verdicts, port for port. */
function pairsAgree(parts: readonly FlowPart[]): boolean {
  const byPair = new Map<string, string>();
  for (const { source, destination, ports, decision } of parts) {
    const pair = `${source} to ${destination}`;
    byPair.set(pair, `${byPair.get(pair) ?? ''} ${ports?.first} ${decision.verdict}`);
  }
  return new Set(byPair.values()).size === 1;
}

function pick({ verdict, reason }: Decision): Pick<Decision, 'verdict' | 'reason'> {
  return { verdict, reason };
}
