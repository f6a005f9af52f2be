/** What worked cases of the cluster-wide policies are written with: a case, its verdicts, and policies in YAML's flow style. */

export interface AdminCase {
  readonly id: string;
  /** Manifests in YAML. */
  readonly objects: readonly string[];
  /** `name=address`. */
  readonly resolutions?: readonly string[];
  /** Unknown fields are let pass. */
  readonly lenient?: boolean;
  readonly flow: string;
  /** By name of the profile; the profiles that enforce the kind, and those that do not. */
  readonly verdicts: Readonly<Record<string, Verdict>>;
  /** With the verdict of the first profile: the reason, and the name of the policy that decides. */
  readonly reason?: string;
  readonly by?: string;
}

export type Verdict = 'allow' | 'deny' | 'unspecified' | 'undetermined';

export const GROUP = 'policy.networking.k8s.io';
export const ALL = '{ namespaces: {} }';
export const NS_Y = '{ namespaces: { matchLabels: { team: blue } } }';
export const EVERYWHERE = '{ networks: [0.0.0.0/0, "::/0"] }';

export interface Rules {
  readonly ingress?: readonly string[];
  readonly egress?: readonly string[];
  readonly subject?: string;
}

function object(
  head: { kind: string; version: string; name: string },
  spec: string,
  { ingress, egress, subject = ALL }: Rules,
): string {
  const list = (name: string, rules: readonly string[] | undefined): string =>
    rules === undefined ? '' : `, ${name}: [${rules.join(', ')}]`;
  return [
    `apiVersion: ${GROUP}/${head.version}`,
    `kind: ${head.kind}`,
    `metadata: { name: ${head.name} }`,
    `spec: { ${spec}subject: ${subject}${list('ingress', ingress)}${list('egress', egress)} }`,
  ].join('\n');
}

export const anp = (name: string, priority: number, rules: Rules): string =>
  object({ kind: 'AdminNetworkPolicy', version: 'v1alpha1', name }, `priority: ${priority}, `, rules);
export const banp = (rules: Rules): string =>
  object({ kind: 'BaselineAdminNetworkPolicy', version: 'v1alpha1', name: 'default' }, '', rules);
export const cnp = (name: string, tier: 'Admin' | 'Baseline', priority: number, rules: Rules): string =>
  object(
    { kind: 'ClusterNetworkPolicy', version: 'v1alpha2', name },
    `tier: ${tier}, priority: ${priority}, `,
    rules,
  );
export const np = (namespace: string, spec: string): string =>
  `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: np, namespace: "${namespace}" }\nspec: ${spec}`;

export const from = (action: string, peer: string, more = ''): string =>
  `{ action: ${action}, from: [${peer}]${more === '' ? '' : `, ${more}`} }`;
export const to = (action: string, peer: string, more = ''): string =>
  `{ action: ${action}, to: [${peer}]${more === '' ? '' : `, ${more}`} }`;

export const denyAll = np('x', '{ podSelector: {} }');
export const allowAll = np('x', '{ podSelector: {}, ingress: [{}] }');
export const fromY = np(
  'x',
  '{ podSelector: {}, ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: blue } } }] }] }',
);
export const port80 = 'ports: [{ portNumber: { protocol: TCP, port: 80 } }]';
export const named = 'ports: [{ namedPort: http }]';

/** ANP and BANP: enforced by 3.31 alike; without them under `calico`. */
export const anps = (verdict: Verdict, without: Verdict = 'allow'): AdminCase['verdicts'] => ({
  kubernetes: verdict,
  'calico@3.31': verdict,
  calico: without,
});
/** CNP: enforced by Calico since 3.32. */
export const cnps = (verdict: Verdict, without: Verdict = 'allow'): AdminCase['verdicts'] => ({
  kubernetes: verdict,
  calico: verdict,
  'calico@3.31': without,
});

export const TCP80 = 'tcp y/a to x/a:80';
