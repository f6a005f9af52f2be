/** Random clusters: the judge's verdict is what a plain reading of the policies says. SEED=n repeats a run. */
import { expect, test } from 'vitest';
import { addressKey } from '../src/net/address.ts';
import { ICMPV6, IPIP, SCTP, TCP, UDP } from '../src/net/protocol-layout.ts';
import { cniProfile } from '../src/policy/cni/profiles.ts';
import type { FirstPacket } from '../src/policy/decision.ts';
import { judge } from '../src/policy/judge/judge.ts';
import { createWorld, type World } from '../src/policy/world.ts';
import { holdersOf, mayPass } from './plain-reading.ts';
import { packetText } from './properties/agreement.ts';
import { drawCluster } from './random/cluster.ts';
import { drawn } from './random/depth.ts';
import { chosenSeed, random } from './random/mulberry.ts';
import { drawNetworkPolicies } from './random/network-policies.ts';
import { addressesOf, drawPacket } from './random/packets.ts';

const CLUSTERS = drawn(400, 1500);
const PACKETS = 30;

/** What lies outside a plain reading: services and translations, two pods at one address, encapsulation, IPv6's own upkeep, missing fields. */
function isPlain(
  { source, destination, protocol, destinationPort, icmp, translated }: FirstPacket,
  world: World,
): boolean {
  if (translated !== undefined) return false;
  if (holdersOf(world.cluster, source).length > 1 || holdersOf(world.cluster, destination).length > 1)
    return false;
  if ((world.book.facts.get(addressKey(destination))?.virtualPorts.length ?? 0) > 0) return false;
  const hasPorts = protocol === TCP || protocol === UDP || protocol === SCTP;
  if (hasPorts && destinationPort === undefined) return false;
  return !(
    protocol === IPIP ||
    (protocol === UDP && destinationPort === 4789) ||
    (protocol === ICMPV6 && icmp?.type !== 128)
  );
}

test('the judge agrees with a plain reading', () => {
  const seed = chosenSeed();
  const draw = random(seed);
  const count = { allow: 0, deny: 0 };
  for (let round = 0; round < CLUSTERS; round += 1) {
    const cluster = drawCluster(draw, (namespaces) => drawNetworkPolicies(draw, namespaces));
    const world = createWorld(cluster, cniProfile('calico')!);
    const addresses = { 4: addressesOf(cluster, 4), 6: addressesOf(cluster, 6) };
    for (let drawn = 0; drawn < PACKETS; drawn += 1) {
      const packet = drawPacket(draw, cluster, addresses);
      if (!isPlain(packet, world)) continue;
      const plain = mayPass(packet, cluster) ? 'allow' : 'deny';
      count[plain] += 1;
      const { verdict } = judge(packet, world);
      if (verdict !== plain)
        expect.fail(
          `SEED=${seed}, cluster ${round}: ${packetText(packet)} is ${verdict}, read as ${plain}\n` +
            JSON.stringify(
              { pods: cluster.pods, nodes: cluster.nodes, policies: cluster.networkPolicies },
              null,
              1,
            ),
        );
    }
  }
  console.log(`plain reading, SEED=${seed}: ${count.allow} allowed, ${count.deny} denied`);
  expect(count.deny).toBeGreaterThan(2 * CLUSTERS);
  expect(count.allow).toBeGreaterThan(2 * CLUSTERS);
});
