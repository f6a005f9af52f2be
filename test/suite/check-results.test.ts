/** Results that one profile's judge made, compared with another profile: the pairs that differ are found, and no others. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatFlow, parseFlow } from '../../src/flow/notation.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { judgeFlow } from '../../src/policy/judge/judge-flow.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { askedProbes } from '../../src/suite/asked-probes.ts';
import { checkProbes, explanationsOf, fitsOf, isDiffering } from '../../src/suite/check-results.ts';
import { parseResults } from '../../src/suite/results.ts';
import { uniformTable } from './cyclonus-table.ts';

const folder = join(import.meta.dirname, '../../traces/probes');
const { value: cluster, diagnostics } = loadCluster([
  join(folder, 'cluster.yaml'),
  join(folder, 'policies.yaml'),
]);
const PODS = cluster.pods.map(({ namespace, name }) => `${namespace}/${name}`);
const KEYS = ['TCP/80', 'UDP/81'];
const CNIS = ['calico', 'cilium', 'kube-router', 'weave'];

const worldOf = (cni: string): World => createWorld(cluster, cniProfile(cni)!);

/** The flow of a probe, as the prober makes it: through the pod's Service. */
function flowText(source: string, destination: string, key: string): string {
  const [protocol, port] = key.toLowerCase().split('/');
  const [namespace, pod] = destination.split('/');
  return `${protocol} ${source} to service:${namespace}/s-${namespace}-${pod}:${port}`;
}

function verdict(text: string, world: World): string {
  const parsed = parseFlow(text);
  if (!('flow' in parsed)) throw new Error(parsed.problem);
  return judgeFlow(parsed.flow, world).value!.verdict;
}

/** What a cluster with that CNI would answer to every probe, as cyclonus prints it. */
const tableOf = (world: World): string =>
  uniformTable(PODS, KEYS, (...probe) => (verdict(flowText(...probe), world) === 'allow' ? '.' : 'X'));

function compare(text: string, world: World) {
  const read = parseResults('results.txt', text, undefined);
  const asked = askedProbes(read.value, world.cluster, 'service');
  const checked = checkProbes(asked.value.probes, world);
  expect([...diagnostics, ...read.diagnostics, ...asked.diagnostics, ...checked.diagnostics]).toEqual([]);
  expect(checked.value.length).toBe(PODS.length ** 2 * KEYS.length);
  return checked.value;
}

describe.each(CNIS)('a cluster with %s', (cni) => {
  const real = worldOf(cni);
  const table = tableOf(real);

  test.each(CNIS)('against %s', (other) => {
    const world = worldOf(other);
    const results = compare(table, world);
    const probes = PODS.flatMap((source) =>
      PODS.flatMap((destination) => KEYS.map((key) => flowText(source, destination, key))),
    );
    const differing = probes.filter((text) => verdict(text, real) !== verdict(text, world));
    expect(results.filter(isDiffering).map(({ probe }) => formatFlow(probe.flow))).toEqual(differing);

    const fits = fitsOf(results, world);
    expect(fits.find(({ profile }) => profile.name === cni)).toMatchObject({
      same: probes.length,
      differing: 0,
    });
    expect(fits[0]!.differing).toBe(0);
    expect(fits.find(({ profile }) => profile.name === other)!.differing).toBe(differing.length);

    for (const { knob, cnis, turns, breaks } of explanationsOf(results, world).slice(0, 1)) {
      const turned = createWorld(cluster, { ...world.profile, [knob]: cnis[0]![knob] });
      const left = compare(table, turned).filter(isDiffering).length;
      expect(left).toBe(differing.length - turns.size + breaks);
    }
  });
});

test('the knob that makes the difference is the first that explains it', () => {
  const results = compare(tableOf(worldOf('cilium')), worldOf('calico'));
  const named = (number: number): unknown[] => {
    const { knob, cnis, breaks } = explanationsOf(results, worldOf('calico'))[number]!;
    return [knob, cnis.map(({ name }) => name), breaks];
  };
  expect([named(0), named(1), named(2)]).toEqual([
    ['ipBlocks', ['cilium', 'cilium-legacy'], 2],
    ['ipBlocks', ['romana'], 0],
    ['hairpin', ['cilium', 'cilium-legacy'], 0],
  ]);
});

test('pods are dialled by their addresses where the manifests have no such Service, or the mode says so', () => {
  const text = uniformTable(['x/a'], ['TCP/80', 'TCP/serve-81-tcp'], () => '.');
  const { value } = parseResults('results.txt', text, undefined);
  const flows = (mode: 'service' | 'pod', services = cluster.services): string[] =>
    askedProbes(value, { ...cluster, services }, mode).value.probes.map(({ flow }) => formatFlow(flow));
  expect(flows('service')).toEqual(['tcp x/a to service:x/s-x-a:80', 'tcp x/a to service:x/s-x-a:81']);
  expect(flows('pod')).toEqual(['tcp x/a to x/a:80', 'tcp x/a to x/a:81']);
  expect(flows('service', [])).toEqual(['tcp x/a to x/a:80', 'tcp x/a to x/a:81']);
});

test('a pod that the manifests do not have is told once, with the near ones', () => {
  const { value } = parseResults(
    'results.txt',
    uniformTable(['x/a', 'x/bb'], KEYS, () => '.'),
    undefined,
  );
  const { diagnostics: found } = askedProbes(value, cluster, 'service');
  expect(found).toMatchObject([
    {
      code: 'results/unknown-pod',
      at: { file: 'results.txt', line: 2, column: 18 },
      hint: 'did you mean x/b?',
    },
  ]);
});
