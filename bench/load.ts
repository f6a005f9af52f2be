/**
 * How fast do manifests load? A cluster of 10,000 pods and 1,000 policies as kubectl prints it, in JSON and in YAML, beside
 * bare `JSON.parse` of the same bytes and the `yaml` package on a part of them; and CIDR text, beside ip-num.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IPv4CidrRange } from 'ip-num';
import { parseAllDocuments, stringify } from 'yaml';
import { loadCluster } from '#src/manifest/load.js';
import { parseCidr } from '#src/net/cidr.js';
import { clockName, interleave, median } from './parts/clock.ts';
import { printTable } from './parts/table.ts';

const PODS = 10_000;
const POLICIES = 1000;
const NAMESPACES = 50;
/** The package reads so slowly that this many pods are enough to know. */
const PACKAGE_PODS = 200;
const CIDRS = 100_000;
const ROUNDS = 5;

function address(index: number): string {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
}

/** A pod with the fields that a kubelet and a CNI leave in it, used or not. */
function pod(index: number): object {
  const app = `app-${index % 100}`;
  const time = '2025-01-01T00:00:00Z';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      annotations: { 'cni.projectcalico.org/podIP': `${address(index)}/32` },
      creationTimestamp: time,
      generateName: `${app}-6b9f7c-`,
      labels: { app, 'pod-template-hash': '6b9f7c', tier: `tier-${index % 3}` },
      name: `${app}-6b9f7c-${index}`,
      namespace: `ns-${index % NAMESPACES}`,
      ownerReferences: [
        { apiVersion: 'apps/v1', controller: true, kind: 'ReplicaSet', name: `${app}-6b9f7c`, uid: 'u' },
      ],
      resourceVersion: '123456',
      uid: `00000000-0000-0000-0000-${String(index).padStart(12, '0')}`,
    },
    spec: {
      containers: [
        {
          image: 'registry.example.com/shop/web:1.25',
          imagePullPolicy: 'IfNotPresent',
          name: 'web',
          ports: [{ containerPort: 8080, name: 'http', protocol: 'TCP' }],
          resources: { limits: { memory: '128Mi' }, requests: { cpu: '100m', memory: '64Mi' } },
          terminationMessagePath: '/dev/termination-log',
          volumeMounts: [{ mountPath: '/var/run/secrets/token', name: 'token', readOnly: true }],
        },
      ],
      dnsPolicy: 'ClusterFirst',
      nodeName: `node-${index % 100}`,
      restartPolicy: 'Always',
      serviceAccountName: 'default',
      tolerations: [{ effect: 'NoExecute', key: 'node.kubernetes.io/not-ready', operator: 'Exists' }],
    },
    status: {
      conditions: ['Initialized', 'Ready', 'PodScheduled'].map((type) => ({
        lastProbeTime: null,
        lastTransitionTime: time,
        status: 'True',
        type,
      })),
      hostIP: `192.168.0.${index % 100}`,
      phase: 'Running',
      podIP: address(index),
      podIPs: [{ ip: address(index) }],
      startTime: time,
    },
  };
}

function policy(index: number): object {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `policy-${index}`, namespace: `ns-${index % NAMESPACES}` },
    spec: {
      podSelector: { matchLabels: { app: `app-${index % 100}` } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [
            {
              namespaceSelector: {
                matchLabels: { 'kubernetes.io/metadata.name': `ns-${(index + 1) % NAMESPACES}` },
              },
            },
            {
              podSelector: {
                matchExpressions: [{ key: 'tier', operator: 'In', values: ['tier-0', 'tier-1'] }],
              },
            },
          ],
          ports: [{ port: 8080, protocol: 'TCP' }],
        },
      ],
      egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }] }],
    },
  };
}

/** The objects as `kubectl get -o yaml` prints a list of them. */
function yamlList(items: readonly object[]): string {
  const texts = items.map(
    (item) => `- ${stringify(item, { indentSeq: false }).trimEnd().replaceAll('\n', '\n  ')}\n`,
  );
  return `apiVersion: v1\nitems:\n${texts.join('')}kind: List\nmetadata:\n  resourceVersion: ""\n`;
}

function jsonList(items: readonly object[]): string {
  return JSON.stringify({ apiVersion: 'v1', items, kind: 'List', metadata: {} }, null, 4);
}

function load(path: string): void {
  const { value, diagnostics } = loadCluster([path]);
  if (value.pods.length !== PODS || value.networkPolicies.length !== POLICIES || diagnostics.length > 0)
    throw new Error(`${path}: ${value.pods.length} pods, ${diagnostics.length} diagnostics`);
}

function printLoading(folder: string): void {
  const items = [
    ...Array.from({ length: PODS }, (_, index) => pod(index)),
    ...Array.from({ length: POLICIES }, (_, index) => policy(index)),
  ];
  const [json, yaml] = [join(folder, 'cluster.json'), join(folder, 'cluster.yaml')];
  writeFileSync(json, jsonList(items));
  writeFileSync(yaml, yamlList(items));
  const part = yamlList(items.slice(0, PACKAGE_PODS));
  const bytes = {
    json: readFileSync(json).length,
    yaml: readFileSync(yaml).length,
    part: Buffer.byteLength(part),
  };
  const variants = {
    'JSON to a cluster': { units: bytes.json, run: () => load(json) },
    'JSON.parse alone': { units: bytes.json, run: () => void JSON.parse(readFileSync(json, 'utf8')) },
    'YAML to a cluster': { units: bytes.yaml, run: () => load(yaml) },
    'yaml package alone': {
      units: bytes.part,
      run: () => void parseAllDocuments(part).map((each) => each.toJS()),
    },
  };
  const pods = { json: bytes.json / PODS, yaml: bytes.yaml / PODS, part: bytes.part / PACKAGE_PODS };
  const bytesPerPod = [pods.json, pods.json, pods.yaml, pods.part];
  const nanos = interleave(variants, ROUNDS);
  const rows = Object.entries(nanos).map(([name, values], index) => {
    const each = median(values);
    return [
      name,
      (1000 / each).toFixed(1),
      Math.round(1e9 / (each * bytesPerPod[index]!)).toLocaleString('en'),
    ];
  });
  const size = `${PODS} pods and ${POLICIES} policies, ${(bytes.json / 1e6).toFixed(0)} MB of JSON, ${(bytes.yaml / 1e6).toFixed(0)} MB of YAML`;
  printTable(`Loading ${size} (${clockName()}, median of ${ROUNDS})`, ['', 'MB/s', 'pods/s'], rows);
}

function printCidrs(): void {
  const texts = Array.from({ length: CIDRS }, (_, index) => `${address(index * 97)}/${8 + (index % 25)}`);
  const some = texts.slice(0, CIDRS / 10);
  const nanos = interleave(
    {
      'by hand': { units: texts.length, run: () => texts.forEach((text) => void parseCidr(text)) },
      'ip-num': { units: some.length, run: () => some.forEach((text) => void IPv4CidrRange.fromCidr(text)) },
    },
    ROUNDS,
  );
  const rows = Object.entries(nanos).map(([name, values]) => {
    const each = median(values);
    return [name, each.toFixed(0), Math.round(1e9 / each).toLocaleString('en')];
  });
  printTable('CIDR text', ['', 'ns each', 'a second'], rows);
}

/** Prints both tables. */
export function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-load-'));
  try {
    printLoading(folder);
    printCidrs();
  } finally {
    rmSync(folder, { recursive: true });
  }
  return Promise.resolve();
}
