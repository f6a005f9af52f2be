/** Names of verdicts, reasons and hooks, in the order of verdict-layout.ts. The lists are closed: reports show all of them. */

export const VERDICTS = ['allow', 'deny', 'undetermined', 'unspecified', 'skip'] as const;
export type Verdict = (typeof VERDICTS)[number];

export const REASONS = [
  'none',
  'policy',
  'tier-end',
  'profile',
  'failsafe',
  'endpoint-to-host',
  'untracked',
  'established',
  'related',
  'host-to-local',
  'self',
  'no-endpoint',
  'denied-connection',
  'invalid',
  'spoofed',
  'workload-encap',
  'unknown-interface',
  'admin-down',
  'no-profile',
  'backends-differ',
  'pods-differ',
  'missing-field',
  'domain',
  'non-ip',
  'malformed',
  'truncated',
  'inner-truncated',
  'unknown-fragment',
  'duplicate',
  'table-full',
  'cni',
] as const;
export type Reason = (typeof REASONS)[number];

export const POD_HOOKS = ['egress', 'ingress'] as const;
/** A host endpoint's, seen from the host: ingress comes in at the interface. */
export const HOST_HOOKS = [
  'untracked-ingress',
  'pre-dnat',
  'forward-ingress',
  'host-ingress',
  'untracked-egress',
  'forward-egress',
  'host-egress',
] as const;
export const HOOKS = ['none', ...POD_HOOKS, ...HOST_HOOKS] as const;
export type Hook = (typeof HOOKS)[number];
/** A hook that has a program. */
export type ProgramHook = Exclude<Hook, 'none'>;

/** Which of a policy's rules a hook asks, and on which side its own endpoint stands: the source's on egress. */
export function directionOf(hook: ProgramHook): 'ingress' | 'egress' {
  return hook.endsWith('egress') ? 'egress' : 'ingress';
}
