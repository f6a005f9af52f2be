/** What checks know of traces, and how they speak of it. */
import type { Reach, TraceUse } from '../analysis/rules/narrower-rules.ts';
import type { RuleUse } from '../analysis/rules/rule-use.ts';
import { protocolName } from '../net/protocol.ts';
import { countOf, firstOf, formatCount, formatSeconds } from '../output/quantity.ts';

export interface TraceSubject {
  readonly use: TraceUse;
  /** Flows that were allowed. */
  readonly flows: number;
  /** From the first record to the last; absent where records have no times. */
  readonly seconds?: number;
}

const DAY = 86_400;

/** `3 days`, `2 hours`, `40 minutes`, else as quantities say it. */
function durationWords(seconds: number): string {
  if (seconds >= 2 * DAY) return countOf(Math.round(seconds / DAY), 'day');
  if (seconds >= 2 * 3600) return countOf(Math.round(seconds / 3600), 'hour');
  return seconds >= 120 ? countOf(Math.round(seconds / 60), 'minute') : formatSeconds(seconds);
}

/** `the trace (2 hours, 1,204 flows)`. */
export function traceWords({ flows, seconds }: TraceSubject): string {
  const parts = [...(seconds === undefined ? [] : [durationWords(seconds)]), countOf(flows, 'allowed flow')];
  return `the trace (${parts.join(', ')})`;
}

/** TCP, UDP and SCTP together. */
const MANY_PORTS = 65_535;
const NAMED = 3;

/** `2 workloads and any address outside, on 1 port`. */
export function reachWords({ workloads, others, ports }: Reach): string {
  const who = [
    ...(workloads.length === 0 ? [] : [countOf(workloads.length, 'workload')]),
    ...(others === 0
      ? []
      : [
          Number.isFinite(others)
            ? countOf(others, 'other address', 'other addresses')
            : 'whole blocks of addresses',
        ]),
  ].join(' and ');
  const where = ports >= MANY_PORTS ? 'all ports' : countOf(ports, 'port');
  return `${who === '' ? 'nobody' : who} on ${where}`;
}

/** The same with names, where they are few. */
export function neededWords(reach: Reach): string {
  const { workloads } = reach;
  if (workloads.length === 0 || workloads.length > NAMED) return reachWords(reach);
  const names = workloads
    .flatMap((group) => group.workloads.map(({ name }) => `${group.namespace}/${name}`))
    .join(', ');
  return `${reachWords(reach)} (${names})`;
}

/** `tcp 8080, tcp 8443, tcp 9090 and 3 more`: the protocols and ports of what a rule admitted. */
export function usedPorts(used: RuleUse['used']): string {
  const needs = [...used].map(({ need }) => need);
  needs.sort((one, other) => one.protocol - other.protocol || (one.port ?? 0) - (other.port ?? 0));
  return firstOf([
    ...new Set(needs.map(({ protocol, port }) => `${protocolName(protocol)} ${port ?? ''}`.trim())),
  ]);
}

/** Connections, or flows where a trace tells of none. */
export function flowWords(flows: ReadonlySet<{ readonly connections: number }>): string {
  const connections = [...flows].reduce((sum, one) => sum + one.connections, 0);
  return `${formatCount(flows.size)} ${flows.size === 1 ? 'flow' : 'flows'}${connections === 0 ? '' : `, ${countOf(connections, 'connection')}`}`;
}
