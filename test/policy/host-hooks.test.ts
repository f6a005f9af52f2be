/** Which hooks a packet meets at nodes with host endpoints, in order, and what they make of it. */
import { describe, expect, test } from 'vitest';
import { formatAddress } from '../../src/net/address.ts';
import { calico, decide, gnp, met, summary, worldOf } from './host-cluster.ts';

const TYPES = 'types: [Ingress, Egress]';
/** Policies that make every hook ask and leave every packet alone. */
const LOGS = 'ingress: [{ action: Log }], egress: [{ action: Log }]';
const EVERYWHERE = [
  gnp('raw', `doNotTrack: true, applyOnForward: true, ${TYPES}, ${LOGS}`),
  gnp('pre', 'preDNAT: true, applyOnForward: true, types: [Ingress], ingress: [{ action: Log }]'),
  gnp('forward', `applyOnForward: true, ${TYPES}, ingress: [{ action: Allow }], egress: [{ action: Allow }]`),
];

describe('where each kind of traffic meets policy', () => {
  const world = worldOf(...EVERYWHERE);
  test.each<[string, string, string[]]>([
    [
      'pod to pod of one node',
      'tcp x/a to x/b:80',
      [
        'pre-dnat n1-all pods continue',
        'forward-ingress n1-all pods allow',
        'egress a allow',
        'ingress b allow',
        'forward-egress n1-all pods allow',
      ],
    ],
    [
      'pod to outside, all interfaces',
      'tcp x/a to 203.0.113.9:80',
      [
        'pre-dnat n1-all pods continue',
        'forward-ingress n1-all pods allow',
        'egress a allow',
        'forward-egress n1-all main allow',
      ],
    ],
    [
      'pod to outside, a named interface',
      'tcp x/c to 203.0.113.9:80',
      ['egress c allow', 'forward-egress n2-eth0 main allow'],
    ],
    [
      'outside to pod',
      'tcp 203.0.113.9 to x/c:80',
      [
        'untracked-ingress n2-eth0 main continue',
        'pre-dnat n2-eth0 main continue',
        'forward-ingress n2-eth0 main allow',
        'ingress c allow',
      ],
    ],
    ['pod to its own host', 'tcp x/a to 192.168.0.1:80', ['pre-dnat n1-all pods continue', 'egress a allow']],
    ['host to its own pod', 'tcp node:n1 to x/a:80', []],
    ['host to itself', 'tcp node:n2 to 192.168.0.2:80', []],
    [
      'host to outside',
      'tcp node:n2 to 203.0.113.9:80',
      ['untracked-egress n2-eth0 main continue', 'host-egress n2-eth0 main allow'],
    ],
    [
      'outside to host',
      'tcp 203.0.113.9 to 192.168.0.2:80',
      [
        'untracked-ingress n2-eth0 main continue',
        'pre-dnat n2-eth0 main continue',
        'host-ingress n2-eth0 main allow',
      ],
    ],
    [
      'outside to a host of all interfaces, where untracked policy is ignored',
      'tcp 203.0.113.9 to 192.168.0.1:80',
      ['pre-dnat n1-all main continue', 'host-ingress n1-all main allow'],
    ],
    [
      'host to host',
      'tcp node:n2 to 192.168.0.1:80',
      [
        'untracked-egress n2-eth0 main continue',
        'host-egress n2-eth0 main allow',
        'pre-dnat n1-all main continue',
        'host-ingress n1-all main allow',
      ],
    ],
    [
      'pod to pod of another node',
      'tcp x/a to x/c:80',
      [
        'pre-dnat n1-all pods continue',
        'forward-ingress n1-all pods allow',
        'egress a allow',
        'forward-egress n1-all main allow',
        'untracked-ingress n2-eth0 main continue',
        'pre-dnat n2-eth0 main continue',
        'forward-ingress n2-eth0 main allow',
        'ingress c allow',
      ],
    ],
    [
      'pod to another host',
      'tcp x/d to 192.168.0.2:80',
      [
        'egress d allow',
        'untracked-ingress n2-eth0 main continue',
        'pre-dnat n2-eth0 main continue',
        'host-ingress n2-eth0 main allow',
      ],
    ],
    ['no host endpoint on the way', 'tcp 203.0.113.9 to x/d:80', ['ingress d allow']],
  ])('%s: %s', (_, flow, expected) => {
    expect(met(decide(flow, world))).toEqual(expected);
  });

  test('hosts that nobody governs have no endpoint', () => {
    expect(summary(decide('tcp 203.0.113.9 to 192.168.0.3:80', world))).toBe('allow no-endpoint none');
    expect(summary(decide('tcp node:n1 to x/a:80', world))).toBe('allow host-to-local none');
  });
});

