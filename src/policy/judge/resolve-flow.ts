/**
 * A flow with names → the first packets that it stands for in a world: every address of every pod that a side means,
 * paired by family. Names that mean nothing become diagnostics with the near ones as hints.
 */
import type { Checked, Diagnostic } from '../../diagnostic/diagnostic.ts';
import type { Flow, Side } from '../../flow/flow.ts';
import { formatSide } from '../../flow/notation.ts';
import { addressKey, formatAddress, sameAddress } from '../../net/address.ts';
import { protocolName } from '../../net/protocol.ts';
import { ICMP, ICMPV6 } from '../../net/protocol-layout.ts';
import type { FirstPacket } from '../decision.ts';
import type { World } from '../world.ts';
import { destinationsOf, type Station, sourcesOf } from './flow-stations.ts';
import { nodeSource } from './node-source.ts';

/** An echo request, where a flow names no type. */
const ECHO_REQUEST: ReadonlyMap<number, number> = new Map([
  [ICMP, 8],
  [ICMPV6, 128],
]);

/** One packet of a flow, with its sides as the world calls them. */
export interface FlowPacket {
  readonly packet: FirstPacket;
  readonly source: string;
  readonly destination: string;
}

/** The packets that a flow stands for; none when a diagnostic is an error. A `:*` port is left unknown. */
export function resolveFlow(flow: Flow, world: World): Checked<readonly FirstPacket[]> {
  const { value, diagnostics } = resolveFlowSides(flow, world);
  return { value: value.map(({ packet }) => packet), diagnostics };
}

/** The same with the names of the sides. */
export function resolveFlowSides(flow: Flow, world: World): Checked<readonly FlowPacket[]> {
  const sources = sourcesOf(flow, world);
  const destinations = destinationsOf(flow, world);
  const diagnostics: Diagnostic[] = [...sources.diagnostics, ...destinations.diagnostics];
  if (diagnostics.length > 0) return { value: [], diagnostics };
  const pairs = sources.value.flatMap((source) =>
    destinations.value
      .filter(({ address }) => address.family === source.address.family && fits(flow, address.family))
      .map((destination) => ({ source, destination })),
  );
  const arePartners = ({ source, destination }: (typeof pairs)[number]): boolean =>
    !sameAddress(source.address, destination.address) || !world.book.facts.has(addressKey(source.address));
  const apart = isOfRecords(flow.source) || isOfRecords(flow.destination) ? pairs.filter(arePartners) : pairs;
  const packets = (apart.length === 0 ? pairs : apart).map(({ source, destination }) =>
    flowPacket(
      flow,
      isNamedNode(flow, source) ? nodeSource(source, destination, world) : source,
      destination,
    ),
  );
  if (packets.length > 0) return { value: packets, diagnostics };
  const sides = `${formatSide(flow.source)} and ${formatSide(flow.destination)}`;
  const family = flow.protocol === ICMP ? 'IPv4' : flow.protocol === ICMPV6 ? 'IPv6' : undefined;
  diagnostics.push({
    code: 'flow/family',
    severity: 'error',
    message:
      family === undefined
        ? `${sides} have no addresses of one family`
        : `${protocolName(flow.protocol)} is ${family}, and ${sides} do not both have such an address`,
  });
  return { value: [], diagnostics };
}

/**
 * What records of flow logs call their sides, and all pods of a namespace: records hold no packets of a pod to itself, which never leave it,
 * so that a name to itself means one of its pods to another.
 */
function isOfRecords(side: Side): boolean {
  return (
    side.kind === 'network' || side.kind === 'network-set' || (side.kind === 'pod' && side.name.endsWith('*'))
  );
}

/** Whether the source is a node by a name, and not by an address that its packets carry. */
const isNamedNode = ({ source }: Flow, { hostNetworkPod }: Station): boolean =>
  source.kind === 'node' || hostNetworkPod !== undefined;

/** ICMP is IPv4's, ICMPv6 is IPv6's. */
function fits({ protocol }: Flow, family: 4 | 6): boolean {
  return protocol === ICMP ? family === 4 : protocol === ICMPV6 ? family === 6 : true;
}

function flowPacket(flow: Flow, source: Station, destination: Station): FlowPacket {
  const { protocol, sourcePort } = flow;
  const echo = ECHO_REQUEST.get(protocol);
  const icmp = flow.icmp ?? (echo === undefined ? undefined : { type: echo, code: 0 });
  const packet: FirstPacket = {
    source: source.address,
    destination: destination.address,
    protocol,
    ...(sourcePort === undefined ? {} : { sourcePort }),
    ...(destination.port === undefined ? {} : { destinationPort: destination.port }),
    ...(icmp === undefined ? {} : { icmp }),
    ...(source.hostNetworkPod === undefined ? {} : { sourceHostNetworkPod: source.hostNetworkPod }),
    ...(destination.hostNetworkPod === undefined
      ? {}
      : { destinationHostNetworkPod: destination.hostNetworkPod }),
  };
  return { packet, source: stationName(source), destination: stationName(destination) };
}

function stationName({ name, address }: Station): string {
  const text = formatAddress(address);
  return name === '' ? text : `${name} (${text})`;
}
