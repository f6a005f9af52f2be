/** What judge and classify must agree on, as text that reads well in a failure. */
import type { Hit } from '../../src/compile/legend.ts';
import { formatAddress } from '../../src/net/address.ts';
import type { Decider, Decision, FirstPacket } from '../../src/policy/decision.ts';
import { type Classified, sideOf } from '../classifier.ts';

function decider(by: Decider | Hit | undefined): string {
  if (by === undefined) return 'nobody';
  const policy = by.policy === undefined ? '' : `${by.policy.kind}/${by.policy.namespace}/${by.policy.name}`;
  const rule = by.rule === undefined ? 'end' : `rule ${by.rule.calicoIndex}`;
  return `${by.tier?.name ?? ''} ${policy} ${by.profile?.name ?? ''} ${rule}`;
}

/** ICMP has no ports, so none are compared; nor where the packet's are not known. */
const comparesPort = ({ destinationPort }: FirstPacket): boolean => destinationPort !== undefined;

export function judgedText(decision: Decision, packet: FirstPacket): string {
  const { verdict, reason, hook } = decision;
  const port = comparesPort(packet) ? decision.judgedPort : '';
  const where = `${formatAddress(decision.judgedDestination)} ${port}`;
  return `${verdict} ${reason} at ${hook} by ${decider(decision.decider)}, judged at ${where}`;
}

export function classifiedText(found: Classified, packet: FirstPacket): string {
  const { verdict, reason, hook } = found;
  const path = hook === 'none' ? undefined : found[sideOf(hook)];
  const port = comparesPort(packet) ? found.judgedPort : '';
  const where = `${found.judgedDestination} ${port}`;
  return `${verdict} ${reason} at ${hook} by ${decider(path?.at(-1))}, judged at ${where}`;
}

export function packetText(packet: FirstPacket): string {
  const { source, destination, protocol, sourcePort, destinationPort, icmp } = packet;
  const type = icmp === undefined ? '' : ` type ${icmp.type} code ${icmp.code}`;
  return `${protocol} ${formatAddress(source)} ${sourcePort} to ${formatAddress(destination)} ${destinationPort}${type}`;
}
