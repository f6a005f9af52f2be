/** A first guess at what a flow's verdict needs: objects that its walk meets. What is none of them goes at once, if the guess is right. */
import { factsAbout } from '../../policy/addresses/address-book.ts';
import type { Pod } from '../../policy/cluster.ts';
import type { Part } from './forest.ts';
import type { Answered } from './question.ts';

/** Kinds of which there are many, and of which a flow meets few. Others stay for the first round. */
const MANY =
  /^(?:Pod|Namespace|Node|Service|Endpoints|EndpointSlice|ServiceAccount|Deployment|StatefulSet|DaemonSet|ReplicaSet|ReplicationController|Job|CronJob|WorkloadEndpoint|.*NetworkPolicy)$/;

interface Names {
  readonly namespaces: Set<string>;
  readonly nodes: Set<string>;
  /** `namespace/name`, or `name`: pods, their workloads, services and policies. */
  readonly objects: Set<string>;
}

function addPod({ namespace, name, workload, nodeName, serviceAccount }: Pod, names: Names): void {
  names.namespaces.add(namespace);
  names.nodes.add(nodeName);
  for (const one of [name, workload.name, serviceAccount]) names.objects.add(`${namespace}/${one}`);
}

/** Names of all that the answers met. */
function namesIn(answers: readonly Answered[]): Names {
  const names: Names = { namespaces: new Set(), nodes: new Set(), objects: new Set() };
  for (const { answer, world } of answers)
    for (const { packet, decision } of answer.parts) {
      const ends = decision.backends?.map((one) => one.decision) ?? [decision];
      const addresses = [packet.source, packet.destination, ...ends.map((one) => one.judgedDestination)];
      for (const address of addresses) {
        const { holders, node, hostNetworkPods, virtualPorts } = factsAbout(world.book, address);
        for (const { pod } of holders) if (pod !== undefined) addPod(pod, names);
        for (const pod of hostNetworkPods) addPod(pod, names);
        if (node !== undefined) names.nodes.add(node.name);
        for (const { service } of virtualPorts) {
          names.namespaces.add(service.namespace);
          names.objects.add(`${service.namespace}/${service.name}`);
        }
      }
      for (const hook of ends.flatMap((one) => one.hooks)) {
        names.nodes.add(hook.endpoint.nodeName);
        for (const { policies } of hook.tiers)
          for (const { policy } of policies)
            names.objects.add(policy.namespace === '' ? policy.name : `${policy.namespace}/${policy.name}`);
      }
    }
  return names;
}

/** A scalar member below mappings. */
function textAt(part: Part | undefined, ...keys: readonly string[]): string {
  let found = part;
  for (const key of keys) found = found?.parts?.find((one) => one.key === key);
  return typeof found?.scalar === 'string' ? found.scalar : '';
}

const SERVICE_NAME = 'kubernetes.io/service-name';

function isInvolved(tree: Part, { namespaces, nodes, objects }: Names): boolean {
  const kind = textAt(tree, 'kind');
  if (!MANY.test(kind)) return true;
  const name = textAt(tree, 'metadata', 'name');
  if (kind === 'Namespace') return namespaces.has(name);
  if (kind === 'Node') return nodes.has(name);
  const namespace = textAt(tree, 'metadata', 'namespace') || 'default';
  const own = kind === 'EndpointSlice' ? textAt(tree, 'metadata', 'labels', SERVICE_NAME) : name;
  // Names in tiers lose what stands before them.
  const bare = own.slice(own.indexOf('.') + 1);
  return [own, bare].some((one) => objects.has(`${namespace}/${one}`) || objects.has(one));
}

/** Numbers of the trees that the answers did not meet. */
export function uninvolved(trees: readonly Part[], answers: readonly Answered[]): Set<number> {
  const names = namesIn(answers);
  return new Set(trees.filter((tree) => !isInvolved(tree, names)).map(({ id }) => id));
}
