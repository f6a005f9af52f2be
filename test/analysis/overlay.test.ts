import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { overlayCluster } from '../../src/analysis/overlay.ts';
import { loadCluster } from '../../src/manifest/load.ts';

const quickstart = join(import.meta.dirname, '../../traces/quickstart');
const { value: base } = loadCluster([join(quickstart, 'cluster.yaml'), join(quickstart, 'policies')]);
const nothing = loadCluster([]).value;
const manifest = (stdin: string) => loadCluster(['-'], { stdin }).value;

const policyNames = (cluster: typeof base): string[] =>
  cluster.networkPolicies.map(({ namespace, name }) => `${namespace}/${name}`).sort();

describe('an overlay', () => {
  test('replaces an object of the same name and adds a new one', () => {
    const added = manifest(`
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec: {podSelector: {}, policyTypes: [Egress]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: extra, namespace: shop}
spec: {podSelector: {}}
`);
    const { value, diagnostics } = overlayCluster(base, added, []);
    expect(diagnostics).toEqual([]);
    expect(policyNames(value)).toEqual([...policyNames(base), 'shop/extra'].sort());
    expect(value.networkPolicies.find(({ name }) => name === 'db')!.policyTypes.egress).toBe(true);
    expect(base.networkPolicies.find(({ name }) => name === 'db')!.policyTypes.egress).toBe(false);
  });

  test('keeps the labels of a namespace that the added file only mentions', () => {
    const added = manifest(`
apiVersion: v1
kind: Pod
metadata: {name: new, namespace: shop}
spec: {containers: [{name: a, image: b}]}
`);
    const { value } = overlayCluster(base, added, []);
    expect(value.namespaces.get('shop')!.labels.team).toBe('shop');
    expect(value.assumptions.filter((text) => text.includes('namespace'))).toEqual([]);
    expect(value.pods.some(({ name }) => name === 'new')).toBe(true);
  });

  test('removes by kind, namespace and name, in any case of the kind', () => {
    const { value, diagnostics } = overlayCluster(base, nothing, [
      'NetworkPolicy/shop/db',
      'pod/shop/debug',
      'Node/node-b',
    ]);
    expect(diagnostics).toEqual([]);
    expect(policyNames(value)).not.toContain('shop/db');
    expect(value.pods.some(({ name }) => name === 'debug')).toBe(false);
    expect(value.nodes.map(({ name }) => name)).toEqual(['node-a']);
  });

  test('removing a namespace removes what is in it', () => {
    const { value } = overlayCluster(base, nothing, ['Namespace/shop']);
    expect(value.pods.every(({ namespace }) => namespace !== 'shop')).toBe(true);
    expect(value.networkPolicies.map(({ namespace }) => namespace)).toEqual(['payments']);
  });

  test.each([
    ['NetworkPolicy/shop/dp', 'there is no NetworkPolicy/shop/dp to remove', 'NetworkPolicy/shop/db'],
    [
      'NetworkPolicie/shop/db',
      'NetworkPolicie/shop/db names no object, expected Kind/namespace/name',
      'NetworkPolicy/shop/db',
    ],
    ['shop/db', 'shop/db names no object, expected Kind/namespace/name', 'NetworkPolicy/shop/db'],
    [
      'netpol/shop/db',
      'netpol/shop/db names no object, expected Kind/namespace/name',
      'NetworkPolicy/shop/db',
    ],
    ['shop', 'shop names no object, expected Kind/namespace/name', undefined],
  ])('removing %s is an error that names the near ones', (object, message, near) => {
    const { diagnostics } = overlayCluster(base, nothing, [object]);
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]).toMatchObject({ code: 'overlay/unknown-object', severity: 'error', message });
    if (near !== undefined) expect(diagnostics[0]!.hint).toContain(near);
  });
});
