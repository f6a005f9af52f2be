/**
 * Why are the tables laid out as they are? Strides of the IPv4 trie by lookups and bytes; pages of views by bytes; and what widths
 * and sharing save. Every choice stands beside those that were not taken.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileParts } from '#src/compile/compile.js';
import type { PolicyKind } from '#src/generate/policy-set.js';
import { requestOf } from '#src/generate/request.js';
import { writeGenerated } from '#src/generate/write.js';
import { loadCluster } from '#src/manifest/load.js';
import { cniProfile } from '#src/policy/cni/profiles.js';
import { createWorld } from '#src/policy/world.js';
import { randomFrom } from '#src/random/random.js';
import type { Prefixes } from '#src/tables/address-trie.js';
import { clockName, interleave, median, ratio } from './parts/clock.ts';
import { buildStrides, tablesTrie } from './parts/stride-tries.ts';
import { printTable } from './parts/table.ts';
import { type KeptShape, layoutCosts, viewBytes } from './parts/view-layouts.ts';

const ROUNDS = 5;
const ADDRESSES = 1 << 17;
/** The tables have the first ones, with lists for last pages. */
const STRIDES = [
  [16, 8, 8],
  [24, 8],
  [16, 16],
  [12, 12, 8],
  [8, 8, 8, 8],
] as const;
const SET = { pods: 10_000, policies: 1000, cidrs: 100_000 };

interface AddressSet {
  readonly name: string;
  readonly prefixes: Prefixes;
}

/** Prefixes in the order in which builders take them, none twice; entries count up. */
function inOrder(prefixes: readonly { readonly network: number; readonly bits: number }[]): Prefixes {
  const key = ({ network, bits }: { network: number; bits: number }): number => network * 64 + bits;
  const keys = Float64Array.from(new Set(prefixes.map(key))).sort();
  const words = new Uint32Array(keys.length * 4);
  keys.forEach((value, index) => {
    words[index * 4] = Math.floor(value / 64);
  });
  return {
    count: keys.length,
    words,
    bits: Uint8Array.from(keys, (value) => value % 64),
    entries: Uint32Array.from(keys, (_, index) => index + 1),
  };
}

/** Pods by nodes, blocks of 24 bits side by side, and `mixed` blocks of 16 to 28 bits anywhere. */
function addressSet(name: string, pods: number, blocks: number, mixed: number): AddressSet {
  const random = randomFrom(1);
  const below = (limit: number): number => Math.floor(random() * limit);
  const list = [
    ...Array.from({ length: pods }, (_, pod) => ({
      network: 0x0a000000 + Math.floor(pod / 64) * 256 + 1 + (pod % 64),
      bits: 32,
    })),
    ...Array.from({ length: blocks }, (_, block) => ({ network: 0x40000000 + block * 256, bits: 24 })),
    ...Array.from({ length: mixed }, () => {
      const bits = below(10) < 6 ? 24 : 16 + below(13);
      return {
        network: Math.floor((0x40000000 + random() * 2 ** 31) / 2 ** (32 - bits)) * 2 ** (32 - bits),
        bits,
      };
    }),
  ];
  return { name, prefixes: inOrder(list) };
}

/** Addresses of the set, each prefix as likely as any other. */
function addressesOf({ prefixes }: AddressSet): Uint32Array {
  const random = randomFrom(2);
  return Uint32Array.from({ length: ADDRESSES }, () => {
    const prefix = Math.floor(random() * prefixes.count);
    return prefixes.words[prefix * 4]! + Math.floor(random() * 2 ** (32 - prefixes.bits[prefix]!));
  });
}

