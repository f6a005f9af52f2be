/** Services, EndpointSlices, and Endpoints objects turned into slices. */
import type { Address } from '../../net/address.ts';
import type { EndpointSlice, Labels, Service, ServicePort, SliceEndpoint } from '../../policy/cluster.ts';
import type { Cursor } from '../cursor.ts';
import { readIdentity, readLabels } from '../metadata.ts';
import { readAddress, readAddresses, readPort, readProtocol } from '../ports.ts';

/** A service before one without an address gets its synthetic one. */
export interface ServiceRecord extends Service {
  /** Neither headless nor ExternalName, and without an address in the manifest. */
  readonly lacksAddress: boolean;
  /** spec.ipFamilies; empty when the manifest has none. */
  readonly families: readonly (4 | 6)[];
}

function readServicePort(item: Cursor): ServicePort | undefined {
  const port = readPort(item.field('port'));
  if (!item.field('port').isPresent) item.error('manifest/missing-field', 'a service port has no port');
  const protocol = readProtocol(item.field('protocol'));
  const name = item.field('name').string();
  const targetPort = item.field('targetPort').integerOrString();
  const nodePort = item.field('nodePort').integer();
  if (port === undefined || protocol === undefined) return undefined;
  return {
    ...(name === undefined || name === '' ? {} : { name }),
    protocol,
    port,
    targetPort: targetPort === undefined || targetPort === 0 || targetPort === '' ? port : targetPort,
    ...(nodePort === undefined || nodePort === 0 ? {} : { nodePort }),
  };
}

/** The service's own addresses; `None` anywhere makes it headless. */
function readClusterIPs(spec: Cursor): { headless: boolean; addresses: Address[] } {
  const single = spec.field('clusterIP');
  const listed = spec.field('clusterIPs').items();
  const cursors = listed.length > 0 ? listed : [single];
  if (cursors.some(({ value }) => value === 'None')) return { headless: true, addresses: [] };
  return { headless: false, addresses: readAddresses(cursors) };
}

function readSelector(cursor: Cursor): Labels | undefined {
  if (!cursor.isPresent) return undefined;
  const labels = readLabels(cursor);
  return Object.keys(labels).length === 0 ? undefined : labels;
}

/** A service; undefined when it has no name. */
export function readService(object: Cursor): ServiceRecord | undefined {
  const identity = readIdentity(object);
  const spec = object.field('spec');
  spec.isMapping();
  const code = 'manifest/bad-service';
  const type =
    spec.field('type').oneOf(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'], code) ?? 'ClusterIP';
  const { headless, addresses } = readClusterIPs(spec);
  const ports = spec.field('ports').items().map(readServicePort);
  const ingress = object.fieldAt('status', 'loadBalancer', 'ingress').items();
  const selector = readSelector(spec.field('selector'));
  const policies = ['Cluster', 'Local'] as const;
  const external = spec.field('externalTrafficPolicy').oneOf(policies, code);
  const internal = spec.field('internalTrafficPolicy').oneOf(policies, code);
  const families = spec.field('ipFamilies').items();
  const externalIPs = readAddresses(spec.field('externalIPs').items());
  const publishNotReady = spec.field('publishNotReadyAddresses').boolean();
  const labels = readLabels(object.fieldAt('metadata', 'labels'));
  if (identity === undefined) return undefined;
  return {
    ...identity,
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    type,
    clusterIPs: type === 'ExternalName' ? [] : addresses,
    externalIPs,
    loadBalancerIPs: readAddresses(ingress.map((item) => item.field('ip'))),
    externalTrafficPolicy: external ?? 'Cluster',
    internalTrafficPolicy: internal ?? 'Cluster',
    ...(selector === undefined ? {} : { selector }),
    ports: ports.filter((port) => port !== undefined),
    publishNotReadyAddresses: publishNotReady ?? false,
    lacksAddress: type !== 'ExternalName' && !headless && addresses.length === 0,
    families: families.map(({ value }) => (value === 'IPv6' ? 6 : 4)),
    at: object.document.start(),
  };
}

type SlicePort = EndpointSlice['ports'][number];

function readSlicePort(item: Cursor): SlicePort | undefined {
  const protocol = readProtocol(item.field('protocol'));
  const port = readPort(item.field('port'));
  const name = item.field('name').string();
  if (protocol === undefined) return undefined;
  return {
    ...(name === undefined || name === '' ? {} : { name }),
    protocol,
    ...(port === undefined ? {} : { port }),
  };
}

function readSlicePorts(cursor: Cursor): SlicePort[] {
  return cursor
    .items()
    .map(readSlicePort)
    .filter((port) => port !== undefined);
}

/** An EndpointSlice; undefined for one that belongs to no service, or whose addresses are names. */
export function readEndpointSlice(object: Cursor): EndpointSlice | undefined {
  const identity = readIdentity(object);
  const service = object.fieldAt('metadata', 'labels', 'kubernetes.io/service-name').string();
  if (object.field('addressType').value === 'FQDN') return undefined;
  const endpoints = object
    .field('endpoints')
    .items()
    .map((item): SliceEndpoint => {
      const nodeName = item.field('nodeName').string();
      return {
        addresses: readAddresses(item.field('addresses').items()),
        ready: item.fieldAt('conditions', 'ready').boolean() ?? true,
        ...(nodeName === undefined ? {} : { nodeName }),
      };
    });
  const ports = readSlicePorts(object.field('ports'));
  if (identity === undefined || service === undefined || service === '') return undefined;
  return { namespace: identity.namespace, service, endpoints, ports, at: object.document.start() };
}

function readSubsetEndpoints(cursor: Cursor, ready: boolean): SliceEndpoint[] {
  return cursor.items().flatMap((item) => {
    const address = readAddress(item.field('ip'));
    const nodeName = item.field('nodeName').string();
    if (address === undefined) return [];
    return [{ addresses: [address], ready, ...(nodeName === undefined ? {} : { nodeName }) }];
  });
}

/** An Endpoints object as slices, one for each subset. */
export function readEndpoints(object: Cursor): EndpointSlice[] {
  const identity = readIdentity(object);
  const slices = object
    .field('subsets')
    .items()
    .map((subset) => ({
      endpoints: [
        ...readSubsetEndpoints(subset.field('addresses'), true),
        ...readSubsetEndpoints(subset.field('notReadyAddresses'), false),
      ],
      ports: readSlicePorts(subset.field('ports')),
    }));
  if (identity === undefined) return [];
  const { namespace, name } = identity;
  return slices.map((slice) => ({ namespace, service: name, ...slice, at: object.document.start() }));
}
