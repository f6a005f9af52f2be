/**
 * HostEndpoints: interfaces of nodes that policy governs.
 *
 * Source: projectcalico/calico api/pkg/apis/projectcalico/v3/hostendpoint.go.
 */
import type { HostEndpoint } from '../../policy/api/calico.ts';
import type { Cursor } from '../cursor.ts';
import { subdomainProblem } from '../names.ts';
import { readAddresses, readPort } from '../ports.ts';
import { type Notation, readCalicoMetadata, readSpec } from './calico-object.ts';
import { readPortName, readPortProtocol } from './calico-values.ts';

const INTERFACE = /^(?:\*|[a-zA-Z0-9_.-]{1,15})$/;

type EndpointPort = HostEndpoint['ports'][number];

function readEndpointPort(item: Cursor): EndpointPort | undefined {
  if (!item.isMapping()) return undefined;
  item.onlyFields(['name', 'protocol', 'port']);
  for (const name of ['name', 'protocol', 'port'])
    if (!item.field(name).isPresent)
      item.error('manifest/missing-field', `${item.name}: the port has no ${name}`);
  const name = readPortName(item.field('name'));
  const protocol = readPortProtocol(item.field('protocol'));
  const port = readPort(item.field('port'));
  return name === undefined || protocol === undefined || port === undefined
    ? undefined
    : { name, protocol, port };
}

function readNames(list: Cursor, noun: string): string[] {
  const names: string[] = [];
  for (const item of list.items()) {
    const name = item.string();
    if (name === undefined) continue;
    const problem = subdomainProblem(name);
    if (problem !== undefined)
      item.error('manifest/bad-name', `the ${noun} ${JSON.stringify(name)} ${problem}`);
    names.push(name);
  }
  return names;
}

/** A host endpoint; undefined without a name. */
export function readHostEndpoint(object: Cursor, notation: Notation): HostEndpoint | undefined {
  object.document.checkDuplicateKeys();
  const metadata = readCalicoMetadata(object, 'cluster', notation);
  const spec = readSpec(object, ['node', 'interfaceName', 'expectedIPs', 'profiles', 'ports'], {
    interface: 'did you mean "interfaceName"?',
    labels: 'labels stands below metadata',
  });
  const nodeCursor = spec.field('node');
  const node = nodeCursor.string() ?? '';
  const nodeProblem = node === '' ? undefined : subdomainProblem(node);
  if (node === '' && spec.isPresent)
    spec.error('manifest/missing-field', 'the host endpoint has no node', { on: 'key' });
  if (nodeProblem !== undefined)
    nodeCursor.error('manifest/bad-name', `the node ${JSON.stringify(node)} ${nodeProblem}`);
  const interfaceCursor = spec.field('interfaceName');
  const interfaceName = interfaceCursor.string() || undefined;
  if (interfaceName !== undefined && !INTERFACE.test(interfaceName))
    interfaceCursor.error(
      'manifest/bad-interface',
      `found the interface ${JSON.stringify(interfaceName)}, expected "*" or at most 15 letters, digits, "_", "." and "-"`,
    );
  const ips = spec.field('expectedIPs');
  const expectedIPs = readAddresses(ips.items());
  if (spec.isPresent && interfaceName === undefined && ips.items().length === 0)
    spec.error(
      'manifest/missing-field',
      'the host endpoint has no interfaceName and no expectedIPs, one of them is needed',
      { on: 'key' },
    );
  const profiles = readNames(spec.field('profiles'), 'profile');
  const ports = spec
    .field('ports')
    .items()
    .map(readEndpointPort)
    .filter((port) => port !== undefined);
  if (metadata === undefined) return undefined;
  return {
    name: metadata.name,
    labels: metadata.labels,
    node,
    ...(interfaceName === undefined ? {} : { interfaceName }),
    expectedIPs,
    profiles,
    ports,
    at: metadata.at,
  };
}
