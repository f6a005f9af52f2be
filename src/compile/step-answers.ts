/**
 * Which steps of a program a packet meets, in three values. Where the peer's named ports do not matter the answers of
 * all port classes are worked out once.
 */
import { hasPolicyPorts } from '../net/protocol.ts';
import type { DomainTest, PortTest } from './condition.ts';
import { PeerClass } from './peer-space.ts';
import { icmpHolds, type PortClasses, type PortKey, portsHold } from './port-space.ts';
import type { Asked, Step } from './step.ts';

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

function packetAnswer(asked: Asked, at: PortKey, peer: PeerClass): Answer {
  if (asked.isOtherProtocol === true) return hasPolicyPorts(at.protocol) ? NO : MAYBE;
  if (asked.protocol !== undefined && asked.protocol !== at.protocol) return NO;
  if (asked.notProtocols?.includes(at.protocol) === true) return NO;
  if (asked.icmp !== undefined && !icmpHolds(asked.icmp, at)) return NO;
  if (asked.notIcmp !== undefined && icmpHolds(asked.notIcmp, at)) return NO;
  const ports = portAnswers(asked.destinationPorts, at, peer);
  const names = asked.domains === undefined ? ports : both(ports, domainAnswer(asked.domains, peer));
  return asked.isOpen === true ? both(names, UNKNOWN) : names;
}

function domainAnswer({ known, held }: DomainTest, peer: PeerClass): Answer {
  if (known !== undefined && peer.holds(known)) return YES;
  return peer.holds(held) ? NO : UNKNOWN;
}

const asksPeer = (tests: readonly PortTest[]): boolean =>
  tests.some(({ predicates }) => predicates.length > 0);

const NOBODY = new PeerClass([]);

/** What `answer` says of each step's question; undefined where the peer matters. Steps that ask the same share it. */
function answersOf(
  steps: readonly Step[],
  answer: (asked: Asked) => Uint8Array | undefined,
): (Uint8Array | undefined)[] {
  const known = new Map<Asked, Uint8Array | undefined>();
  return steps.map(({ asked }) => {
    if (!known.has(asked)) known.set(asked, answer(asked));
    return known.get(asked);
  });
}

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
    this.#packet = answersOf(steps, (asked) =>
      asksPeer(asked.destinationPorts) || asked.domains !== undefined
        ? undefined
        : Uint8Array.from(this.#ports, (at) => packetAnswer(asked, at, NOBODY)),
    );
    this.#source = answersOf(steps, (asked) =>
      asksPeer(asked.sourcePorts)
        ? undefined
        : Uint8Array.from(this.#sources, (at) => portAnswers(asked.sourcePorts, at, NOBODY)),
    );
  }

  /** Protocol, destination port, ICMP type and code of a port class. */
  packet(step: number, portClass: number, peer: PeerClass): Answer {
    const known = this.#packet[step];
    if (known !== undefined) return known[portClass] as Answer;
    return packetAnswer(this.#steps[step]!.asked, this.#ports[portClass]!, peer);
  }

  /** The source port of a source port class. */
  source(step: number, sourceClass: number, peer: PeerClass): Answer {
    const known = this.#source[step];
    if (known !== undefined) return known[sourceClass] as Answer;
    return portAnswers(this.#steps[step]!.asked.sourcePorts, this.#sources[sourceClass]!, peer);
  }
}
