/**
 * Which steps of a program a packet meets, in three values. Where the peer's named ports do not matter the answers of
 * all port classes are worked out once.
 */
import { hasPolicyPorts } from '../net/protocol.ts';
import type { DomainTest, PortTest } from './condition.ts';
import { PeerClass } from './peer-space.ts';
import { icmpHolds, type PortClasses, type PortKey, portsHold } from './port-space.ts';
import type { Step } from './program.ts';

/** Whether a step is met; `MAYBE` where the profile leaves it open, `UNKNOWN` where a name's addresses are not known. */
export type Answer = 0 | 1 | 2 | 3;
export const NO = 0;
export const YES = 1;
export const MAYBE = 2;
export const UNKNOWN = 3;

/** Both must be met. */
export function both(left: Answer, right: Answer): Answer {
  if (left === NO || right === NO) return NO;
  return left > right ? left : right;
}

function portAnswer(test: PortTest, at: PortKey, peer: PeerClass): Answer {
  if (portsHold({ ranges: test.ranges, pairs: [] }, at)) return test.negated ? NO : YES;
  const pair = at.protocol * 65_536 + at.key;
  const isNamed =
    hasPolicyPorts(at.protocol) &&
    (test.pairs.includes(pair) || test.predicates.some((predicate) => peer.hasPort(predicate, pair)));
  if (isNamed && test.namesAreOpen) return MAYBE;
  return isNamed !== test.negated ? YES : NO;
}

const portAnswers = (tests: readonly PortTest[], at: PortKey, peer: PeerClass): Answer =>
  tests.reduce<Answer>((answer, test) => both(answer, portAnswer(test, at, peer)), YES);

function packetAnswer(step: Step, at: PortKey, peer: PeerClass): Answer {
  if (step.isOtherProtocol === true) return hasPolicyPorts(at.protocol) ? NO : MAYBE;
  if (step.protocol !== undefined && step.protocol !== at.protocol) return NO;
  if (step.notProtocol !== undefined && step.notProtocol === at.protocol) return NO;
  if (step.icmp !== undefined && !icmpHolds(step.icmp, at)) return NO;
  if (step.notIcmp !== undefined && icmpHolds(step.notIcmp, at)) return NO;
  const ports = portAnswers(step.destinationPorts, at, peer);
  const names = step.domains === undefined ? ports : both(ports, domainAnswer(step.domains, peer));
  return step.isOpen === true ? both(names, UNKNOWN) : names;
}

function domainAnswer({ known, held }: DomainTest, peer: PeerClass): Answer {
  if (known !== undefined && peer.holds(known)) return YES;
  return peer.holds(held) ? NO : UNKNOWN;
}

const asksPeer = (tests: readonly PortTest[]): boolean =>
  tests.some(({ predicates }) => predicates.length > 0);

const NOBODY = new PeerClass(new Map());

export class StepAnswers {
  readonly #steps: readonly Step[];
  readonly #ports: readonly PortKey[];
  readonly #sources: readonly PortKey[];
  readonly #packet: readonly (Uint8Array | undefined)[];
  readonly #source: readonly (Uint8Array | undefined)[];

  constructor(steps: readonly Step[], ports: PortClasses, sourcePorts: PortClasses | undefined) {
    this.#steps = steps;
    this.#ports = ports.representatives;
    this.#sources = sourcePorts?.representatives ?? [];
    this.#packet = steps.map((step) =>
      asksPeer(step.destinationPorts) || step.domains !== undefined
        ? undefined
        : Uint8Array.from(this.#ports, (at) => packetAnswer(step, at, NOBODY)),
    );
    this.#source = steps.map((step) =>
      asksPeer(step.sourcePorts)
        ? undefined
        : Uint8Array.from(this.#sources, (at) => portAnswers(step.sourcePorts, at, NOBODY)),
    );
  }

  /** Protocol, destination port, ICMP type and code of a port class. */
  packet(step: number, portClass: number, peer: PeerClass): Answer {
    const known = this.#packet[step];
    if (known !== undefined) return known[portClass] as Answer;
    return packetAnswer(this.#steps[step]!, this.#ports[portClass]!, peer);
  }

  /** The source port of a source port class. */
  source(step: number, sourceClass: number, peer: PeerClass): Answer {
    const known = this.#source[step];
    if (known !== undefined) return known[sourceClass] as Answer;
    return portAnswers(this.#steps[step]!.sourcePorts, this.#sources[sourceClass]!, peer);
  }
}
