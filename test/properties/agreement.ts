/** What judge and classify must agree on, as text that reads well in a failure. */
import type { Hit, Outcome } from '../../src/compile/legend.ts';
import { formatAddress, sameAddress } from '../../src/net/address.ts';
import type { Decider, Decision, FirstPacket, HookWalk } from '../../src/policy/decision.ts';
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
  const { source, destination, protocol, sourcePort, destinationPort, icmp, translated } = packet;
  const type = icmp === undefined ? '' : ` type ${icmp.type} code ${icmp.code}`;
  const behind =
    translated === undefined ? '' : ` behind it ${formatAddress(translated.address)} ${translated.port}`;
  return `${protocol} ${formatAddress(source)} ${sourcePort} to ${formatAddress(destination)} ${destinationPort}${type}${behind}`;
}

function isSameDecider(by: Decider | Hit | undefined, other: Decider | Hit | undefined): boolean {
  return (
    by?.policy?.calicoKind === other?.policy?.calicoKind &&
    by?.policy?.namespace === other?.policy?.namespace &&
    by?.policy?.name === other?.policy?.name &&
    by?.tier?.name === other?.tier?.name &&
    by?.profile?.name === other?.profile?.name &&
    by?.rule?.calicoIndex === other?.rule?.calicoIndex
  );
}

/** Whether both say the same; the texts above say in what they differ. */
export function agrees(decision: Decision, found: Classified, packet: FirstPacket): boolean {
  const { verdict, reason, hook } = decision;
  if (verdict !== found.verdict || reason !== found.reason || hook !== found.hook) return false;
  const hit = hook === 'none' ? undefined : found[sideOf(hook)]?.at(-1);
  return (
    isSameDecider(decision.decider, hit) &&
    sameAddress(decision.judgedDestination, found.judgedAddress) &&
    (!comparesPort(packet) || decision.judgedPort === found.judgedPort)
  );
}

const isDecided = ({ verdict }: HookWalk): boolean =>
  verdict === 'allow' || verdict === 'deny' || verdict === 'continue';

/**
 * Whether the row holds an outcome for every hook that the judge walked, and no other. A hook whose answer is open
 * credits nobody, nor does one before or behind it: such walks are not compared.
 */
export function meetsTheSame(decision: Decision, found: Classified): boolean {
  const { verdict, hooks, untracked = false } = decision;
  if ((verdict !== 'allow' && verdict !== 'deny') || !hooks.every(isDecided)) return true;
  const left: Outcome[] = [...found.met];
  for (const walked of hooks) {
    const at = left.findIndex(
      ({ hook, verdict, path }) =>
        hook === walked.hook && verdict === walked.verdict && isSameDecider(walked.decider, path.at(-1)),
    );
    if (at < 0) return false;
    left.splice(at, 1);
  }
  return left.length === 0 && untracked === found.untracked;
}

/** All hooks with what each answered, for a failure. */
export const walkedText = ({ hooks }: Decision): string =>
  hooks.map(({ hook, verdict, decider: by }) => `${hook} ${verdict} by ${decider(by)}`).join('; ');

export const metText = ({ met }: Classified): string =>
  met.map(({ hook, verdict, path }) => `${hook} ${verdict} by ${decider(path.at(-1))}`).join('; ');
