/**
 * The reference: one first packet walked through services, exemptions, and the programs of both ends, step by step as
 * src/README.md lists them. Slow and obvious; the classifier is examined against it, and it can say why.
 *
 * Source: projectcalico/calico felix/rules/static.go, felix/rules/endpoints.go; kubernetes/website network-policies.md.
 */
import { formatAddress, sameAddress } from '../../net/address.ts';
import { hasPolicyPorts } from '../../net/protocol.ts';
import type { Decision, FirstPacket } from '../decision.ts';
import type { World } from '../world.ts';
import { judgeAtTarget } from './judge-target.ts';
import { possiblePackets } from './possible-packets.ts';
import { serviceTarget, virtualPortOf } from './service-target.ts';

/** What happens to the first packet of a connection, with the whole walk. Unknown fields are tried with every value. */
export function judge(packet: FirstPacket, world: World): Decision {
  const possible = possiblePackets(packet, world);
  const decisions = possible.map((known) => judgeKnown(known, world));
  const first = decisions[0]!;
  if (decisions.length === 1) return first;
  const other = decisions.findIndex(({ verdict }) => verdict !== first.verdict);
  const field = missingField(packet);
  if (other < 0)
    return {
      ...first,
      notes: [...first.notes, `the ${field} is not known; every one leads to the same verdict`],
    };
  const example = (index: number): string =>
    `${filledIn(possible[index]!, packet)}: ${decisions[index]!.verdict}`;
  return {
    ...undecided(packet, 'missing-field'),
    notes: [`the ${field} is not known, and it decides: ${example(0)}, ${example(other)}`],
  };
}

/** All fields known: at each backend of a service, or at the destination itself. */
function judgeKnown(packet: FirstPacket, world: World): Decision {
  if (packet.translated !== undefined) return judgeTranslated(packet, packet.translated, world);
  const target = serviceTarget(packet, world);
  if (target === undefined) return withoutService(packet, world);
  const { virtualPort } = target;
  const backends = target.backends.map((backend) => ({
    backend,
    decision: judgeAtTarget(
      packet,
      { address: backend.address, port: backend.port, backend, virtualPort },
      world,
    ),
  }));
  const { decision: first } = backends[0]!;
  if (backends.length === 1) return first;
  const other = backends.find(({ decision }) => decision.verdict !== first.verdict);
  if (other === undefined) return { ...first, backends };
  const text = ({ backend, decision }: (typeof backends)[number]): string =>
    `${formatAddress(backend.address)}:${backend.port} ${decision.verdict}`;
  return {
    ...undecided(packet, 'backends-differ'),
    virtualPort,
    backends,
    notes: [`the backends differ: ${text(backends[0]!)}, ${text(other)}`],
  };
}

/** At the one destination that is told: as a backend of the service that was dialled when it is one. */
function judgeTranslated(
  packet: FirstPacket,
  { address, port }: NonNullable<FirstPacket['translated']>,
  world: World,
): Decision {
  const virtualPort = virtualPortOf(packet, world);
  const backend = virtualPort?.backends.find((one) => one.port === port && sameAddress(one.address, address));
  const where = { address, ...(port === undefined ? {} : { port }) };
  const isBackend = virtualPort !== undefined && backend !== undefined;
  return judgeAtTarget(packet, isBackend ? { ...where, backend, virtualPort } : where, world);
}

function withoutService(packet: FirstPacket, world: World): Decision {
  const { destination: address, destinationPort: port } = packet;
  const decision = judgeAtTarget(packet, { address, ...(port === undefined ? {} : { port }) }, world);
  const virtualPort = virtualPortOf(packet, world);
  if (virtualPort === undefined) return decision;
  const { namespace, name } = virtualPort.service;
  const note = `service ${namespace}/${name} has no ready backend here: kube-proxy would refuse the packet`;
  return { ...decision, notes: [...decision.notes, note] };
}

function undecided(packet: FirstPacket, reason: 'backends-differ' | 'missing-field'): Decision {
  return {
    verdict: 'undetermined',
    reason,
    hook: 'none',
    hooks: [],
    judgedDestination: packet.destination,
    ...(packet.destinationPort === undefined ? {} : { judgedPort: packet.destinationPort }),
    notes: [],
  };
}

function missingField(packet: FirstPacket): string {
  if (!hasPolicyPorts(packet.protocol)) return 'ICMP type';
  return packet.destinationPort === undefined ? 'destination port' : 'source port';
}

/** The value that was filled in, in words. */
function filledIn(possible: FirstPacket, packet: FirstPacket): string {
  if (possible.icmp !== undefined) return `type ${possible.icmp.type} code ${possible.icmp.code}`;
  if (packet.destinationPort === undefined) return `port ${possible.destinationPort}`;
  return `source port ${possible.sourcePort}`;
}
