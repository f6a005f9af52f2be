/**
 * Pods that do not exist yet, held against the judge: of random worlds with a pod for each condition of their rules, what the side of a pod
 * that exists answers them is what the judge's walk finds at that side.
 */
import { expect, test } from 'vitest';
import { compileSide } from '../../src/analysis/diff/diff-worlds.ts';
import { HookStates } from '../../src/analysis/matrix/hook-states.ts';
import { withNewPods } from '../../src/analysis/matrix/new-pods.ts';
import { stateOf } from '../../src/analysis/matrix/port-states.ts';
import { addressKey } from '../../src/net/address.ts';
import { ICMP, ICMPV6, SCTP, TCP, UDP } from '../../src/net/protocol-layout.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { createWorld } from '../../src/policy/world.ts';
import { ProgramReader, readEntries } from '../../src/tables/program-reader.ts';
import { drawCalicoCluster } from '../random/calico-cluster.ts';
import { drawn } from '../random/depth.ts';
import { chosenSeed, random } from '../random/mulberry.ts';

const seed = chosenSeed();
const CLUSTERS = Number(process.env.CLUSTERS ?? drawn(3, 30));
const PROTOCOLS = [TCP, UDP, SCTP];

/** Of all profiles together: a few clusters of one may have no policy that refuses a new pod. */
const counts = { asked: 0, allow: 0 };
const isOneSided = (): boolean => counts.allow === 0 || counts.allow === counts.asked;

test.each([
  ['Calico', CALICO],
  ['the API', cniProfile('kubernetes')!],
  ['Cilium', cniProfile('cilium')!],
] as const)('a side answers new pods as the judge has it: %s', (name, profile) => {
  let pods = 0;
  for (let index = 0; index < CLUSTERS || (isOneSided() && index < 100); index++) {
    const draw = random((seed + index) >>> 0);
    const where = `SEED=${seed + index}, ${name}`;
    const plain = createWorld(drawCalicoCluster(draw, { admin: true, hosts: false }), profile);
    const { world, pods: made } = withNewPods(plain);
    // A cluster may be drawn without anybody for rules to speak of.
    if (made.length === 0) continue;
    expect(world.book.endpoints.length, where).toBeGreaterThan(plain.book.endpoints.length);
    pods += made.length;
    const side = compileSide(world);
    const reader = new ProgramReader(side.tables);
    const entries = readEntries(side.tables);
    const hooks = { 4: new HookStates(4, reader), 6: new HookStates(6, reader) };
    const entryAt = (address: Parameters<typeof addressKey>[0]) =>
      entries[side.space.entryOf.get(addressKey(address))!]!;
    for (const { addresses, words } of made)
      for (const peer of addresses)
        for (const { pod, addresses: own } of plain.book.endpoints) {
          if (pod === undefined || !draw.chance(0.6)) continue;
          for (const address of own) {
            const entry = entryAt(address);
            if (
              address.family !== peer.family ||
              world.book.facts.get(addressKey(address))?.owner?.name !== pod.name
            )
              continue;
            for (const direction of ['egress', 'ingress'] as const) {
              const program = direction === 'egress' ? entry.egressProgram : entry.ingressProgram;
              const { ranges } = hooks[peer.family].of(
                program === undefined ? 0 : program + 1,
                entryAt(peer).identity,
              );
              const { group, first, firstSource, mask } = draw.pick(ranges);
              const head =
                group <= 2
                  ? { protocol: PROTOCOLS[group]!, destinationPort: first, sourcePort: firstSource }
                  : group === 5
                    ? { protocol: first }
                    : {
                        protocol: group === 3 ? ICMP : ICMPV6,
                        icmp: { type: first >> 8, code: first & 255 },
                      };
              const ends =
                direction === 'egress'
                  ? { source: address, destination: peer }
                  : { source: peer, destination: address };
              const walked = judge({ ...head, ...ends }, world).hooks.find(({ hook }) => hook === direction);
              // A hook behind a deny is not walked.
              if (walked === undefined) continue;
              const place = `${where}: ${direction} of ${pod.namespace}/${pod.name}, ${words}: ${JSON.stringify(head)}`;
              if (stateOf(mask) !== walked.verdict) expect(stateOf(mask), place).toBe(walked.verdict);
              counts.asked++;
              if (walked.verdict === 'allow') counts.allow++;
            }
          }
        }
  }
  console.log(
    `exposure: SEED=${seed}, ${name}: ${pods} new pods, ${counts.asked} hooks asked, ${counts.allow} allow`,
  );
});

test('some pods are allowed and some are not', () => {
  expect(counts.allow, `SEED=${seed}`).toBeGreaterThan(0);
  expect(counts.asked, `SEED=${seed}`).toBeGreaterThan(counts.allow);
});
