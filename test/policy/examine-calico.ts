/**
 * The worked cases of Calico's semantics, put through an engine: each row of the semantics as manifests over one fixture,
 * flows, and what must be found.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Address, formatAddress } from '../../src/net/address.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import type { Decider, FirstPacket } from '../../src/policy/decision.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { clusterFrom, packetsOf } from '../examine.ts';
import { CALICO_CASES } from './calico-cases/all.ts';
import type { CalicoCase } from './calico-cases/manifests.ts';

/** What an engine answers about one first packet. */
export interface Found {
  readonly verdict: string;
  readonly reason: string;
  readonly hook: string;
  readonly decider: Decider | undefined;
  readonly destination: string;
  readonly port: number | undefined;
}

export type Decide = (world: World) => (packets: readonly FirstPacket[]) => Found[];

const FIXTURE = readFileSync(resolve(import.meta.dirname, 'calico-fixture.yaml'), 'utf8');

const KINDS: Readonly<Record<string, string>> = {
  NetworkPolicy: 'np',
  GlobalNetworkPolicy: 'gnp',
  StagedNetworkPolicy: 'snp',
  StagedGlobalNetworkPolicy: 'sgnp',
  StagedKubernetesNetworkPolicy: 'sknp',
  KubernetesNetworkPolicy: 'knp',
  KubernetesClusterNetworkPolicy: 'kcnp',
};

function wordsOf({ verdict, reason, hook, decider, destination, port }: Found): string[] {
  const { policy, tier, profile, rule } = decider ?? {};
  const place = policy?.namespace ? `${policy.namespace}/` : '';
  return [
    verdict,
    reason,
    `@${hook}`,
    ...(policy === undefined ? [] : [`${KINDS[policy.calicoKind]}:${place}${policy.name}`]),
    ...(tier === undefined ? [] : [`tier=${tier.name}`]),
    ...(profile === undefined ? [] : [`pro:${profile.name}`]),
    `#${rule?.calicoIndex ?? 'end'}`,
    `to=${destination}:${port ?? ''}`,
  ];
}

const withPort = (address: Address): string => formatAddress(address);

/** What is found of each flow that is not as expected, in words. */
function differences(world: World, flows: CalicoCase['flows'], decide: Decide): string {
  const asked = flows.flatMap(([flow, words]) =>
    packetsOf(flow, world).map((packet) => ({ flow, words, packet })),
  );
  const found = decide(world)(asked.map(({ packet }) => packet));
  const different = asked.flatMap(({ flow, words, packet }, index) => {
    const has = wordsOf(found[index]!);
    const lacks = words.split(' ').filter((word) => !has.includes(word));
    const between = `${withPort(packet.source)} to ${withPort(packet.destination)}`;
    return lacks.length === 0
      ? []
      : [`${flow} (${between}): expected ${lacks.join(' ')}, found ${has.join(' ')}`];
  });
  return different.join('\n');
}

function passes(different: string): void {
  if (different !== '') expect.fail(different);
}

/** Registers one test a case. */
export function examineCalico(name: string, decide: Decide): void {
  describe(`Calico's semantics, ${name}`, () => {
    test.each(CALICO_CASES.map((worked) => [worked.id, worked.says, worked] as const))(
      '%s: %s',
      (_, __, worked) => {
        const { manifests, edit, flows, pending } = worked;
        const cluster = clusterFrom([edit?.(FIXTURE) ?? FIXTURE, ...manifests].join('\n---\n'));
        const profile = cniProfile('calico')!;
        passes(differences(createWorld(cluster, profile), flows, decide));
        if (pending === undefined) return;
        const enforced = createWorld(cluster, profile, { staged: 'enforced' });
        passes(differences(enforced, pending, decide));
      },
    );
  });
}
