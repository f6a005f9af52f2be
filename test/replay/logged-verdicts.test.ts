/** Captures that say what became of their packets: verdicts of programs at an interface, and log rules. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compileTables } from '../../src/compile/compile.ts';
import { interfaceName, workloadInterfaces } from '../../src/policy/addresses/workload-interfaces.ts';
import { replay } from '../../src/replay/replay.ts';
import type { ObservedResult } from '../../src/replay/result.ts';
import { VERDICTS } from '../../src/tables/verdict.ts';
import { openTrace } from '../../src/trace/open.ts';
import { Blocks, type Option } from '../trace/pcapng-blocks.ts';
import { frame } from './capture.ts';
import { sampleWorld } from './tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-logged-'));
afterAll(() => rmSync(folder, { recursive: true }));

const world = sampleWorld();
const { tables } = compileTables(world);
const ETHERNET = 1;
const NFLOG = 239;
const TC = 1;
const XDP = 2;
const IN = 1;
const OUT = 2;

/** Packets of the last replay that were skipped. */
let skipped = 0;

/** What the replay makes of a file, one line a pair; undefined where nothing was observed. */
async function observedOf(bytes: Buffer): Promise<readonly string[] | undefined> {
  const path = join(folder, 'capture');
  writeFileSync(path, bytes);
  const interfaces = workloadInterfaces(world)!;
  const results: (ObservedResult | undefined)[] = [];
  skipped = 0;
  for (const workers of [1, 2]) {
    const { observed, packets } = await replay([openTrace(path).value!], tables, {
      workers,
      interfaces,
      rowsPerRound: 3,
      chunkBytes: 256,
    });
    results.push(observed);
    skipped = packets[4];
  }
  expect(results[1]).toEqual(results[0]);
  return results[0]?.decided
    .map(
      ({ observed, by, verdict, packets }) =>
        `${packets} ${['', 'allow', 'deny'][observed & 3]}${observed & 4 ? '@source' : ''} ${by} / ${VERDICTS[verdict]}`,
    )
    .sort();
}

/** From a web pod to another pod: 10.0.0.3 is a db, which admits port 443 alone, 10.0.0.2 is open. */
const packet = (destination: string, port: number, sport: number): Buffer =>
  frame({ src: '10.0.0.1', dst: destination, sport, dport: port, tcp: 'S' }, 0);

describe.each([
  ['little-endian', false],
  ['big-endian', true],
])('verdicts of a %s pcapng capture', (_, isBig) => {
  const b = new Blocks(isBig);
  const SOURCE = interfaceName('cali', 'shop', 'pod-1');
  const names = [
    SOURCE,
    interfaceName('cali', 'shop', 'pod-2'),
    interfaceName('cali', 'shop', 'pod-3'),
    'eth0',
  ];
  let sport = 1000;
  const verdict = (kind: number, action: bigint): Option => [
    7,
    Buffer.concat([Buffer.from([kind]), b.long(action)]),
  ];
  const flags = (direction: number): Option => [2, b.word(direction)];
  const carried = (from: string, destination: string, port: number, ...options: readonly Option[]): Buffer =>
    b.packet(names.indexOf(from), BigInt(sport), packet(destination, port, sport++), options);
  const capture = (...blocks: readonly Buffer[]): Buffer =>
    Buffer.concat([
      b.section(),
      ...names.map((name) => b.interface(ETHERNET, [[2, Buffer.from(name)]])),
      ...blocks,
    ]);
  const program = (name: string): string => JSON.stringify(['', 'eBPF', '', name, null]);

  test('a drop is one wherever the program stands; to let on counts at the interface of a pod alone', async () => {
    expect(
      await observedOf(
        capture(
          carried('eth0', '10.0.0.3', 80, verdict(XDP, 1n)),
          carried('eth0', '10.0.0.2', 80, verdict(TC, 2n)),
          carried(SOURCE, '10.0.0.2', 80, flags(IN), verdict(TC, 2n)),
          carried('eth0', '10.0.0.3', 80, verdict(XDP, 2n)),
          carried(SOURCE, '10.0.0.3', 80, flags(IN), verdict(TC, 0n)),
          carried(names[1]!, '10.0.0.2', 80, flags(OUT), verdict(TC, 7n)),
          carried(names[2]!, '10.0.0.3', 80, flags(OUT), verdict(XDP, 4n)),
        ),
      ),
    ).toEqual([
      `1 allow ${program('TC_ACT_REDIRECT')} / allow`,
      `1 allow ${program('XDP_REDIRECT')} / deny`,
      `1 allow@source ${program('TC_ACT_OK')} / allow`,
      `1 deny ${program('TC_ACT_SHOT')} / allow`,
      `1 deny ${program('XDP_DROP')} / deny`,
      `1 deny@source ${program('TC_ACT_SHOT')} / allow`,
    ]);
  });

  test('what says nothing of policy: errors, packets that are kept or sent back, the hardware, what is cut', async () => {
    expect(
      await observedOf(
        capture(
          carried(SOURCE, '10.0.0.2', 80, verdict(TC, 4n)),
          carried(SOURCE, '10.0.0.2', 80, verdict(TC, 0xffff_ffff_ffff_ffffn)),
          carried(SOURCE, '10.0.0.2', 80, verdict(XDP, 0n)),
          carried(SOURCE, '10.0.0.2', 80, verdict(XDP, 3n)),
          carried(SOURCE, '10.0.0.2', 80, verdict(0, 2n)),
          carried(SOURCE, '10.0.0.2', 80, [7, Buffer.from([TC, 2, 0])]),
          carried(SOURCE, '10.0.0.2', 80),
        ),
      ),
    ).toBeUndefined();
  });
});

