/**
 * What a snapshot keeps of an object: the members that the readers of this folder's neighbours look at, and nothing else.
 * Environment variables, commands, volumes and annotations of strangers are where passwords lie: they never reach the disk.
 */
import { isFelixVariable } from '../calico/felix-environment.ts';

/** `true` keeps a member whole; of a list each element is kept by the same tree; a function says what is kept of a value. */
export type Kept = true | { readonly [member: string]: Kept } | ((value: unknown) => unknown);

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a tree keeps of a value; undefined where nothing is left to keep. */
export function keep(value: unknown, kept: Kept): unknown {
  if (kept === true) return value;
  if (typeof kept === 'function') return kept(value);
  if (Array.isArray(value)) return value.map((element) => keep(element, kept));
  if (!isObject(value)) return value;
  const entries = Object.entries(kept)
    .filter(([name]) => Object.hasOwn(value, name))
    .map(([name, tree]) => [name, keep(value[name], tree)] as const);
  return Object.fromEntries(entries.filter(([, member]) => member !== undefined));
}

/** The members of a map whose keys pass; undefined when none is left. */
function members(passes: (key: string) => boolean): (value: unknown) => unknown {
  return (value) => {
    const entries = isObject(value) ? Object.entries(value).filter(([key]) => passes(key)) : [];
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  };
}

/** Annotations that CNIs write, and those by which namespaces ask Romana and Weave to isolate them. */
const CNI_ANNOTATION =
  /^(?:[a-z0-9.-]*projectcalico\.org|vpc\.amazonaws\.com|flannel\.alpha\.coreos\.com|net\.beta\.kubernetes\.io)\//;

const IDENTITY: { readonly [member: string]: Kept } = {
  name: true,
  namespace: true,
  labels: true,
  creationTimestamp: true,
};
const METADATA: Kept = { ...IDENTITY, annotations: members((key) => CNI_ANNOTATION.test(key)) };
const OWNED: Kept = {
  ...METADATA,
  generateName: true,
  deletionTimestamp: true,
  ownerReferences: { apiVersion: true, kind: true, name: true, controller: true },
};

const object = (rest: { readonly [member: string]: Kept }, metadata: Kept = METADATA): Kept => ({
  apiVersion: true,
  kind: true,
  metadata,
  ...rest,
});

const CONTAINER: Kept = { name: true, ports: true, restartPolicy: true };
const podSpec = (container: Kept): Kept => ({
  nodeName: true,
  hostNetwork: true,
  nodeSelector: true,
  serviceAccountName: true,
  serviceAccount: true,
  containers: container,
  initContainers: CONTAINER,
});
const template = (container: Kept): Kept => ({
  metadata: { labels: true },
  spec: podSpec(container),
});
const workloadSpec = (container: Kept): Kept => ({
  replicas: true,
  parallelism: true,
  suspend: true,
  ordinals: true,
  selector: true,
  template: template(container),
});

/** Settings of Felix that are read; other variables of the container go. */
function felixVariables(value: unknown): unknown {
  const kept = (Array.isArray(value) ? value : []).filter(
    (item) => isObject(item) && typeof item.name === 'string' && isFelixVariable(item.name),
  );
  return kept.length === 0 ? undefined : kept;
}

export const NAMESPACE = object({});
export const NODE = object({
  spec: { podCIDR: true, podCIDRs: true },
  status: { addresses: true },
});
export const POD = object(
  {
    spec: podSpec(CONTAINER),
    status: {
      phase: true,
      podIP: true,
      podIPs: true,
      hostIP: true,
      hostIPs: true,
      startTime: true,
      conditions: { type: true, status: true },
    },
  },
  OWNED,
);
export const SERVICE = object({
  spec: {
    type: true,
    clusterIP: true,
    clusterIPs: true,
    externalIPs: true,
    externalTrafficPolicy: true,
    internalTrafficPolicy: true,
    ipFamilies: true,
    ports: true,
    publishNotReadyAddresses: true,
    selector: true,
  },
  status: { loadBalancer: true },
});
export const SERVICE_ACCOUNT = object({});
export const SLICE = object({
  addressType: true,
  endpoints: { addresses: true, conditions: true, nodeName: true },
  ports: true,
});
export const WORKLOAD = object({ spec: workloadSpec(CONTAINER), status: { completionTime: true } }, OWNED);
export const DAEMON_SET = object({ spec: workloadSpec({ ...CONTAINER, env: felixVariables }) }, OWNED);
export const CRON_JOB = object({
  spec: { suspend: true, jobTemplate: { spec: { parallelism: true, template: template(CONTAINER) } } },
});

/** What people write about policy, and how Calico is set up: all of their specification. */
export const POLICY = object({ spec: true, specs: true });
