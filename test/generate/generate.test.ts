/** What is generated is read, compiled and replayed as what a user has; what the policies refuse is known beforehand. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compileTables } from '../../src/compile/compile.ts';
import { drawFlowBytes, FLOW_SIZES } from '../../src/generate/flow-sizes.ts';
import { requestOf, requestProblems, type Wanted } from '../../src/generate/request.ts';
import { writeGenerated } from '../../src/generate/write.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { createWorld } from '../../src/policy/world.ts';
import { randomFrom, zipf } from '../../src/random/random.ts';
import { replay } from '../../src/replay/replay.ts';
import { VERDICTS } from '../../src/tables/verdict.ts';
import { openTrace } from '../../src/trace/open.ts';
import { chosenSeed } from '../random/mulberry.ts';

const seed = chosenSeed();
const folder = mkdtempSync(join(tmpdir(), 'generate-'));
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
function generated(wanted: Wanted) {
  const into = join(folder, String(made++));
  return { into, written: writeGenerated(into, requestOf(wanted)) };
}

/** Flows of each verdict when the generated capture is replayed against the generated policies. */
async function flowsOf(into: string): Promise<Record<string, number>> {
  const { value, diagnostics } = loadCluster([join(into, 'cluster.json'), join(into, 'policies.json')]);
  expect(diagnostics).toEqual([]);
  const { tables } = compileTables(createWorld(value, cniProfile('calico')!));
  const source = openTrace(join(into, 'capture.pcap')).value!;
  const { flows, packets } = await replay([source], tables, { workers: 1 });
  expect(packets[VERDICTS.indexOf('skip')]).toBe(0);
  return Object.fromEntries(VERDICTS.map((verdict, place) => [verdict, flows[place]!]));
}

describe('generate', () => {
  test.each<Wanted>([
    { kind: 'kubernetes', pods: 120, flows: 600, stray: 0.1 },
    { kind: 'calico', pods: 300, policies: 200, cidrs: 3000, flows: 600, scans: 0.05 },
    { kind: 'calico', pods: 90, through: 'services', flows: 500, stray: 0.2 },
    { kind: 'kubernetes', pods: 4, namespaces: 1, flows: 200, stray: 0.5 },
    { kind: 'kubernetes', pods: 60, policies: 0, cidrs: 0, flows: 100 },
  ])('the policies refuse what was planned to be refused: %o', async (wanted) => {
    const { into, written } = generated({ ...wanted, seed });
    expect(written.flows, `SEED=${seed}`).toBe(wanted.flows);
    const { allow, deny } = await flowsOf(into);
    expect({ allow, deny }, `SEED=${seed}`).toEqual({
      allow: written.admitted,
      deny: written.flows - written.admitted,
    });
  });

  test('pods belong to workloads, as those of a cluster do', () => {
    const { into, written } = generated({ pods: 40, flows: 5, seed });
    const { value } = loadCluster([join(into, 'cluster.json')]);
    const workloads = new Set(
      value.pods.map(({ namespace, workload }) => `${namespace}/${workload.kind}/${workload.name}`),
    );
    expect(workloads.size, `SEED=${seed}`).toBe(written.workloads);
    expect([...workloads].every((name) => name.includes('/StatefulSet/'))).toBe(true);
  });

  test('the same seed makes the same bytes, another seed others', () => {
    const size = { pods: 40, flows: 50 };
    const [one, two, other] = [7, 7, 8].map((seed) => generated({ ...size, seed }).into);
    for (const name of ['cluster.json', 'policies.json', 'capture.pcap'])
      expect(readFileSync(join(one!, name)).equals(readFileSync(join(two!, name))), name).toBe(true);
    expect(readFileSync(join(one!, 'capture.pcap')).equals(readFileSync(join(other!, 'capture.pcap')))).toBe(
      false,
    );
  });

  test('packets stand in the order of their times, with the length of what was cut off', () => {
    const { into, written } = generated({ seed, pods: 40, flows: 80, sizes: 'web-search', snapLength: 60 });
    const bytes = readFileSync(join(into, 'capture.pcap'));
    let [before, packets, whole] = [0n, 0, 0];
    for (let at = 24; at < bytes.length; at += 16 + bytes.readUInt32LE(at + 8)) {
      const time = BigInt(bytes.readUInt32LE(at)) * 1_000_000_000n + BigInt(bytes.readUInt32LE(at + 4));
      expect(time >= before).toBe(true);
      expect(bytes.readUInt32LE(at + 8)).toBeLessThanOrEqual(60);
      before = time;
      whole += bytes.readUInt32LE(at + 12);
      packets++;
    }
    expect(packets).toBe(written.packets);
    expect(whole).toBeGreaterThan(bytes.length);
  });

  test('stops at the size or the number of packets that is asked for', () => {
    expect(generated({ seed, packets: 100 }).written.packets).toBe(100);
    const { files } = generated({ seed, bytes: 200_000 }).written;
    expect(files[2]!.bytes).toBeGreaterThanOrEqual(200_000);
    expect(files[2]!.bytes).toBeLessThan(202_000);
  });

  test('says what does not fit together', () => {
    const problems = requestProblems(requestOf({ pods: 3, nodes: 1, namespaces: 9, policies: 0, cidrs: 5 }));
    expect(problems).toEqual([
      '3 pods, expected at least 4',
      '9 namespaces for 3 pods, expected no more than pods',
      '5 CIDRs and no policy that names them',
    ]);
  });
});

describe('distributions', () => {
  test.each(FLOW_SIZES)('%s: the median lies where it was published', (sizes) => {
    const random = randomFrom(seed);
    const drawn = Array.from({ length: 20_001 }, () => drawFlowBytes(sizes, random)).sort((a, b) => a - b);
    const medians = { 'web-search': 73_000, 'data-mining': 1100, hadoop: 700, storage: 6400, rpc: 256 };
    expect(drawn[10_000]! / medians[sizes], `SEED=${seed}`).toBeGreaterThan(0.8);
    expect(drawn[10_000]! / medians[sizes], `SEED=${seed}`).toBeLessThan(1.25);
  });

  test('Zipf: the first place is drawn as often as its weight', () => {
    const random = randomFrom(seed);
    const draw = zipf(100, 1);
    const first = Array.from({ length: 20_000 }, () => draw(random)).filter((place) => place === 0).length;
    const expected =
      20_000 / Array.from({ length: 100 }, (_, place) => 1 / (place + 1)).reduce((a, b) => a + b);
    expect(first / expected, `SEED=${seed}`).toBeGreaterThan(0.85);
    expect(first / expected, `SEED=${seed}`).toBeLessThan(1.15);
  });
});
