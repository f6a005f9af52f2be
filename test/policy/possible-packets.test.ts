import { expect, test } from 'vitest';
import { TCP } from '../../src/net/protocol-layout.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import type { FirstPacket } from '../../src/policy/decision.ts';
import { possiblePackets } from '../../src/policy/judge/possible-packets.ts';
import type { EntityMatch, Governed } from '../../src/policy/policy.ts';
import { createWorld } from '../../src/policy/world.ts';
import { fixtureWith } from '../examine.ts';

const at = { file: 'p.yaml', line: 1, column: 1 };

/** The source ports tried for a packet without one, when both its pods are governed by one rule. */
function sourcePortsTried(source: EntityMatch): (number | undefined)[] {
  const rule = { action: 'deny', match: { source, destination: {} }, index: 0, calicoIndex: 0, at } as const;
  const rules = { ingress: [rule], egress: [rule] };
  const governed: Governed = {
    guards: [],
    tiers: [],
    profiles: [{ name: 'p', rules }],
    end: 'deny',
    tiesAreOpen: false,
  };
  const world = createWorld(fixtureWith(''), CALICO);
  const [from, to] = world.book.endpoints;
  const packet: FirstPacket = {
    source: from!.addresses[0]!,
    destination: to!.addresses[0]!,
    protocol: TCP,
    destinationPort: 80,
  };
  const resolved = { ...world.resolved, governing: () => governed };
  return possiblePackets(packet, { ...world, resolved }).map(({ sourcePort }) => sourcePort);
}

test('an unknown source port is tried where the rules draw boundaries, and left alone where none asks for it', () => {
  expect(sourcePortsTried({})).toEqual([undefined]);
  expect(sourcePortsTried({ ports: [{ first: 1000, last: 1999 }] })).toEqual([1, 1000, 2000]);
  // One range of all ports: every packet has a port in it.
  expect(sourcePortsTried({ ports: [{ first: 1, last: 65_535 }] })).toEqual([1]);
  expect(sourcePortsTried({ notPorts: [{ first: 0, last: 65_535 }] })).toEqual([1]);
});