describe('normal policy of hosts', () => {
  test('what nothing allows is dropped, but for failsafe ports', () => {
    const world = worldOf(gnp('deny', `${TYPES}`));
    expect(summary(decide('tcp 203.0.113.9 to 192.168.0.2:80', world))).toBe(
      'deny tier-end host-ingress deny',
    );
    expect(summary(decide('tcp 203.0.113.9 to 192.168.0.2:22', world))).toBe('allow failsafe host-ingress');
    expect(summary(decide('udp node:n2 to 203.0.113.9:53', world))).toBe('allow failsafe host-egress');
    expect(summary(decide('tcp node:n2 to 203.0.113.9:22', world))).toBe('deny tier-end host-egress deny');
  });

  test('failsafe ports do nothing for pods and for what a host passes on', () => {
    const world = worldOf(gnp('deny', `applyOnForward: true, ${TYPES}`));
    expect(summary(decide('tcp 203.0.113.9 to x/c:22', world))).toBe('deny tier-end forward-ingress deny');
  });

  test('a named host endpoint without policy and profile drops everything but failsafe ports', () => {
    const world = worldOf(calico('HostEndpoint', 'n3-eth0', '{ node: n3, interfaceName: eth0 }'));
    expect(summary(decide('tcp 203.0.113.9 to 192.168.0.3:80', world))).toBe('deny no-profile host-ingress');
    expect(summary(decide('tcp 203.0.113.9 to 192.168.0.3:22', world))).toBe('allow failsafe host-ingress');
    expect(summary(decide('tcp 203.0.113.9 to x/d:80', world))).toBe('allow profile ingress');
  });

  test('normal policy never governs what a host passes on, nor what its pods send it', () => {
    const world = worldOf(gnp('deny', `${TYPES}`));
    expect(summary(decide('tcp x/a to 192.168.0.1:80', world))).toBe('allow endpoint-to-host egress');
    expect(summary(decide('tcp 203.0.113.9 to x/c:80', world))).toBe('allow profile ingress');
    expect(summary(decide('tcp node:n1 to x/a:80', world))).toBe('allow host-to-local none');
  });

  test('the default allow profile of hosts', () => {
    expect(summary(decide('tcp 203.0.113.9 to 192.168.0.2:80', worldOf()))).toBe(
      'allow profile host-ingress',
    );
  });

  test('NetworkPolicies never select hosts', () => {
    const all =
      '{ apiVersion: projectcalico.org/v3, kind: NetworkPolicy, metadata: { name: p, namespace: x }, spec: { types: [Ingress] } }';
    expect(summary(decide('tcp 203.0.113.9 to 192.168.0.2:80', worldOf(all)))).toBe(
      'allow profile host-ingress',
    );
  });
});

describe('policy for forwarded traffic', () => {
  test('none at all lets through', () => {
    expect(met(decide('tcp 203.0.113.9 to x/c:80', worldOf()))).toEqual(['ingress c allow']);
  });

  test('some, and none of it matches: the end of the tier drops', () => {
    const world = worldOf(
      gnp(
        'web',
        'applyOnForward: true, types: [Ingress], ingress: [{ action: Allow, protocol: TCP, destination: { ports: [80] } }]',
      ),
    );
    expect(summary(decide('tcp 203.0.113.9 to x/c:80', world))).toBe('allow profile ingress');
    expect(summary(decide('tcp 203.0.113.9 to x/c:81', world))).toBe('deny tier-end forward-ingress web');
    expect(met(decide('tcp x/c to 203.0.113.9:81', world))).toEqual(['egress c allow']);
  });

  test('a tier that passes at its end leaves the packet alone', () => {
    const world = worldOf(
      calico('Tier', 'soft', '{ order: 10, defaultAction: Pass }'),
      calico(
        'GlobalNetworkPolicy',
        'soft.none',
        '{ tier: soft, selector: has(host), applyOnForward: true, types: [Ingress] }',
      ),
    );
    expect(met(decide('tcp 203.0.113.9 to x/c:80', world))).toEqual([
      'forward-ingress n2-eth0 main continue',
      'ingress c allow',
    ]);
  });
});

