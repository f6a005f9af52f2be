/** Recommendations for applications of others, from captures of what their pages say they need: they allow that, and refuse what was not seen. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recommend } from '../../src/analysis/recommend/recommend.ts';
import { replayFlows } from '../../src/analysis/recommend/replay-flows.ts';
import { parseFlow } from '../../src/flow/notation.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { formatAddress } from '../../src/net/address.ts';
import type { Cluster } from '../../src/policy/cluster.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { judgeFlow } from '../../src/policy/judge/judge-flow.ts';
import { resolveFlow } from '../../src/policy/judge/resolve-flow.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { startWorkers, type WorkerPool } from '../../src/replay/worker-pool.ts';
import { openTrace, type TraceSource } from '../../src/trace/open.ts';
import { captureBytes } from '../replay/capture.ts';
import type { Packet } from '../replay/desk.ts';

const samples = resolve(import.meta.dirname, '../../../shared/samples/policies');

let folder: string;
let pool: WorkerPool;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dryplane-recommend-samples-'));
  pool = startWorkers(1);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await pool.end();
});

function flowOf(text: string) {
  const parsed = parseFlow(text);
  if (!('flow' in parsed)) throw new Error(`${text}: ${parsed.problem}`);
  return parsed.flow;
}

/** A capture of connections, behind the Service as a pod's interface shows them. */
function captureOf(flows: readonly string[], world: World): TraceSource {
  let at = 1000;
  let sport = 40_000;
  const packets = flows.flatMap((text) =>
    resolveFlow(flowOf(text), world).value.flatMap(
      ({ source, destination, protocol, destinationPort }): Packet[] => {
        const [src, dst, dport] = [formatAddress(source), formatAddress(destination), destinationPort ?? 0];
        at++;
        sport++;
        if (protocol === 17)
          return [
            { src, dst, sport, dport, protocol: 17, at },
            { src: dst, dst: src, sport: dport, dport: sport, protocol: 17, at },
          ];
        return [
          { src, dst, sport, dport, tcp: 'S', at },
          { src: dst, dst: src, sport: dport, dport: sport, tcp: 'SA', at },
          { src, dst, sport, dport, tcp: 'PA', at },
        ];
      },
    ),
  );
  const path = join(folder, 'capture.pcap');
  writeFileSync(path, captureBytes(packets));
  return openTrace(path).value!;
}

const boutique = (name: string): string => `default/Deployment/${name}`;
const service = (name: string): string => `service:default/${name}`;
const bank = boutique;
const database = (name: string): string => `default/StatefulSet/${name}`;

const CASES = [
  {
    name: 'online-boutique',
    manifests: ['online-boutique/release/kubernetes-manifests.yaml'],
    flows: [
      `tcp 198.51.100.9 to ${boutique('frontend')}:8080`,
      `tcp ${boutique('loadgenerator')} to ${service('frontend')}:80`,
      `tcp ${boutique('frontend')} to ${service('adservice')}:9555`,
      `tcp ${boutique('frontend')} to ${service('cartservice')}:7070`,
      `tcp ${boutique('frontend')} to ${service('checkoutservice')}:5050`,
      `tcp ${boutique('checkoutservice')} to ${service('cartservice')}:7070`,
      `tcp ${boutique('checkoutservice')} to ${service('paymentservice')}:50051`,
      `tcp ${boutique('checkoutservice')} to ${service('emailservice')}:5000`,
      `tcp ${boutique('cartservice')} to ${service('redis-cart')}:6379`,
      `tcp ${boutique('recommendationservice')} to ${service('productcatalogservice')}:3550`,
    ],
    deny: [
      `tcp ${boutique('frontend')} to ${boutique('redis-cart')}:6379`,
      `tcp ${boutique('loadgenerator')} to ${boutique('cartservice')}:7070`,
      `tcp ${boutique('frontend')} to ${boutique('cartservice')}:7071`,
      `tcp ${boutique('adservice')} to ${boutique('checkoutservice')}:5050`,
      `tcp 198.51.100.10 to ${boutique('frontend')}:8080`,
      `tcp ${boutique('adservice')} to 198.51.100.9:443`,
    ],
  },
  {
    name: 'bank-of-anthos',
    manifests: ['bank-of-anthos/kubernetes-manifests'],
    flows: [
      `tcp 198.51.100.9 to ${bank('frontend')}:8080`,
      `tcp ${bank('frontend')} to ${service('userservice')}:8080`,
      `tcp ${bank('frontend')} to ${service('ledgerwriter')}:8080`,
      `tcp ${bank('userservice')} to ${service('accounts-db')}:5432`,
      `tcp ${bank('contacts')} to ${service('accounts-db')}:5432`,
      `tcp ${bank('ledgerwriter')} to ${service('ledger-db')}:5432`,
      `tcp ${bank('ledgerwriter')} to ${service('balancereader')}:8080`,
    ],
    deny: [
      `tcp ${bank('frontend')} to ${database('accounts-db')}:5432`,
      `tcp ${bank('contacts')} to ${database('ledger-db')}:5432`,
      `tcp 198.51.100.9 to ${bank('userservice')}:8080`,
    ],
  },
];

describe.skipIf(!existsSync(samples))('recommended policies of applications', () => {
  for (const cni of ['calico', 'cilium', 'kubernetes'])
    test.each(CASES)(`$name, ${cni}`, async ({ manifests, flows, deny }) => {
      const { value, diagnostics } = loadCluster(manifests.map((path) => join(samples, path)));
      expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
      const cluster: Cluster = { ...value, networkPolicies: [] };
      const world = createWorld(cluster, cniProfile(cni)!);
      const source = captureOf(flows, world);
      const trace = await replayFlows([source], world, { pool, includeDenied: false });
      const found = recommend({
        world,
        flows: trace.flows,
        kind: 'networkpolicy',
        isolateRest: false,
        outside: {},
      });
      expect(found.denied).toEqual([]);
      expect(found.leftOut).toEqual([]);
      expect(found.policies.length).toBeGreaterThan(5);
      for (const text of flows)
        expect(judgeFlow(flowOf(text), found.world).value?.verdict, text).toBe('allow');
      for (const text of deny) expect(judgeFlow(flowOf(text), found.world).value?.verdict, text).toBe('deny');
      // Workloads are told apart by the one label that they have for it.
      for (const { selector } of found.policies)
        expect(Object.keys(selector.matchLabels).length + selector.matchExpressions.length).toBe(1);
    });
});
