/**
 * Which verdicts an object could change that was left out because it is invalid: had it been valid, it might govern an
 * endpoint on the way, or belong to what a rule names. A verdict that none could change is as sure as any.
 */
import type { Cluster, VanishedObject } from '../../policy/cluster.ts';
import type { Decision } from '../../policy/decision.ts';

/** Verdicts that come about before anything is asked. */
const NEVER_ASKED = ['self', 'untracked'];

/** Kinds that only govern endpoints of their namespace; all others may be named by, or stand before, any rule. */
const NAMESPACED_POLICY = /NetworkPolicy$/;

function isTouched({ kind, namespace }: VanishedObject, decision: Decision): boolean {
  const isAsked = decision.hooks.length > 0 || !NEVER_ASKED.includes(decision.reason);
  if (!isAsked) return false;
  // A host endpoint or a pool puts hooks where none are.
  if (!NAMESPACED_POLICY.test(kind)) return decision.hooks.length > 0 || /^(HostEndpoint|IPPool)$/.test(kind);
  return decision.hooks.some(
    ({ endpoint }) => namespace === '' || (endpoint.kind === 'workload' && endpoint.namespace === namespace),
  );
}

/** `Kind/namespace/name` of each that could change the decision; staged policies change pending answers only. */
export function doubtsAbout(decision: Decision, { vanished }: Cluster, isEnforcing = false): string[] {
  const decisions = [decision, ...(decision.backends ?? []).map((backend) => backend.decision)];
  return vanished
    .filter(({ kind }) => isEnforcing || !kind.startsWith('Staged'))
    .filter((object) => decisions.some((one) => isTouched(object, one)))
    .map(({ kind, namespace, name }) => [kind, namespace, name].filter(Boolean).join('/'));
}
