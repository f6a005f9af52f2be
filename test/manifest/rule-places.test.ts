/** The parts of policies of every kind, held against the text that stands at their places. */
import { describe, expect, it } from 'vitest';
import type { Location } from '../../src/diagnostic/diagnostic.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { type PartPlace, type RulePlace, rulePlaces } from '../../src/manifest/rule-places.ts';
import type { Cluster } from '../../src/policy/cluster.ts';
import { clusterOf } from './support.ts';

/** The text from a place's first character to its last. */
function textAt(text: string, { at, end }: PartPlace): string {
  const lines = text.split('\n');
  const offset = ({ line, column }: Location): number =>
    lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
  return text.slice(offset(at), offset(end));
}

function policiesOf(cluster: Cluster): readonly { readonly at: Location }[] {
  const { networkPolicies, adminPolicies, calicoPolicies, ciliumPolicies } = cluster;
  return [...networkPolicies, ...adminPolicies, ...calicoPolicies, ...ciliumPolicies];
}

/** `path line: words` of each rule, indented for its peers and ports; the text of peers and ports must hold their words. */
function outline(text: string): string[] {
  const [policy] = policiesOf(clusterOf(text));
  return rulePlaces(policy!)!.flatMap((rule: RulePlace) => [
    `${rule.path} :${rule.at.line}`,
    ...rule.peers.map(
      (part) => `  peer ${part.path} :${part.at.line}:${part.at.column} ${textAt(text, part)}`,
    ),
    ...rule.ports.map((part) => `  port ${part.path} :${part.at.line}:${part.at.column} ${part.words}`),
  ]);
}

const NETWORK_POLICY = `# before
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {}
  ingress:
  - from:
    - podSelector: {matchLabels: {app: a}}
    - ipBlock:
        cidr: 10.0.0.0/8
    ports:
    - {port: 80}
    - protocol: UDP
      port: dns
      # behind it
  - {}
  egress:
  - to: [{namespaceSelector: {}}]
`;

