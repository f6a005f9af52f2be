/** Connections under cluster-wide policies: what belongs to an accepted one is accepted (the worked cases C-21 and C-22). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createAddressNames } from '../../src/analysis/address-names.ts';
import { createRowReader, VERDICT_COLUMNS } from '../../src/analysis/replay/verdict-row.ts';
import { compileTables } from '../../src/compile/compile.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { createWorld } from '../../src/policy/world.ts';
import { replay } from '../../src/replay/replay.ts';
import { openTrace } from '../../src/trace/open.ts';
import { fixtureWith } from '../examine.ts';
import { writeCapture } from './capture.ts';
import type { Packet } from './desk.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-cluster-policies-'));
afterAll(() => rmSync(folder, { recursive: true }));

const X_A = '10.0.1.1';
const Y_A = '10.0.2.1';
const ROUTER = '198.51.100.1';

function policy(ingress: string): string {
  return `apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: { name: one }
spec: { tier: Admin, priority: 1, subject: { namespaces: {} }, ingress: [${ingress}] }`;
}

async function replayed(ingress: string, cni: string, packets: readonly Packet[]): Promise<string[]> {
  const world = createWorld(fixtureWith(policy(ingress)), cniProfile(cni)!);
  const { tables, legend } = compileTables(world);
  const path = writeCapture(join(folder, 'capture.pcap'), packets);
  const read = createRowReader({
    epochs: [{ names: createAddressNames(world.book) }],
    legend,
    tracePaths: [path],
  });
  const [verdict, reason] = ['verdict', 'reason'].map((name) =>
    VERDICT_COLUMNS.findIndex((column) => column.name === name),
  );
  const rows: string[] = [];
  await replay([openTrace(path).value!], tables, {
    workers: 1,
    onRound: (batch, count) => {
      for (let row = 0; row < count; row++) {
        const cells = read(batch, row);
        rows.push(`${cells[verdict!]} ${cells[reason!]}`);
      }
    },
  });
  return rows;
}

const Y = '{ namespaces: { matchLabels: { team: blue } } }';

describe.each(['calico', 'kubernetes'])('under %s', (cni) => {
  test('C-21: an ICMP error about an accepted connection is accepted, whatever the rules say of ICMP', async () => {
    const accept80 = `{ action: Accept, from: [${Y}], protocols: [{ tcp: { destinationPort: { number: 80 } } }] }`;
    const there: Packet = { src: Y_A, sport: 40_000, dst: X_A, dport: 80, tcp: 'S' };
    const tooBig: Packet = { src: ROUTER, dst: Y_A, icmp: { type: 3, code: 4 }, quote: there };
    const rows = await replayed(`${accept80}, { action: Deny, from: [{ namespaces: {} }] }`, cni, [
      there,
      tooBig,
    ]);
    expect(rows).toEqual(['allow policy', 'allow related']);
  });

  test('C-22: replies belong to the accepted connection, a connection of their sender does not', async () => {
    const rows = await replayed(`{ action: Deny, from: [${Y}] }`, cni, [
      { src: X_A, sport: 40_000, dst: Y_A, dport: 80, tcp: 'S' },
      { src: Y_A, sport: 80, dst: X_A, dport: 40_000, tcp: 'SA' },
      { src: Y_A, sport: 40_001, dst: X_A, dport: 80, tcp: 'S' },
    ]);
    expect(rows).toEqual(['allow profile', 'allow established', 'deny policy']);
  });
});
