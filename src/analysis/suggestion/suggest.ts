/**
 * The smallest rules that would allow a denied flow: for each hook that refuses one, of the kind of policy that decided, where it is
 * asked in time. They are laid over the cluster and the flow is judged again, until nothing refuses it any more: what is offered has
 * been tried, and where a rule changes nothing that is said.
 */
import { hasErrors } from '../../diagnostic/diagnostic.ts';
import type { Flow } from '../../flow/flow.ts';
import { loadCluster } from '../../manifest/load.ts';
import { formatAddress } from '../../net/address.ts';
import type { PortRange } from '../../net/port.ts';
import { yamlLines } from '../../output/yaml.ts';
import type { Decision } from '../../policy/decision.ts';
import { type FlowAnswer, judgeFlow } from '../../policy/judge/judge-flow.ts';
import { conjunction, labelTerms } from '../../policy/translate/label-selector.ts';
import { type World, withPolicies } from '../../policy/world.ts';
import { selectorMatches } from '../../selector/match.ts';
import { type WorkloadSelector, workloadSelectors } from '../workload-selector.ts';
import { objectName } from './object-name.ts';
import { type ObjectParts, type Selected, suggestedObject } from './objects.ts';
import { isolatedPods, opensText } from './opened.ts';
import { type DeniedStep, deniedStep, type Hopeless, type Opening, type Place } from './opening.ts';
import type { SuggestedObject, Suggestion } from './suggestion-document.ts';

/** Rules that are tried before it is said that a flow needs too many. */
const RULES_MOST = 24;

/** A denied packet, or range of ports. */
interface Denied {
  readonly decision: Decision;
  readonly protocol: number;
  readonly ports?: PortRange;
}

/** What is denied of an answer: behind a service at each of its backends. */
function deniedOf({ parts }: FlowAnswer): Denied[] {
  return parts.flatMap(({ packet, ports, decision }) => {
    const { protocol } = packet;
    if (decision.backends === undefined)
      return decision.verdict === 'deny'
        ? [{ decision, protocol, ...(ports === undefined ? {} : { ports }) }]
        : [];
    return decision.backends
      .filter((backend) => backend.decision.verdict === 'deny')
      .map((backend) => ({ decision: backend.decision, protocol }));
  });
}

const hopeless = ({ why, change }: Hopeless): Suggestion => ({ possible: false, why, change, objects: [] });

/** The object of a step: rules of one place and of the same pods share one. */
function keyOf({ place, opening }: DeniedStep, own: WorkloadSelector): string {
  return JSON.stringify([place, opening.pod.namespace, own.selector]);
}

/** What tells one opening from another. */
function openingKey({ direction, pod, peer, protocol, ports, icmp }: Opening): string {
  const who = peer.kind === 'pod' ? `${peer.pod.namespace}/${peer.pod.name}` : formatAddress(peer.address);
  return JSON.stringify([direction, pod.namespace, pod.name, who, protocol, ports, icmp]);
}

function unnamed(opening: Opening, place: Place, { profile }: World): Hopeless {
  const { peer, direction } = opening;
  const who =
    peer.kind === 'pod' ? `the pod ${peer.pod.namespace}/${peer.pod.name}` : formatAddress(peer.address);
  const kind = place.kind === 'CalicoNetworkPolicy' ? 'NetworkPolicy of Calico' : place.kind;
  return {
    why: `a rule for ${who} in a new ${kind} changes nothing for the ${direction} of ${opening.pod.namespace}/${opening.pod.name} under ${profile.name}`,
    change: 'the flow would have to come from, or go to, somebody whom policy can name there',
  };
}

