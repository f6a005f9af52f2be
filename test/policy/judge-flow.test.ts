import { describe, expect, test } from 'vitest';
import { formatFlow, parseFlow } from '../../src/flow/notation.ts';
import { formatAddress } from '../../src/net/address.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { KUBERNETES } from '../../src/policy/cni/kubernetes.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { type FlowAnswer, judgeFlow } from '../../src/policy/judge/judge-flow.ts';
import { resolveFlow } from '../../src/policy/judge/resolve-flow.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { fixtureWith } from '../examine.ts';

const policy = (spec: string, namespace = 'x'): string =>
  `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: p, namespace: "${namespace}" }\nspec: ${spec}\n`;

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop, namespace: z }
spec:
  replicas: 2
  selector: { matchLabels: { app: shop } }
  template: { metadata: { labels: { app: shop } }, spec: { containers: [{ name: c, ports: [{ name: http, containerPort: 8080 }] }] } }
`;

function read(text: string) {
  const parsed = parseFlow(text);
  if (!('flow' in parsed)) throw new Error(parsed.problem);
  return parsed.flow;
}

function answer(text: string, world: World): FlowAnswer {
  const { value, diagnostics } = judgeFlow(read(text), world);
  expect(diagnostics).toEqual([]);
  return value!;
}

function packets(text: string, world: World): string[] {
  const { value, diagnostics } = resolveFlow(read(text), world);
  expect(diagnostics).toEqual([]);
  return value.map(
    ({ source, destination, destinationPort, icmp }) =>
      `${formatAddress(source)} to ${formatAddress(destination)} ${destinationPort ?? (icmp && `type ${icmp.type}`) ?? '-'}`,
  );
}

const plain = createWorld(fixtureWith(deployment), CALICO);

describe('names become packets', () => {
  test('a pod has all its addresses, paired by family', () => {
    expect(packets('tcp x/a to y/a:80', plain)).toEqual([
      '10.0.1.1 to 10.0.2.1 80',
      'fd00:1::1 to fd00:2::1 80',
    ]);
    expect(packets('icmp x/a to y/a', plain)).toEqual(['10.0.1.1 to 10.0.2.1 type 8']);
    expect(packets('icmpv6 x/a to y/a', plain)).toEqual(['fd00:1::1 to fd00:2::1 type 128']);
    expect(packets('proto:47 node:n1 to x/h', plain)).toEqual(['192.168.0.11 to 192.168.0.11 -']);
  });

  test('a port name is resolved at each destination', () => {
    expect(packets('tcp 10.0.1.1 to y/b:http', plain)).toEqual(['10.0.1.1 to 10.0.2.2 8080']);
    expect(packets('udp 10.0.1.1 to 10.0.1.3:http', plain)).toEqual(['10.0.1.1 to 10.0.1.3 80']);
  });

  test('a service is its virtual address as a destination, its backends as a source', () => {
    expect(packets('tcp x/a to service:y/web:80', plain)).toEqual(['10.0.1.1 to 10.96.0.10 80']);
    expect(packets('tcp service:y/web to 10.0.1.1:80', plain)).toEqual(['10.0.2.1 to 10.0.1.1 80']);
  });

  test('a workload is all its pods', () => {
    expect(resolveFlow(read('tcp 10.0.1.1 to z/deployment/shop:http'), plain).value).toHaveLength(2);
  });

  test('a host-network pod is known by name', () => {
    const [packet] = resolveFlow(read('tcp x/h to x/a:80'), plain).value;
    expect(packet!.sourceHostNetworkPod?.name).toBe('h');
    const [byAddress] = resolveFlow(read('tcp 192.168.0.11 to x/a:80'), plain).value;
    expect(byAddress!.sourceHostNetworkPod).toBeUndefined();
  });
});

describe('names that mean nothing', () => {
  test.each([
    ['tcp x/aa to x/b:80', 'flow/unknown-name', 'x/a'],
    ['tcp z/shop to x/b:80', 'flow/unknown-name', 'z/Deployment/shop'],
    ['tcp y/web to x/b:80', 'flow/unknown-name', 'service:y/web'],
    ['tcp node:n4 to x/b:80', 'flow/unknown-name', 'node:n1'],
    ['tcp x/a to service:y/wep:80', 'flow/unknown-name', 'service:y/web'],
    ['tcp x/a to service:y/web:81', 'flow/unknown-port', 'tcp 80'],
    ['tcp x/a to x/c:http', 'flow/unknown-port', 'http (udp 80)'],
    ['tcp x/a to 203.0.113.9:http', 'flow/unknown-port', 'names no ports'],
    ['tcp 203.0.113.9 to [fd00:1::1]:80', 'flow/family', ''],
  ])('%s', (text, code, hint) => {
    const { value, diagnostics } = judgeFlow(read(text), plain);
    expect(value).toBeUndefined();
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
    expect(diagnostics[0]!.hint ?? '').toContain(hint);
  });

  test('both sides are reported at once', () => {
    expect(judgeFlow(read('tcp x/q to x/r:80'), plain).diagnostics).toHaveLength(2);
  });
});

describe('the answer to a flow', () => {
  test('agreeing packets give their verdict', () => {
    const world = createWorld(fixtureWith(policy('{ podSelector: {} }')), CALICO);
    expect(answer('tcp y/a to x/a:80', world)).toMatchObject({
      verdict: 'deny',
      reason: 'tier-end',
      examples: [],
    });
  });

  test('families that differ are undetermined, with an example of each', () => {
    const world = createWorld(
      fixtureWith(policy('{ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 10.0.2.0/24 } }] }] }')),
      CALICO,
    );
    const { verdict, reason, examples } = answer('tcp y/a to x/a:80', world);
    expect({ verdict, reason }).toEqual({ verdict: 'undetermined', reason: 'pods-differ' });
    expect(examples.map(({ decision, source }) => `${source} ${decision.verdict}`)).toEqual([
      'y/a (10.0.2.1) allow',
      'y/a (fd00:2::1) deny',
    ]);
  });

  test('backends that differ are undetermined', () => {
    const world = createWorld(
      fixtureWith(
        `${policy('{ podSelector: { matchLabels: { app: db } } }', 'y')}\n---\n` +
          '{ apiVersion: v1, kind: Service, metadata: { name: all, namespace: "y" }, spec: { clusterIP: 10.96.0.20, clusterIPs: [10.96.0.20], selector: { team: blue }, ports: [{ port: 80 }] } }',
        (fixture) =>
          fixture
            .replaceAll(
              'namespace: "y", labels: { app: web }',
              'namespace: "y", labels: { app: web, team: blue }',
            )
            .replaceAll(
              'namespace: "y", labels: { app: db }',
              'namespace: "y", labels: { app: db, team: blue }',
            ),
      ),
      CALICO,
    );
    const { verdict, reason, parts } = answer('tcp x/a to service:y/all:80', world);
    expect({ verdict, reason }).toEqual({ verdict: 'undetermined', reason: 'backends-differ' });
    // The host-network pod is a backend too.
    expect(parts[0]!.decision.backends!.map(({ decision }) => decision.verdict)).toEqual([
      'allow',
      'deny',
      'allow',
    ]);
  });

  test('all ports are answered by range', () => {
    const world = createWorld(
      fixtureWith(
        policy('{ podSelector: {}, ingress: [{ ports: [{ port: 80, endPort: 90 }, { port: http }] }] }'),
      ),
      CALICO,
    );
    const { verdict, reason, parts } = answer('tcp 10.0.2.1 to 10.0.1.2:*', world);
    expect({ verdict, reason }).toEqual({ verdict: 'undetermined', reason: 'missing-field' });
    expect(parts.map(({ ports, decision }) => `${ports!.first}-${ports!.last} ${decision.verdict}`)).toEqual([
      '1-79 deny',
      '80-90 allow',
      '91-8079 deny',
      '8080-8080 allow',
      '8081-65535 deny',
    ]);
    const all = answer('tcp 10.0.2.1 to 10.0.3.1:*', world);
    expect(all.verdict).toBe('allow');
    expect(all.parts.map(({ ports }) => ports)).toEqual([{ first: 1, last: 65535 }]);
  });
});

describe('a field that is not known', () => {
  const world = createWorld(
    fixtureWith(
      policy('{ podSelector: {}, ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port: 80 }] }] }'),
    ),
    CALICO,
  );
  const [packet] = resolveFlow(read('tcp y/a to x/a:*'), world).value;

  test('is undetermined when it matters', () => {
    const found = judge(packet!, world);
    expect(found).toMatchObject({ verdict: 'undetermined', reason: 'missing-field', hook: 'none' });
    expect(found.notes[0]).toContain('port 1: deny, port 80: allow');
  });

  test('does not matter when every value leads to one verdict', () => {
    const outside = resolveFlow(read('tcp 203.0.113.9 to x/a:*'), world).value[0]!;
    expect(judge(outside, world)).toMatchObject({ verdict: 'deny', reason: 'tier-end', hook: 'ingress' });
  });

  test('an unknown ICMPv6 type may be neighbour discovery', () => {
    const { icmp: _, ...unknown } = resolveFlow(read('icmpv6 y/a to x/a'), world).value[0]!;
    expect(judge(unknown, world)).toMatchObject({ verdict: 'undetermined', reason: 'missing-field' });
    expect(judge(unknown, world).notes[0]).toBe(
      'the ICMP type is not known, and it decides: type 0 code 0: deny, type 130 code 0: allow',
    );
    expect(judge({ ...unknown, icmp: { type: 135, code: 0 } }, world)).toMatchObject({
      verdict: 'allow',
      reason: 'untracked',
    });
    expect(judge({ ...unknown, icmp: { type: 128, code: 0 } }, world).verdict).toBe('deny');
  });
});

describe('exemptions', () => {
  const denied = createWorld(
    fixtureWith(policy('{ podSelector: {}, policyTypes: [Ingress, Egress] }')),
    CALICO,
  );
  const opened = createWorld(fixtureWith(''), CALICO);
  const api = createWorld(fixtureWith(policy('{ podSelector: {}, policyTypes: [Egress] }')), KUBERNETES);

  test.each<[string, World, string]>([
    ['tcp 203.0.113.9 to 203.0.113.10:80', denied, 'allow no-endpoint none'],
    ['tcp x/a to 192.168.0.11:10250', opened, 'allow endpoint-to-host egress'],
    ['tcp x/a to 192.168.0.11:10250', denied, 'deny tier-end egress'],
    ['tcp x/a to 192.168.0.11:10250', api, 'allow endpoint-to-host none'],
    ['tcp x/a to 192.168.0.12:10250', api, 'deny tier-end egress'],
    ['udp x/a to 203.0.113.9:4789', opened, 'deny workload-encap egress'],
    ['proto:4 x/a to 203.0.113.9', opened, 'deny workload-encap egress'],
    ['udp 203.0.113.9 to x/a:4789', opened, 'allow profile ingress'],
    ['tcp y/a to x/a:80', opened, 'allow profile ingress'],
    ['tcp x/a to y/a:80', denied, 'deny tier-end egress'],
  ])('%s', (text, world, expected) => {
    for (const { decision } of answer(text, world).parts)
      expect(`${decision.verdict} ${decision.reason} ${decision.hook}`).toBe(expected);
  });

  test('behind a deny no hook is walked', () => {
    const [{ decision }] = answer('tcp x/a to x/b:80', denied).parts as [FlowAnswer['parts'][number]];
    expect(decision.hooks.map(({ hook }) => hook)).toEqual(['egress']);
  });
});

describe('services', () => {
  const service = (policyText: string): string =>
    `\n---\n{ apiVersion: v1, kind: Service, metadata: { name: local, namespace: x }, spec: { clusterIP: 10.96.0.30, clusterIPs: [10.96.0.30], ${policyText}, selector: { app: db }, ports: [{ port: 80, targetPort: 8080 }] } }`;

  test('the destination is judged after it was rewritten', () => {
    const world = createWorld(fixtureWith(policy('{ podSelector: {} }', 'y')), CALICO);
    const [part] = answer('tcp x/a to service:y/web:80', world).parts;
    expect(part!.decision).toMatchObject({ verdict: 'deny', judgedPort: 80 });
    expect(formatAddress(part!.decision.judgedDestination)).toBe('10.0.2.1');
    expect(part!.decision.virtualPort!.service.name).toBe('web');
  });

  test('internal traffic policy Local keeps the backends of the source node', () => {
    const world = createWorld(fixtureWith(service('internalTrafficPolicy: Local').slice(5)), CALICO);
    const judged = (text: string) => formatAddress(answer(text, world).parts[0]!.decision.judgedDestination);
    expect(judged('tcp x/a to 10.96.0.30:80')).toBe('10.0.1.2');
    const [elsewhere] = answer('tcp z/a to 10.96.0.30:80', world).parts;
    expect(formatAddress(elsewhere!.decision.judgedDestination)).toBe('10.96.0.30');
    expect(elsewhere!.decision.notes.join()).toContain('no ready backend');
  });
});

test('a flow is printed as it was meant', () => {
  expect(formatFlow(read('tcp x/a > service:y/web:80'))).toBe('tcp x/a to service:y/web:80');
});
