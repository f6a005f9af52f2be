/** The cluster of traces/netns under the policies that its kernel had, and a trace's flows beside the kernel's verdicts. */
import { join, resolve } from 'node:path';
import { loadCluster } from '../../src/manifest/load.ts';
import { type Address, formatAddress, parseAddress } from '../../src/net/address.ts';
import { protocolName } from '../../src/net/protocol.ts';
import { ICMP } from '../../src/net/protocol-layout.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import type { FlowTally } from '../../src/replay/result.ts';
import { type KernelRow, readKernelVerdicts } from './kernel-verdicts.ts';

export const NETNS = resolve(import.meta.dirname, '../../traces/netns');

/** Every connection attempt, and those that policy decided: not IPv6, which had no rules, nor the one whose TTL ran out. */
export const attempts = readKernelVerdicts(join(NETNS, 'expected.tsv'));
export const policed = attempts.filter(({ verdict }) => verdict === 'ALLOW' || verdict === 'DENY');

export const loaded = (policies: string): ReturnType<typeof loadCluster> =>
  loadCluster([join(NETNS, 'cluster.yaml'), join(NETNS, policies)], {});

export const worldUnder = (policies: string): World =>
  createWorld(loaded(policies).value, cniProfile('calico')!);

export const addressOf = (name: string, { cluster }: World): Address =>
  parseAddress(name) ?? cluster.pods.find((pod) => pod.name === name)!.addresses[0]!;

/** `tcp 10.244.1.10 to 10.244.2.20 8080`: the attempt behind address translation, 0 in the place of ICMP's port. */
export const attemptKey = (row: KernelRow, world: World): string =>
  `${row.protocol} ${formatAddress(addressOf(row.client, world))} to ${row.arrivedAt} ${row.arrivedPort}`;

/** The same of an IPv4 flow. */
export function flowKey({ src, judgedDst, protocol, judgedDport }: FlowTally): string {
  const [source, destination] = [src, judgedDst].map((words) => formatAddress({ family: 4, words }));
  return `${protocolName(protocol)} ${source} to ${destination} ${protocol === ICMP ? 0 : judgedDport}`;
}
