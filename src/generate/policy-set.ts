/**
 * Which policies a synthetic cluster gets, and what they admit. Policies allow what workloads call, and nothing else; what a
 * packet between two pods should meet is therefore known without asking anybody, and traffic can be made to fit or not.
 */
import { NETWORKS } from './outside.ts';
import type { Topology } from './topology.ts';

export const POLICY_KINDS = ['kubernetes', 'calico'] as const;
export type PolicyKind = (typeof POLICY_KINDS)[number];

/** What is asked for. */
export interface PolicySize {
  readonly kind: PolicyKind;
  readonly policies: number;
  /** Blocks of outside addresses, spread over the policies. */
  readonly cidrs: number;
}

/** One policy: whom it governs, and which of that workload's policies it is. */
export interface PolicyPlan {
  readonly workload: number;
  /** 0: what the workload is called for. From 1 on: further ports for a team each. */
  readonly part: number;
  readonly hasEgress: boolean;
}

export interface PolicySet {
  readonly size: PolicySize;
  readonly topology: Topology;
  /** Callers of each workload, callees of each. */
  readonly callers: readonly (readonly number[])[];
  readonly callees: readonly (readonly number[])[];
  /** Whether there is a policy for calls of this key: callKey. */
  readonly calls: ReadonlySet<number>;
}

/** One in so many governed workloads may only call what it is known to call. */
const EGRESS_EVERY = 4;
/** Ports of a workload's further policies begin here; no traffic goes there. */
const FURTHER_PORTS = 20_000;
const PORTS_EACH = 10;

const callKey = (topology: Topology, from: number, to: number): number =>
  from * topology.workloads.length + to;

/** The policies for a topology. */
export function planPolicies(topology: Topology, size: PolicySize): PolicySet {
  const callers: number[][] = topology.workloads.map(() => []);
  const callees: number[][] = topology.workloads.map(() => []);
  for (const { from, to } of topology.calls) {
    callers[to]!.push(from);
    callees[from]!.push(to);
  }
  const calls = new Set(topology.calls.map(({ from, to }) => callKey(topology, from, to)));
  return { size, topology, callers, callees, calls };
}

/** Workloads that policies may govern: all but the cluster's DNS. */
const governable = ({ topology }: PolicySet): number => topology.workloads.length - 1;

/** The policy at a place of 0 to `size.policies` - 1. */
export function policyAt(set: PolicySet, place: number): PolicyPlan {
  const workload = 1 + (place % governable(set));
  const part = Math.floor(place / governable(set));
  return { workload, part, hasEgress: part === 0 && hasEgressPolicy(set, workload) };
}

/** Ports of a policy of part 1 and more. */
export function furtherPorts(part: number): { readonly first: number; readonly last: number } {
  const first = FURTHER_PORTS + ((part * PORTS_EACH) % 40_000);
  return { first, last: first + PORTS_EACH - 1 };
}

export function isGoverned(set: PolicySet, workload: number): boolean {
  return workload > 0 && workload <= set.size.policies;
}

export function hasEgressPolicy(set: PolicySet, workload: number): boolean {
  return isGoverned(set, workload) && workload % EGRESS_EVERY === 0;
}

/** How many workloads share the blocks. */
export function governedCount(set: PolicySet): number {
  return Math.min(set.size.policies, governable(set));
}

/** Places of the outside blocks that may call a workload: [first, end). */
export function blocksOf(set: PolicySet, workload: number): { readonly first: number; readonly end: number } {
  if (!isGoverned(set, workload)) return { first: 0, end: 0 };
  const { cidrs } = set.size;
  const count = governedCount(set);
  return {
    first: Math.floor(((workload - 1) * cidrs) / count),
    end: Math.floor((workload * cidrs) / count),
  };
}

/** Whether the policies let a workload (undefined: the outside block `block`) connect to a port of another. */
export function admits(
  set: PolicySet,
  from: { readonly workload: number } | { readonly address: number },
  to: number,
  port: number,
): boolean {
  const isOwnPort = port === set.topology.workloads[to]!.port;
  if ('address' in from) {
    const { first, end } = blocksOf(set, to);
    const block = NETWORKS.placeOf(from.address);
    return !isGoverned(set, to) || (isOwnPort && block >= first && block < end);
  }
  const isCall = isOwnPort && set.calls.has(callKey(set.topology, from.workload, to));
  const isDns = to === set.topology.dns && isOwnPort;
  if (hasEgressPolicy(set, from.workload) && !isCall && !isDns) return false;
  return !isGoverned(set, to) || isCall;
}
