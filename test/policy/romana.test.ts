/** What Romana makes of policies beyond the cases of test/conformance: segments, tenants, ports for all peers, and what it is said to ignore. */
import { expect, test } from 'vitest';
import { loadCluster } from '../../src/manifest/load.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { unenforced } from '../../src/policy/resolve/enforcement.ts';
import { createWorld } from '../../src/policy/world.ts';
import { checkSuite } from '../../src/suite/check.ts';
import { parseSuite } from '../../src/suite/read.ts';

const ROMANA = cniProfile('romana')!;
const DENY = '{"ingress": {"isolation": "DefaultDeny"}}';

const namespace = (name: string, annotations: object): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, annotations } });

const pod = (at: string, name: string, address: string, labels: object): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: at, labels },
    spec: { nodeName: 'n1', containers: [{ name: 'main' }] },
    status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }] },
  });

const CAST = [
  namespace('home', { 'net.beta.kubernetes.io/network-policy': DENY }),
  namespace('away', { 'net.beta.kubernetes.io/networkpolicy': DENY }),
  namespace('open', { 'net.beta.kubernetes.io/network-policy': 'DefaultDeny' }),
  pod('home', 'front', '10.1.0.1', { 'romana.io/segment': 'front', app: 'web' }),
  pod('home', 'back', '10.1.0.2', { 'romana.io/segment': 'back', app: 'db' }),
  pod('away', 'client', '10.1.0.3', { 'romana.io/segment': 'front' }),
  pod('open', 'pod', '10.1.0.4', {}),
];

const policy = (at: string, name: string, spec: object): string =>
  JSON.stringify({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: at },
    spec,
  });

const segment = (name: string): object => ({ matchLabels: { 'romana.io/segment': name, app: 'nobody' } });

/** The flows of a suite that do not come out as it says, and the warnings. */
function check(policies: readonly string[], text: string): { wrong: string[]; warnings: string[] } {
  const { value: cluster, diagnostics } = loadCluster(['-'], {
    stdin: [...CAST, ...policies].join('\n'),
  });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const { value: suite } = parseSuite('suite.yaml', text);
  const { value, diagnostics: strange } = checkSuite(suite, createWorld(cluster, ROMANA));
  expect(strange).toEqual([]);
  return {
    wrong: value.results.flatMap(({ flow, difference }) =>
      difference === '' ? [] : [`${flow}: ${difference}`],
    ),
    warnings: unenforced(cluster, ROMANA),
  };
}

test('an annotation isolates a namespace, in either spelling, and nothing else does', () => {
  const { wrong } = check(
    [
      policy('open', 'deny', {
        podSelector: {},
        ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 1 }] }],
      }),
    ],
    `
flows:
  - { flow: tcp open/pod > home/front:80, expect: deny, by: Namespace/home }
  - { flow: tcp home/front > home/back:80, expect: deny }
  - { flow: tcp open/pod > away/client:80, expect: deny, by: Namespace/away }
allow: [tcp home/front > open/pod:80, tcp away/client > open/pod:80, tcp home/front > 192.0.2.1:80]
`,
  );
  expect(wrong).toEqual([]);
});

test('segments select pods, other labels do not; a peer names a namespace', () => {
  const rules = { from: [{ podSelector: segment('front') }], ports: [{ port: 80 }] };
  const { wrong } = check(
    [policy('home', 'back', { podSelector: segment('back'), ingress: [rules] })],
    `
allow: [tcp home/front > home/back:80]
deny: [tcp home/back > home/front:80, tcp away/client > home/back:80, tcp home/front > home/back:81]
`,
  );
  expect(wrong).toEqual([]);
  const named = { from: [{ namespaceSelector: { matchLabels: { namespace: 'away' } } }] };
  const other = { from: [{ namespaceSelector: { matchLabels: { team: 'away' } } }] };
  expect(
    check(
      [policy('home', 'named', { podSelector: { matchLabels: { app: 'db' } }, ingress: [named] })],
      'allow: [tcp away/client > home/front:80]\ndeny: [tcp home/back > home/front:80, tcp open/pod > home/front:80]\n',
    ).wrong,
  ).toEqual([]);
  expect(
    check(
      [policy('home', 'other', { podSelector: {}, ingress: [other] })],
      'allow: [tcp home/back > home/front:80]\ndeny: [tcp away/client > home/front:80]\n',
    ).wrong,
  ).toEqual([]);
});

test('ports of one rule hold for the peers of all', () => {
  const ingress = [
    { from: [{ podSelector: segment('front') }], ports: [{ port: 80 }] },
    { from: [{ namespaceSelector: { matchLabels: { namespace: 'away' } } }], ports: [{ port: 443 }] },
  ];
  const { wrong } = check(
    [policy('home', 'back', { podSelector: {}, ingress })],
    `
allow: [tcp home/front > home/back:443, tcp away/client > home/back:80, tcp away/client > home/back:443]
deny: [tcp home/back > home/front:80, tcp away/client > home/back:81]
`,
  );
  expect(wrong).toEqual([]);
});

test('a policy without a rule of ingress, wherever it stands, shuts what is isolated; both are said', () => {
  const open = { podSelector: {}, ingress: [{}] };
  expect(check([policy('home', 'open', open)], 'allow: [tcp open/pod > home/front:80]\n')).toEqual({
    wrong: [],
    warnings: [],
  });
  const egress = policy('open', 'egress', { podSelector: {}, policyTypes: ['Egress'] });
  expect(
    check(
      [policy('home', 'open', open), egress],
      'deny: [tcp open/pod > home/front:80]\nallow: [tcp home/front > open/pod:80]\n',
    ),
  ).toEqual({
    wrong: [],
    warnings: [
      '1 NetworkPolicy is not enforced by romana, which polices namespaces annotated DefaultDeny alone: open/egress',
      'romana writes no rule of any policy while one has no rule of ingress: open/egress',
    ],
  });
});
