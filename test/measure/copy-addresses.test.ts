/** Copies share no address, and none of one lies in a pool of another; blocks hold in a copy what they hold in the original. */
import { expect, test } from 'vitest';
import { copyMasks, flipAddress, flipCidr } from '../../src/measure/copy-addresses.ts';
import { type Address, addressKey, formatAddress, parseAddress } from '../../src/net/address.ts';
import { type Cidr, cidrContains, formatCidr, parseCidr } from '../../src/net/cidr.ts';
import type { Cluster } from '../../src/policy/cluster.ts';
import { EMPTY_CLUSTER } from '../../src/policy/empty-cluster.ts';

const at = { file: 'test', line: 1, column: 1 };
const address = (text: string): Address => parseAddress(text)!;

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.cidr;
}

function clusterOf(addresses: readonly string[], pools: readonly string[]): Cluster {
  const ipPools = pools.map((text, index) => ({
    name: `pool-${index}`,
    cidr: cidr(text),
    natOutgoing: true,
    encapsulation: undefined,
    forWorkloads: true,
    at,
  }));
  const node = { name: 'node', labels: {}, tunnelAddresses: [], subnets: [], podCidrs: [], at };
  return { ...EMPTY_CLUSTER, nodes: [{ ...node, addresses: addresses.map(address) }], ipPools };
}

test.each([
  [['10.1.0.5', '10.1.255.1', '10.200.3.4'], ['10.0.0.0/8']],
  [
    ['10.1.0.5', 'fd00::5', 'fd00:1::1'],
    ['10.1.0.0/16', 'fd00::/24'],
  ],
  [['203.0.113.7', '2001:db8::1'], ['198.18.128.0/20']],
])('copies of %j with the pools %j stay apart', (texts, pools) => {
  const masks = copyMasks(clusterOf(texts, pools), 100)!;
  const own = masks.map((mask) => texts.map((text) => flipAddress(mask, address(text))));
  expect(own[0]!.map(formatAddress)).toEqual(texts);
  expect(new Set(own.flat().map(addressKey)).size).toBe(100 * texts.length);
  const ranges = masks.map((mask) => pools.map((text) => flipCidr(mask, cidr(text))));
  const strays = own.flatMap((list, copy) =>
    ranges
      .filter((_, other) => other !== copy)
      .flatMap((around) => list.filter((one) => around.some((range) => cidrContains(range, one)))),
  );
  expect(strays.map(formatAddress)).toEqual([]);
});

test('a block holds in a copy what it holds in the original', () => {
  for (const block of ['10.0.0.0/8', '10.1.0.0/23', '0.0.0.0/0', '10.1.0.5/32'])
    for (const one of ['10.1.0.5', '10.1.2.1', '11.0.0.1'])
      expect(cidrContains(flipCidr(0x9e37, cidr(block)), flipAddress(0x9e37, address(one)))).toBe(
        cidrContains(cidr(block), address(one)),
      );
  expect(formatCidr(flipCidr(0x9e37, cidr('10.0.0.0/8')))).toBe('148.0.0.0/8');
});

test('there is not room for any number of copies', () => {
  expect(copyMasks(clusterOf(['10.1.0.5'], ['0.0.0.0/0']), 2)).toBeUndefined();
  expect(copyMasks(clusterOf(['10.1.0.5'], ['10.0.0.0/8']), 300)).toBeUndefined();
  expect(copyMasks(clusterOf(['10.1.0.5'], []), 1000)).toHaveLength(1000);
});
