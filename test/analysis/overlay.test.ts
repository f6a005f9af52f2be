import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { overlayCluster } from '../../src/analysis/overlay/overlay.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { felixOf } from '../../src/policy/api/felix.ts';
import type { Cluster } from '../../src/policy/cluster.ts';

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

const CALICO = `
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec: {selector: all(), types: [Ingress]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: quarantine}
spec: {tier: security, selector: all(), types: [Ingress]}
---
apiVersion: projectcalico.org/v3
kind: StagedGlobalNetworkPolicy
metadata: {name: quarantine}
spec: {selector: all(), types: [Ingress]}
---
apiVersion: projectcalico.org/v3
kind: StagedKubernetesNetworkPolicy
metadata: {name: db, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
---
apiVersion: projectcalico.org/v3
kind: IPPool
metadata: {name: pods}
spec: {cidr: 10.42.0.0/16}
---
apiVersion: projectcalico.org/v3
kind: Tier
metadata: {name: security}
spec: {order: 10}
---
apiVersion: projectcalico.org/v3
kind: NetworkSet
metadata: {name: partners, namespace: shop}
spec: {nets: [198.51.100.0/24]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkSet
metadata: {name: partners}
spec: {nets: [203.0.113.0/24]}
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: node-a-eth0}
spec: {node: node-a, interfaceName: eth0}
---
apiVersion: projectcalico.org/v3
kind: Profile
metadata: {name: open}
spec: {ingress: [{action: Allow}], egress: [{action: Allow}]}
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: quarantine}
spec: {tier: Admin, priority: 5, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}
`;

