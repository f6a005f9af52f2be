/**
 * Worked cases of the cluster-wide policies over `fixture.yaml`: T those of AdminNetworkPolicy and
 * BaselineAdminNetworkPolicy, C those of ClusterNetworkPolicy, F rules that fail closed, O what has no order, N names of
 * domains. The subject is all namespaces unless a case says otherwise.
 */

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

type Verdict = 'allow' | 'deny' | 'unspecified' | 'undetermined';

const GROUP = 'policy.networking.k8s.io';
const ALL = '{ namespaces: {} }';
const NS_Y = '{ namespaces: { matchLabels: { team: blue } } }';
const EVERYWHERE = '{ networks: [0.0.0.0/0, "::/0"] }';

interface Rules {
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

const anp = (name: string, priority: number, rules: Rules): string =>
  object({ kind: 'AdminNetworkPolicy', version: 'v1alpha1', name }, `priority: ${priority}, `, rules);
const banp = (rules: Rules): string =>
  object({ kind: 'BaselineAdminNetworkPolicy', version: 'v1alpha1', name: 'default' }, '', rules);
const cnp = (name: string, tier: 'Admin' | 'Baseline', priority: number, rules: Rules): string =>
  object(
    { kind: 'ClusterNetworkPolicy', version: 'v1alpha2', name },
    `tier: ${tier}, priority: ${priority}, `,
    rules,
  );
const np = (namespace: string, spec: string): string =>
  `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: np, namespace: "${namespace}" }\nspec: ${spec}`;

const from = (action: string, peer: string, more = ''): string =>
  `{ action: ${action}, from: [${peer}]${more === '' ? '' : `, ${more}`} }`;
const to = (action: string, peer: string, more = ''): string =>
  `{ action: ${action}, to: [${peer}]${more === '' ? '' : `, ${more}`} }`;

const denyAll = np('x', '{ podSelector: {} }');
const allowAll = np('x', '{ podSelector: {}, ingress: [{}] }');
const fromY = np(
  'x',
  '{ podSelector: {}, ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: blue } } }] }] }',
);
const port80 = 'ports: [{ portNumber: { protocol: TCP, port: 80 } }]';
const named = 'ports: [{ namedPort: http }]';

/** ANP and BANP: enforced by 3.31 alike; without them under `calico`. */
const anps = (verdict: Verdict, without: Verdict = 'allow'): AdminCase['verdicts'] => ({
  kubernetes: verdict,
  'calico@3.31': verdict,
  calico: without,
});
/** CNP: enforced by Calico since 3.32. */
const cnps = (verdict: Verdict, without: Verdict = 'allow'): AdminCase['verdicts'] => ({
  kubernetes: verdict,
  calico: verdict,
  'calico@3.31': without,
});

const TCP80 = 'tcp y/a to x/a:80';

const passThenDeny = [
  anp('pass', 5, { ingress: [from('Pass', NS_Y)] }),
  anp('deny', 10, { ingress: [from('Deny', NS_Y)] }),
];
const denyThenAllow = [anp('one', 1, { ingress: [from('Deny', NS_Y, port80), from('Allow', NS_Y)] })];
const deniedNetworks = to('Deny', '{ networks: [0.0.0.0/0] }');
const namedEgress = [anp('one', 1, { egress: [to('Deny', ALL, named)] })];

export const ADMIN_CASES: readonly AdminCase[] = [
  {
    id: 'T-1',
    objects: [anp('one', 10, { ingress: [from('Allow', NS_Y)] }), denyAll],
    flow: TCP80,
    verdicts: anps('allow', 'deny'),
    reason: 'policy',
    by: 'one',
  },
  {
    id: 'T-2',
    objects: [anp('one', 10, { ingress: [from('Deny', NS_Y)] }), allowAll],
    flow: TCP80,
    verdicts: anps('deny'),
    reason: 'policy',
    by: 'one',
  },
  { id: 'T-3', objects: passThenDeny, flow: TCP80, verdicts: anps('allow'), reason: 'profile' },
  {
    id: 'T-4',
    objects: [...passThenDeny, denyAll],
    flow: TCP80,
    verdicts: anps('deny', 'deny'),
    reason: 'tier-end',
    by: 'np',
  },
  {
    id: 'T-5',
    objects: [...passThenDeny, banp({ ingress: [from('Deny', NS_Y)] })],
    flow: TCP80,
    verdicts: anps('deny'),
    reason: 'policy',
    by: 'default',
  },
  {
    id: 'T-6',
    objects: [
      anp('a-deny', 20, { ingress: [from('Deny', NS_Y)] }),
      anp('b-allow', 10, { ingress: [from('Allow', NS_Y)] }),
    ],
    flow: TCP80,
    verdicts: anps('allow'),
    by: 'b-allow',
  },
  { id: 'T-8', objects: denyThenAllow, flow: TCP80, verdicts: anps('deny'), by: 'one' },
  { id: 'T-9', objects: denyThenAllow, flow: 'udp y/a to x/a:80', verdicts: anps('allow'), by: 'one' },
  {
    id: 'T-11',
    objects: [banp({ ingress: [from('Deny', ALL)] }), fromY],
    flow: TCP80,
    verdicts: anps('allow'),
    by: 'np',
  },
  {
    id: 'T-12',
    objects: [banp({ ingress: [from('Allow', ALL)] }), denyAll],
    flow: TCP80,
    verdicts: anps('deny', 'deny'),
    by: 'np',
  },
  {
    id: 'T-13',
    objects: [
      banp({ ingress: [from('Deny', ALL)] }),
      np('x', '{ podSelector: {}, policyTypes: [Egress], egress: [{}] }'),
    ],
    flow: TCP80,
    verdicts: anps('deny'),
    by: 'default',
  },
  {
    id: 'T-14',
    objects: [banp({ egress: [to('Deny', ALL)] }), allowAll],
    flow: 'tcp x/a to y/a:80',
    verdicts: anps('deny'),
    by: 'default',
  },
  {
    id: 'T-15',
    objects: [
      anp('one', 1, {
        subject: '{ namespaces: { matchLabels: { team: red } } }',
        egress: [to('Allow', NS_Y)],
      }),
      np('y', '{ podSelector: {} }'),
    ],
    flow: 'tcp x/a to y/a:80',
    verdicts: anps('deny', 'deny'),
    by: 'np',
  },
  {
    id: 'T-16',
    objects: [anp('one', 1, { ingress: [from('Deny', ALL)] })],
    flow: 'tcp 203.0.113.9 to x/a:80',
    verdicts: anps('allow'),
  },
  {
    id: 'T-17',
    objects: [anp('one', 1, { ingress: [from('Deny', ALL)] })],
    flow: 'tcp y/h to x/a:80',
    verdicts: anps('allow'),
  },
  {
    id: 'T-18',
    objects: [anp('one', 1, { egress: [deniedNetworks] })],
    flow: 'tcp 10.0.1.1 to 10.0.2.1:80',
    verdicts: anps('deny'),
    by: 'one',
  },
  {
    id: 'T-19',
    objects: [anp('one', 1, { egress: [to('Pass', ALL), deniedNetworks] })],
    flow: 'tcp x/a to y/a:80',
    verdicts: anps('allow'),
  },
  {
    id: 'T-23',
    objects: [anp('one', 1, { ingress: [from('Deny', ALL)] })],
    flow: 'tcp y/a to x/h:80',
    verdicts: anps('allow'),
  },
  {
    id: 'T-24',
    objects: [
      anp('one', 1, {
        ingress: [from('Deny', NS_Y, 'ports: [{ portRange: { protocol: TCP, start: 90, end: 80 } }]')],
      }),
    ],
    flow: 'tcp y/a to x/a:85',
    // Calico cannot convert the range and denies everything in the rule's place.
    verdicts: { kubernetes: 'allow', 'calico@3.31': 'deny', calico: 'allow' },
  },
  { id: 'T-25', objects: namedEgress, flow: 'tcp x/a to y/b:8080', verdicts: anps('deny'), by: 'one' },
  {
    id: 'T-26',
    objects: namedEgress,
    flow: 'udp x/a to x/c:80',
    // Calico takes a port's name as one of TCP.
    verdicts: { kubernetes: 'unspecified', 'calico@3.31': 'allow', calico: 'allow' },
  },
  {
    id: 'T-29',
    objects: [
      anp('a', 10, { ingress: [from('Allow', NS_Y, port80)] }),
      anp('b', 20, { ingress: [from('Deny', NS_Y)] }),
    ],
    flow: 'tcp y/a to x/a:81',
    verdicts: anps('deny'),
    by: 'b',
  },
  {
    id: 'T-30',
    objects: [banp({ ingress: [from('Allow', NS_Y)] })],
    flow: TCP80,
    verdicts: anps('allow'),
    by: 'default',
  },
  {
    id: 'C-1',
    objects: [cnp('one', 'Admin', 1, { ingress: [from('Accept', NS_Y)] }), denyAll],
    flow: TCP80,
    verdicts: cnps('allow', 'deny'),
    by: 'one',
  },
  {
    id: 'C-2',
    objects: [
      cnp('pass', 'Admin', 1, { ingress: [from('Pass', NS_Y)] }),
      cnp('deny', 'Admin', 2, { ingress: [from('Deny', NS_Y)] }),
      cnp('baseline', 'Baseline', 1, { ingress: [from('Deny', NS_Y)] }),
    ],
    flow: TCP80,
    verdicts: cnps('deny'),
    by: 'baseline',
  },
  {
    id: 'C-3',
    objects: [
      cnp('pass', 'Baseline', 1, { ingress: [from('Pass', NS_Y)] }),
      cnp('deny', 'Baseline', 2, { ingress: [from('Deny', NS_Y)] }),
    ],
    flow: TCP80,
    verdicts: cnps('allow'),
    reason: 'profile',
  },
  {
    id: 'C-4',
    objects: [
      cnp('a', 'Baseline', 0, { ingress: [from('Deny', NS_Y)] }),
      cnp('b', 'Admin', 1000, { ingress: [from('Accept', NS_Y)] }),
    ],
    flow: TCP80,
    verdicts: cnps('allow'),
    by: 'b',
  },
  {
    id: 'C-6',
    objects: [cnp('one', 'Admin', 1, { ingress: [from('Deny', NS_Y)] })],
    flow: 'icmp y/a to x/a type 8',
    verdicts: cnps('deny'),
    by: 'one',
  },
  {
    id: 'C-7',
    objects: [
      cnp('one', 'Admin', 1, {
        ingress: [from('Deny', NS_Y, 'protocols: [{ tcp: { destinationPort: { number: 80 } } }]')],
      }),
    ],
    flow: 'icmp y/a to x/a type 8',
    verdicts: cnps('allow'),
  },
  {
    id: 'C-8',
    objects: [cnp('one', 'Admin', 1, { egress: [to('Deny', '{ networks: ["::/0"] }')] })],
    flow: 'icmpv6 fd00:1::1 to fd00:2::1 type 128',
    verdicts: cnps('deny'),
    by: 'one',
  },
  {
    id: 'C-9',
    objects: [
      cnp('one', 'Admin', 1, {
        ingress: [from('Deny', NS_Y, 'protocols: [{ destinationNamedPort: http }]')],
      }),
    ],
    flow: 'udp y/a to x/c:80',
    verdicts: cnps('deny'),
    by: 'one',
  },
  {
    id: 'C-10',
    objects: [
      cnp('one', 'Admin', 1, {
        ingress: [from('Deny', NS_Y, 'protocols: [{ destinationNamedPort: http }]')],
      }),
    ],
    flow: 'tcp y/a to x/b:80',
    verdicts: cnps('allow'),
  },
  {
    id: 'C-11',
    objects: [cnp('one', 'Admin', 1, { ingress: [from('Deny', ALL)], egress: [to('Deny', ALL)] })],
    flow: 'tcp x/a to 10.0.1.1:80',
    verdicts: cnps('allow'),
    reason: 'self',
  },
  ...namesOfDomains(),
  {
    id: 'C-18',
    objects: [
      cnp('one', 'Admin', 1, {
        subject: '{ pods: { podSelector: { matchLabels: { app: web } } } }',
        ingress: [from('Deny', ALL)],
      }),
    ],
    flow: 'tcp y/b to z/a:80',
    verdicts: cnps('deny'),
    by: 'one',
  },
  {
    id: 'C-20',
    objects: [cnp('one', 'Admin', 1, { ingress: [from('Deny', NS_Y)] })],
    flow: 'tcp x/a to y/a:80',
    verdicts: cnps('allow'),
  },
  {
    id: 'C-23',
    objects: [
      cnp('a-accept', 'Admin', 3, { ingress: [from('Accept', NS_Y)] }),
      cnp('b-deny', 'Admin', 3, { ingress: [from('Deny', NS_Y)] }),
    ],
    flow: TCP80,
    verdicts: { kubernetes: 'unspecified', calico: 'allow', 'calico@3.31': 'allow' },
  },
  ...failingClosed(),
  ...withoutOrder(),
  ...exemptions(),
];

/** Calico has no word for peers of domain names: what accepts is dropped, what denies denies everything. */
function namesOfDomains(): AdminCase[] {
  const objects = [
    cnp('one', 'Admin', 1, {
      egress: [to('Accept', "{ domainNames: ['*.example.com'] }"), to('Deny', EVERYWHERE)],
    }),
  ];
  const resolutions = [
    'api.example.com=203.0.113.9',
    'a.b.example.com=203.0.113.10',
    'example.com=203.0.113.11',
  ];
  const known = (id: string, flow: string, verdict: Verdict): AdminCase => ({
    id,
    objects,
    resolutions,
    flow,
    verdicts: { kubernetes: verdict, calico: 'deny', 'calico@3.31': 'allow' },
    by: 'one',
  });
  const unknown = (
    id: string,
    rules: Rules,
    flow: string,
    kubernetes: Verdict,
    calico: Verdict,
  ): AdminCase => ({
    id,
    objects: [cnp('one', 'Admin', 1, rules)],
    flow,
    verdicts: { kubernetes, calico, 'calico@3.31': 'allow' },
  });
  const accept = to('Accept', "{ domainNames: ['*.example.com'] }");
  const deny = to('Deny', "{ domainNames: ['*.example.com'] }");
  const pass = to('Pass', "{ domainNames: ['*.example.com'] }");
  const everything = { egress: [accept, to('Deny', EVERYWHERE)] };
  return [
    known('C-13', 'tcp x/a to 203.0.113.9:443', 'allow'),
    known('C-14', 'tcp x/a to 203.0.113.10:443', 'allow'),
    known('C-15', 'tcp x/a to 203.0.113.11:443', 'deny'),
    known('C-16', 'udp x/a to 203.0.113.53:53', 'deny'),
    known('C-17', 'tcp x/a to 203.0.113.99:443', 'deny'),
    unknown('N-1 not resolved', everything, 'tcp x/a to 203.0.113.9:443', 'undetermined', 'deny'),
    unknown('N-2 a pod is no domain', everything, 'tcp x/a to y/a:443', 'deny', 'deny'),
    unknown('N-3 nor is a node', everything, 'tcp x/a to 192.168.0.12:443', 'deny', 'deny'),
    unknown('N-4 nothing denies', { egress: [accept] }, 'tcp x/a to 203.0.113.9:443', 'allow', 'allow'),
    unknown('N-5 denied, perhaps', { egress: [deny] }, 'tcp x/a to 203.0.113.9:443', 'undetermined', 'deny'),
    unknown('N-6 passed or not, the same', { egress: [pass] }, 'tcp x/a to 203.0.113.9:443', 'allow', 'deny'),
    unknown('N-7 either family', everything, 'tcp fd00:1::1 to [2001:db8::9]:443', 'undetermined', 'deny'),
  ];
}

/** What cannot be understood allows nothing, and denies everything in the place of a rule that denies or passes. */
function failingClosed(): AdminCase[] {
  const odd = '{ namespaces: { matchExpressions: [{ key: team, operator: Foo, values: [blue] }] } }';
  const newer = '{ planets: [] }';
  const one = (id: string, rule: string, flow: string, verdict: Verdict, lenient = false): AdminCase => ({
    id,
    objects: [cnp('one', 'Admin', 1, { ingress: [rule] }), denyAll],
    lenient,
    flow,
    verdicts: cnps(verdict, 'deny'),
    by: verdict === 'deny' && !rule.includes('Accept') ? 'one' : 'np',
  });
  const external = 'tcp 203.0.113.9 to x/a:80';
  return [
    one('R-36 allows nothing', from('Accept', odd), TCP80, 'deny'),
    one('R-36 denies everything', from('Deny', odd), external, 'deny'),
    one('R-36 passes nothing', from('Pass', odd), external, 'deny'),
    one('F-1 an unknown peer allows nothing', from('Accept', newer), TCP80, 'deny', true),
    one('F-2 an unknown peer denies everything', from('Deny', newer), external, 'deny', true),
    one('F-3 beside a known peer', from('Accept', `${ALL}, ${newer}`), TCP80, 'deny', true),
    {
      id: 'F-4 nodes',
      objects: [cnp('one', 'Admin', 1, { egress: [to('Deny', '{ nodes: {} }')] })],
      flow: 'tcp x/a to 192.168.0.12:80',
      verdicts: cnps('deny'),
      by: 'one',
    },
    {
      id: 'F-5 nodes are no word of Calico',
      objects: [cnp('one', 'Admin', 1, { egress: [to('Deny', '{ nodes: {} }')] })],
      flow: 'tcp x/a to y/a:80',
      verdicts: { kubernetes: 'allow', calico: 'deny', 'calico@3.31': 'allow' },
    },
    {
      id: 'F-6 a node that is not there',
      objects: [cnp('one', 'Admin', 1, { egress: [to('Deny', '{ nodes: { matchLabels: { a: b } } }')] })],
      flow: 'tcp x/a to 192.168.0.12:80',
      verdicts: { kubernetes: 'allow', calico: 'deny', 'calico@3.31': 'allow' },
    },
  ];
}

/** A pod's own node and a pod that calls itself are exempt from NetworkPolicies, not from these. */
function exemptions(): AdminCase[] {
  const ownNode = (
    id: string,
    objects: readonly string[],
    kubernetes: Verdict,
    calico: Verdict,
  ): AdminCase => ({
    id,
    objects,
    flow: 'tcp x/a to 192.168.0.11:10250',
    verdicts: { kubernetes, calico, 'calico@3.31': 'allow' },
  });
  const denied = (tier: 'Admin' | 'Baseline'): string =>
    cnp('one', tier, 1, { egress: [to('Deny', EVERYWHERE)] });
  const closed = np('x', '{ podSelector: {}, policyTypes: [Egress] }');
  const hairpin = (
    id: string,
    objects: readonly string[],
    kubernetes: Verdict,
    calico: Verdict,
  ): AdminCase => ({
    id,
    objects,
    flow: 'tcp x/a to service:x/web:80',
    verdicts: { kubernetes, calico, 'calico@3.31': 'allow' },
  });
  return [
    ownNode('E-1 an admin deny', [denied('Admin')], 'deny', 'deny'),
    ownNode('E-2 a baseline deny', [denied('Baseline')], 'deny', 'deny'),
    {
      ...ownNode('E-3 isolation lets pass, and is final', [denied('Baseline'), closed], 'allow', 'deny'),
      verdicts: { kubernetes: 'allow', calico: 'deny', 'calico@3.31': 'deny' },
      reason: 'endpoint-to-host',
    },
    hairpin(
      'E-4 a hairpin is subject',
      [cnp('one', 'Admin', 1, { ingress: [from('Deny', ALL)] })],
      'deny',
      'deny',
    ),
    hairpin(
      'E-5 on its way out too',
      [cnp('one', 'Admin', 1, { egress: [to('Deny', '{ networks: [10.0.1.1/32] }')] })],
      'unspecified',
      'deny',
    ),
  ];
}

/** Policies of equal priority: every one of them may come first. */
function withoutOrder(): AdminCase[] {
  const equal = (...rules: readonly string[]): string[] =>
    rules.map((rule, index) => cnp(`p${index}`, 'Admin', 3, { ingress: [rule] }));
  const one = (id: string, objects: readonly string[], kubernetes: Verdict, calico: Verdict): AdminCase => ({
    id,
    objects,
    flow: TCP80,
    verdicts: { kubernetes, calico, 'calico@3.31': 'allow' },
  });
  const other = 'protocols: [{ udp: { destinationPort: { number: 80 } } }]';
  return [
    one('O-1 agreed', equal(from('Deny', NS_Y), from('Deny', ALL)), 'deny', 'deny'),
    one('O-2 one does not match', equal(from('Accept', NS_Y), from('Deny', NS_Y, other)), 'allow', 'allow'),
    one('O-3 a pass and a deny', equal(from('Pass', NS_Y), from('Deny', NS_Y)), 'unspecified', 'allow'),
    one('O-4 a pass and an accept', equal(from('Pass', NS_Y), from('Accept', NS_Y)), 'allow', 'allow'),
    one(
      'O-5 the first match of each',
      [
        cnp('p0', 'Admin', 3, { ingress: [from('Accept', NS_Y), from('Deny', ALL)] }),
        cnp('p1', 'Admin', 3, { ingress: [from('Accept', ALL)] }),
      ],
      'allow',
      'allow',
    ),
    one(
      'O-6 what is behind them is not asked',
      [
        ...equal(from('Accept', NS_Y), from('Accept', ALL)),
        cnp('q', 'Admin', 4, { ingress: [from('Deny', ALL)] }),
      ],
      'allow',
      'allow',
    ),
    one(
      'O-7 tiers have an order',
      [
        cnp('p', 'Baseline', 3, { ingress: [from('Deny', NS_Y)] }),
        cnp('q', 'Admin', 3, { ingress: [from('Accept', NS_Y)] }),
      ],
      'allow',
      'allow',
    ),
  ];
}
