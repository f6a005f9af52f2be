/** Selectors of workloads: they take the workload's pods, and others only where no label tells them apart. */
import { describe, expect, test } from 'vitest';
import { workloadSelectors } from '../../src/analysis/workload-selector.ts';
import type { Labels, Pod, Workload } from '../../src/policy/cluster.ts';
import { EMPTY_CLUSTER } from '../../src/policy/empty-cluster.ts';
import { inventedPod } from '../../src/policy/invented-pod.ts';
import { conjunction, labelTerms } from '../../src/policy/translate/label-selector.ts';
import { selectorMatches } from '../../src/selector/match.ts';
import { address } from '../random/cluster.ts';
import { drawn } from '../random/depth.ts';
import { chosenSeed, random } from '../random/mulberry.ts';

function pod(namespace: string, workload: Workload, name: string, labels: Labels): Pod {
  const addresses = [address('10.1.0.1')];
  return { ...inventedPod({ namespace, name, labels, serviceAccount: '', addresses }), workload };
}

const deployment = (name: string): Workload => ({ kind: 'Deployment', name });

function selectorsOf(pods: readonly Pod[], podLabels: 'all' | 'identity' = 'all') {
  const of = workloadSelectors({ ...EMPTY_CLUSTER, pods }, { podLabels });
  return pods.map((one) => of(one)?.selector);
}

const labels = (matchLabels: Labels) => ({ matchLabels, matchExpressions: [] });

