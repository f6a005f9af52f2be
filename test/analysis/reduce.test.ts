/**
 * What is left of random manifests judges the flow alike, and without any further part it is judged otherwise: asked of each part for
 * itself, by a world made of the printed file.
 */
import { expect, test } from 'vitest';
import { leftOf, partsLeft, plantForest } from '../../src/analysis/reduce/forest.ts';
import { createHolds, type JudgedSet, type Question } from '../../src/analysis/reduce/question.ts';
import { reduceQuestion } from '../../src/analysis/reduce/reduce.ts';
import { fewestItems } from '../../src/analysis/reduce/shrink.ts';
import { parseFlow } from '../../src/flow/notation.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import type { ManifestObject } from '../../src/manifest/objects.ts';
import type { Plain } from '../../src/output/yaml.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { judgeFlow } from '../../src/policy/judge/judge-flow.ts';
import { createWorld } from '../../src/policy/world.ts';
import { processorClock } from '../processor-time.ts';
import { drawn } from '../random/depth.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';

const seed = chosenSeed();

const NAMESPACES = ['red', 'green'];

function drawLabels(draw: Random): Record<string, string> {
  return Object.fromEntries(
    draw.some(['app', 'tier', 'env'], 0.7).map((key) => [key, draw.pick(['a', 'b'])]),
  );
}

function drawSelector(draw: Random): object {
  const matchLabels = drawLabels(draw);
  return draw.chance(0.3)
    ? { matchExpressions: [{ key: 'app', operator: draw.pick(['Exists', 'DoesNotExist']) }] }
    : { matchLabels };
}

function drawRule(draw: Random, direction: 'from' | 'to'): object {
  const peer = (): object =>
    draw.pick([
      { podSelector: drawSelector(draw) },
      { namespaceSelector: {}, podSelector: drawSelector(draw) },
      { ipBlock: { cidr: '10.0.0.0/8', except: ['10.9.0.0/16'] } },
    ]);
  const port = (): object => ({ protocol: draw.pick(['TCP', 'UDP']), port: draw.pick([80, 443, 'http']) });
  const list = (make: () => object): object[] => Array.from({ length: 1 + draw.below(3) }, make);
  return { [direction]: list(peer), ...(draw.chance(0.7) ? { ports: list(port) } : {}) };
}

/** Objects as files have them, with much that no verdict needs. */
function drawObjects(draw: Random): ManifestObject[] {
  const objects: ManifestObject[] = NAMESPACES.map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: drawLabels(draw), annotations: { note: 'x' } },
  }));
  for (let index = 0; index < 6; index++)
    objects.push({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `p${index}`, namespace: draw.pick(NAMESPACES), labels: drawLabels(draw) },
      spec: { containers: [{ name: 'c', image: 'i', ports: [{ name: 'http', containerPort: 80 }] }] },
      status: { podIP: `10.1.0.${index + 1}`, phase: 'Running' },
    });
  for (let index = 0; index < 6; index++)
    objects.push({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: `n${index}`, namespace: draw.pick(NAMESPACES) },
      spec: {
        podSelector: drawSelector(draw),
        policyTypes: draw.some(['Ingress', 'Egress'], 0.8),
        ingress: Array.from({ length: draw.below(3) }, () => drawRule(draw, 'from')),
        egress: Array.from({ length: draw.below(3) }, () => drawRule(draw, 'to')),
      },
    });
  return objects;
}

const CALICO = cniProfile('calico')!;

function setOf(trees: JudgedSet['trees'], cni = CALICO): JudgedSet {
  return { trees, profile: cni, staged: 'beside', lenient: false, resolutions: [] };
}

function podName(object: ManifestObject): string {
  const { namespace, name } = object.metadata as { namespace: string; name: string };
  return `${namespace}/${name}`;
}

