/**
 * A copy judges as the original: random clusters with all that the APIs know, three times over. Every packet of the original, and the
 * same in the addresses of each copy, has the verdict, reason, hook and decider that it has in the cluster alone.
 */
import { expect, test } from 'vitest';
import { COPY_LABEL, type Renaming } from '../../src/measure/copy-naming.ts';
import { multiplyCluster, renamings } from '../../src/measure/multiply.ts';
import { type Address, addressKey } from '../../src/net/address.ts';
import { cidrContains } from '../../src/net/cidr.ts';
import { factsAbout } from '../../src/policy/addresses/address-book.ts';
import type { Cluster } from '../../src/policy/cluster.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import type { Decision, FirstPacket } from '../../src/policy/decision.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { packetText } from '../properties/agreement.ts';
import { compareIn, drawPackets } from '../properties/comparison.ts';
import { drawCalicoCluster } from '../random/calico-cluster.ts';
import { drawn } from '../random/depth.ts';
import { chosenSeed, random } from '../random/mulberry.ts';

const COPIES = 3;
const CLUSTERS = Number(process.env.CLUSTERS ?? drawn(8, 20));
const PACKETS = 60;
const NODE_PORTS = [30_000, 30_001, 30_002];

/** Node ports are not multiplied: every node serves each of them. A packet without a port may mean any of its protocol. */
function mayMeanNodePort({ destination, destinationPort, protocol }: FirstPacket, { book }: World): boolean {
  if (destinationPort !== undefined) return NODE_PORTS.includes(destinationPort);
  const { virtualPorts } = factsAbout(book, destination);
  return virtualPorts.some((one) => one.kind === 'node-port' && one.protocol === protocol);
}
const seed = chosenSeed();

function decisionText(
  { verdict, reason, hook, decider, backends, untracked = false }: Decision,
  name: Renaming['name'],
): string {
  // Where several backends agree, the lowest address tells who decided: another one in each copy.
  if (backends !== undefined) return `${verdict} of ${backends.length} backends`;
  const { policy, profile, rule } = decider ?? {};
  const by =
    policy === undefined ? '' : `${policy.calicoKind} ${name(policy.namespace)}/${name(policy.name)}`;
  const behind = /^(kns|ksa|projectcalico)/.exec(profile?.name ?? '')?.[0] ?? name(profile?.name ?? '');
  // By its place in the manifest: nodes of other copies may be peers, and then a rule of one copy is several of the model.
  return `${verdict} ${reason} at ${hook} by ${by} ${behind} rule ${rule?.index}${untracked ? ', untracked' : ''}`;
}

const same = (text: string): string => text;

/** Profiles of namespaces are compared by their kind, others by their name. */
function foundText(decision: Decision): string {
  return decisionText(decision, same);
}

function copyPacket(packet: FirstPacket, { address }: Renaming): FirstPacket {
  const { translated } = packet;
  return {
    ...packet,
    source: address(packet.source),
    destination: address(packet.destination),
    ...(translated === undefined
      ? {}
      : { translated: { ...translated, address: address(translated.address) } }),
  };
}

/**
 * Whether an address of one copy means something to the others, which by the choice of masks none does that a cluster has: by chance, or as
 * one of a network set whose block is so wide that all copies have it. To Calico namespaces as peers may be sets, too, and are not held to
 * a copy.
 */
function isStrange(cluster: Cluster, multiplied: Cluster) {
  const facts = createWorld(cluster, cniProfile('calico')!).book.facts;
  const all = createWorld(multiplied, cniProfile('calico')!).book.facts;
  const isKnown = (address: Address): boolean =>
    all.has(addressKey(address)) || multiplied.ipPools.some(({ cidr }) => cidrContains(cidr, address));
  const rules = cluster.adminPolicies.flatMap(({ ingress, egress }) => [...ingress, ...egress]);
  const mayMeanSets = rules.some(({ peers }) => peers.some(({ kind }) => kind === 'namespaces'));
  const sets = mayMeanSets ? multiplied.networkSets : [];
  const isInSetBut = (copy: string, address: Address): boolean =>
    sets.some(
      ({ labels, nets }) => labels[COPY_LABEL] !== copy && nets.some((cidr) => cidrContains(cidr, address)),
    );
  return (original: Address, { address, copy }: Renaming): boolean => {
    const copied = address(original);
    return (!facts.has(addressKey(original)) && isKnown(copied)) || isInSetBut(copy, copied);
  };
}

test('the tables of copies say what the judge says', () => {
  for (let index = 0; index < 5; index++) {
    const draw = random(seed + index);
    const multiplied = multiplyCluster(drawCalicoCluster(draw, { admin: true, hosts: true }), COPIES)!;
    const where = `SEED=${seed + index}, three copies`;
    compareIn(createWorld(multiplied, cniProfile('calico')!), drawPackets(draw, multiplied, 200), where);
  }
});

test('copies judge as the original does', () => {
  let packets = 0;
  const verdicts = new Map<string, number>();
  for (let index = 0; index < CLUSTERS; index++) {
    for (const cni of ['calico', 'calico@3.31', 'kubernetes']) {
      const draw = random(seed + index);
      const hosts = cni !== 'kubernetes';
      const cluster = drawCalicoCluster(draw, { admin: true, hosts });
      const multiplied = multiplyCluster(cluster, COPIES)!;
      const all = renamings(cluster, COPIES)!;
      const alone = createWorld(cluster, cniProfile(cni)!);
      const among = createWorld(multiplied, cniProfile(cni)!);
      const strange = isStrange(cluster, multiplied);
      for (const packet of drawPackets(draw, cluster, PACKETS)) {
        if (mayMeanNodePort(packet, alone)) continue;
        const expected = judge(packet, alone);
        for (const renaming of all) {
          const copied = copyPacket(packet, renaming);
          const ends = [
            packet.source,
            packet.destination,
            ...(packet.translated ? [packet.translated.address] : []),
          ];
          if (ends.some((end) => strange(end, renaming))) continue;
          const where = `SEED=${seed + index}, first cluster of ${cni}, copy ${renaming.copy}: ${packetText(packet)}`;
          expect(foundText(judge(copied, among)), where).toBe(decisionText(expected, renaming.name));
          packets++;
        }
        verdicts.set(expected.verdict, (verdicts.get(expected.verdict) ?? 0) + 1);
      }
    }
  }
  console.log(
    `copies: SEED=${seed}, ${packets} packets, ${[...verdicts].map((one) => one.join(' ')).join(', ')}`,
  );
  expect(packets).toBeGreaterThan(CLUSTERS * PACKETS);
});