describe('the selector of a workload', () => {
  test('is the usual label where it is enough, and not what belongs to one pod or release', () => {
    const pods = [
      pod('shop', deployment('web'), 'web-1', {
        'helm.sh/chart': 'web-1.2',
        'app.kubernetes.io/name': 'web',
        'pod-template-hash': '5d9',
        zone: 'a',
      }),
      pod('shop', deployment('api'), 'api-1', { 'app.kubernetes.io/name': 'api', zone: 'a' }),
    ];
    expect(selectorsOf(pods)).toEqual([
      labels({ 'app.kubernetes.io/name': 'web' }),
      labels({ 'app.kubernetes.io/name': 'api' }),
    ]);
  });

  test('takes several labels where one is shared, and none in vain', () => {
    const pods = [
      pod('shop', deployment('a'), 'a-1', { app: 'x', tier: 'front', zone: 'z' }),
      pod('shop', deployment('b'), 'b-1', { app: 'x', tier: 'back', zone: 'z' }),
      pod('shop', deployment('c'), 'c-1', { app: 'y', tier: 'front', zone: 'z' }),
    ];
    expect(selectorsOf(pods)).toEqual([
      labels({ app: 'x', tier: 'front' }),
      labels({ tier: 'back' }),
      labels({ app: 'y' }),
    ]);
  });

  test('is an expression where only the lack of a label, or a choice of values, tells', () => {
    const pods = [
      pod('shop', deployment('stable'), 's-1', { app: 'x', color: 'red' }),
      pod('shop', deployment('stable'), 's-2', { app: 'x', color: 'blue' }),
      pod('shop', deployment('canary'), 'c-1', { app: 'x', color: 'red', canary: 'yes' }),
      pod('shop', deployment('other'), 'o-1', { app: 'x', color: 'green' }),
    ];
    expect(selectorsOf(pods)[0]).toEqual({
      matchLabels: { app: 'x' },
      matchExpressions: [
        { key: 'canary', operator: 'DoesNotExist', values: [] },
        { key: 'color', operator: 'In', values: ['blue', 'red'] },
      ],
    });
  });

  test('knows the labels that profiles lend: who has one of them does not lack it', () => {
    const at = { file: 'x', line: 1, column: 1 };
    const custom = { name: 'custom', labelsToApply: { env: 'b' }, rules: { ingress: [], egress: [] }, at };
    const lent = {
      ...pod('shop', deployment('a'), 'a-1', { app: 'x' }),
      workloadEndpoint: { interfaceName: 'cali1', orchestrator: 'k8s', profiles: ['custom'] },
    };
    const pods = [lent, pod('shop', deployment('b'), 'b-1', { app: 'x', env: 'c' })];
    const of = workloadSelectors({ ...EMPTY_CLUSTER, pods, profiles: [custom] }, { podLabels: 'all' });
    expect(of(lent)?.selector).toEqual(labels({ env: 'b' }));
  });

  test('says whom it takes beside, where labels are equal', () => {
    const pods = [
      pod('shop', deployment('a'), 'a-1', { app: 'x', 'pod-template-hash': '1' }),
      pod('shop', deployment('b'), 'b-1', { app: 'x', 'pod-template-hash': '2' }),
    ];
    const found = workloadSelectors({ ...EMPTY_CLUSTER, pods }, { podLabels: 'all' })(pods[0]!);
    expect(found?.others.map(({ name }) => name)).toEqual(['b-1']);
    expect(found?.pods.map(({ name }) => name)).toEqual(['a-1']);
  });

  test('names no job of a CronJob, and nothing that the CNI cannot see', () => {
    const job: Workload = { kind: 'CronJob', name: 'nightly' };
    const pods = [
      pod('shop', job, 'n-1', { 'job-name': 'nightly-29000000', kind: 'job' }),
      pod('shop', deployment('a'), 'a-1', { 'kubernetes.io/x': 'y', role: 'a' }),
    ];
    expect(selectorsOf(pods)[0]).toEqual(labels({ kind: 'job' }));
    expect(selectorsOf([pods[1]!])[0]).toEqual(labels({ role: 'a' }));
    const hidden = [pod('shop', deployment('a'), 'a-1', { 'kubernetes.io/x': 'y' })];
    expect(selectorsOf(hidden)[0]).toEqual(labels({ 'kubernetes.io/x': 'y' }));
    expect(selectorsOf(hidden, 'identity')[0]).toEqual(labels({}));
  });

  test('does not heed pods that have no policy of their own', () => {
    const web = pod('shop', deployment('web'), 'web-1', { app: 'x' });
    const host = { ...pod('shop', deployment('agent'), 'agent-1', { app: 'x' }), hostNetwork: true };
    const of = workloadSelectors({ ...EMPTY_CLUSTER, pods: [web, host] }, { podLabels: 'all' });
    expect(of(web)?.others).toEqual([]);
    expect(of(host)).toBeUndefined();
  });

  const seed = chosenSeed();
  test(`takes all its pods, nobody that labels tell apart, and has no term in vain (SEED=${seed})`, () => {
    const draw = random(seed);
    for (let round = 0; round < drawn(300, 3000); round++) {
      const templates = Array.from({ length: 1 + draw.below(6) }, (_, index) => ({
        workload: deployment(`w${index}`),
        labels: Object.fromEntries(
          draw.some(['app', 'tier', 'env', 'version'], 0.6).map((key) => [key, draw.pick(['a', 'b', ''])]),
        ),
      }));
      const pods = templates.flatMap(({ workload, labels: own }, index) =>
        Array.from({ length: 1 + draw.below(2) }, (_, replica) =>
          pod('shop', workload, `w${index}-${replica}`, { ...own, 'pod-template-hash': `${index}` }),
        ),
      );
      const of = workloadSelectors({ ...EMPTY_CLUSTER, pods }, { podLabels: 'all' });
      const textOf = (one: Labels): string =>
        JSON.stringify(Object.entries({ ...one, 'pod-template-hash': '' }).sort());
      for (const one of pods) {
        const { selector, pods: own, others } = of(one)!;
        const taken = (terms: ReturnType<typeof labelTerms>): Pod[] =>
          pods.filter(({ labels: all }) => selectorMatches(conjunction(terms), all));
        const terms = labelTerms(selector, '');
        expect(new Set(taken(terms))).toEqual(new Set([...own, ...others]));
        for (const other of others) expect(textOf(other.labels)).toBe(textOf(one.labels));
        const onlyLabel = Object.keys(selector.matchLabels).length === 1 ? 1 : 0;
        for (const term of terms.slice(onlyLabel))
          expect(taken(terms.filter((each) => each !== term)).length).toBeGreaterThan(
            own.length + others.length,
          );
      }
    }
  });
});
