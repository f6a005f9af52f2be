/**
 * Worked cases of the cluster-wide policies, where something is not known, not understood or not in order: N names of
 * domains, F rules that fail closed, O policies without an order, E exemptions.
 */
import {
  type AdminCase,
  ALL,
  cnp,
  cnps,
  denyAll,
  EVERYWHERE,
  from,
  NS_Y,
  np,
  type Rules,
  TCP80,
  to,
  type Verdict,
} from './admin-objects.ts';

/** Calico has no word for peers of domain names: what accepts is dropped, what denies denies everything. */
export function namesOfDomains(): AdminCase[] {
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
export function failingClosed(): AdminCase[] {
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
export function exemptions(): AdminCase[] {
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
export function withoutOrder(): AdminCase[] {
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
