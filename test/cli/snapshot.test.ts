/** `dryplane snapshot` with the real kubectl, against an API server that holds the manifests of traces/. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve as resolvePath } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { SnapshotDocument } from '../../src/analysis/snapshot-document.ts';
import { type ApiServer, type Served, startApiServer } from './api-server.ts';
import { checkedDocument, dryplane, type Ended, ROOT } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'snapshot-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;

/** In the background: the API server answers in this thread. */
function snapshot(server: ApiServer, words: readonly string[]): Promise<Ended> {
  const kubeconfig = join(folder, 'kubeconfig');
  const cluster = { name: 'here', cluster: { server: server.url } };
  const context = { name: 'here', context: { cluster: 'here', user: '' } };
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [cluster],
      contexts: [context],
      'current-context': 'here',
    }),
  );
  const child = spawn(
    process.execPath,
    [join(ROOT, 'dist/main.js'), 'snapshot', ...words, '--kubeconfig', kubeconfig],
    { env: { ...process.env, HOME: folder } },
  );
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (piece) => (stdout += piece));
  child.stderr.on('data', (piece) => (stderr += piece));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const PLURALS: Readonly<Record<string, string>> = {
  NetworkPolicy: 'networkpolicies',
  GlobalNetworkPolicy: 'globalnetworkpolicies',
  StagedNetworkPolicy: 'stagednetworkpolicies',
  StagedGlobalNetworkPolicy: 'stagedglobalnetworkpolicies',
};
const pluralOf = (kind: string): string => PLURALS[kind] ?? `${kind.toLowerCase()}s`;

/** Objects with what an API server and kubectl add to them, and with what nobody else may see. */
function dressed(object: Manifest): Manifest {
  const { spec } = object as { spec?: { containers?: object[] } };
  const containers = spec?.containers?.map((container) => ({
    ...container,
    env: [{ name: 'PASSWORD', value: 'hunter2' }],
    command: ['serve', '--token=hunter2'],
  }));
  return {
    ...object,
    metadata: {
      ...object.metadata,
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': '{"password":"hunter2"}',
        'vault.example/role': 'hunter2',
      },
      managedFields: [{ manager: 'hunter2' }],
      uid: '0',
    },
    ...(containers === undefined ? {} : { spec: { ...spec, containers } }),
  } as Manifest;
}

/** What the manifests of files hold, as a cluster serves it. */
function served(paths: readonly string[]): Served[] {
  const objects = paths
    .flatMap((path) => parseAllDocuments(readFileSync(resolvePath(ROOT, path), 'utf8')))
    .map((document) => document.toJS() as Manifest)
    .filter((object) => object !== null)
    .map(dressed);
  const kinds = new Map<string, Served & { objects: Manifest[] }>();
  const always = ['Namespace', 'Node', 'Pod', 'Service', 'ServiceAccount', 'Secret', 'ConfigMap'];
  const resource = (groupVersion: string, kind: string, namespaced: boolean): Manifest[] => {
    const key = `${groupVersion}/${kind}`;
    const known = kinds.get(key) ?? { groupVersion, kind, plural: pluralOf(kind), namespaced, objects: [] };
    kinds.set(key, known);
    return known.objects;
  };
  for (const kind of always) resource('v1', kind, !['Namespace', 'Node'].includes(kind));
  for (const object of objects)
    resource(object.apiVersion, object.kind, object.metadata.namespace !== undefined).push(object);
  return [...kinds.values()];
}

const POLICIES = 'traces/calico/policies';
const CALICO = [
  'traces/calico/cluster.yaml',
  ...readdirSync(join(ROOT, POLICIES)).map((name) => `${POLICIES}/${name}`),
];

const AGENT = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: calico-node, namespace: kube-system}
spec:
  selector: {matchLabels: {k8s-app: calico-node}}
  template:
    metadata: {labels: {k8s-app: calico-node}}
    spec:
      hostNetwork: true
      containers:
        - name: calico-node
          env:
            - {name: FELIX_DEFAULTENDPOINTTOHOSTACTION, value: RETURN}
            - {name: FELIX_ETCDPASSWORD, value: hunter2}
            - {name: CALICO_TOKEN, value: hunter2}