/** Null where the answer is no deny. */
export function suggestRules(flow: Flow, answer: FlowAnswer, world: World): Suggestion | null {
  if (answer.verdict !== 'deny') return null;
  const selectorOf = workloadSelectors(world.cluster, world.profile);
  const objects = new Map<string, ObjectParts>();
  const tried = new Map<string, number>();
  let now: World = world;
  let current: FlowAnswer = answer;
  for (let round = 0; round <= RULES_MOST; round++) {
    const [denied] = deniedOf(current);
    if (denied === undefined)
      return current.verdict === 'allow'
        ? {
            possible: true,
            why: '',
            change: '',
            objects: [...objects.values()].map((parts) => documentOf(parts, world)),
          }
        : hopeless({
            why: `with rules that allow it the verdict would be ${current.verdict}`,
            change: `${current.verdict} it is for the reason ${current.reason}`,
          });
    const step = deniedStep(denied.decision, denied.protocol, denied.ports, now);
    if ('why' in step) return hopeless(step);
    const key = openingKey(step.opening);
    const times = tried.get(key) ?? 0;
    tried.set(key, times + 1);
    const selected = selectedOf(step.opening, selectorOf, world);
    if (selected === undefined) return hopeless(unnamed(step.opening, step.place, now));
    // Labels that do not reach a pod leave its address.
    if (times === 0) addRule(objects, step, selected, world);
    else if (times > 1 || !nameByAddress(objects, key))
      return hopeless(unnamed(step.opening, step.place, now));
    const overlaid = overlay(world, objects.values());
    if (overlaid === undefined) return hopeless(unnamed(step.opening, step.place, now));
    now = overlaid;
    const judged = judgeFlow(flow, now).value;
    if (judged === undefined) return hopeless(unnamed(step.opening, step.place, now));
    current = judged;
  }
  return hopeless({
    why: `it takes more than ${RULES_MOST} rules: the flow stands for many packets`,
    change: 'ask about fewer pods, or about one port',
  });
}

function selectedOf(
  opening: Opening,
  selectorOf: (pod: Opening['pod']) => WorkloadSelector | undefined,
  { cluster }: World,
): Selected | undefined {
  const own = selectorOf(opening.pod);
  const other = opening.peer.kind === 'pod' ? selectorOf(opening.peer.pod) : undefined;
  if (own === undefined || (opening.peer.kind === 'pod' && other === undefined)) return undefined;
  if (other === undefined) return { ...opening, own, sharesLabels: false };
  const asked = conjunction(labelTerms(other.selector, ''));
  const sharesLabels = cluster.networkSets.some(({ labels }) => selectorMatches(asked, labels));
  return { ...opening, own, other, sharesLabels };
}

function addRule(
  objects: Map<string, ObjectParts>,
  step: DeniedStep,
  rule: Selected,
  { cluster }: World,
): void {
  const key = keyOf(step, rule.own);
  const before = objects.get(key);
  if (before !== undefined) {
    objects.set(key, { ...before, rules: [...before.rules, rule] });
    return;
  }
  const taken = [...objects.values()].map(({ name }) => name);
  objects.set(key, { name: objectName(rule, step.place, cluster, taken), place: step.place, rules: [rule] });
}

/** The rule of an opening with its peer's address in the place of labels; false where it names an address already. */
function nameByAddress(objects: Map<string, ObjectParts>, key: string): boolean {
  for (const [name, parts] of objects) {
    const at = parts.rules.findIndex((rule) => openingKey(rule) === key);
    const rule = parts.rules[at];
    if (rule === undefined) continue;
    if (rule.other === undefined) return false;
    const { other: _, ...rest } = rule;
    const [first, ...others] = parts.rules.map((one, index) => (index === at ? rest : one));
    const rules = [first!, ...others] as const;
    objects.set(name, { ...parts, rules });
    return true;
  }
  return false;
}

function yamlOf(parts: ObjectParts): string {
  return `${yamlLines(suggestedObject(parts)).join('\n')}\n`;
}

/** The world with the objects, whose names are new; undefined where a reader refuses one of them. */
function overlay(world: World, objects: Iterable<ObjectParts>): World | undefined {
  const stdin = [...objects].map(yamlOf).join('---\n');
  const { value: added, diagnostics } = loadCluster(['-'], { stdin });
  if (hasErrors(diagnostics)) return undefined;
  const { cluster } = world;
  return withPolicies(world, {
    networkPolicies: [...cluster.networkPolicies, ...added.networkPolicies],
    adminPolicies: [...cluster.adminPolicies, ...added.adminPolicies],
    calicoPolicies: [...cluster.calicoPolicies, ...added.calicoPolicies],
    ciliumPolicies: [...cluster.ciliumPolicies, ...added.ciliumPolicies],
  });
}

function documentOf(parts: ObjectParts, world: World): SuggestedObject {
  const { kind } = parts.place;
  const isWide = kind === 'AdminNetworkPolicy' || kind === 'ClusterNetworkPolicy';
  return {
    kind: kind === 'CalicoNetworkPolicy' ? 'NetworkPolicy' : kind,
    namespace: isWide ? '' : parts.rules[0].own.namespace,
    name: parts.name,
    opens: opensText(parts),
    isolates: isolatedPods(parts, world),
    yaml: yamlOf(parts),
  };
}
