/** Suggestions for denied flows: which kind of object, where it stands, what it says that it does beside. */
import { describe, expect, test } from 'vitest';
import { suggestRules } from '../../src/analysis/suggestion/suggest.ts';
import type { Suggestion } from '../../src/analysis/suggestion/suggestion-document.ts';
import { parseFlow } from '../../src/flow/notation.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { judgeFlow } from '../../src/policy/judge/judge-flow.ts';
import { createWorld } from '../../src/policy/world.ts';

const pod = (name: string, ip: number, labels: string, more = ''): string => `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {${labels}}${more}}
spec: {nodeName: n1, containers: [{name: c, image: i}]}
status: {phase: Running, podIP: 10.0.0.${ip}}
`;
const OWNER = (name: string): string =>
  `, ownerReferences: [{kind: StatefulSet, name: ${name}, controller: true, apiVersion: apps/v1, uid: u}]`;
const CLUSTER = `apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Node
metadata: {name: n1}
status: {addresses: [{type: InternalIP, address: 192.0.2.1}]}
${pod('web', 1, 'app: web')}${pod('db-0', 2, 'app: db, role: first', OWNER('db'))}${pod('db-1', 3, 'app: db', OWNER('db'))}`;

const isolate = (types: string, selector = '{}', name = 'closed'): string => `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: ${name}, namespace: shop}
spec: {podSelector: ${selector}, policyTypes: [${types}]}
`;

