import { expect, test } from 'vitest';
import { knownRanges, rangeFinder } from '../../src/analysis/replay/known-ranges.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { parseAddress } from '../../src/net/address.ts';

const cluster = loadCluster(['-'], {
  stdin: `
apiVersion: v1
kind: Node
metadata: {name: a}
spec: {podCIDRs: [10.42.1.0/25, "fd00:1::/64"]}
status: {addresses: [{type: InternalIP, address: 192.168.0.1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: inside, namespace: x}
spec: {containers: [{name: c, image: i}]}
status: {podIP: 10.42.1.5, podIPs: [{ip: 10.42.1.5}, {ip: "fd00:2::5"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: elsewhere, namespace: x}
spec: {containers: [{name: c, image: i}]}
status: {podIP: 10.77.3.5, podIPs: [{ip: 10.77.3.5}]}
---
apiVersion: v1
kind: Pod
metadata: {name: host, namespace: x}
spec: {nodeName: a, hostNetwork: true, containers: [{name: c, image: i}]}
status: {podIP: 192.168.0.1, podIPs: [{ip: 192.168.0.1}]}
---
apiVersion: v1
kind: Service
metadata: {name: s, namespace: x}
spec: {clusterIP: 10.96.0.10, ports: [{port: 80}]}
`,
}).value;

test('ranges come from podCIDRs, from pods outside of them, and from services; never from host-network pods', () => {
  const texts = knownRanges(cluster).map(({ kind, text }) => `${kind} ${text}`);
  expect(texts.sort()).toEqual([
    'pod 10.42.1.0/25',
    'pod 10.77.3.0/24',
    'pod fd00:1::/64',
    'pod fd00:2::/64',
    'service 10.96.0.0/24',
  ]);
});

test.each([
  ['10.42.1.127', '10.42.1.0/25'],
  ['10.42.1.128', undefined],
  ['10.77.3.200', '10.77.3.0/24'],
  ['10.96.0.99', '10.96.0.0/24'],
  ['192.168.0.2', undefined],
  ['fd00:1::abcd', 'fd00:1::/64'],
  ['fd00:3::1', undefined],
])('%s lies in %s', (text, range) => {
  expect(rangeFinder(knownRanges(cluster))(parseAddress(text)!)?.text).toBe(range);
});
