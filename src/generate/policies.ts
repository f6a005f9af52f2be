/** The planned policies as manifests: NetworkPolicies, or Calico's with network sets for the outside. Streamed, one object at a time. */
import { workloadLabels } from './manifests.ts';
import { NETWORKS } from './outside.ts';
import { blocksOf, furtherPorts, type PolicyPlan, type PolicySet, policyAt } from './policy-set.ts';
import { dotted, namespaceName } from './topology.ts';

/** Blocks of one network set, as many as an object of 1.5 MB holds with ease. */
const BLOCKS_PER_SET = 1000;

/** Names in one selector, whose text may have 1024 characters. */
const NAMES_PER_SELECTOR = 60;

const blockText = (place: number): string => `${dotted(NETWORKS.address(place))}/${NETWORKS.prefixBits}`;

function nameOf({ topology }: PolicySet, { workload, part }: PolicyPlan): string {
  const { name } = topology.workloads[workload]!;
  return part === 0 ? name : `${name}-further-${part}`;
}

const range = (first: number, end: number): number[] =>
  Array.from({ length: end - first }, (_, place) => first + place);

const namespaceOf = ({ topology }: PolicySet, workload: number): string =>
  namespaceName(topology.workloads[workload]!.namespace);

function kubernetesPeer(set: PolicySet, workload: number): object {
  return {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespaceOf(set, workload) } },
    podSelector: { matchLabels: { app: set.topology.workloads[workload]!.name } },
  };
}

function kubernetesIngress(set: PolicySet, { workload, part }: PolicyPlan): object[] {
  const { team, port } = set.topology.workloads[workload]!;
  if (part > 0) {
    const { first, last } = furtherPorts(part);
    const from = [{ namespaceSelector: {}, podSelector: { matchLabels: { team } } }];
    return [{ from, ports: [{ protocol: 'TCP', port: first, endPort: last }] }];
  }
  const blocks = blocksOf(set, workload);
  const from = [
    ...set.callers[workload]!.map((caller) => kubernetesPeer(set, caller)),
    ...range(blocks.first, blocks.end).map((place) => ({ ipBlock: { cidr: blockText(place) } })),
  ];
  // Nobody calls it: a policy without rules, for an empty list of peers would mean everybody.
  return from.length === 0 ? [] : [{ from, ports: [{ protocol: 'TCP', port }] }];
}

function kubernetesEgress(set: PolicySet, { workload }: PolicyPlan): object[] {
  const dns = {
    to: [kubernetesPeer(set, set.topology.dns)],
    ports: [
      { protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 53 },
    ],
  };
  const calls = set.callees[workload]!.map((callee) => ({
    to: [kubernetesPeer(set, callee)],
    ports: [{ protocol: 'TCP', port: set.topology.workloads[callee]!.port }],
  }));
  return [dns, ...calls];
}

function kubernetesPolicy(set: PolicySet, plan: PolicyPlan): object {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: nameOf(set, plan), namespace: namespaceOf(set, plan.workload) },
    spec: {
      podSelector: { matchLabels: { app: workloadLabels(set.topology, plan.workload).app } },
      policyTypes: plan.hasEgress ? ['Ingress', 'Egress'] : ['Ingress'],
      ingress: kubernetesIngress(set, plan),
      ...(plan.hasEgress ? { egress: kubernetesEgress(set, plan) } : {}),
    },
  };
}

function calicoSide(set: PolicySet, workloads: readonly number[]): object {
  const names = workloads.map((workload) => `"${set.topology.workloads[workload]!.name}"`);
  return { selector: `app in {${names.join(', ')}}`, namespaceSelector: 'all()' };
}

function calicoIngress(set: PolicySet, { workload, part }: PolicyPlan): object[] {
  const { team, port } = set.topology.workloads[workload]!;
  if (part > 0) {
    const { first, last } = furtherPorts(part);
    return [
      {
        action: 'Allow',
        protocol: 'TCP',
        source: { selector: `team == "${team}"`, namespaceSelector: 'all()' },
        destination: { ports: [`${first}:${last}`] },
      },
    ];
  }
  const blocks = blocksOf(set, workload);
  const destination = { ports: [port] };
  const allow = { action: 'Allow', protocol: 'TCP' };
  const callers = set.callers[workload]!;
  const outside = { selector: `group == "g-${workload}"`, namespaceSelector: 'global()' };
  const groups = range(0, Math.ceil(callers.length / NAMES_PER_SELECTOR)).map((group) =>
    callers.slice(group * NAMES_PER_SELECTOR, (group + 1) * NAMES_PER_SELECTOR),
  );
  return [
    ...groups.map((group) => ({ ...allow, source: calicoSide(set, group), destination })),
    ...(blocks.end === blocks.first ? [] : [{ ...allow, source: outside, destination }]),
  ];
}

function calicoEgress(set: PolicySet, { workload }: PolicyPlan): object[] {
  const dns = { ...calicoSide(set, [set.topology.dns]), ports: [53] };
  return [
    { action: 'Allow', protocol: 'UDP', destination: dns },
    { action: 'Allow', protocol: 'TCP', destination: dns },
    ...set.callees[workload]!.map((callee) => ({
      action: 'Allow',
      protocol: 'TCP',
      destination: { ...calicoSide(set, [callee]), ports: [set.topology.workloads[callee]!.port] },
    })),
  ];
}

function calicoPolicy(set: PolicySet, plan: PolicyPlan): object {
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { name: nameOf(set, plan), namespace: namespaceOf(set, plan.workload) },
    spec: {
      order: 1000 + plan.part,
      selector: `app == "${set.topology.workloads[plan.workload]!.name}"`,
      types: plan.hasEgress ? ['Ingress', 'Egress'] : ['Ingress'],
      ingress: calicoIngress(set, plan),
      ...(plan.hasEgress ? { egress: calicoEgress(set, plan) } : {}),
    },
  };
}

function* networkSets(set: PolicySet): Generator<object> {
  for (let workload = 1; workload < set.topology.workloads.length; workload++) {
    const { first, end } = blocksOf(set, workload);
    for (let start = first; start < end; start += BLOCKS_PER_SET) {
      yield {
        apiVersion: 'projectcalico.org/v3',
        kind: 'GlobalNetworkSet',
        metadata: {
          name: `outside-${workload}-${(start - first) / BLOCKS_PER_SET}`,
          labels: { group: `g-${workload}` },
        },
        spec: { nets: range(start, Math.min(start + BLOCKS_PER_SET, end)).map(blockText) },
      };
    }
  }
}

/** Every policy of the set, and the network sets that Calico's name. */
export function* policyObjects(set: PolicySet): Generator<object> {
  const { kind, policies } = set.size;
  if (kind === 'calico') yield* networkSets(set);
  for (let place = 0; place < policies; place++) {
    const plan = policyAt(set, place);
    yield kind === 'calico' ? calicoPolicy(set, plan) : kubernetesPolicy(set, plan);
  }
}