describe('objects of all kinds', () => {
  const calico = overlayCluster(base, manifest(CALICO), []).value;

  test('are added beside those of other kinds with their name', () => {
    expect(calico.networkPolicies.filter(({ name }) => name === 'db')).toHaveLength(2);
    expect(calico.calicoPolicies.map(({ kind, name }) => `${kind}/${name}`).sort()).toEqual([
      'GlobalNetworkPolicy/quarantine',
      'NetworkPolicy/db',
      'StagedGlobalNetworkPolicy/quarantine',
    ]);
    expect(calico.networkSets.map(({ namespace, name }) => `${namespace}/${name}`).sort()).toEqual([
      '/partners',
      'shop/partners',
    ]);
  });

  test('replace those of their kind and name only', () => {
    const changed = manifest(CALICO.replaceAll('types: [Ingress]', 'types: [Egress]'));
    const { value } = overlayCluster(calico, changed, []);
    expect(value.calicoPolicies).toHaveLength(3);
    expect(value.calicoPolicies.every(({ types }) => types.egress && !types.ingress)).toBe(true);
    expect(policyNames(value)).toEqual(policyNames(calico));
  });

  test.each([
    ['GlobalNetworkPolicy/quarantine', 'calicoPolicies'],
    ['stagedglobalnetworkpolicy/quarantine', 'calicoPolicies'],
    ['networkpolicy.projectcalico.org/shop/db', 'calicoPolicies'],
    ['NetworkPolicy.crd.projectcalico.org/shop/db', 'calicoPolicies'],
    ['NetworkPolicy.networking.k8s.io/shop/db', 'networkPolicies'],
    ['StagedKubernetesNetworkPolicy/shop/db', 'networkPolicies'],
    ['ClusterNetworkPolicy/quarantine', 'adminPolicies'],
    ['Tier/security', 'tiers'],
    ['NetworkSet/shop/partners', 'networkSets'],
    ['GlobalNetworkSet/partners', 'networkSets'],
    ['HostEndpoint/node-a-eth0', 'hostEndpoints'],
    ['Profile/open', 'profiles'],
    ['IPPool/pods', 'ipPools'],
  ] as const)('%s is removed alone', (object, list) => {
    const { value, diagnostics } = overlayCluster(calico, nothing, [object]);
    expect(diagnostics).toEqual([]);
    expect(value[list]).toHaveLength(calico[list].length - 1);
    expect({ ...value, [list]: [] }).toEqual({ ...calico, [list]: [] });
  });

  test('a name that two APIs share is no answer', () => {
    const { diagnostics } = overlayCluster(calico, nothing, ['NetworkPolicy/shop/db']);
    expect(diagnostics).toMatchObject([
      {
        code: 'overlay/ambiguous-object',
        hint: 'say which: NetworkPolicy.networking.k8s.io/shop/db or NetworkPolicy.projectcalico.org/shop/db',
      },
    ]);
    const alone = overlayCluster(calico, nothing, ['NetworkPolicy.networking.k8s.io/shop/db']).value;
    expect(overlayCluster(alone, nothing, ['NetworkPolicy/shop/db']).value.calicoPolicies).toHaveLength(2);
  });

  test.each([
    ['GlobalNetworkPolicy/security/quarantine', 'GlobalNetworkPolicy/quarantine'],
    ['GlobalNetworkPolicy/quarantin', 'GlobalNetworkPolicy/quarantine'],
    ['gnp/quarantine', 'GlobalNetworkPolicy/quarantine'],
    ['Tier/securty', 'Tier/security'],
  ])('%s is not there, %s may be meant', (object, near) => {
    const { diagnostics } = overlayCluster(calico, nothing, [object]);
    expect(diagnostics).toMatchObject([{ code: 'overlay/unknown-object' }]);
    expect(diagnostics[0]!.hint).toContain(near);
  });

  test('removing a namespace removes its policies and sets', () => {
    const { value } = overlayCluster(calico, nothing, ['Namespace/shop']);
    expect(value.calicoPolicies.map(({ namespace }) => namespace)).toEqual(['', '']);
    expect(value.networkSets.map(({ namespace }) => namespace)).toEqual(['']);
  });

  test('Felix is told what is left of its configurations', () => {
    const configuration = (name: string, spec: string): Cluster =>
      manifest(
        `apiVersion: projectcalico.org/v3\nkind: FelixConfiguration\nmetadata: {name: ${name}}\nspec: {${spec}}\n`,
      );
    const actions = ({ felix }: Cluster): string[] =>
      ['node-a', 'node-b'].map((name) => felixOf(felix, name).defaultEndpointToHostAction);
    const dropping = configuration('default', 'defaultEndpointToHostAction: Drop, vxlanPort: 4790');
    const first = overlayCluster(base, dropping, []).value;
    expect(actions(first)).toEqual(['Drop', 'Drop']);
    const returning = configuration('node.node-b', 'defaultEndpointToHostAction: Return');
    const second = overlayCluster(first, returning, []).value;
    expect(actions(second)).toEqual(['Drop', 'Return']);
    expect(felixOf(second.felix, 'node-b').vxlanPort).toBe(4790);
    const replaced = overlayCluster(second, configuration('default', 'vxlanPort: 4791'), []).value;
    expect(actions(replaced)).toEqual(['Accept', 'Return']);
    const removed = overlayCluster(second, nothing, ['FelixConfiguration/node.node-b']);
    expect(removed.diagnostics).toEqual([]);
    expect(actions(removed.value)).toEqual(['Drop', 'Drop']);
    const { diagnostics } = overlayCluster(second, nothing, ['felixconfiguration/defalt']);
    expect(diagnostics[0]!.hint).toContain('FelixConfiguration/default');
  });

  test('an invalid object that was left out is mended by adding it, or given up by removing it', () => {
    const at = { file: 'a.yaml', line: 1, column: 1 };
    const broken = {
      ...base,
      vanished: [
        { kind: 'GlobalNetworkPolicy', namespace: '', name: 'quarantine', at },
        { kind: 'NetworkSet', namespace: 'shop', name: 'other', at },
      ],
    };
    expect(overlayCluster(broken, manifest(CALICO), []).value.vanished.map(({ name }) => name)).toEqual([
      'other',
    ]);
    expect(overlayCluster(broken, nothing, ['NetworkSet/shop/other']).value.vanished).toHaveLength(1);
  });
});
