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
] as const;
export type Reason = (typeof REASONS)[number];

export const HOOKS = ['none', 'egress', 'ingress'] as const;
export type Hook = (typeof HOOKS)[number];
