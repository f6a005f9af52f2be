/**
 * What a flow needs to be allowed: it is judged where all pods are isolated for egress, and where they are isolated for ingress. A hook
 * that refuses it there, once the isolating policy was asked, needs a rule with what it saw of the packet; a hook that
 * refuses it earlier refuses it whatever such policies say.
 */
import type { Address } from '../../net/address.ts';
import type { Pod } from '../../policy/cluster.ts';
import type { Decision, FirstPacket, HookWalk } from '../../policy/decision.ts';
import { judge } from '../../policy/judge/judge.ts';
import type { Direction } from '../../policy/policy.ts';
import type { World } from '../../policy/world.ts';

/** The name of the policies that isolate and allow nothing. */
export const ISOLATING = 'dryplane-isolating';

/** One rule's worth: who must be let reach whom. */
export interface Need {
  /** Whose policy must have the rule. */
  readonly pod: Pod;
  readonly direction: Direction;
  /** The other side, as the hook sees it. */
  readonly peer: Address;
  /** The hook sees somebody of the world there, whoever has the address. */
  readonly isWorld: boolean;
  readonly protocol: number;
  readonly port?: number;
  readonly icmp?: { readonly type: number; readonly code: number };
}

export interface FlowNeeds {
  readonly needs: readonly Need[];
  /** Who refuses the flow whatever a recommendation says. */
  readonly refusal?: Decision;
}

/** Worlds in which every pod that may get a policy is isolated for one direction by policies called ISOLATING. */
export type IsolatedWorlds = Readonly<Record<Direction, World>>;

const DIRECTIONS: readonly Direction[] = ['egress', 'ingress'];

/** The needs of a flow, of all the first packets that it stands for. */
export function needsOf(packets: readonly FirstPacket[], worlds: IsolatedWorlds): FlowNeeds {
  const needs: Need[] = [];
  for (const packet of packets) {
    for (const direction of DIRECTIONS) {
      const decision = judge(packet, worlds[direction]);
      const ends = decision.backends?.map((one) => one.decision) ?? [decision];
      for (const end of ends) {
        const own = end.hooks.filter((walk) => walk.hook === direction && isOurs(walk));
        needs.push(...own.map((walk) => needOf({ walk, pod: walk.endpoint.pod! }, packet)));
        const isRefused = end.verdict === 'deny' && own.length === 0;
        const isOpen = end.verdict !== 'allow' && end.verdict !== 'deny' && own.length === 0;
        if (isRefused || isOpen) return { needs: [], refusal: end };
      }
    }
  }
  return { needs };
}

/** Whether the hook refuses, or leaves it open, and a rule of the isolating policy would have been asked before. */
function isOurs({ verdict, tiers }: HookWalk): boolean {
  if (verdict === 'allow' || verdict === 'continue') return false;
  return tiers.some(({ policies }) => policies.some(({ policy }) => policy.name === ISOLATING));
}

/** What a walked hook of a pod asks of policy. Of a packet its protocol and ICMP type are read. */
export function needOf(
  { walk, pod }: { readonly walk: HookWalk; readonly pod: Pod },
  { protocol, icmp }: Pick<FirstPacket, 'protocol' | 'icmp'>,
): Need {
  const direction = walk.hook as Direction;
  const port = walk.destinationPort;
  return {
    pod,
    direction,
    peer: direction === 'egress' ? walk.destination : walk.source,
    isWorld: direction === 'ingress' && walk.sourceIsWorld === true,
    protocol,
    ...(port === undefined ? {} : { port }),
    ...(icmp === undefined ? {} : { icmp }),
  };
}
