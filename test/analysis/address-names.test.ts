import { expect, test } from 'vitest';
import { createAddressNames } from '../../src/analysis/address-names.ts';
import { parseAddress } from '../../src/net/address.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { createWorld } from '../../src/policy/world.ts';
import { fixtureWith } from '../examine.ts';

const OBJECTS = [
  '{ apiVersion: projectcalico.org/v3, kind: GlobalNetworkSet, metadata: { name: wide }, spec: { nets: [198.51.0.0/16, 10.0.0.0/8, "2001:db8::/32"] } }',
  '{ apiVersion: projectcalico.org/v3, kind: NetworkSet, metadata: { name: narrow, namespace: x }, spec: { nets: [198.51.100.0/24] } }',
  '{ apiVersion: projectcalico.org/v3, kind: NetworkSet, metadata: { name: also, namespace: x }, spec: { nets: [198.51.100.0/24] } }',
  '{ apiVersion: projectcalico.org/v3, kind: HostEndpoint, metadata: { name: gateway }, spec: { node: outside, interfaceName: eth0, expectedIPs: [198.51.100.9] } }',
];
const world = createWorld(fixtureWith(OBJECTS.join('\n---\n')), cniProfile('calico')!);
const names = createAddressNames(world.book);
const nameOf = (address: string): string => names.of(parseAddress(address)!).name;

test.each([
  ['the most specific set around an address', '198.51.100.7', 'network-set:x/also'],
  ['a wider one where it is alone', '198.51.7.7', 'network-set:wide'],
  ['sets of the other family too', '2001:db8::7', 'network-set:wide'],
  ['the node of its host endpoint before any set', '198.51.100.9', 'node:outside'],
  ['a pod before any set', '10.0.1.1', 'x/a'],
  ['nothing where there is nothing', '203.0.113.1', ''],
])('an address is named by %s', (_, address, name) => {
  expect(nameOf(address)).toBe(name);
});

test('a set or a host endpoint names many addresses: explain is asked about the one', () => {
  const { side, ownerNamespace } = names.of(parseAddress('198.51.100.7')!);
  expect(side).toMatchObject({ kind: 'address' });
  expect(ownerNamespace).toBe('');
  expect(names.of(parseAddress('10.0.1.1')!).ownerNamespace).toBe('x');
});
