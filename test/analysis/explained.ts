/** Flows explained in the fixture's cluster with policies of Calico's. */
import { createAddressNames } from '../../src/analysis/address-names.ts';
import type { FlowExplanation, HookStep } from '../../src/analysis/explain/explain-document.ts';
import { explainFlow } from '../../src/analysis/explain/explanation.ts';
import { parseFlow } from '../../src/flow/notation.ts';
import type { Cluster } from '../../src/policy/cluster.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { judgeFlow } from '../../src/policy/judge/judge-flow.ts';
import { createWorld, pendingWorld } from '../../src/policy/world.ts';
import { fixtureWith } from '../examine.ts';

/** A flow in the fixture's cluster with these policies. */
export function explain(manifests: string, text: string, changes: Partial<Cluster> = {}): FlowExplanation {
  const world = createWorld({ ...fixtureWith(manifests), ...changes }, CALICO);
  const pending = pendingWorld(world);
  const parsed = parseFlow(text);
  if (!('flow' in parsed)) throw new Error(parsed.problem);
  const enforced = judgeFlow(parsed.flow, world).value!;
  const names = createAddressNames(world.book);
  if (pending === undefined) return explainFlow(text, { enforced }, { world, names });
  const staged = judgeFlow(parsed.flow, pending).value!;
  return explainFlow(text, { enforced, pending: staged }, { world, pending, names });
}

/** The walk of one hook of the first decision. */
export function hookOf({ decisions }: FlowExplanation, hook: string): HookStep {
  const found = decisions[0]!.hooks.find((step) => step.hook === hook);
  if (found === undefined) throw new Error(`${hook} was not met`);
  return found;
}

/** A manifest of Calico's, with the line between documents. */
export const object = (kind: string, name: string, spec: string, namespace?: string): string => `
apiVersion: projectcalico.org/v3
kind: ${kind}
metadata: { name: ${name}${namespace === undefined ? '' : `, namespace: ${namespace}`} }
spec: ${spec}
---`;

export const SECURITY = object('Tier', 'security', '{ order: 100, defaultAction: Pass }');
/** Lets pods of the database reach those of the web. */
export const KUBERNETES = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: x }
spec: { podSelector: { matchLabels: { app: web } }, ingress: [{ from: [{ podSelector: { matchLabels: { app: db } } }] }] }
---`;