describe('places of rules', () => {
  it('are those of a NetworkPolicy', () => {
    expect(outline(NETWORK_POLICY)).toEqual([
      'spec.ingress[0] :8',
      '  peer spec.ingress[0].from[0] :9:7 podSelector: {matchLabels: {app: a}}',
      '  peer spec.ingress[0].from[1] :10:7 ipBlock:\n        cidr: 10.0.0.0/8',
      '  port spec.ingress[0].ports[0] :13:7 port: 80',
      '  port spec.ingress[0].ports[1] :14:7 protocol: UDP, port: dns',
      'spec.ingress[1] :17',
      'spec.egress[0] :19',
      '  peer spec.egress[0].to[0] :19:10 {namespaceSelector: {}}',
    ]);
  });

  it('are those of the cluster-wide kinds', () => {
    expect(
      outline(`apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: wide}
spec:
  tier: Admin
  priority: 3
  subject: {namespaces: {}}
  egress:
  - action: Deny
    to:
    - networks: [10.0.0.0/8, 192.168.0.0/16]
    - domainNames:
      - "*.example.com"
  - action: Accept
    to:
    - namespaces: {}
    protocols:
    - tcp: {destinationPort: {number: 80}}
    - destinationNamedPort: web
`),
    ).toEqual([
      'spec.egress[0] :9',
      '  peer spec.egress[0].to[0] :11:7 networks: [10.0.0.0/8, 192.168.0.0/16]',
      '  peer spec.egress[0].to[1] :12:7 domainNames:\n      - "*.example.com"',
      'spec.egress[1] :14',
      '  peer spec.egress[1].to[0] :16:7 namespaces: {}',
      '  port spec.egress[1].protocols[0] :18:7 tcp: {destinationPort: {number: 80}}',
      '  port spec.egress[1].protocols[1] :19:7 destinationNamedPort: web',
    ]);
  });

  it("are those of Calico's: nets one by one, else the side that names the peer", () => {
    expect(
      outline(`apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: wide}
spec:
  selector: all()
  types: [Ingress, Egress]
  ingress:
  - action: Allow
    protocol: TCP
    source:
      selector: app == 'a'
      ports: [1024]
    destination:
      ports:
      - 80
      - "90:99"
      - web
  egress:
  - action: Deny
    destination:
      nets:
      - 10.0.0.0/8
      - 192.168.0.0/16
  - action: Pass
    destination: {notNets: [10.0.0.0/8]}
  - action: Allow
    protocol: TCP
    destination: {ports: [53]}
`),
    ).toEqual([
      'spec.ingress[0] :8',
      "  peer spec.ingress[0].source :11:7 selector: app == 'a'\n      ports: [1024]",
      '  port spec.ingress[0].destination.ports[0] :15:9 80',
      '  port spec.ingress[0].destination.ports[1] :16:9 "90:99"',
      '  port spec.ingress[0].destination.ports[2] :17:9 web',
      '  port spec.ingress[0].source.ports[0] :12:15 1024',
      'spec.egress[0] :19',
      '  peer spec.egress[0].destination.nets[0] :22:9 10.0.0.0/8',
      '  peer spec.egress[0].destination.nets[1] :23:9 192.168.0.0/16',
      'spec.egress[1] :24',
      '  peer spec.egress[1].destination :25:18 {notNets: [10.0.0.0/8]}',
      'spec.egress[2] :26',
      '  port spec.egress[2].destination.ports[0] :28:27 53',
    ]);
  });

  it("are those of Cilium's: spec by spec, lists of peers of any name, types of ICMP as ports", () => {
    const text = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: c, namespace: shop}
specs:
- endpointSelector: {}
  ingressDeny:
  - fromEntities: [world]
  ingress:
  - fromEndpoints:
    - matchLabels: {app: a}
    toPorts:
    - ports: [{port: "80", protocol: TCP}]
    - ports: [{port: "90"}, {port: web}]
- endpointSelector: {}
  egress:
  - toCIDRSet:
    - {cidr: 10.0.0.0/8}
  - icmps:
    - fields: [{type: 8}, {family: IPv6, type: 128}]
`;
    expect(outline(text)).toEqual([
      'specs[0].ingress[0] :9',
      '  peer specs[0].ingress[0].fromEndpoints[0] :10:7 matchLabels: {app: a}',
      '  port specs[0].ingress[0].toPorts[0].ports[0] :12:15 port: "80", protocol: TCP',
      '  port specs[0].ingress[0].toPorts[1].ports[0] :13:15 port: "90"',
      '  port specs[0].ingress[0].toPorts[1].ports[1] :13:29 port: web',
      'specs[0].ingressDeny[0] :7',
      '  peer specs[0].ingressDeny[0].fromEntities[0] :7:20 world',
      'specs[1].egress[0] :16',
      '  peer specs[1].egress[0].toCIDRSet[0] :17:7 {cidr: 10.0.0.0/8}',
      'specs[1].egress[1] :18',
      '  port specs[1].egress[1].icmps[0].fields[0] :19:16 type: 8',
      '  port specs[1].egress[1].icmps[0].fields[1] :19:27 family: IPv6, type: 128',
    ]);
    expect(
      rulePlaces(policiesOf(clusterOf(text))[0]!)!.map(({ spec, list, index, direction }) => [
        spec,
        list,
        index,
        direction,
      ]),
    ).toEqual([
      [0, 'ingress', 0, 'ingress'],
      [0, 'ingressDeny', 0, 'ingress'],
      [1, 'egress', 0, 'egress'],
      [1, 'egress', 1, 'egress'],
    ]);
  });

  it('stand in the lines of the file, wherever in it the policy is', () => {
    const item = (name: string): string =>
      `  - metadata: {name: ${name}}\n    spec: {podSelector: {}, ingress: [{ports: [{port: 1}]}]}\n`;
    const list = `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicyList\nitems:\n${item('a')}${item('b')}`;
    const text = `${NETWORK_POLICY}---\n${list}...\n${NETWORK_POLICY.replace('web', 'other')}`;
    const ports = policiesOf(clusterOf(text))
      .map((policy) => rulePlaces(policy)![0]!.ports[0]!)
      .sort((a, b) => a.at.line - b.at.line);
    expect(ports.map(({ at }) => at.line)).toEqual([13, 25, 27, 41]);
    expect(ports.map((port) => textAt(text, port))).toEqual([
      '{port: 80}',
      '{port: 1}',
      '{port: 1}',
      '{port: 80}',
    ]);
  });

  it('are those of JSON lists and of Windows line ends', () => {
    const spec = { podSelector: {}, ingress: [{ ports: [{ port: 1 }] }] };
    const meta = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'a' }, spec };
    const json = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [meta] }, null, 1);
    const [policy] = policiesOf(clusterOf(json));
    expect(textAt(json, rulePlaces(policy!)![0]!.ports[0]!)).toBe('{\n        "port": 1\n       }');
    const windows = NETWORK_POLICY.replaceAll('\n', '\r\n');
    const places = rulePlaces(policiesOf(clusterOf(windows))[0]!)!;
    expect(places[0]!.ports[1]!.at).toMatchObject({ line: 14, column: 7 });
  });

  it('are where the rules of the model say that they stand', () => {
    const { networkPolicies } = clusterOf(NETWORK_POLICY);
    const places = rulePlaces(networkPolicies[0]!)!;
    const { ingress, egress } = networkPolicies[0]!;
    expect(places.map(({ at }) => at)).toEqual([...ingress, ...egress].map(({ at }) => at));
    expect(places.flatMap(({ peers }) => peers.map(({ at }) => at))).toEqual(
      [...ingress, ...egress].flatMap(({ peers }) => peers.map(({ at }) => at)),
    );
  });

  it('are not known of policies that no manifest holds', () => {
    const { value } = loadCluster(['-'], { stdin: NETWORK_POLICY });
    expect(rulePlaces({ at: { ...value.networkPolicies[0]!.at } })).toBeUndefined();
  });
});
