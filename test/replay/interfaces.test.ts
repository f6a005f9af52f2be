/** Captures that name the interfaces of pods: what those interfaces do not let pass. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { compileTables } from '../../src/compile/compile.ts';
import { interfaceName, workloadInterfaces } from '../../src/policy/addresses/workload-interfaces.ts';
import { KUBERNETES } from '../../src/policy/cni/kubernetes.ts';
import { replay } from '../../src/replay/replay.ts';
import { REASONS, VERDICTS } from '../../src/tables/verdict.ts';
import { openTrace } from '../../src/trace/open.ts';
import type { InterfaceOwners } from '../../src/trace/reader.ts';
import { Blocks } from '../trace/pcapng-blocks.ts';
import { frame } from './capture.ts';
import { sampleWorld } from './tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-interfaces-'));
afterAll(() => rmSync(folder, { recursive: true }));

const world = sampleWorld();
const { tables } = compileTables(world);
const ETHERNET = 1;

/** Which interface carried a TCP packet to port 80 from where to where. */
type Carried = readonly [interface_: string, src: string, dst: string];

async function verdicts(carried: readonly Carried[], interfaces?: InterfaceOwners): Promise<string[]> {
  const blocks = new Blocks(false);
  const names = [...new Set(carried.map(([name]) => name))];
  const path = join(folder, 'capture.pcapng');
  writeFileSync(
    path,
    Buffer.concat([
      blocks.section(),
      ...names.map((name) => blocks.interface(ETHERNET, [[2, Buffer.from(name)]])),
      ...carried.map(([name, src, dst], index) =>
        blocks.packet(
          names.indexOf(name),
          BigInt(index),
          frame({ src, dst, sport: 1000 + index, dport: 80, tcp: 'S' }, 0),
        ),
      ),
    ]),
  );
  const found: string[] = [];
  await replay([openTrace(path).value!], tables, {
    workers: 2,
    ...(interfaces === undefined ? {} : { interfaces }),
    onRound: (batch, count) => {
      for (let row = 0; row < count; row++)
        found.push(`${VERDICTS[batch.verdict[row]!]} ${REASONS[batch.reason[row]!]}`);
    },
  });
  return found;
}

const own = interfaceName('cali', 'shop', 'pod-1');
const CARRIED: readonly Carried[] = [
  [own, '10.0.0.1', '10.0.0.2'],
  [own, '10.0.0.2', '10.0.0.1'],
  [own, '10.0.0.50', '10.0.0.2'],
  ['eth0', '10.0.0.50', '10.0.0.2'],
  ['cali0123', '10.0.0.4', '10.0.0.2'],
];

test('interfaces are named as Calico names them', () => {
  // echo -n default.nginx | sha1sum
  expect(interfaceName('cali', 'default', 'nginx')).toBe('calic440f455693');
});

test('what a pod sends from an address that is not its own is spoofed; what it is sent, and other interfaces, are policed', async () => {
  expect(await verdicts(CARRIED, workloadInterfaces(world))).toEqual([
    'allow profile',
    'allow profile',
    'deny spoofed',
    'allow profile',
    'allow profile',
  ]);
});

test('an interface that is in no complete list of endpoints drops everything', async () => {
  const complete = { ...workloadInterfaces(world)!, isComplete: true };
  expect((await verdicts(CARRIED, complete)).at(-1)).toBe('deny unknown-interface');
});

test('a profile without guarded interfaces knows none', async () => {
  expect(workloadInterfaces({ ...world, profile: KUBERNETES })).toBeUndefined();
  expect(await verdicts(CARRIED)).not.toContain('deny spoofed');
});
