/**
 * Tests of netassert 1: below `k8s.deployment` who dials, below it what it reaches and at which ports; a port with `-` before it is one that it
 * must not reach. Tests below `host` begin at machines outside of the cluster.
 *
 * Source: controlplaneio/netassert (netassert, test/netassert-test.js and test/*.yaml before version 2): `namespace:deployment`, the namespace
 * default where none is named; ports as texts with commas or spaces between, or as lists; TCP, but for UDP: before a port.
 */
import { isMap, isSeq, type Node } from 'yaml';
import type { Side } from '../flow/flow.ts';
import { parseAddress } from '../net/address.ts';
import { protocolNumber } from '../net/protocol.ts';
import {
  type ForeignTests,
  keyOf,
  membersOf,
  noAddressOf,
  scalarText,
  serviceOfName,
} from './foreign-tests.ts';

const OF_PODS = ['k8s', 'kubernetes'];
const OF_HOSTS = ['host', 'instance'];
/** All that a file may have. */
export const OLD_FIELDS = [...OF_PODS, ...OF_HOSTS];

/** The tests of a file. */
export function readOldNetassert(root: Node, tests: ForeignTests): void {
  for (const [name, section] of membersOf(root)) {
    if (OF_PODS.includes(name)) readPodTests(section, tests);
    else for (const [machine, targets] of membersOf(section)) readHostTests(machine, targets, tests);
  }
}

function readPodTests(section: Node, tests: ForeignTests): void {
  const kinds = membersOf(section);
  const sources = [...membersOf(kinds.get('deployment'))].map(([key, targets]) => ({ key, targets }));
  const known = new Set(['default', 'kube-system', ...sources.map(({ key }) => sourceOf(key).namespace)]);
  for (const kind of kinds.keys())
    if (kind !== 'deployment')
      tests.refuse(
        keyOf(section, kind)!,
        `there are no tests of ${JSON.stringify(kind)}`,
        'deployment is what there is',
      );
  for (const { key, targets } of sources) {
    const source = sourceOf(key);
    for (const [host, ports] of membersOf(targets)) {
      const place = keyOf(targets, host)!;
      const destination = destinationOf(host, source.namespace, known);
      readPorts(host, { place, ports, side: destination }, { key, source }, tests);
    }
  }
}

/** Machines outside of the cluster: what dials is an address, if it is one. */
function readHostTests(machine: string, targets: Node, tests: ForeignTests): void {
  const address = parseAddress(machine);
  for (const [host, ports] of membersOf(targets)) {
    const place = keyOf(targets, host)!;
    const side =
      address === undefined
        ? `they begin at ${machine}, a machine that no address is known of`
        : destinationOf(host, '', new Set());
    readPorts(
      host,
      { place, ports, side },
      { key: machine, source: { kind: 'address', address: address! } },
      tests,
    );
  }
}

function sourceOf(key: string): Side & { kind: 'workload' } {
  const colon = key.indexOf(':');
  return {
    kind: 'workload',
    namespace: colon < 0 ? 'default' : key.slice(0, colon),
    workloadKind: 'deployment',
    name: key.slice(colon + 1),
  };
}

/** A side, or why it is none. */
function destinationOf(host: string, own: string, namespaces: ReadonlySet<string>): Side | string {
  const address = parseAddress(host);
  if (address !== undefined) return { kind: 'address', address };
  return serviceOfName(host, own, namespaces) ?? noAddressOf(host);
}

interface Target {
  readonly place: Node;
  readonly ports: Node;
  readonly side: Side | string;
}

function readPorts(
  host: string,
  { place, ports, side }: Target,
  { key, source }: { readonly key: string; readonly source: Side },
  tests: ForeignTests,
): void {
  const items = isSeq(ports) ? (ports.items as Node[]) : [ports];
  const words = items.flatMap((item) => {
    const text = isMap(item) || isSeq(item) ? undefined : scalarText(item);
    if (text === undefined) tests.refuse(item, 'no ports');
    return (text ?? '')
      .split(/[\s,]+/)
      .filter((word) => word !== '')
      .map((word) => ({ word, item }));
  });
  if (typeof side === 'string') {
    if (words.length > 0) tests.leaveOut(place, side, words.length);
    return;
  }
  for (const { word, item } of words) {
    const [, minus, name = '', number = ''] = /^(-?)(?:([A-Za-z]+):)?(\d+)$/.exec(word) ?? [];
    const port = Number(number);
    if (number === '' || port < 1 || port > 65535)
      tests.refuse(item, `${JSON.stringify(word)} is no port`, 'expected 80, -80, UDP:53');
    else if (name.toUpperCase() === 'ICMP')
      tests.leaveOut(item, 'netassert does not run its tests of ICMP either');
    else {
      // What is no protocol is one that TCP carries: HTTP:80.
      const protocol = protocolNumber(name.toUpperCase() === 'UDP' ? 'udp' : 'tcp')!;
      const flow = { protocol, source, destination: side, destinationPort: port };
      tests.add({ name: `${key} to ${host} ${word}`, flow, expect: minus === '-' ? 'deny' : 'allow' }, item);
    }
  }
}
