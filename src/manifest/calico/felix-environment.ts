/**
 * The FELIX_ variables of a calico-node DaemonSet: they go before every FelixConfiguration. A DaemonSet that says nothing
 * about pods' way to their own host leaves it at Felix's own default, Drop.
 *
 * Source: projectcalico/calico felix/config/env_var_loader.go, felix/config/config_params.go (resolve).
 */
import type { Location } from '../../diagnostic/diagnostic.ts';
import type { FelixChanges, FelixEnvironment } from '../../policy/api/felix.ts';
import type { Cursor } from '../cursor.ts';
import {
  HOST_ACTIONS,
  NAT_EXCLUSIONS,
  type Parsed,
  parseBoolean,
  parseFailsafePorts,
  parsePort,
  parsePrefixes,
  parseWord,
  SPOOFING,
} from './felix-values.ts';

const PREFIX = 'felix_';
const CONTAINER = 'calico-node';

type Setting = (text: string, at: Location) => Parsed<FelixChanges>;

function setting<T>(
  parse: (text: string) => Parsed<T>,
  change: (value: T, at: Location) => FelixChanges,
): Setting {
  return (text, at) => {
    const parsed = parse(text);
    return 'value' in parsed ? { value: change(parsed.value, at) } : parsed;
  };
}

/** By the variable's name in lower case, without its prefix. */
const SETTINGS: ReadonlyMap<string, Setting> = new Map([
  [
    'defaultendpointtohostaction',
    setting(
      (text) => parseWord(text, HOST_ACTIONS),
      (defaultEndpointToHostAction, endpointToHostAt) => ({ defaultEndpointToHostAction, endpointToHostAt }),
    ),
  ],
  ['failsafeinboundhostports', setting(parseFailsafePorts, (failsafeInbound) => ({ failsafeInbound }))],
  ['failsafeoutboundhostports', setting(parseFailsafePorts, (failsafeOutbound) => ({ failsafeOutbound }))],
  [
    'allowvxlanpacketsfromworkloads',
    setting(parseBoolean, (allowVxlanFromWorkloads) => ({ allowVxlanFromWorkloads })),
  ],
  [
    'allowipippacketsfromworkloads',
    setting(parseBoolean, (allowIpipFromWorkloads) => ({ allowIpipFromWorkloads })),
  ],
  ['vxlanport', setting(parsePort, (vxlanPort) => ({ vxlanPort }))],
  ['ipipenabled', setting(parseBoolean, (ipipEnabled) => ({ ipipEnabled }))],
  ['vxlanenabled', setting(parseBoolean, (vxlanEnabled) => ({ vxlanEnabled }))],
  ['wireguardenabled', setting(parseBoolean, (wireguardEnabled) => ({ wireguardEnabled }))],
  ['wireguardenabledv6', setting(parseBoolean, (wireguardEnabledV6) => ({ wireguardEnabledV6 }))],
  ['wireguardlisteningport', setting(parsePort, (wireguardPort) => ({ wireguardPort }))],
  ['wireguardlisteningportv6', setting(parsePort, (wireguardPortV6) => ({ wireguardPortV6 }))],
  [
    'disableconntrackinvalidcheck',
    setting(parseBoolean, (disableConntrackInvalidCheck) => ({ disableConntrackInvalidCheck })),
  ],
  ['interfaceprefix', setting(parsePrefixes, (interfacePrefixes) => ({ interfacePrefixes }))],
  [
    'natoutgoingexclusions',
    setting(
      (text) => parseWord(text, NAT_EXCLUSIONS),
      (word) => ({ natOutgoingExcludesHosts: word === 'IPPoolsAndHostIPs' }),
    ),
  ],
  [
    'workloadsourcespoofing',
    setting(
      (text) => parseWord(text, SPOOFING),
      (workloadSourceSpoofing) => ({ workloadSourceSpoofing }),
    ),
  ],
]);

/** Whether a variable of the container is a setting that verdicts depend on. */
export function isFelixVariable(name: string): boolean {
  const lower = name.toLowerCase();
  return lower.startsWith(PREFIX) && SETTINGS.has(lower.slice(PREFIX.length));
}

function readVariable(item: Cursor): FelixChanges {
  const name = item.field('name').string() ?? '';
  const lower = name.toLowerCase();
  const read = lower.startsWith(PREFIX) ? SETTINGS.get(lower.slice(PREFIX.length)) : undefined;
  if (read === undefined) return {};
  const value = item.field('value');
  if (item.field('valueFrom').isPresent) {
    item.warn('manifest/unknown-value', `${name} comes from elsewhere: what Felix is told is not known`);
    return {};
  }
  const text = value.string() ?? '';
  const isList = lower.endsWith('hostports');
  if (text === '' && !isList) return {};
  const parsed = read(text, value.at());
  if ('value' in parsed) return parsed.value;
  value.error(
    'manifest/bad-felix-setting',
    `found ${JSON.stringify(text)} for ${name}, expected ${parsed.expected}`,
  );
  return {};
}

/** What a DaemonSet tells Felix; undefined when none of its containers is calico-node. */
export function readFelixEnvironment(object: Cursor): FelixEnvironment | undefined {
  const containers = object.fieldAt('spec', 'template', 'spec', 'containers').items();
  const container = containers.find((each) => each.field('name').value === CONTAINER);
  if (container === undefined) return undefined;
  const changes: FelixChanges[] = container.field('env').items().map(readVariable);
  return { changes: Object.assign({}, ...changes) as FelixChanges, at: object.document.start() };
}
