/** Each fast reader is examined against its slow one, over the tables of random clusters. */
import { expect, test } from 'vitest';
import { compileTables } from '../../src/compile/compile.ts';
import { instantiateKernels } from '../../src/dataplane/kernels.ts';
import { createArena, createMemory, placeBytes } from '../../src/dataplane/memory.ts';
import { batchBytes, createBatch } from '../../src/packet/batch.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import type { FirstPacket } from '../../src/policy/decision.ts';
import { createWorld } from '../../src/policy/world.ts';
import { lookupTrie4, lookupTrie6 } from '../../src/tables/address-trie.ts';
import { SECTION_ENTRIES, SECTION_TRIE4, SECTION_TRIE6 } from '../../src/tables/directory-layout.ts';
import { entryAt } from '../../src/tables/entries.ts';
import { portGroup } from '../../src/tables/port-maps.ts';
import { readProgram } from '../../src/tables/program-tables.ts';
import { sectionOf, sectionWords, type Tables } from '../../src/tables/tables.ts';
import { NO_OUTCOME } from '../../src/tables/verdict-layout.ts';
import { writePacket } from '../classifier.ts';
import { drawCluster } from '../random/cluster.ts';
import { chosenSeed, random } from '../random/mulberry.ts';
import { drawNetworkPolicies } from '../random/network-policies.ts';
import { addressesOf, drawPacket } from '../random/packets.ts';

const seed = chosenSeed();
const ROWS = 256;

/**
 * What the program of an entry's owner answers, read slowly; undefined where a service, a translation that the trace tells, or an
 * exemption may come first.
 */
function slowly(
  tables: Tables,
  packet: FirstPacket,
  entries: Record<'from' | 'to', number>,
): number | undefined {
  const words = sectionWords(tables, SECTION_ENTRIES);
  const source = entryAt(words, entries.from);
  const destination = entryAt(words, entries.to);
  const { protocol, destinationPort: key, sourcePort, translated } = packet;
  if (translated !== undefined || key === undefined || sourcePort === undefined || portGroup(protocol) > 2)
    return undefined;
  const isExempt = entries.from === entries.to || key === 4789 || destination.firstVirtual !== undefined;
  if (source.egressProgram === undefined || isExempt) return undefined;
  const { identity } = destination;
  return readProgram(tables, source.egressProgram, { identity, protocol, key, sourcePort }).outcome;
}

test('kernels and slow readers read the same entries and outcomes', () => {
  const memory = createMemory(1 << 20);
  const kernels = instantiateKernels(memory);
  let compared = 0;
  for (let index = 0; index < 30; index++) {
    const draw = random(seed + index);
    const cluster = drawCluster(draw, (namespaces) => drawNetworkPolicies(draw, namespaces));
    const { tables } = compileTables(createWorld(cluster, CALICO));
    const arena = createArena(memory);
    const at = placeBytes(arena, tables.bytes);
    const batchOffset = arena.allocate(batchBytes(ROWS));
    const batch = createBatch(memory.buffer, batchOffset, ROWS);
    const addresses = { 4: addressesOf(cluster, 4), 6: addressesOf(cluster, 6) };
    const packets = Array.from({ length: ROWS }, () => drawPacket(draw, cluster, addresses));
    packets.forEach((packet, row) => {
      writePacket(batch, row, packet);
    });
    kernels.identify(at, batchOffset, 0, ROWS);
    kernels.classify(at, batchOffset, 0, ROWS);
    const entryOf = ({ family, words }: FirstPacket['source']): number =>
      family === 4
        ? lookupTrie4(sectionOf(tables, SECTION_TRIE4), words[0])
        : lookupTrie6(sectionOf(tables, SECTION_TRIE6), words);
    packets.forEach((packet, row) => {
      const where = `SEED=${seed + index}, row ${row}`;
      const entries = { from: entryOf(packet.source), to: entryOf(packet.destination) };
      expect([batch.srcEntry[row], batch.dstEntry[row]], where).toEqual([entries.from, entries.to]);
      const outcome = slowly(tables, packet, entries);
      if (outcome === undefined || batch.egress[row] === NO_OUTCOME) return;
      expect(batch.egress[row], where).toBe(outcome);
      compared++;
    });
  }
  expect(compared).toBeGreaterThan(500);
});

test('ports are ranked: served before named before unknown', () => {
  const draw = random(seed);
  const cluster = {
    ...drawCluster(draw, () => []),
    services: [],
    endpointSlices: [],
  };
  const pod = { ...cluster.pods[0]!, ports: [{ protocol: 17, port: 53, container: 'container' as const }] };
  const rule = {
    peers: [],
    ports: [{ protocol: 6, port: 8000, endPort: 8002 }],
    at: pod.at,
  };
  const policy = {
    namespace: pod.namespace,
    name: 'ports',
    podSelector: { matchLabels: {}, matchExpressions: [] },
    policyTypes: { ingress: true, egress: false },
    ingress: [rule],
    egress: [],
    at: pod.at,
  };
  const world = createWorld({ ...cluster, pods: [pod], networkPolicies: [policy] }, CALICO);
  const memory = createMemory(1 << 20);
  const at = placeBytes(createArena(memory), compileTables(world).tables.bytes);
  const { portRank } = instantiateKernels(memory);
  const ranks = [
    [17, 53, 2],
    [6, 53, 0],
    [6, 7999, 0],
    [6, 8000, 1],
    [6, 8002, 1],
    [6, 8003, 0],
    [17, 8000, 0],
    [1, 53, 0],
  ] as const;
  for (const [protocol, port, rank] of ranks)
    expect(portRank(at, protocol, port), `${protocol} ${port}`).toBe(rank);
});
