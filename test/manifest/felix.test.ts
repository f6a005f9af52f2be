import { describe, expect, test } from 'vitest';
import { formatCidr } from '../../src/net/cidr.ts';
import { type FailsafePort, type FelixNode, felixOf, UNCONFIGURED } from '../../src/policy/api/felix.ts';
import { clusterOf, codesOf } from './support.ts';

const configuration = (name: string, spec: string, metadata = ''): string =>
  `apiVersion: projectcalico.org/v3\nkind: FelixConfiguration\nmetadata: {name: ${name}${metadata}}\nspec: {${spec}}\n`;
const node = (name: string, labels = '{}'): string =>
  `apiVersion: v1\nkind: Node\nmetadata: {name: ${name}, labels: ${labels}}\n`;
const daemonSet = (...variables: readonly string[]): string => `apiVersion: apps/v1
kind: DaemonSet
metadata: {name: calico-node, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: calico-node
        env: [${variables.map((variable) => `{name: ${variable.replace('=', ', value: "')}"}`).join(', ')}]
`;
const felixIn = (name: string, ...texts: readonly string[]): FelixNode =>
  felixOf(clusterOf(texts.join('---\n')).felix, name);
const ports = (list: readonly FailsafePort[]): string[] =>
  list.map(
    ({ protocol, port, net }) => `${protocol}:${port}${net === undefined ? '' : ` ${formatCidr(net)}`}`,
  );

describe('which setting counts', () => {
  test('nothing said: what Felix does, and pods reach their host', () => {
    expect(felixIn('n1', node('n1'))).toEqual(UNCONFIGURED);
  });

  test('node before selector before default; the environment before all', () => {
    const texts = [
      node('a', '{role: gpu}'),
      node('b', '{role: gpu}'),
      node('c'),
      configuration('default', 'vxlanPort: 1, allowIPIPPacketsFromWorkloads: true'),
      configuration('gpu', `nodeSelector: "role == 'gpu'", vxlanPort: 2`),
      configuration('node.b', 'vxlanPort: 3'),
    ];
    const port = (name: string, ...more: readonly string[]): number =>
      felixIn(name, ...texts, ...more).vxlanPort;
    expect(['a', 'b', 'c', 'elsewhere'].map((name) => port(name))).toEqual([2, 3, 1, 1]);
    expect(felixIn('b', ...texts).allowIpipFromWorkloads).toBe(true);
    expect(['a', 'b', 'c'].map((name) => port(name, daemonSet('FELIX_VXLANPORT=4')))).toEqual([4, 4, 4]);
  });

  test('of two selectors that match the older', () => {
    const texts = [
      node('n1', '{a: b}'),
      configuration(
        'first',
        'nodeSelector: has(a), vxlanPort: 1',
        ', creationTimestamp: "2026-02-01T00:00:00Z"',
      ),
      configuration(
        'second',
        'nodeSelector: has(a), vxlanPort: 2',
        ', creationTimestamp: "2026-01-01T00:00:00Z"',
      ),
    ];
    expect(felixIn('n1', ...texts).vxlanPort).toBe(2);
  });

  test('a node that no manifest holds has its own configuration', () => {
    expect(felixIn('n1', configuration('node.n1', 'vxlanPort: 7')).vxlanPort).toBe(7);
  });
});

describe('from pods to their host', () => {
  const action = (...texts: readonly string[]) => {
    const { defaultEndpointToHostAction, endpointToHostAt } = felixIn('n1', ...texts);
    return [defaultEndpointToHostAction, endpointToHostAt?.line];
  };

  test.each([
    ['nothing', [], ['Accept', undefined]],
    ['a configuration without it', [configuration('default', '')], ['Accept', undefined]],
    [
      'a configuration with it',
      [configuration('default', 'defaultEndpointToHostAction: return')],
      ['Return', 4],
    ],
    ['calico-node without it', [daemonSet()], ['Drop', 1]],
    ['calico-node with it', [daemonSet('FELIX_DEFAULTENDPOINTTOHOSTACTION=ACCEPT')], ['Accept', 9]],
    [
      'both',
      [
        configuration('default', 'defaultEndpointToHostAction: Drop'),
        daemonSet('felix_DefaultEndpointToHostAction=Return'),
      ],
      ['Return', 14],
    ],
    [
      'calico-node without it, a configuration with it',
      [configuration('default', 'defaultEndpointToHostAction: Accept'), daemonSet()],
      ['Accept', 4],
    ],
  ] as const)('%s', (_name, texts, expected) => {
    expect(action(...texts)).toEqual(expected);
  });

  test('another DaemonSet says nothing', () => {
    const other = daemonSet('FELIX_VXLANPORT=1').replace('name: calico-node\n', 'name: kube-proxy\n');
    expect(felixIn('n1', other)).toEqual(UNCONFIGURED);
  });
});

describe('failsafe ports', () => {
  test('as objects', () => {
    const spec =
      'failsafeInboundHostPorts: [{protocol: TCP, port: 22, net: 10.0.0.0/8}, {port: 23}, {protocol: udp, port: 68}], failsafeOutboundHostPorts: []';
    const felix = felixIn('n1', configuration('default', spec));
    expect(ports(felix.failsafeInbound)).toEqual(['6:22 10.0.0.0/8', '6:23', '17:68']);
    expect(felix.failsafeOutbound).toEqual([]);
  });

  test.each([
    ['22', ['6:22']],
    ['tcp:22,udp:68', ['6:22', '17:68']],
    [' tcp:10.0.0.0/8:22 , SCTP:9,', ['6:22 10.0.0.0/8', '132:9']],
    ['tcp:10.0.0.1:22', ['6:22 10.0.0.1/32']],
    ['tcp:[fd00::/8]:22', ['6:22 fd00::/8']],
    ['none', []],
    ['None', []],
    ['', []],
  ])('as text: %j', (text, expected) => {
    expect(ports(felixIn('n1', daemonSet(`FELIX_FAILSAFEINBOUNDHOSTPORTS=${text}`)).failsafeInbound)).toEqual(
      expected,
    );
  });

  test.each(['tcp', 'tcp:22:10.0.0.0/8', 'icmp:8', 'tcp:70000', 'tcp:10.0.0.0/40:22', '22 23'])(
    'refused: %s',
    (text) => {
      expect(codesOf(daemonSet(`FELIX_FAILSAFEINBOUNDHOSTPORTS=${text}`))).toEqual(['bad-felix-setting']);
    },
  );

  test.each([
    ['{protocol: icmp, port: 1}', ['bad-protocol']],
    ['{protocol: tcp}', ['missing-field']],
    ['{port: 70000}', ['bad-port']],
    ['{port: 1, net: x}', ['bad-cidr']],
    ['"tcp:22"', ['wrong-type']],
  ])('refused: %s', (item, codes) => {
    expect(codesOf(configuration('default', `failsafeInboundHostPorts: [${item}]`))).toEqual(codes);
  });
});

describe('the other settings', () => {
  test('of a configuration', () => {
    const spec =
      'allowVXLANPacketsFromWorkloads: true, disableConntrackInvalidCheck: true, interfacePrefix: "cali,tap", natOutgoingExclusions: IPPoolsAndHostIPs, workloadSourceSpoofing: Any';
    expect(felixIn('n1', configuration('default', spec))).toMatchObject({
      allowVxlanFromWorkloads: true,
      disableConntrackInvalidCheck: true,
      interfacePrefixes: ['cali', 'tap'],
      natOutgoingExcludesHosts: true,
      workloadSourceSpoofing: 'Any',
    });
  });

  test('of the environment', () => {
    const felix = felixIn(
      'n1',
      daemonSet(
        'FELIX_ALLOWVXLANPACKETSFROMWORKLOADS=yes',
        'FELIX_DISABLECONNTRACKINVALIDCHECK=1',
        'FELIX_INTERFACEPREFIX=tap',
        'FELIX_NATOUTGOINGEXCLUSIONS=ippoolsandhostips',
        'FELIX_WORKLOADSOURCESPOOFING=any',
      ),
    );
    expect(felix).toMatchObject({
      allowVxlanFromWorkloads: true,
      disableConntrackInvalidCheck: true,
      interfacePrefixes: ['tap'],
      natOutgoingExcludesHosts: true,
      workloadSourceSpoofing: 'Any',
    });
  });

  test('known fields that change no verdict pass, misspelt ones do not', () => {
    expect(
      codesOf(configuration('default', 'bpfEnabled: true, logSeverityScreen: Info, ipipMTU: 1400')),
    ).toEqual([]);
    expect(codesOf(configuration('default', 'bpfenabled: true'))).toEqual(['unknown-field']);
  });
});
