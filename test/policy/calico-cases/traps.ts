/**
 * The checklist of traps at the end of the semantics: a case each. Those of connections (16, 24) stand in
 * test/replay/calico-traps.test.ts, spoofed sources (17) in test/replay/interfaces.test.ts, what an invalid object comes to
 * (21) in test/manifest and test/policy/admin-cases.ts.
 */
import {
  type CalicoCase,
  fromWeb,
  gnp,
  hostEndpoint,
  kcnp,
  knp,
  networkSet,
  np,
  sgnp,
  snp,
  tier,
  toWeb,
} from './manifests.ts';

const REQUEST = 'tcp shop/db to shop/web:80';
const web = (name: string, rules: string, more = ''): string =>
  np(`shop/${name}`, `{ selector: "app == 'web'", types: [Ingress], ingress: [${rules}]${more} }`);
const HOST = hostEndpoint(
  'n1-eth0',
  '{ node: n1, interfaceName: eth0, profiles: [projectcalico-default-allow] }',
  '{ host: n1 }',
);

export const TRAP_CASES: readonly CalicoCase[] = [
  {
    id: 'trap 1',
    says: 'types isolate, not rules',
    manifests: [np('shop/p', `{ selector: "app == 'web'", types: [Ingress], egress: [{ action: Deny }] }`)],
    flows: [
      [REQUEST, 'deny tier-end np:shop/p'],
      ['tcp shop/web to shop/db:80', 'allow profile'],
    ],
  },
  {
    id: 'trap 2',
    says: 'a-b sorts before a',
    manifests: [web('a', '{ action: Allow }'), web('a-b', '{ action: Deny }')],
    flows: [[REQUEST, 'deny policy np:shop/a-b']],
  },
  {
    id: 'trap 3',
    says: 'Pass leaves the tier; the end of a tier that denies drops even if a later one would allow',
    manifests: [
      tier('t', '{ order: 1 }'),
      web('a', '{ action: Pass, protocol: UDP }', ', tier: t'),
      web('b', '{ action: Allow }'),
    ],
    flows: [
      ['udp shop/db to shop/web:80', 'allow policy np:shop/b'],
      [REQUEST, 'deny tier-end np:shop/a tier=t'],
    ],
  },
  {
    id: 'trap 4',
    says: 'an Allow in any tier ends it',
    manifests: [
      tier('t', '{ order: 1 }'),
      web('a', '{ action: Allow }', ', tier: t'),
      web('b', '{ action: Deny }'),
    ],
    flows: [[REQUEST, 'allow policy np:shop/a']],
  },
  {
    id: 'trap 5',
    says: 'a missing label: !=, not in and !has are true, everything else false',
    manifests: [
      toWeb(
        `{ action: Allow, protocol: TCP, source: { selector: "batch != 'no' && batch not in {'no'} && !has(batch)" } }, { action: Allow, protocol: UDP, source: { selector: "!(batch == 'no') && batch contains ''" } }`,
      ),
    ],
    flows: [
      [REQUEST, 'allow policy #0'],
      ['tcp shop/job to shop/web:80', 'deny tier-end'],
      ['udp shop/db to shop/web:80', 'deny tier-end'],
      ['udp shop/job to shop/web:80', 'allow policy #1'],
    ],
  },
  {
    id: 'trap 6',
    says: 'rules without any selector are not limited to the namespace; with notSelector alone they are',
    manifests: [
      toWeb(
        `{ action: Allow, protocol: TCP }, { action: Allow, protocol: UDP, source: { notSelector: "app == 'x'" } }`,
      ),
    ],
    flows: [
      ['tcp bank/none to shop/web:80', 'allow policy #0'],
      ['udp bank/none to shop/web:80', 'deny tier-end'],
      ['udp shop/db to shop/web:80', 'allow policy #1'],
    ],
  },
  {
    id: 'trap 7',
    says: 'namespaceSelector all() leaves hosts and global sets out; negative ones take them in',
    manifests: [
      toWeb(
        '{ action: Allow, protocol: TCP, source: { namespaceSelector: all() } }, { action: Allow, protocol: UDP, source: { namespaceSelector: "!has(nothing)" } }',
      ),
    ],
    flows: [
      ['tcp 198.51.100.9 to 10.0.1.1:80', 'deny tier-end'],
      ['tcp 192.168.0.13 to 10.0.1.1:80', 'deny tier-end'],
      ['udp 198.51.100.9 to 10.0.1.1:80', 'allow policy #1'],
      ['udp 192.168.0.13 to 10.0.1.1:80', 'allow policy #1'],
    ],
  },
  {
    id: 'trap 8',
    says: 'positive and negative selectors merge per object, not per address',
    manifests: [
      networkSet('shop/all', '{ nets: [10.0.1.0/24] }', '{ app: set }'),
      toWeb(`{ action: Allow, source: { selector: has(app), notSelector: "app == 'db'" } }`),
    ],
    flows: [
      ['tcp 10.0.1.2 to 10.0.1.1:80', 'allow policy #0'],
      ['tcp fd00:1::2 to [fd00:1::1]:80', 'deny tier-end'],
    ],
  },
  {
    id: 'trap 9',
    says: 'names of ports are those of one endpoint with both label and port',
    manifests: [
      np(
        'bank/p',
        `{ selector: "app == 'web'", types: [Egress], egress: [{ action: Allow, protocol: TCP, destination: { selector: "app == 'api'", ports: [http] } }] }`,
      ),
    ],
    flows: [
      ['tcp bank/web to bank/api:80', 'allow'],
      ['tcp bank/web to bank/api:8080', 'deny tier-end'],
      ['tcp bank/web to shop/web:80', 'deny tier-end'],
    ],
  },
  {
    id: 'trap 10',
    says: 'blocks of the other family take a rule away, notNets too',
    manifests: [toWeb('{ action: Allow, source: { notNets: [192.0.2.0/24] } }')],
    flows: [
      ['tcp 10.0.1.2 to 10.0.1.1:80', 'allow policy'],
      ['tcp fd00:1::2 to [fd00:1::1]:80', 'deny tier-end'],
    ],
  },
  {
    id: 'trap 11',
    says: 'protocol ICMP is of IPv4',
    manifests: [
      toWeb(
        '{ action: Allow, notProtocol: ICMP, protocol: ICMPv6 }, { action: Deny, protocol: ICMP }, { action: Allow }',
      ),
    ],
    flows: [
      ['icmp shop/db to shop/web type 8 code 0', 'deny policy #1'],
      ['icmp6 shop/db to shop/web type 128 code 0', 'allow policy #0'],
    ],
  },
  {
    id: 'trap 12',
    says: 'a port of Kubernetes without protocol is TCP, [{}] is all TCP, none is everything',
    manifests: [knp('shop/k', '{ podSelector: { matchLabels: { app: web } }, ingress: [{ ports: [{}] }] }')],
    flows: [
      [REQUEST, 'allow policy'],
      ['udp shop/db to shop/web:80', 'deny tier-end'],
    ],
  },
  {
    id: 'trap 13',
    says: 'from [] is any address, from [{}] the pods of the namespace',
    manifests: [
      knp('shop/a', '{ podSelector: { matchLabels: { app: web } }, ingress: [{ from: [] }] }'),
      knp(
        'shop/b',
        '{ podSelector: { matchLabels: { app: db } }, ingress: [{ from: [{ podSelector: {} }] }] }',
      ),
    ],
    flows: [
      ['tcp 192.0.2.9 to 10.0.1.1:80', 'allow policy'],
      ['tcp 192.0.2.9 to 10.0.1.2:80', 'deny tier-end'],
      ['tcp bank/none to shop/db:80', 'deny tier-end'],
      ['tcp shop/web to shop/db:80', 'allow policy'],
    ],
  },
  {
    id: 'trap 14',
    says: 'an ipBlock matches pods and nodes, never the address of a Service',
    manifests: [
      knp(
        'shop/k',
        '{ podSelector: { matchLabels: { app: web } }, policyTypes: [Egress], egress: [{ to: [{ ipBlock: { cidr: 10.96.0.10/32 } }] }] }',
      ),
    ],
    flows: [['tcp shop/web to 10.96.0.10:80', 'deny tier-end']],
  },
  {
    id: 'trap 15',
    says: 'host to local pod always; pod to own host by its egress and then the action for that',
    manifests: [gnp('g', '{ namespaceSelector: all(), types: [Ingress, Egress] }')],
    flows: [
      ['tcp 192.168.0.11 to 10.0.1.1:80', 'allow host-to-local'],
      ['tcp 10.0.1.1 to 192.168.0.11:80', 'deny tier-end gnp:g @egress'],
    ],
  },
  {
    id: 'trap 17',
    says: 'IPIP and VXLAN that pods make are dropped before policy',
    manifests: [fromWeb('{ action: Allow }')],
    flows: [
      ['proto:4 10.0.1.1 to 10.0.2.1', 'deny workload-encap'],
      ['udp 10.0.1.1 to 10.0.2.1:4789', 'deny workload-encap'],
    ],
  },
  {
    id: 'trap 18',
    says: 'failsafes are for host endpoints only',
    manifests: [gnp('g', '{ types: [Ingress] }')],
    flows: [
      ['tcp 192.0.2.9 to 192.168.0.13:22', 'allow failsafe @host-ingress'],
      ['tcp 192.0.2.9 to 10.0.3.1:22', 'deny tier-end gnp:g @ingress'],
    ],
  },
  {
    id: 'trap 19',
    says: 'no forward policy lets forwarded traffic through, one denies what it does not match in its direction',
    manifests: [
      HOST,
      gnp(
        'g',
        `{ selector: "host == 'n1'", applyOnForward: true, types: [Ingress], ingress: [{ action: Allow, protocol: TCP }] }`,
      ),
    ],
    flows: [
      ['udp 192.0.2.9 to 10.0.1.1:80', 'deny tier-end gnp:g @forward-ingress'],
      ['udp 10.0.1.1 to 192.0.2.9:80', 'allow profile @egress'],
      ['udp 192.0.2.9 to 10.0.2.1:80', 'allow profile @ingress'],
    ],
  },
  {
    id: 'trap 20',
    says: 'doNotTrack and preDNAT do nothing for pods',
    manifests: [
      gnp(
        'a',
        '{ doNotTrack: true, applyOnForward: true, types: [Ingress, Egress], ingress: [{ action: Deny }], egress: [{ action: Deny }] }',
      ),
      gnp('b', '{ preDNAT: true, applyOnForward: true, types: [Ingress], ingress: [{ action: Deny }] }'),
    ],
    flows: [['tcp shop/db to shop/web:80', 'allow profile @ingress']],
  },
  {
    id: 'trap 22',
    says: 'an unknown profile denies, no profile does',
    manifests: [hostEndpoint('n1-eth0', '{ node: n1, interfaceName: eth0, profiles: [unheard-of] }')],
    flows: [
      ['tcp 192.0.2.9 to 192.168.0.11:80', 'deny @host-ingress'],
      ['tcp 192.0.2.9 to 192.168.0.12:80', 'deny no-profile @host-ingress'],
    ],
  },
  {
    id: 'trap 23',
    says: 'a pod that a NetworkPolicy isolates never reaches kube-baseline',
    manifests: [
      knp('shop/k', '{ podSelector: { matchLabels: { app: web } }, ingress: [] }'),
      kcnp(
        'base',
        '{ tier: Baseline, priority: 1, subject: { namespaces: {} }, ingress: [{ action: Accept, from: [{ namespaces: {} }] }] }',
      ),
    ],
    flows: [
      [REQUEST, 'deny tier-end knp:shop/k'],
      ['tcp shop/web to shop/db:80', 'allow policy kcnp:base'],
    ],
  },
  {
    id: 'trap 25',
    says: 'staged policies change no verdict, and a tier of staged ones alone is not there',
    manifests: [
      tier('t', '{ order: 1 }'),
      snp('shop/s', '{ tier: t }'),
      sgnp('s', '{ tier: t, types: [Ingress, Egress] }'),
      web('p', '{ action: Allow }'),
    ],
    flows: [
      [REQUEST, 'allow policy np:shop/p'],
      ['tcp shop/web to shop/db:80', 'allow profile'],
      ['tcp 192.0.2.9 to 192.168.0.13:80', 'allow profile @host-ingress'],
    ],
    pending: [
      [REQUEST, 'deny tier-end tier=t'],
      ['tcp 192.0.2.9 to 192.168.0.13:80', 'deny tier-end sgnp:s @host-ingress'],
    ],
  },
];
