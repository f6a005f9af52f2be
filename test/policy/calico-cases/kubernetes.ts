/** Section 4.2 of the semantics: what Kubernetes' policies come to under Calico, and beside its own. */
import { type CalicoCase, globalSet, hostEndpoint, kcnp, knp, np, toWeb } from './manifests.ts';

const subject = 'podSelector: { matchLabels: { app: web } }';
const ALLOWED = 'allow policy knp:shop/k @ingress';
const DENIED = 'deny tier-end knp:shop/k #end @ingress';
const OUT = 'deny tier-end knp:shop/k #end @egress';

export const KUBERNETES_CASES: readonly CalicoCase[] = [
  {
    id: '4.2-1',
    says: 'an ipBlock matches addresses of pods, of nodes, of anything',
    manifests: [
      knp(
        'shop/k',
        `{ ${subject}, ingress: [{ from: [{ ipBlock: { cidr: 10.0.2.0/24 } }, { ipBlock: { cidr: 192.168.0.0/24 } }] }] }`,
      ),
    ],
    flows: [
      ['tcp 10.0.2.1 to 10.0.1.1:80', ALLOWED],
      ['tcp 192.168.0.13 to 10.0.1.1:80', ALLOWED],
      ['tcp 10.0.2.99 to 10.0.1.1:80', ALLOWED],
      ['tcp 10.0.3.1 to 10.0.1.1:80', DENIED],
    ],
  },
  {
    id: '4.2-2',
    says: 'an ipBlock with the address of a Service never matches',
    manifests: [
      knp(
        'shop/k',
        `{ ${subject}, policyTypes: [Egress], egress: [{ to: [{ ipBlock: { cidr: 10.96.0.0/16 } }] }] }`,
      ),
    ],
    flows: [['tcp shop/web to 10.96.0.10:80', `${OUT} to=10.0.2.1:8080`]],
  },
  {
    id: '4.2-3',
    says: 'pod selectors never match host endpoints, network sets or host-network pods',
    manifests: [
      knp('shop/k', `{ ${subject}, ingress: [{ from: [{ namespaceSelector: {} }] }] }`),
      globalSet('all', '{ nets: [192.0.2.0/24] }', '{ app: web }'),
      hostEndpoint('n1-eth0', '{ node: n1, interfaceName: eth0, expectedIPs: [192.0.2.77] }', '{ app: web }'),
    ],
    flows: [
      ['tcp bank/none to shop/web:80', ALLOWED],
      ['tcp 203.0.113.1 to 10.0.1.1:80', DENIED],
      ['tcp 192.0.2.9 to 10.0.1.1:80', DENIED],
      ['tcp 192.168.0.13 to 10.0.1.1:80', DENIED],
    ],
  },
  {
    id: '4.2-4',
    says: 'the host of a pod reaches it whatever the policies say',
    manifests: [knp('shop/k', `{ ${subject}, policyTypes: [Ingress] }`)],
    flows: [
      ['tcp 192.168.0.11 to 10.0.1.1:80', 'allow host-to-local @none'],
      ['tcp 192.168.0.13 to 10.0.1.1:80', DENIED],
    ],
  },
  {
    id: '4.2-5',
    says: 'a namespace selector also sees the name of Calico',
    manifests: [
      knp(
        'shop/k',
        `{ ${subject}, ingress: [{ from: [{ namespaceSelector: { matchLabels: { projectcalico.org/name: bank } } }] }] }`,
      ),
    ],
    flows: [
      ['tcp bank/none to shop/web:80', ALLOWED],
      ['tcp shop/db to shop/web:80', DENIED],
    ],
  },
  {
    id: '4.2-6',
    says: 'an exception that is everything takes the rule away in its family',
    manifests: [
      knp(
        'shop/k',
        `{ ${subject}, ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8, except: [10.0.0.0/9] } }] }] }`,
      ),
    ],
    flows: [
      ['tcp 10.0.2.1 to 10.0.1.1:80', DENIED],
      ['tcp 10.200.0.1 to 10.0.1.1:80', ALLOWED],
    ],
  },
  {
    id: '4.2-7',
    says: 'an IPv4 block gives no IPv6 rule',
    manifests: [knp('shop/k', `{ ${subject}, ingress: [{ from: [{ ipBlock: { cidr: 0.0.0.0/0 } }] }] }`)],
    flows: [
      ['tcp 192.0.2.9 to 10.0.1.1:80', ALLOWED],
      ['tcp 2001:db8::9 to [fd00:1::1]:80', DENIED],
    ],
  },
  {
    id: '4.2-8',
    says: 'two policies: what either allows; the end of the tier is blamed on the last',
    manifests: [
      knp('shop/a', `{ ${subject}, ingress: [{ ports: [{ port: 80 }] }] }`),
      knp('shop/b', `{ ${subject}, ingress: [{ ports: [{ port: 81 }] }] }`),
    ],
    flows: [
      ['tcp bank/none to shop/web:80', 'allow policy knp:shop/a'],
      ['tcp bank/none to shop/web:81', 'allow policy knp:shop/b'],
      ['tcp bank/none to shop/web:82', 'deny tier-end knp:shop/b #end'],
    ],
  },
  {
    id: '4.2-9',
    says: 'an earlier Deny, Pass or Allow of Calico wins; what Kubernetes allows, later policies never see',
    manifests: [
      np(
        'shop/early',
        `{ selector: "app == 'web'", order: 1, types: [Ingress], ingress: [{ action: Deny, protocol: UDP }, { action: Pass, protocol: SCTP }] }`,
      ),
      knp('shop/k', `{ ${subject}, ingress: [{}] }`),
      np(
        'shop/late',
        `{ selector: "app == 'web'", order: 2000, types: [Ingress], ingress: [{ action: Deny }] }`,
      ),
    ],
    flows: [
      ['udp bank/none to shop/web:80', 'deny policy np:shop/early'],
      ['sctp bank/none to shop/web:80', 'allow profile'],
      ['tcp bank/none to shop/web:80', 'allow policy knp:shop/k'],
    ],
  },
  {
    id: '4.1-protocol',
    says: 'a port without a protocol is TCP; an entry without a port is all of its protocol; no ports are everything',
    manifests: [
      knp('shop/k', `{ ${subject}, ingress: [{ ports: [{}] }] }`),
      knp('shop/l', '{ podSelector: { matchLabels: { app: db } }, ingress: [{}] }'),
    ],
    flows: [
      ['tcp bank/none to shop/web:9999', ALLOWED],
      ['udp bank/none to shop/web:9999', DENIED],
      ['icmp bank/none to shop/db type 8 code 0', 'allow policy knp:shop/l'],
    ],
  },
  {
    id: '4.1-expansion',
    says: 'rules are counted after expansion: protocols in alphabetical order, then peers',
    manifests: [
      knp(
        'shop/k',
        `{ ${subject}, ingress: [{ ports: [{ protocol: UDP, port: 53 }, { protocol: TCP, port: 53 }, { protocol: SCTP }], from: [{ podSelector: {} }, { namespaceSelector: {} }] }, {}] }`,
      ),
    ],
    flows: [
      ['sctp shop/db to shop/web:1', `${ALLOWED} #0`],
      ['tcp bank/none to shop/web:53', `${ALLOWED} #3`],
      ['udp shop/db to shop/web:53', `${ALLOWED} #4`],
      ['udp bank/none to shop/web:54', `${ALLOWED} #6`],
    ],
  },
  {
    id: '4.3-passes',
    says: 'what Admin passes or does not name goes to default; Baseline is asked only where default did not apply',
    manifests: [
      kcnp(
        'admin',
        '{ tier: Admin, priority: 1, subject: { namespaces: {} }, ingress: [{ action: Pass, from: [{ namespaces: { matchLabels: { team: blue } } }] }, { action: Accept, from: [{ pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: db } } } }] }] }',
      ),
      kcnp(
        'base',
        '{ tier: Baseline, priority: 1, subject: { namespaces: {} }, ingress: [{ action: Deny, from: [{ namespaces: {} }] }] }',
      ),
      toWeb('{ action: Allow, protocol: TCP }'),
    ],
    flows: [
      ['tcp bank/none to shop/web:80', 'allow policy np:shop/p'],
      ['udp bank/none to shop/web:80', 'deny tier-end np:shop/p'],
      ['udp shop/db to shop/web:80', 'allow policy kcnp:admin #1'],
      ['tcp bank/none to shop/db:80', 'deny policy kcnp:base'],
      ['tcp 192.0.2.9 to 10.0.1.2:80', 'allow profile'],
    ],
  },
  {
    id: '4.3-ports',
    says: 'rules without a protocol first, then protocols in order; named ports have no protocol',
    manifests: [
      kcnp(
        'admin',
        `{ tier: Admin, priority: 1, subject: { pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: db } } } }, ingress: [{ action: Deny, from: [{ namespaces: {} }], protocols: [{ udp: { destinationPort: { number: 53 } } }, { tcp: { destinationPort: { range: { start: 1, end: 79 } } } }, { destinationNamedPort: http }] }] }`,
      ),
    ],
    flows: [
      ['tcp shop/web to shop/db:8080', 'deny policy kcnp:admin #0'],
      ['tcp shop/web to shop/db:79', 'deny policy kcnp:admin #1'],
      ['udp shop/web to shop/db:53', 'deny policy kcnp:admin #2'],
      ['tcp shop/web to shop/db:80', 'allow profile'],
    ],
  },
  {
    id: '4.3-networks',
    says: 'networks of both families in one peer are split by family; namespaces as peers are network sets too',
    manifests: [
      kcnp(
        'admin',
        '{ tier: Admin, priority: 1, subject: { namespaces: {} }, egress: [{ action: Deny, to: [{ networks: [192.0.2.0/24, "2001:db8:1::/48"] }] }], ingress: [{ action: Deny, from: [{ namespaces: { matchLabels: { team: red } } }] }] }',
      ),
    ],
    flows: [
      ['tcp 10.0.1.1 to 192.0.2.9:80', 'deny policy kcnp:admin @egress'],
      ['tcp fd00:1::1 to [2001:db8:1::9]:80', 'deny policy kcnp:admin @egress'],
      ['tcp 10.0.1.1 to 198.51.100.9:80', 'allow profile'],
      ['tcp 203.0.113.1 to 10.0.2.1:80', 'deny policy kcnp:admin @ingress'],
    ],
  },
];
