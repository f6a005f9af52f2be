/**
 * Connections of a synthetic cluster, in the order of their beginnings: clients are chosen by how popular the call is, arrivals
 * are a Poisson process, DNS goes first. What the policies make of each is known, for they were planned from the same calls.
 */
import { drawBelow, drawFrom, drawWait, type Random, randomFrom, zipf } from '../random/random.ts';
import { drawFlowBytes, type FlowSizes } from './flow-sizes.ts';
import { SYN_ONLY, TCP, UDP } from './frame.ts';
import { NETWORKS, strangerAddress } from './outside.ts';
import { admits, blocksOf, isGoverned, type PolicySet } from './policy-set.ts';
import { podAddress, serviceAddress } from './topology.ts';

/** What is asked for. Shares are of all connections but DNS's. */
export interface TrafficSize {
  readonly flows: number;
  /** Over which the connections begin. */
  readonly seconds: number;
  readonly sizes: FlowSizes;
  /** Exponent of the popularity of calls: 0 makes all alike. */
  readonly popularity: number;
  /** Connections that nobody planned. */
  readonly stray: number;
  /** Probes of ports by one pod. */
  readonly scans: number;
  /** What clients connect to: pods themselves, or the services before them. */
  readonly through: 'pods' | 'services';
  readonly seed: number;
}

/** A connection. Addresses are IPv4 as numbers. */
export interface GeneratedFlow {
  /** Seconds after the beginning. */
  readonly start: number;
  readonly protocol: typeof TCP | typeof UDP;
  readonly source: number;
  readonly destination: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** That the answer carries; SYN_ONLY for a probe that finds nobody. */
  readonly bytes: number;
  /** Whether the policies let it pass. */
  readonly admitted: boolean;
}

const DNS_SHARE = 0.4;
const OUTSIDE_SHARE = 0.1;
const EPHEMERAL_FIRST = 32_768;
const EPHEMERAL = 28_232;
const PORT_STEP = 7919;
const DNS_ANSWER_BYTES = 120;

interface Draw {
  readonly set: PolicySet;
  readonly size: TrafficSize;
  readonly random: Random;
  readonly drawCall: (random: Random) => number;
  /** Connections so far. */
  made: number;
}

function podOf({ set, random }: Draw, workload: number): number {
  const { firstPod, pods } = set.topology.workloads[workload]!;
  return firstPod + drawBelow(random, pods);
}

/** The address that a client of the workload connects to. */
function targetOf(draw: Draw, workload: number): number {
  if (draw.size.through === 'services') return serviceAddress(workload);
  return podAddress(draw.set.topology, podOf(draw, workload));
}

/** Ports in no plain order, none of them again before all others were used: no two connections are taken for one. */
const sourcePort = (made: number): number => EPHEMERAL_FIRST + ((made * PORT_STEP) % EPHEMERAL);

function flowTo(
  draw: Draw,
  start: number,
  from: { readonly pod: number } | { readonly address: number },
  to: number,
): GeneratedFlow {
  const { set, size, random } = draw;
  const { topology } = set;
  const { port } = topology.workloads[to]!;
  const isPod = 'pod' in from;
  const caller = isPod ? { workload: topology.workloadOf[from.pod]! } : from;
  return {
    start,
    protocol: TCP,
    source: isPod ? podAddress(topology, from.pod) : from.address,
    destination: targetOf(draw, to),
    sourcePort: sourcePort(draw.made),
    destinationPort: port,
    bytes: drawFlowBytes(size.sizes, random),
    admitted: admits(set, caller, to, port),
  };
}

function dnsQuery(draw: Draw, start: number, pod: number): GeneratedFlow {
  const { dns } = draw.set.topology;
  return {
    ...flowTo(draw, start, { pod }, dns),
    protocol: UDP,
    bytes: DNS_ANSWER_BYTES,
  };
}

/** A client from outside, one that the policies know where they know any. */
function outsideFlow(draw: Draw, start: number): GeneratedFlow {
  const { set, random } = draw;
  const to = drawFrom(random, set.topology.entries);
  const { first, end } = blocksOf(set, to);
  const address =
    isGoverned(set, to) && end > first
      ? NETWORKS.address(first + drawBelow(random, end - first)) + drawBelow(random, 256)
      : strangerAddress(drawBelow(random, 512));
  return flowTo(draw, start, { address }, to);
}

/** A pod that tries the ports of others. */
function scanFlow(draw: Draw, start: number, probe: number): GeneratedFlow {
  const { set, random } = draw;
  const { topology } = set;
  const pod = topology.size.pods - 1;
  // Any pod but itself.
  const target = drawBelow(random, topology.size.pods - 1);
  const to = topology.workloadOf[target]!;
  const port = 1 + (probe % 1024);
  const isOpen = port === topology.workloads[to]!.port;
  return {
    start,
    protocol: TCP,
    source: podAddress(topology, pod),
    destination: podAddress(topology, target),
    sourcePort: sourcePort(draw.made),
    destinationPort: port,
    bytes: isOpen ? 1 : SYN_ONLY,
    admitted: admits(set, { workload: topology.workloadOf[pod]! }, to, port),
  };
}

/** The pods of a connection inside the cluster: of a call, or of any two workloads. */
function pair(draw: Draw, isStray: boolean): { readonly from: number; readonly to: number } {
  const { set, random } = draw;
  const { calls, workloads } = set.topology;
  if (!isStray && calls.length > 0) return calls[draw.drawCall(random)]!;
  const from = drawBelow(random, workloads.length);
  const to = drawBelow(random, workloads.length - 1);
  return { from, to: to < from ? to : to + 1 };
}

/** The connections, the earliest first. At least two pods are needed. */
export function* generateFlows(set: PolicySet, size: TrafficSize): Generator<GeneratedFlow> {
  const random = randomFrom(size.seed, 2);
  const { calls, entries } = set.topology;
  const drawCall = zipf(Math.max(1, calls.length), size.popularity);
  const draw: Draw = { set, size, random, drawCall, made: 0 };
  const wait = size.seconds / size.flows;
  let start = 0;
  let probes = 0;
  for (; draw.made < size.flows; draw.made++) {
    start += drawWait(random, wait);
    const kind = random();
    if (kind < size.scans) {
      yield scanFlow(draw, start, probes++);
      continue;
    }
    const isStray = kind < size.scans + size.stray;
    if (!isStray && entries.length > 0 && random() < OUTSIDE_SHARE) {
      yield outsideFlow(draw, start);
      continue;
    }
    const { from, to } = pair(draw, isStray);
    const pod = podOf(draw, from);
    if (random() < DNS_SHARE && draw.made + 1 < size.flows) {
      yield dnsQuery(draw, start, pod);
      draw.made++;
      start += drawWait(random, wait);
    }
    yield flowTo(draw, start, { pod }, to);
  }
}