`;

function textsBelow(path: string): string {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}

/** What a replay makes of manifests, without the places of their rules. */
function verdictsWith(manifests: readonly string[]): unknown {
  const words = manifests.flatMap((path) => ['-f', path]);
  const { stdout } = dryplane(['replay', 'traces/calico/flows.csv', ...words, '--format', 'json']);
  const { packets, flows, denied, rules } = checkedDocument<{
    packets: object;
    flows: object;
    denied: object[];
    rules: { name?: string; packets: number }[];
  }>(stdout);
  const placeless = (each: object): object =>
    JSON.parse(JSON.stringify(each, (key, value) => (key === 'location' ? '' : value)));
  return { packets, flows, denied: denied.map(placeless), rules: rules.map(({ packets }) => packets).sort() };
}

describe.skipIf(!hasKubectl)('of a cluster', () => {
  test('a folder that judges as the cluster does', async () => {
    const server = await startApiServer(served(CALICO));
    const into = join(folder, 'calico');
    const { code, stdout, stderr } = await snapshot(server, [into, '--format', 'json']);
    server.close();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { files } = checkedDocument<SnapshotDocument>(stdout);
    expect(files.map(({ path }) => path)).toContain('policies/networkpolicies.projectcalico.org.yaml');
    expect(files.map(({ path }) => path)).toContain('policies/tiers.projectcalico.org.yaml');
    expect(verdictsWith([into])).toEqual(verdictsWith(['traces/calico/cluster.yaml', POLICIES]));
  });

  test('reads lists only, never secrets, and keeps nothing that may be one', async () => {
    writeFileSync(join(folder, 'agent.yaml'), AGENT);
    const server = await startApiServer([...served([...CALICO, join(folder, 'agent.yaml')])]);
    const into = join(folder, 'careful');
    const { code } = await snapshot(server, [into]);
    server.close();
    expect(code).toBe(0);
    expect(server.requests.filter((request) => !request.startsWith('GET '))).toEqual([]);
    expect(server.requests.filter((request) => /secrets|configmaps/.test(request))).toEqual([]);
    const texts = textsBelow(into);
    expect(texts).not.toContain('hunter2');
    expect(texts).toContain('FELIX_DEFAULTENDPOINTTOHOSTACTION');
    expect(texts).not.toContain('managedFields');
  });

  test('Calico as a cluster stores it, where nothing else is served', async () => {
    const stored = served(CALICO).map((each) => ({
      ...each,
      groupVersion: each.groupVersion.replace('projectcalico.org/v3', 'crd.projectcalico.org/v1'),
      objects: (each.objects ?? []).map((object) => ({
        ...object,
        apiVersion: (object as Manifest).apiVersion.replace(
          'projectcalico.org/v3',
          'crd.projectcalico.org/v1',
        ),
      })),
    }));
    // The API that shows them to users is named and does not answer.
    const server = await startApiServer(stored, ['projectcalico.org/v3']);
    const into = join(folder, 'stored');
    const { code, stderr, stdout } = await snapshot(server, [into]);
    server.close();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain("not all of the cluster's APIs answer");
    expect(verdictsWith([into])).toEqual(verdictsWith(['traces/calico/cluster.yaml', POLICIES]));
  });

  test('policies that cannot be asked for are an error, not a cluster without them', async () => {
    const server = await startApiServer(served(['traces/calico/cluster.yaml']), [
      'policy.networking.k8s.io/v1alpha1',
    ]);
    const { code, stderr } = await snapshot(server, [join(folder, 'lost')]);
    server.close();
    expect(code).toBe(2);
    expect(stderr).toContain('the cluster does not say what there is of policy.networking.k8s.io');
    expect(existsSync(join(folder, 'lost'))).toBe(false);
  });

  test('what is refused is said at once, and left out when told to', async () => {
    const refused = served(CALICO).map((each) =>
      ['nodes', 'tiers'].includes(each.plural) ? { ...each, forbidden: true as const } : each,
    );
    const server = await startApiServer(refused);
    const into = join(folder, 'refused');
    const first = await snapshot(server, [into]);
    expect(first.code).toBe(2);
    expect(first.stderr.match(/error\[snapshot\/kubectl\]: (nodes|tiers)/g)).toHaveLength(2);
    expect(existsSync(into)).toBe(false);
    const second = await snapshot(server, [into, '--without', 'nodes', '--without', 'tiers']);
    server.close();
    expect(second.code).toBe(0);
    expect(second.stdout).toContain('left out: nodes, tiers');
  });
});

test('--dry-run prints what would be asked, of nobody', () => {
  const { code, stdout } = dryplane([
    'snapshot',
    '--dry-run',
    '--context',
    'a b',
    '--kubectl',
    '/nowhere/kubectl',
  ]);
  expect(code).toBe(0);
  const lines = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  for (const line of lines)
    expect(line).toMatch(
      /^\/nowhere\/kubectl --context 'a b' (api-resources|get [a-z0-9.]+( --all-namespaces)? --output=json)/,
    );
  expect(stdout).not.toMatch(/secret|configmap/i);
  const { commands } = checkedDocument<SnapshotDocument>(
    dryplane(['snapshot', '--dry-run', '--format', 'json']).stdout,
  );
  expect(commands).toHaveLength(lines.length);
});

test.each([
  [['snapshot'], 'no folder was named'],
  [['snapshot', 'test'], 'is not empty'],
  [['snapshot', '--dry-run', '--without', 'podz'], 'did you mean pods?'],
  [['snapshot', join(folder, 'none'), '--kubectl', '/nowhere/kubectl'], 'there is no such program'],
])('%j is refused', (words, told) => {
  const { code, stderr } = dryplane(words);
  expect(code).toBe(2);
  expect(stderr).toContain(told);
});
