/**
 * Tests of netassert 2: a list of connections, each with the exit code that its client must end with. 0 is a connection that comes about;
 * any other is one that does not.
 *
 * Source: controlplaneio/netassert internal/data/types.go (fields and what is refused), internal/engine/run_tcp.go, run_udp.go (how a test is
 * decided: the client runs in a pod of the source and dials the address of a running pod of the destination).
 */
import { isSeq, type Node } from 'yaml';
import type { Side } from '../flow/flow.ts';
import { parseAddress } from '../net/address.ts';
import { protocolNumber } from '../net/protocol.ts';
import { type ForeignTests, membersOf, noAddressOf, scalarText, serviceOfName } from './foreign-tests.ts';

const KINDS = ['deployment', 'statefulset', 'daemonset', 'pod'];
const PROTOCOLS = ['tcp', 'udp'];

/** The tests of a file. */
export function readNetassert(root: Node, tests: ForeignTests): void {
  const names = new Set<string>();
  for (const node of isSeq(root) ? (root.items as Node[]) : []) {
    const name = readTest(node, tests);
    if (name !== '' && names.has(name)) tests.refuse(node, `a second test ${JSON.stringify(name)}`);
    names.add(name);
  }
}

/** Gives the test's name. */
function readTest(node: Node, tests: ForeignTests): string {
  const fields = membersOf(node);
  const name = scalarText(fields.get('name')) ?? '';
  if (name === '') tests.refuse(node, 'the test has no name');
  const type = scalarText(fields.get('type')) ?? '';
  if (type !== 'k8s') tests.refuse(fields.get('type') ?? node, `the test has no type k8s`);
  const protocol = (scalarText(fields.get('protocol')) ?? '') || 'tcp';
  if (!PROTOCOLS.includes(protocol))
    tests.refuse(
      fields.get('protocol')!,
      `${JSON.stringify(protocol)} is no protocol of a test`,
      'tcp or udp',
    );
  const port = Number(scalarText(fields.get('targetPort')) ?? Number.NaN);
  const isPort = Number.isInteger(port) && port > 0 && port < 65536;
  if (!isPort) tests.refuse(fields.get('targetPort') ?? node, 'the test has no targetPort from 1 to 65535');
  const code = Number(scalarText(fields.get('exitCode')) ?? 0);
  const source = readResource(membersOf(fields.get('src')).get('k8sResource'), node, 'src', tests);
  const destination = readDestination(fields.get('dst'), node, protocol, tests);
  if (source === undefined || destination === undefined || !isPort || !PROTOCOLS.includes(protocol))
    return name;
  if (typeof destination === 'string') tests.leaveOut(node, destination);
  else {
    const flow = { protocol: protocolNumber(protocol)!, source, destination, destinationPort: port };
    tests.add({ name, flow, expect: code === 0 ? 'allow' : 'deny' }, node);
  }
  return name;
}

/** A side by the object that it is; undefined where that was refused. */
function readResource(
  node: Node | undefined,
  test: Node,
  what: 'src' | 'dst',
  tests: ForeignTests,
): Side | undefined {
  const fields = membersOf(node);
  const [kind, name, namespace] = ['kind', 'name', 'namespace'].map(
    (field) => scalarText(fields.get(field)) ?? '',
  );
  if (kind === '' || name === '' || namespace === '') {
    tests.refuse(node ?? test, `${what} has no k8sResource with kind, name and namespace`);
    return undefined;
  }
  if (!KINDS.includes(kind!)) {
    tests.refuse(
      fields.get('kind')!,
      `${JSON.stringify(kind)} is no kind of a k8sResource`,
      KINDS.join(', '),
    );
    return undefined;
  }
  if (kind === 'pod') return { kind: 'pod', namespace: namespace!, name: name! };
  return { kind: 'workload', namespace: namespace!, workloadKind: kind!, name: name! };
}

/** A side; or why it is none, in words; undefined where it was refused. */
function readDestination(
  node: Node | undefined,
  test: Node,
  protocol: string,
  tests: ForeignTests,
): Side | string | undefined {
  const fields = membersOf(node);
  if (!fields.has('host')) return readResource(fields.get('k8sResource'), test, 'dst', tests);
  const host = scalarText(membersOf(fields.get('host')).get('name')) ?? '';
  if (fields.has('k8sResource') || host === '' || protocol === 'udp') {
    tests.refuse(
      node ?? test,
      protocol === 'udp'
        ? 'a test with udp has no host as dst'
        : 'dst is a host with a name, or a k8sResource',
    );
    return undefined;
  }
  const address = parseAddress(host);
  if (host === '0.0.0.0' || host === '::') return `${host} is whoever dials it: no packet leaves the pod`;
  if (address !== undefined) return { kind: 'address', address };
  return serviceOfName(host, '', new Set()) ?? noAddressOf(host);
}
