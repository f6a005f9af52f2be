/**
 * Worked cases of the cluster-wide policies over `fixture.yaml`: T those of AdminNetworkPolicy and
 * BaselineAdminNetworkPolicy, C those of ClusterNetworkPolicy. The subject is all namespaces unless a case says otherwise.
 */
import {
  type AdminCase,
  ALL,
  allowAll,
  anp,
  anps,
  banp,
  cnp,
  cnps,
  denyAll,
  from,
  fromY,
  NS_Y,
  named,
  np,
  port80,
  TCP80,
  to,
} from './admin-objects.ts';
import { exemptions, failingClosed, namesOfDomains, withoutOrder } from './admin-open-cases.ts';

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
