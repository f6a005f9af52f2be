/** What the APIs leave open is a closed list: each choice has its sentence, its knob and a case, and every open verdict names one. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createOpenFinder } from '../../src/analysis/replay/open-flows.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { KNOB_FORMS } from '../../src/policy/cni/knob-forms.ts';
import { KUBERNETES } from '../../src/policy/cni/kubernetes.ts';
import { OPEN_CHOICES, openSentence } from '../../src/policy/open-choice.ts';
import { createWorld } from '../../src/policy/world.ts';
import { checkSuite } from '../../src/suite/check.ts';
import { parseSuite, readSuite } from '../../src/suite/read.ts';
import { VERDICT_UNSPECIFIED } from '../../src/tables/verdict-layout.ts';

const CONFORMANCE = join(import.meta.dirname, '../conformance');

const OTHERS = `
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: { name: named }
spec:
  priority: 1
  subject: { pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: web } } } }
  ingress:
    - action: Deny
      from: [{ namespaces: {} }]
      ports: [{ namedPort: serve }]
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: { name: one }
spec:
  priority: 2
  subject: { namespaces: {} }
  ingress: [{ action: Allow, from: [{ namespaces: {} }], ports: [{ portNumber: { protocol: TCP, port: 99 } }] }]
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: { name: other }
spec:
  priority: 2
  subject: { namespaces: {} }
  ingress: [{ action: Deny, from: [{ namespaces: {} }], ports: [{ portNumber: { protocol: TCP, port: 99 } }] }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: to-service, namespace: home }
spec:
  podSelector: { matchLabels: { app: api } }
  policyTypes: [Egress]
  egress: [{ to: [{ ipBlock: { cidr: 10.96.0.50/32 } }] }]
---
apiVersion: v1
kind: Pod
metadata: { name: udp, namespace: home, labels: { app: web } }
spec: { nodeName: node1, containers: [{ name: main, ports: [{ name: serve, containerPort: 7000, protocol: UDP }] }] }
status: { phase: Running, podIP: 10.244.1.77, podIPs: [{ ip: 10.244.1.77 }] }
`;

/** The choices that leave the flows of a suite open under the specification. */
function choicesOf(name: string): (string | undefined)[] {
  const { value: suite } = readSuite(join(CONFORMANCE, 'cases', name));
  const { value: cluster } = loadCluster(suite.manifests);
  const { value } = checkSuite(suite, createWorld(cluster, KUBERNETES));
  return value.results.flatMap(({ answer, open }) => {
    expect([name, open !== undefined]).toEqual([name, answer.verdict === 'unspecified']);
    return open ?? [];
  });
}

function otherChoices(): (string | undefined)[] {
  const { value: cluster } = loadCluster(
    ['-', join(CONFORMANCE, 'cast.yaml'), join(CONFORMANCE, 'namespaces.yaml')],
    {
      stdin: OTHERS,
    },
  );
  const { value: suite } = parseSuite(
    's.yaml',
    `flows:
  - { flow: tcp home/cli > home/other:99, expect: unspecified }
  - { flow: udp home/cli > home/udp:7000, expect: unspecified }
  - { flow: "tcp home/api > service:home/web:80", expect: unspecified }
`,
  );
  const { value } = checkSuite(suite, createWorld(cluster, KUBERNETES));
  expect(value.results.map(({ difference }) => difference)).toEqual(['', '', '']);
  return value.results.map(({ open }) => open);
}

test('every choice has a case, and every open verdict of the cases names its choice', () => {
  const cases = readdirSync(join(CONFORMANCE, 'cases')).flatMap(choicesOf);
  expect(otherChoices()).toEqual(['equal-priority', 'protocols-of-a-name', 'service-destination']);
  expect([...new Set([...cases, ...otherChoices()])].sort()).toEqual(Object.keys(OPEN_CHOICES).sort());
});

test('every knob that can be left open has its choice, every choice words and a source', () => {
  const open = Object.entries(KNOB_FORMS)
    .filter(([, form]) => 'words' in form && 'unspecified' in form.words)
    .map(([knob]) => knob);
  const named = Object.keys(OPEN_CHOICES).map((choice) => openSentence(choice as keyof typeof OPEN_CHOICES));
  expect(named.flatMap(({ knob }) => knob ?? []).sort()).toEqual(open.sort());
  for (const { says, source } of named) {
    expect(says).toMatch(/^\w.{30,}[^.]$/);
    expect(source).toMatch(/^kubernetes(-sigs)?\/(website|network-policy-api) .+\)$/);
  }
});

test.each(['explain', 'test', 'replay'])('the schema of %s lists the choices', (name) => {
  const schema = JSON.parse(
    readFileSync(join(import.meta.dirname, `../../schemas/${name}.v1.json`), 'utf8'),
  ) as { definitions: { open: { properties: { choice: { enum: string[] } } } } };
  expect(schema.definitions.open.properties.choice.enum).toEqual(Object.keys(OPEN_CHOICES));
});

test('an open flow of a replay is asked of the judge once more', () => {
  const policy = join(CONFORMANCE, 'policies/web-from-cli-8080.yaml');
  const { value: cluster } = loadCluster([
    join(CONFORMANCE, 'cast.yaml'),
    join(CONFORMANCE, 'namespaces.yaml'),
    policy,
  ]);
  const openOf = createOpenFinder([createWorld(cluster, KUBERNETES)]);
  const tally = {
    family: 4,
    src: [0x0a_f4_02_14, 0, 0, 0],
    dst: [0x0a_f4_01_0a, 0, 0, 0],
    judgedDst: [0x0a_f4_01_0a, 0, 0, 0],
    verdict: VERDICT_UNSPECIFIED,
    reason: 0,
    hook: 0,
    egress: 0,
    ingress: 0,
    packets: 1,
    bytes: 1,
    connections: 1,
    sport: 0,
    epoch: 0,
  } as const;
  expect(openOf({ ...tally, protocol: 1, dport: 8 << 8, judgedDport: 8 << 8 })).toBe('other-protocols');
  // Policy has an answer for it, so it was open for another reason.
  expect(openOf({ ...tally, protocol: 6, dport: 8080, judgedDport: 8080 })).toBe('invalid-packets');
});