function suggested(policies: string, text: string, cni = 'calico'): Suggestion | null {
  const { value, diagnostics } = loadCluster(['-'], { stdin: `${CLUSTER}${policies}` });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const world = createWorld(value, cniProfile(cni)!);
  const parsed = parseFlow(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return suggestRules(parsed.flow, judgeFlow(parsed.flow, world).value!, world);
}

/** Kind, name and spec of each object, its last lines. */
const specs = (suggestion: Suggestion | null): string[] =>
  suggestion!.objects.map(({ kind, name, yaml }) => `${kind} ${name}\n${yaml.slice(yaml.indexOf('spec:'))}`);

describe('a suggestion', () => {
  test('is nothing for what is allowed', () => {
    expect(suggested('', 'tcp shop/web to shop/db-0:5432')).toBeNull();
  });

  test('is a NetworkPolicy for each side that refuses', () => {
    const both = suggested(isolate('Ingress, Egress'), 'tcp shop/web to shop/db-0:5432');
    expect(specs(both)).toEqual([
      `NetworkPolicy allow-web-to-db
spec:
  podSelector:
    matchLabels:
      app: web
  policyTypes:
  - Egress
  egress:
  - to:
    - podSelector:
        matchLabels:
          app: db
    ports:
    - protocol: TCP
      port: 5432
`,
      `NetworkPolicy allow-web-to-db-2
spec:
  podSelector:
    matchLabels:
      app: db
  policyTypes:
  - Ingress
  ingress:
  - from:
    - podSelector:
        matchLabels:
          app: web
    ports:
    - protocol: TCP
      port: 5432
`,
    ]);
    expect(both!.objects.map(({ opens }) => opens)).toEqual([
      ['tcp 5432 from shop/web to 2 pods of StatefulSet shop/db'],
      ['tcp 5432 from shop/web to 2 pods of StatefulSet shop/db'],
    ]);
  });

  test('names an address alone, and a range of ports as one', () => {
    const out = suggested(isolate('Egress'), 'tcp shop/web to 203.0.113.7:*');
    expect(specs(out)[0]).toContain(
      '    - ipBlock:\n        cidr: 203.0.113.7/32\n    ports:\n    - protocol: TCP\n',
    );
    expect(out!.objects[0]!.opens).toEqual(['tcp 1-65535 from shop/web to 203.0.113.7']);
  });

  test('says whom it isolates: pods of the workload that no policy isolates yet', () => {
    const first = suggested(
      isolate('Ingress', '{matchLabels: {role: first}}'),
      'tcp shop/web to shop/db-0:1',
    );
    expect(first).toMatchObject({ possible: true, objects: [{ isolates: ['shop/db-1'] }] });
  });

  test('never takes a name that is there', () => {
    const policies = isolate('Ingress') + isolate('Egress', '{matchLabels: {app: none}}', 'allow-web-to-db');
    expect(suggested(policies, 'tcp shop/web to shop/db-0:1')!.objects.map(({ name }) => name)).toEqual([
      'allow-web-to-db-2',
    ]);
  });

  test("stands in Calico's tier before the rule that denies, and behind what comes before that", () => {
    const policies = `---
apiVersion: projectcalico.org/v3
kind: Tier
metadata: {name: security}
spec: {order: 5}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: security.first}
spec: {tier: security, order: 9.5, selector: all(), types: [Ingress], ingress: [{action: Log}]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: security.no}
spec: {tier: security, order: 10, selector: all(), types: [Ingress], ingress: [{action: Deny}]}
`;
    expect(specs(suggested(policies, 'icmp shop/web to shop/db-0'))).toEqual([
      `NetworkPolicy security.allow-web-to-db
spec:
  tier: security
  order: 9.75
  selector: 'app == "db"'
  types:
  - Ingress
  ingress:
  - action: Allow
    protocol: ICMP
    icmp:
      type: 8
      code: 0
    source:
      selector: 'app == "web"'
`,
    ]);
  });

  test("stands right before Calico's only rule, and behind all where a tier ends", () => {
    const calico = (order: string, rules: string): string => `---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: own, namespace: shop}
spec: {${order}selector: all(), types: [Ingress]${rules}}
`;
    const flow = 'tcp shop/web to shop/db-0:80';
    const before = suggested(calico('order: 10, ', ', ingress: [{action: Deny}]'), flow);
    expect(specs(before)[0]).toContain('spec:\n  order: 9\n  selector:');
    const unordered = suggested(calico('', ', ingress: [{action: Deny}]'), flow);
    expect(specs(unordered)[0]).toContain('spec:\n  order: 1000\n  selector:');
    const behind = suggested(calico('order: 10, ', ''), flow);
    expect(specs(behind)[0]).toContain('spec:\n  selector:');
  });

  test('is an AdminNetworkPolicy before the one that denies; before priority 0 there is nothing', () => {
    const admin = (priority: number): string => `---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: never}
spec:
  priority: ${priority}
  subject: {namespaces: {}}
  ingress: [{action: Deny, from: [{namespaces: {}}]}]
`;
    const before = suggested(admin(5), 'tcp shop/web to shop/db-0:80', 'kubernetes');
    expect(before!.objects).toMatchObject([
      { kind: 'AdminNetworkPolicy', namespace: '', name: 'allow-web-to-db' },
    ]);
    expect(specs(before)[0]).toContain('  priority: 4\n');
    expect(suggested(admin(0), 'tcp shop/web to shop/db-0:80', 'kubernetes')).toEqual({
      possible: false,
      why: 'AdminNetworkPolicy never denies it with priority 0: nothing is asked before it',
      change: 'AdminNetworkPolicy never (stdin:34) would have to let it pass',
      objects: [],
    });
  });

  test("is a policy of Cilium's for Cilium's, and for nodes; what Cilium denies stays denied", () => {
    const cilium = (rules: string): string => `---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: c, namespace: shop}
spec: {endpointSelector: {}, ${rules}}
`;
    const allow = suggested(cilium('ingress: [{}]'), 'tcp shop/web to shop/db-0:80', 'cilium');
    expect(specs(allow)[0]).toContain(
      'endpointSelector:\n    matchLabels:\n      app: db\n  ingress:\n  - fromEndpoints:\n    - matchLabels:\n        app: web\n    toPorts:\n',
    );
    const node = suggested(
      isolate('Egress') + pod('far', 9, 'app: far').replace('n1', 'n2'),
      'tcp shop/far to 192.0.2.1:80',
      'cilium',
    );
    expect(specs(node)[0]).toContain('- toEntities:\n    - remote-node\n');
    const denied = suggested(
      cilium('ingressDeny: [{fromEndpoints: [{}]}]'),
      'tcp shop/web to shop/db-0:80',
      'cilium',
    );
    expect(denied).toMatchObject({
      possible: false,
      why: 'Cilium refuses what any policy denies, whatever others allow',
    });
  });

  test('goes on to the profiles where nothing but them decides', () => {
    const profile = `---
apiVersion: projectcalico.org/v3
kind: Profile
metadata: {name: kns.shop}
spec: {ingress: [{action: Deny}], egress: [{action: Allow}]}
`;
    const one = suggested(profile, 'tcp shop/web to shop/db-0:80');
    expect(one).not.toBeNull();
    expect(specs(one)[0]).toContain('  - action: Pass\n');
    expect(one!.objects[0]!.isolates).toEqual([]);
  });

  test('opens all where the API has no word for a protocol, and says so', () => {
    const icmp = suggested(isolate('Ingress'), 'icmp shop/web to shop/db-0', 'antrea');
    expect(icmp!.objects[0]!.opens[0]).toBe(
      'every protocol and port (NetworkPolicy has no word for icmp alone) from shop/web to 2 pods of StatefulSet shop/db',
    );
    const calico = suggested(isolate('Ingress'), 'icmp shop/web to shop/db-0');
    expect(calico!.objects[0]!.opens[0]).toBe('icmp type 8 from shop/web to 2 pods of StatefulSet shop/db');
  });
});
