/** Captures of the network between nodes: what is in their tunnels is judged, and a pod's own tunnel is not opened. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { formatAddress } from '../../src/net/address.ts';
import { FLAG_TUNNEL } from '../../src/packet/batch-layout.ts';
import type { ReplayOptions } from '../../src/replay/options.ts';
import { replay } from '../../src/replay/replay.ts';
import { REASONS, VERDICTS } from '../../src/tables/verdict.ts';
import { openTrace } from '../../src/trace/open.ts';
import { framesBytes, vxlan } from './capture.ts';
import type { Packet } from './desk.ts';
import { sampleTables } from './tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-tunnels-'));
afterAll(() => rmSync(folder, { recursive: true }));

const tables = sampleTables();
async function judged(frames: readonly Buffer[], options: ReplayOptions = {}): Promise<string[]> {
  const path = join(folder, 'nodes.pcap');
  writeFileSync(path, framesBytes(frames.map((bytes) => ({ bytes, at: 0 }))));
  const rows: string[] = [];
  await replay([openTrace(path).value!], tables, {
    workers: 2,
    onRound: (batch, count) => {
      for (let row = 0; row < count; row++) {
        const [word] = batch.outerSrc.subarray(row * 4);
        const isInner = (batch.flags[row]! & FLAG_TUNNEL) !== 0;
        const outer = isInner ? ` in ${formatAddress({ family: 4, words: [word!, 0, 0, 0] })}` : '';
        rows.push(`${VERDICTS[batch.verdict[row]!]} ${REASONS[batch.reason[row]!]}${outer}`);
      }
    },
    ...options,
  });
  return rows;
}

const allowed: Packet = { src: '10.0.0.1', dst: '10.0.0.3', sport: 1, dport: 443, tcp: 'S' };
const denied: Packet = { ...allowed, dport: 80 };
const frames = [
  vxlan('192.168.0.1', '192.168.0.2', allowed),
  vxlan('192.168.0.1', '192.168.0.2', denied),
  vxlan('10.0.0.1', '192.168.0.9', allowed),
];

test('what a tunnel between nodes carries is judged; a tunnel that a pod speaks is the pod’s', async () => {
  expect(await judged(frames)).toEqual([
    'allow policy in 192.168.0.1',
    'deny tier-end in 192.168.0.1',
    'deny workload-encap',
  ]);
});

test('closed tunnels are judged as what they are between nodes', async () => {
  expect(await judged(frames, { tunnels: 'closed' })).toEqual([
    'allow no-endpoint',
    // One connection between the nodes, whatever it carries.
    'allow established',
    'deny workload-encap',
  ]);
});