describe('pre-DNAT and untracked policy', () => {
  test('the end of a tier never drops; a deny does', () => {
    const world = worldOf(
      gnp(
        'pre',
        'preDNAT: true, applyOnForward: true, types: [Ingress], ingress: [{ action: Deny, protocol: TCP, destination: { ports: [80, 22] } }]',
      ),
    );
    expect(summary(decide('tcp 203.0.113.9 to x/c:80', world))).toBe('deny policy pre-dnat pre');
    expect(summary(decide('tcp 203.0.113.9 to x/c:81', world))).toBe('allow profile ingress');
    // Failsafe ports are left to the hooks behind.
    expect(met(decide('tcp 203.0.113.9 to 192.168.0.2:22', world))).toEqual([
      'pre-dnat n2-eth0 main continue',
      'host-ingress n2-eth0 main allow',
    ]);
  });

  test("what pre-DNAT policy allows, forward and host policy do not see; pods' policy does", () => {
    const world = worldOf(
      gnp('pre', 'preDNAT: true, applyOnForward: true, types: [Ingress], ingress: [{ action: Allow }]'),
      gnp('deny', 'applyOnForward: true, types: [Ingress]'),
      calico('GlobalNetworkPolicy', 'pods', '{ selector: app == "c", types: [Ingress] }'),
    );
    expect(summary(decide('tcp 203.0.113.9 to 192.168.0.2:80', world))).toBe('allow policy pre-dnat pre');
    expect(met(decide('tcp 203.0.113.9 to x/c:80', world))).toEqual([
      'pre-dnat n2-eth0 main allow',
      'ingress c deny',
    ]);
    expect(summary(decide('tcp x/a to x/b:80', world))).toBe('allow profile ingress');
  });

  test('what untracked policy allows keeps no connection, and meets neither pre-DNAT nor host policy', () => {
    const world = worldOf(
      gnp(
        'raw',
        `doNotTrack: true, applyOnForward: true, ${TYPES}, ingress: [{ action: Allow, protocol: UDP }], egress: [{ action: Allow, protocol: UDP }]`,
      ),
      gnp('deny', `applyOnForward: true, ${TYPES}`),
      gnp('pre', 'preDNAT: true, applyOnForward: true, types: [Ingress], ingress: [{ action: Deny }]'),
    );
    const allowed = decide('udp 203.0.113.9:40000 to 192.168.0.2:5000', world);
    expect(met(allowed)).toEqual(['untracked-ingress n2-eth0 main allow']);
    expect(allowed.untracked).toBe(true);
    expect(summary(allowed)).toBe('allow policy untracked-ingress raw');
    expect(decide('udp node:n2:40000 to 203.0.113.9:5000', world).untracked).toBe(true);
    const tracked = decide('tcp 203.0.113.9:40000 to 192.168.0.2:5000', world);
    expect(tracked.untracked).toBeUndefined();
    expect(summary(tracked)).toBe('deny policy pre-dnat pre');
    // From port 53 it may be a reply, which untracked policy leaves alone.
    expect(summary(decide('udp 203.0.113.9 to 192.168.0.2:5000', world))).toBe(
      'undetermined missing-field none',
    );
  });

  test('replies from failsafe ports are left alone before connections are tracked', () => {
    const deny = 'ingress: [{ action: Deny }], egress: [{ action: Deny }]';
    const world = worldOf(gnp('raw', `doNotTrack: true, applyOnForward: true, ${TYPES}, ${deny}`));
    expect(met(decide('udp 203.0.113.9:53 to 192.168.0.2:40000', world))).toEqual([
      'untracked-ingress n2-eth0 main continue',
      'host-ingress n2-eth0 main allow',
    ]);
    expect(summary(decide('udp 203.0.113.9:54 to 192.168.0.2:40000', world))).toBe(
      'deny policy untracked-ingress raw',
    );
    expect(met(decide('tcp node:n2:22 to 203.0.113.9:40000', world))).toEqual([
      'untracked-egress n2-eth0 main continue',
      'host-egress n2-eth0 main allow',
    ]);
  });

  test('they do nothing at pods', () => {
    const world = worldOf(
      calico(
        'GlobalNetworkPolicy',
        'pre',
        '{ selector: all(), preDNAT: true, applyOnForward: true, types: [Ingress], ingress: [{ action: Deny }] }',
      ),
    );
    expect(summary(decide('tcp 203.0.113.9 to x/d:80', world))).toBe('allow profile ingress');
  });
});

test('the source that a host endpoint expects is seen by selectors', () => {
  const world = worldOf(
    calico(
      'GlobalNetworkPolicy',
      'hosts',
      '{ selector: app == "c", types: [Ingress], ingress: [{ action: Allow, source: { selector: host == "all" } }] }',
    ),
  );
  expect(summary(decide('tcp node:n1 to x/c:80', world))).toBe('allow policy ingress hosts');
  expect(summary(decide('tcp node:n3 to x/c:80', world))).toBe('deny tier-end ingress hosts');
});

test('the first refusal ends the walk', () => {
  const world = worldOf(
    ...EVERYWHERE,
    gnp('aaa', 'order: 1, applyOnForward: true, types: [Egress], egress: [{ action: Deny }]'),
  );
  const decision = decide('tcp x/a to x/c:80', world);
  expect(summary(decision)).toBe('deny policy forward-egress aaa');
  expect(decision.hooks.at(-1)!.hook).toBe('forward-egress');
  expect(decision.hooks.map(({ source }) => formatAddress(source))).toEqual(
    decision.hooks.map(() => '10.0.1.1'),
  );
});