function drawQuestion(draw: Random): Question | undefined {
  const objects = drawObjects(draw);
  const trees = plantForest(objects);
  const pods = objects.filter(({ kind }) => kind === 'Pod').map(podName);
  const text = `tcp ${draw.pick(pods)} to ${draw.pick(pods)}:${draw.pick(['80', '443', 'http'])}`;
  const parsed = parseFlow(text);
  if (!('flow' in parsed)) throw new Error(parsed.problem);
  const isLoose = draw.chance(0.3);
  const gone = trees.filter((_, index) => objects[index]!.kind === 'NetworkPolicy' && draw.chance(0.5));
  const sets = draw.chance(0.5)
    ? [setOf(trees)]
    : [setOf(trees), setOf(trees.filter((tree) => !gone.includes(tree)))];
  const world = createWorld(
    loadCluster([], {
      files: [
        {
          name: 'x.json',
          bytes: Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })),
        },
      ],
    }).value,
    CALICO,
  );
  const isJudged = judgeFlow(parsed.flow, world).value !== undefined;
  return isJudged ? { flow: parsed.flow, sets, isLoose } : undefined;
}

test(`nothing of what is left can go (SEED=${seed})`, () => {
  let shrunk = 0;
  let left = 0;
  for (let round = 0; round < drawn(12, 300); round++) {
    const question = drawQuestion(random((seed + round) >>> 0));
    if (question === undefined) continue;
    const where = `SEED=${(seed + round) >>> 0}`;
    const reduced = reduceQuestion(question);
    const { removed, whole } = reduced;
    const { holds } = createHolds(question, whole);
    expect(holds(removed), where).toBe(true);
    for (const part of partsLeft(question.sets[0]!.trees, removed)) {
      if (part.isFixed) continue;
      if (holds(new Set([...removed, part.id])))
        expect.fail(`${where}: ${part.key ?? 'an item'} of ${JSON.stringify(leftOf(part, removed))} can go`);
      left++;
    }
    // Judged anew, from what would be written.
    for (const [index, set] of question.sets.entries()) {
      const objects: Plain[] = set.trees
        .filter(({ id }) => !removed.has(id))
        .map((tree) => leftOf(tree, removed));
      const bytes = Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
      const { value, diagnostics } = loadCluster([], { files: [{ name: 'x.json', bytes }] });
      expect(diagnostics, where).toEqual([]);
      const answer = judgeFlow(question.flow, createWorld(value, set.profile)).value;
      expect(answer?.verdict, where).toBe(whole[index]!.answer.verdict);
    }
    // Twice the same.
    expect([...reduceQuestion(question).removed].sort(), where).toEqual([...removed].sort());
    shrunk += removed.size;
  }
  expect(shrunk).toBeGreaterThan(50);
  expect(left).toBeGreaterThan(10);
});

test('the fewest items of many are found, whichever they are', () => {
  const draw = random(seed);
  for (let round = 0; round < 200; round++) {
    const items = Array.from({ length: draw.below(60) }, (_, index) => index);
    const needed = items.filter(() => draw.chance(draw.pick([0, 0.05, 0.5])));
    const found = fewestItems(items, (left) => needed.every((item) => left.includes(item)));
    expect(found, `SEED=${seed}`).toEqual(needed);
  }
});

test('a thousand policies and ten thousand pods take seconds', () => {
  const pods = Array.from({ length: 10_000 }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `p${index}`, namespace: `n${index % 100}`, labels: { app: `a${index % 1000}` } },
    status: { podIP: `10.${index >> 8}.${index & 255}.1`, phase: 'Running' },
  }));
  const policies = Array.from({ length: 1000 }, (_, index) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `q${index}`, namespace: `n${index % 100}` },
    spec: {
      podSelector: { matchLabels: { app: `a${index}` } },
      ingress: [{ from: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: 'a7' } } }] }],
    },
  }));
  const parsed = parseFlow('tcp n7/p7 to n3/p3:80');
  if (!('flow' in parsed)) throw new Error(parsed.problem);
  const spent = processorClock();
  const { removed, question } = reduceQuestion({
    flow: parsed.flow,
    sets: [setOf(plantForest([...pods, ...policies]))],
    isLoose: false,
  });
  expect(spent()).toBeLessThan(15_000);
  expect(question.sets[0]!.trees.filter(({ id }) => !removed.has(id))).toHaveLength(3);
});