/** A logged packet: family, attributes in the order of the host that captured it, the packet without a link layer. */
function logged(prefix: string | undefined, ethernet: Buffer, isBig = false): Buffer {
  const attribute = (type: number, value: Buffer): Buffer => {
    const head = Buffer.alloc(4);
    head.writeUInt16LE(value.length + 4);
    head.writeUInt16LE(type, 2);
    if (isBig) head.swap16();
    return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
  };
  return Buffer.concat([
    Buffer.from([2, 0, 0, 1]),
    attribute(1, Buffer.from([8, 0, 1, 0])),
    ...(prefix === undefined ? [] : [attribute(10, Buffer.from(`${prefix}\0`))]),
    attribute(9, ethernet.subarray(14)),
  ]);
}

function pcap(linkType: number, frames: readonly Buffer[]): Buffer {
  const word = (...values: readonly number[]): Buffer => {
    const bytes = Buffer.alloc(values.length * 4);
    for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4);
    return bytes;
  };
  return Buffer.concat([
    word(0xa1b2c3d4, 0x00040002, 0, 0, 262_144, linkType),
    ...frames.flatMap((each, index) => [word(index, 0, each.length, each.length), each]),
  ]);
}

describe('log rules', () => {
  const LOGGED = [
    logged('DPI|default', packet('10.0.0.3', 80, 1)),
    logged('DPI|default', packet('10.0.0.3', 80, 2)),
    logged('APE0|np/shop/default.out', packet('10.0.0.3', 80, 3)),
    logged('API0|knp/shop/db', packet('10.0.0.3', 80, 4)),
    logged('DPI0|np/shop/web', packet('10.0.0.2', 80, 5)),
    logged('PPI0|np/shop/web', packet('10.0.0.2', 80, 6)),
    logged('somebody else', packet('10.0.0.2', 80, 7)),
    logged(undefined, packet('10.0.0.2', 80, 8)),
    logged('x'.repeat(500), packet('10.0.0.2', 80, 9)),
    logged('API0|np/shop/web', Buffer.concat([packet('10.0.0.2', 80, 10).subarray(0, 20)])),
  ];
  const decider = (...parts: readonly (string | number)[]): string => JSON.stringify(parts);
  const EXPECTED = [
    `1 allow ${decider('', 'KubernetesNetworkPolicy', 'shop', 'db', 0)} / deny`,
    `1 allow@source ${decider('', 'NetworkPolicy', 'shop', 'default.out', 0)} / allow`,
    `1 deny ${decider('', 'NetworkPolicy', 'shop', 'web', 0)} / allow`,
    `2 deny ${decider('default', '', '', '', -1)} / deny`,
  ];

  test('of a pcap capture', async () => {
    expect(await observedOf(pcap(NFLOG, LOGGED))).toEqual(EXPECTED);
  });

  test('of a host of the other byte order', async () => {
    const capture = pcap(NFLOG, [
      logged('DPI0|np/shop/web', packet('10.0.0.2', 80, 5), true),
      logged('DPI|default', packet('10.0.0.3', 80, 1), true),
    ]);
    expect(await observedOf(capture)).toEqual([
      `1 deny ${decider('', 'NetworkPolicy', 'shop', 'web', 0)} / allow`,
      `1 deny ${decider('default', '', '', '', -1)} / deny`,
    ]);
  });

  test('of an interface among others of a pcapng capture, which begins late', async () => {
    const b = new Blocks(false);
    const plain = (sport: number): Buffer => b.packet(0, 0n, packet('10.0.0.2', 80, sport));
    expect(
      await observedOf(
        Buffer.concat([
          b.section(),
          b.interface(ETHERNET),
          ...Array.from({ length: 10 }, (_, index) => plain(index + 100)),
          b.interface(NFLOG),
          ...LOGGED.flatMap((each, index) => [b.packet(1, BigInt(index), each), plain(index + 200)]),
        ]),
      ),
    ).toEqual(EXPECTED);
  });

  test('of one packet at both its ends: the second row is a copy, and what it says counts there', async () => {
    const syn = packet('10.0.0.3', 80, 11);
    const b = new Blocks(false);
    expect(
      await observedOf(
        Buffer.concat([
          b.section(),
          b.interface(NFLOG, [[2, Buffer.from('nflog:2')]]),
          b.interface(NFLOG, [[2, Buffer.from('nflog:1')]]),
          b.packet(0, 1000n, logged('APE0|np/shop/out', syn)),
          b.packet(1, 1001n, logged('DPI|default', syn)),
          b.packet(1, 1002n, logged('DPI|default', packet('10.0.0.3', 80, 12))),
        ]),
      ),
    ).toEqual([
      `1 allow@source ${decider('', 'NetworkPolicy', 'shop', 'out', 0)} / allow`,
      `2 deny ${decider('default', '', '', '', -1)} / deny`,
    ]);
    expect(skipped).toBe(1);
  });

  test('of another make of rules are observed, and nothing of them', async () => {
    expect(await observedOf(pcap(NFLOG, LOGGED.slice(5)))).toEqual([]);
  });
});
