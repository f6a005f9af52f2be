/**
 * The examination that every engine takes: the worked cases under every CNI profile that they speak of. An engine
 * answers one first packet in one world.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseFlow } from '../src/flow/notation.ts';
import { loadCluster } from '../src/manifest/load.ts';
import { parseAddress } from '../src/net/address.ts';
import type { Cluster } from '../src/policy/cluster.ts';
import { CALICO } from '../src/policy/cni/calico.ts';
import { KUBERNETES } from '../src/policy/cni/kubernetes.ts';
import { cniProfile } from '../src/policy/cni/profiles.ts';
import type { FirstPacket } from '../src/policy/decision.ts';
import { resolveFlow } from '../src/policy/judge/resolve-flow.ts';
import { createWorld, type World } from '../src/policy/world.ts';
import { ADMIN_CASES } from './policy/admin-cases.ts';
import type { AdminCase } from './policy/admin-objects.ts';
import { CONFORMANCE_CASES, type ConformanceCase } from './policy/conformance-cases.ts';

export interface Engine {
  readonly name: string;
  /** False for an engine that is given addresses only, and cannot know by which name a side was called. */
  readonly seesNames: boolean;
  decide(
    world: World,
    packet: FirstPacket,
  ): {
    readonly verdict: string;
    readonly reason: string;
    /** `namespace/name` of the policy that decided. */
    readonly policy?: string | undefined;
  };
}

const FIXTURE = resolve(import.meta.dirname, 'policy/fixture.yaml');

/** A cluster from manifests in text; every diagnostic is a failure. */
export function clusterFrom(text: string, lenient = false): Cluster {
  const { value, diagnostics } = loadCluster(['-'], { stdin: text, lenient });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  expect(errors.map(({ message, at }) => `${at?.line}: ${message}`).join('\n')).toBe('');
  return value;
}

/** The fixture with more manifests behind it. */
export function fixtureWith(
  more: string,
  edit: (fixture: string) => string = (fixture) => fixture,
  lenient = false,
): Cluster {
  const fixture = readFileSync(FIXTURE, 'utf8');
  return clusterFrom([edit(fixture), more].filter((text) => text.trim() !== '').join('\n---\n'), lenient);
}

function manifests({ policies, more }: ConformanceCase): string {
  const objects = policies.map(([namespace, spec], index) =>
    [
      'apiVersion: networking.k8s.io/v1',
      'kind: NetworkPolicy',
      `metadata: { name: p${index}, namespace: "${namespace}" }`,
      ...(spec === 'absent' ? [] : [`spec: ${spec}`]),
    ].join('\n'),
  );
  return [...objects, ...(more === undefined ? [] : [more])].join('\n---\n');
}

export function packetsOf(text: string, world: World): readonly FirstPacket[] {
  const parsed = parseFlow(text);
  if (!('flow' in parsed)) throw new Error(`${text}: ${parsed.problem}`);
  const { value, diagnostics } = resolveFlow(parsed.flow, world);
  expect(diagnostics).toEqual([]);
  expect(value.length).toBeGreaterThan(0);
  return value;
}

/** Registers one test a case and profile. */
export function examine(engine: Engine): void {
  for (const profile of [CALICO, KUBERNETES]) {
    const isApi = profile === KUBERNETES;
    describe(`${engine.name} under ${profile.name}`, () => {
      for (const worked of CONFORMANCE_CASES) {
        const { id, flow, calico, reason, by, unseen, edit } = worked;
        const expected = (isApi ? worked.kubernetes : undefined) ?? calico;
        const isHidden = unseen !== undefined && !engine.seesNames && expected === 'unspecified';
        test.skipIf(isHidden)(`${id}: ${flow} is ${expected}${isHidden ? ` (${unseen})` : ''}`, () => {
          const world = createWorld(fixtureWith(manifests(worked), edit), profile);
          for (const packet of packetsOf(flow, world)) {
            const found = engine.decide(world, packet);
            expect(found.verdict).toBe(expected);
            if (expected === 'unspecified') expect(found.reason).toBe('none');
            else if (reason !== undefined) expect(found.reason).toBe(reason);
            if (by !== undefined && expected !== 'unspecified') expect(found.policy).toBe(by);
          }
        });
      }
    });
  }
}

function resolutionsOf({ resolutions = [] }: AdminCase): Cluster['resolutions'] {
  return resolutions.map((text) => {
    const [name, address] = text.split('=');
    return { name: name!, address: parseAddress(address!)! };
  });
}

/** The same for cluster-wide policies, under every profile that a case names. */
export function examineAdmin(engine: Engine): void {
  for (const name of ['kubernetes', 'calico', 'calico@3.31']) {
    describe(`${engine.name} under ${name}`, () => {
      for (const worked of ADMIN_CASES) {
        const { id, flow, verdicts, objects, lenient, reason, by } = worked;
        const expected = verdicts[name]!;
        const isFirst = Object.keys(verdicts)[0] === name;
        test(`${id}: ${flow} is ${expected}`, () => {
          const cluster = fixtureWith(objects.join('\n---\n'), undefined, lenient);
          const world = createWorld({ ...cluster, resolutions: resolutionsOf(worked) }, cniProfile(name)!);
          for (const packet of packetsOf(flow, world)) {
            const found = engine.decide(world, packet);
            expect(found.verdict).toBe(expected);
            if (expected === 'unspecified') expect(found.reason).toBe('none');
            if (expected === 'undetermined') expect(found.reason).toBe('domain');
            if (isFirst && reason !== undefined) expect(found.reason).toBe(reason);
            if (isFirst && by !== undefined) expect(found.policy?.split('/').at(-1)).toBe(by);
          }
        });
      }
    });
  }
}