function strideRows(set: AddressSet): string[][] {
  const addresses = addressesOf(set);
  const tries = [
    { name: 'as in the tables', trie: tablesTrie(set.prefixes) },
    ...STRIDES.map((strides) => ({ name: strides.join('-'), trie: buildStrides(set.prefixes, strides) })),
  ];
  const built = tries.flatMap(({ name, trie }) => (trie === undefined ? [] : [{ name, trie }]));
  const nanos = interleave(
    Object.fromEntries(
      built.map(({ name, trie }) => [name, { units: ADDRESSES, run: () => void trie.sumOf(addresses) }]),
    ),
    ROUNDS,
  );
  if (new Set(built.map(({ trie }) => trie.sumOf(addresses))).size !== 1)
    throw new Error('tries of other strides find other entries');
  const own = nanos[tries[0]!.name]!;
  return tries.map(({ name, trie }) =>
    trie === undefined
      ? [set.name, name, 'over 1 GiB', '-', '-']
      : [
          set.name,
          name,
          (trie.bytes / 1e6).toFixed(2),
          (1000 / median(nanos[name]!)).toFixed(1),
          ratio(own, nanos[name]!),
        ],
  );
}

function printStrides(): void {
  const sets = [
    addressSet('10,000 pods, 10,000 blocks', 10_000, 10_000, 0),
    addressSet('100,000 pods, 1,000,000 blocks', 100_000, 1_000_000, 0),
    addressSet('100,000 pods, 300,000 mixed blocks', 100_000, 0, 300_000),
  ];
  printTable(
    `Strides of the IPv4 trie, ${ADDRESSES} addresses of the set, each prefix as likely as any other, ${clockName()}, medians of ${ROUNDS} rounds (smallest to largest)`,
    ['set', 'strides', 'MB', 'million lookups/s', 'times the tables'],
    sets.flatMap(strideRows),
  );
}

/** Every shape of a generated set's compilation. */
function shapesOf(folder: string, kind: PolicyKind): { shapes: KeptShape[]; identities: number } {
  const into = join(folder, kind);
  writeGenerated(into, requestOf({ ...SET, kind, flows: 1 }));
  const { value } = loadCluster([join(into, 'cluster.json'), join(into, 'policies.json')]);
  const shapes: KeptShape[] = [];
  const bySharing = new Map<object, KeptShape>();
  const { peers } = compileParts(createWorld(value, cniProfile('calico')!), (_, work) => work(), {
    observer: {
      shapeCompiled: ({ family }, { identities, rows, rowCount, peerClassCount, cells }, shared) => {
        if (family === 6) return;
        const kept = {
          identities,
          rows,
          rowCount,
          peerClassCount,
          columns: cells.length / rowCount,
          programs: 0,
        };
        shapes.push(kept);
        bySharing.set(shared, kept);
      },
      programAdded: (_, __, shared) => {
        const kept = bySharing.get(shared);
        if (kept !== undefined) kept.programs++;
      },
    },
  });
  return { shapes, identities: peers[4].identityCount };
}

export function run(): void {
  printStrides();
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-bench-'));
  try {
    const sets = (['calico', 'kubernetes'] as const).map((kind) => ({ kind, ...shapesOf(folder, kind) }));
    const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(2);
    printTable(
      'Identities of a page of a view, by MB of pages and directories; as they are: 256 and one level',
      ['identities', 'shapes', 'levels', ...[64, 128, 256, 512, 1024, 2048].map(String)],
      sets.flatMap(({ shapes, identities }) =>
        ([1, 2] as const).map((levels) => [
          identities.toLocaleString('en'),
          shapes.length.toLocaleString('en'),
          String(levels),
          ...[6, 7, 8, 9, 10, 11].map((bits) => megabytes(viewBytes(shapes, identities, bits, levels))),
        ]),
      ),
    );
    const costs = sets.map(({ shapes, identities }) => layoutCosts(shapes, identities));
    printTable(
      'MB of views and cells as they are, and without one of the things that make them small',
      ['identities', ...Object.keys(costs[0]!)],
      costs.map((cost, index) => [
        sets[index]!.identities.toLocaleString('en'),
        ...Object.values(cost).map(megabytes),
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
