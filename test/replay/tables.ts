/** Real tables for the random packets: some pods of 10.0.0.0/24 are isolated, and admit port 443 from some of their peers. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileTables } from '../../src/compile/compile.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import type { Tables } from '../../src/tables/tables.ts';

const pod = (host: number): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `pod-${host}`, namespace: 'shop', labels: { app: host % 3 === 0 ? 'db' : 'web' } },
  spec: {
    nodeName: `node-${host % 4}`,
    containers: [{ name: 'main', image: 'x', ports: [{ containerPort: 443 }, { containerPort: 80 }] }],
  },
  status: { phase: 'Running', podIP: `10.0.0.${host}`, podIPs: [{ ip: `10.0.0.${host}` }] },
});

const MANIFESTS = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  ...Array.from({ length: 80 }, (_, host) => pod(host + 1)),
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'db', namespace: 'shop' },
    spec: {
      podSelector: { matchLabels: { app: 'db' } },
      policyTypes: ['Ingress'],
      ingress: [
        { from: [{ podSelector: { matchLabels: { app: 'web' } } }], ports: [{ protocol: 'TCP', port: 443 }] },
      ],
    },
  },
];

/** What would change with it enforced: web is no longer reached on port 80, db is reached on every port. */
const STAGED = [
  {
    apiVersion: 'projectcalico.org/v3',
    kind: 'StagedNetworkPolicy',
    metadata: { name: 'web-without-http', namespace: 'shop' },
    spec: {
      order: 10,
      selector: "app == 'web'",
      types: ['Ingress'],
      ingress: [{ action: 'Deny', protocol: 'TCP', destination: { ports: [80] } }, { action: 'Pass' }],
    },
  },
  {
    apiVersion: 'projectcalico.org/v3',
    kind: 'StagedGlobalNetworkPolicy',
    metadata: { name: 'open-db' },
    spec: { order: 5, selector: "app == 'db'", types: ['Ingress'], ingress: [{ action: 'Allow' }] },
  },
];

/** That cluster under Calico, with staged policies where they are asked for. */
export function sampleWorld({ isStaged = false } = {}): World {
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-tables-'));
  try {
    const path = join(folder, 'cluster.json');
    writeFileSync(
      path,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: isStaged ? [...MANIFESTS, ...STAGED] : MANIFESTS,
      }),
    );
    const { value: cluster, diagnostics } = loadCluster([path]);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
    return createWorld(cluster, cniProfile('calico')!);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Its tables, compiled anew. */
export const sampleTables = (): Tables => compileTables(sampleWorld()).tables;
