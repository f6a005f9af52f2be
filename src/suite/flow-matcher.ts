/** A suite's filter, or a flow that it lists, against the flows of a replay. */
import type { AddressNames } from '../analysis/address-names.ts';
import { decidingOutcome } from '../analysis/decider.ts';
import { isKnown } from '../analysis/port-fields.ts';
import type { OutcomeLegend } from '../compile/legend.ts';
import type { Diagnostic, Location } from '../diagnostic/diagnostic.ts';
import type { Flow, Side } from '../flow/flow.ts';
import { hasPolicyPorts, isIcmp } from '../net/protocol.ts';
import { ICMP, ICMPV6 } from '../net/protocol-layout.ts';
import { destinationsOf } from '../policy/judge/flow-stations.ts';
import type { World } from '../policy/world.ts';
import type { FlowTally } from '../replay/result.ts';
import { HOOKS, REASONS, VERDICTS } from '../tables/verdict.ts';
import { isNamed } from './policy-name.ts';
import { both, either, type Match, type SideMatcher, sideMatcher } from './side-matcher.ts';
import type { FlowFilter, WrittenFlow, WrittenPort, WrittenSide } from './trace-expectation.ts';

/** What a replay calls its flows by. */
export interface TallyNaming {
  readonly legend: OutcomeLegend;
  readonly names: AddressNames;
}

export type FlowMatcher = (tally: FlowTally) => Match;

export interface Matching {
  readonly value: FlowMatcher;
  /** Names that mean nothing. */
  readonly diagnostics: readonly Diagnostic[];
}

const known = (is: boolean): Match => (is ? 'yes' : 'no');

/** Source and destination; the destination is where the packet was sent, or where a Service led it. */
function sidesMatch(from: SideMatcher, to: SideMatcher, { names }: TallyNaming): FlowMatcher {
  return ({ family, src, dst, judgedDst }) => {
    const source = from(names.ofWords(family, src, 0));
    if (source === 'no') return 'no';
    const isSame = dst.every((word, index) => word === judgedDst[index]);
    const sent = names.ofWords(family, dst, 0);
    return both([source, isSame ? to(sent) : to(sent, names.ofWords(family, judgedDst, 0))]);
  };
}

/** The port that the packet carried, or the one where a Service led it. */
function portMatches({ protocol, ports }: WrittenPort, tally: FlowTally): Match {
  if (!hasPolicyPorts(tally.protocol) || (protocol !== undefined && tally.protocol !== protocol)) return 'no';
  if (!isKnown(tally)) return 'maybe';
  return known([tally.dport, tally.judgedDport].some((port) => port >= ports.first && port <= ports.last));
}

function decided({ by, rule }: FlowFilter, { legend }: TallyNaming): FlowMatcher {
  if (by === undefined) return () => 'yes';
  const answers = new Map<number, Match>();
  return (tally) => {
    const number = decidingOutcome(HOOKS[tally.hook] ?? 'none', tally);
    if (number >= legend.outcomeCount) return 'no';
    let answer = answers.get(number);
    if (answer === undefined) {
      const last = legend.outcome(number).path.at(-1);
      const isIt = isNamed(by, last) && (rule === undefined || (last?.rule?.index ?? -1) === rule);
      answer = known(isIt);
      answers.set(number, answer);
    }
    return answer;
  };
}

/** Which flows a filter means in a world. */
export function filterMatcher(filter: FlowFilter, world: World, naming: TallyNaming): Matching {
  const from = sideMatcher(filter.from, 'from', world);
  const to = sideMatcher(filter.to, 'to', world);
  const sides = sidesMatch(from.value, to.value, naming);
  const decider = decided(filter, naming);
  const { verdicts, reasons, protocols, ports } = filter;
  const value: FlowMatcher = (tally) => {
    if (verdicts.length > 0 && !verdicts.includes(VERDICTS[tally.verdict]!)) return 'no';
    if (reasons.length > 0 && !reasons.includes(REASONS[tally.reason]!)) return 'no';
    if (protocols.length > 0 && !protocols.includes(tally.protocol)) return 'no';
    const port = ports.length === 0 ? 'yes' : either(ports.map((one) => portMatches(one, tally)));
    return port === 'no' ? 'no' : both([port, decider(tally), sides(tally)]);
  };
  return { value, diagnostics: [...from.diagnostics, ...to.diagnostics] };
}

/** A side of a listed flow as a filter has it. */
function written(side: Side, at: Location): WrittenSide {
  return { term: { kind: 'side', side }, isNegated: false, text: '', at };
}

/** Ports that a listed flow may have; a name is resolved at its destination. */
function portsOf(
  flow: Flow,
  world: World,
): { ports: WrittenPort['ports'][]; diagnostics: readonly Diagnostic[] } {
  const { destinationPort: port } = flow;
  if (port === undefined || port === '*') return { ports: [], diagnostics: [] };
  if (typeof port === 'number') return { ports: [{ first: port, last: port }], diagnostics: [] };
  const { value, diagnostics } = destinationsOf(flow, world);
  const numbers = [...new Set(value.flatMap((station) => station.port ?? []))];
  return { ports: numbers.map((number) => ({ first: number, last: number })), diagnostics };
}

/** Whether the type and code are the flow's; a flow without any means an echo request, as everywhere. */
function icmpMatches({ icmp, protocol }: Flow, tally: FlowTally): Match {
  if (!isIcmp(protocol)) return 'yes';
  const echo = protocol === ICMP ? 8 : protocol === ICMPV6 ? 128 : 0;
  const { type, code } = icmp ?? { type: echo, code: 0 };
  return isKnown(tally) ? known(tally.dport === type * 256 + code) : 'maybe';
}

/** Which flows of the replay a listed flow means: those of any of its pods and ports. */
export function flowMatcher({ flow, at }: WrittenFlow, world: World, naming: TallyNaming): Matching {
  const from = sideMatcher([written(flow.source, at)], 'from', world);
  const to = sideMatcher([written(flow.destination, at)], 'to', world);
  const sides = sidesMatch(from.value, to.value, naming);
  const { ports, diagnostics } = portsOf(flow, world);
  const { protocol } = flow;
  const value: FlowMatcher = (tally) => {
    if (tally.protocol !== protocol) return 'no';
    const port =
      ports.length === 0
        ? 'yes'
        : either(ports.map((one) => portMatches({ protocol, ports: one, text: '' }, tally)));
    return both([port, icmpMatches(flow, tally), sides(tally)]);
  };
  const wrong = [...from.diagnostics, ...to.diagnostics];
  return {
    value,
    diagnostics: [...wrong, ...(wrong.length > 0 ? [] : diagnostics.map((found) => ({ ...found, at })))],
  };
}
