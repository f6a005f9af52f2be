/**
 * FelixConfigurations: what Felix is told for all nodes, for some, or for one. Fields that change no verdict are only known
 * by name (`felix-fields.ts`).
 *
 * Source: projectcalico/calico api/pkg/apis/projectcalico/v3/felixconfig.go.
 */
import type { FailsafePort, FelixChanges, FelixConfiguration, FelixScope } from '../../policy/api/felix.ts';
import type { Cursor } from '../cursor.ts';
import { readPort } from '../ports.ts';
import { type Notation, readCalicoMetadata, readSpec } from './calico-object.ts';
import { readNet, readSelector } from './calico-values.ts';
import { FELIX_FIELDS } from './felix-fields.ts';
import {
  HOST_ACTIONS,
  NAT_EXCLUSIONS,
  type Parsed,
  parseFailsafeProtocol,
  parsePrefixes,
  parseWord,
  SPOOFING,
} from './felix-values.ts';

function readFailsafePort(item: Cursor): FailsafePort | undefined {
  if (!item.isMapping()) return undefined;
  item.onlyFields(['protocol', 'port', 'net']);
  const protocolCursor = item.field('protocol');
  const protocol = parseFailsafeProtocol(protocolCursor.string() ?? '');
  if ('expected' in protocol)
    protocolCursor.error(
      'manifest/bad-protocol',
      `found ${JSON.stringify(protocolCursor.value)}, expected ${protocol.expected}`,
    );
  const portCursor = item.field('port');
  if (!portCursor.isPresent)
    item.error('manifest/missing-field', `${item.name}: the failsafe port has no port`);
  const port = readPort(portCursor);
  const netCursor = item.field('net');
  const net = netCursor.isPresent && netCursor.value !== '' ? readNet(netCursor, 'loose') : undefined;
  if ('expected' in protocol || port === undefined) return undefined;
  return { protocol: protocol.value, port, ...(net === undefined ? {} : { net }) };
}

/** Absent: what stands elsewhere; an empty list is no port. */
function readFailsafePorts(list: Cursor): readonly FailsafePort[] | undefined {
  if (!list.isPresent) return undefined;
  return list
    .items()
    .map(readFailsafePort)
    .filter((port) => port !== undefined);
}

/** A text that is parsed; empty is as absent. */
function readText<T>(cursor: Cursor, parse: (text: string) => Parsed<T>): T | undefined {
  const text = cursor.string();
  if (text === undefined || text === '') return undefined;
  const parsed = parse(text);
  if ('value' in parsed) return parsed.value;
  cursor.error(
    'manifest/bad-felix-setting',
    `${cursor.key}: found ${JSON.stringify(text)}, expected ${parsed.expected}`,
  );
  return undefined;
}

function withoutAbsent(
  changes: { readonly [Key in keyof FelixChanges]: FelixChanges[Key] | undefined },
): FelixChanges {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

function readChanges(spec: Cursor): FelixChanges {
  const action = spec.field('defaultEndpointToHostAction');
  const defaultEndpointToHostAction = readText(action, (text) => parseWord(text, HOST_ACTIONS));
  const exclusions = readText(spec.field('natOutgoingExclusions'), (text) => parseWord(text, NAT_EXCLUSIONS));
  return withoutAbsent({
    failsafeInbound: readFailsafePorts(spec.field('failsafeInboundHostPorts')),
    failsafeOutbound: readFailsafePorts(spec.field('failsafeOutboundHostPorts')),
    defaultEndpointToHostAction,
    endpointToHostAt: defaultEndpointToHostAction === undefined ? undefined : action.at(),
    allowVxlanFromWorkloads: spec.field('allowVXLANPacketsFromWorkloads').boolean(),
    allowIpipFromWorkloads: spec.field('allowIPIPPacketsFromWorkloads').boolean(),
    vxlanPort: readPort(spec.field('vxlanPort')),
    ipipEnabled: spec.field('ipipEnabled').boolean(),
    vxlanEnabled: spec.field('vxlanEnabled').boolean(),
    wireguardEnabled: spec.field('wireguardEnabled').boolean(),
    wireguardEnabledV6: spec.field('wireguardEnabledV6').boolean(),
    wireguardPort: readPort(spec.field('wireguardListeningPort')),
    wireguardPortV6: readPort(spec.field('wireguardListeningPortV6')),
    disableConntrackInvalidCheck: spec.field('disableConntrackInvalidCheck').boolean(),
    interfacePrefixes: readText(spec.field('interfacePrefix'), parsePrefixes),
    natOutgoingExcludesHosts: exclusions === undefined ? undefined : exclusions === 'IPPoolsAndHostIPs',
    workloadSourceSpoofing: readText(spec.field('workloadSourceSpoofing'), (text) =>
      parseWord(text, SPOOFING),
    ),
  });
}

function readScope(object: Cursor, name: string, spec: Cursor): FelixScope {
  const cursor = spec.field('nodeSelector');
  const selector = readSelector(cursor, 'unchecked');
  const isFixed = name === 'default' || name.startsWith('node.');
  if (isFixed && cursor.isPresent)
    cursor.error(
      'manifest/bad-felix-setting',
      `nodeSelector cannot stand in the FelixConfiguration ${name}`,
      {
        hint: 'give the configuration a name of its own',
        on: 'key',
      },
    );
  if (name === 'default') return { kind: 'everywhere' };
  if (isFixed) return { kind: 'node', node: name.slice('node.'.length) };
  if (selector !== undefined) return { kind: 'selector', selector };
  object
    .fieldAt('metadata', 'name')
    .warn('manifest/unused-object', `no node takes its settings from the FelixConfiguration ${name}`, {
      hint: 'call it default or node.NAME, or give it a nodeSelector',
    });
  return { kind: 'none' };
}

/** A configuration; undefined without a name. */
export function readFelixConfiguration(object: Cursor, notation: Notation): FelixConfiguration | undefined {
  object.document.checkDuplicateKeys();
  const metadata = readCalicoMetadata(object, 'cluster', notation);
  const spec = readSpec(object, FELIX_FIELDS);
  const changes = readChanges(spec);
  if (metadata === undefined) return undefined;
  const scope = readScope(object, metadata.name, spec);
  const { value: createdAt } = object.fieldAt('metadata', 'creationTimestamp');
  return {
    name: metadata.name,
    scope,
    changes,
    createdAt: typeof createdAt === 'string' ? createdAt : '',
    at: metadata.at,
  };
}
