/**
 * Steps: the lines of programs with nothing left in them of the endpoint that they are for. A million rules that differ in
 * a block of addresses make a million steps, so a step is four words: what it asks of the packet, and what becomes of it,
 * are objects that steps share.
 */
import type { Action, Guard } from '../policy/policy.ts';
import type { DomainTest, PacketTest, PortTest, SideCondition } from './condition.ts';

/** Why a packet that leaves a program here is allowed or denied. */
export type StepReason = 'policy' | 'tier-end' | 'profile' | 'no-profile' | Guard['reason'];

/** The section of the guards; tiers and profiles come behind it. */
export const GUARDS = 0;

/** Where a step stands among policies any of which may come first. */
export interface Tie {
  readonly group: number;
  readonly policy: number;
}

/** What becomes of a packet that meets a step. */
export interface Effect {
  /** `open`: what becomes of the packet is left open. */
  readonly action: Action | 'continue' | 'open';
  readonly reason: StepReason;
  /** The guards, a tier or a profile, counted from 0; a pass goes on with the next one. */
  readonly section: number;
  /** Among policies without an order among them: which group of them in the section, and which policy of the group. */
  readonly tie?: Tie;
  /** It denies, and no exemption of NetworkPolicies changes that. */
  readonly isBinding?: boolean;
}

/** What a step asks but for the predicates that its peer must have or not. */
export interface Asked extends PacketTest {
  /** A test of the peer of which the answer may not be known. */
  readonly domains?: DomainTest;
  /** What the own side leaves open: the step is met, if at all, only perhaps. */
  readonly isOpen?: boolean;
  readonly destinationPorts: readonly PortTest[];
  readonly sourcePorts: readonly PortTest[];
  /** Equal ones are one object with one number. */
  readonly number: number;
}

/** A step's conditions on the peer and the packet; own sides are gone. What equal steps ask and do is one object each. */
export interface Step {
  readonly literals: SideCondition['literals'];
  readonly asked: Asked;
  readonly effect: Effect;
  /** Equal steps are one object with one number. */
  readonly number: number;
}

/** Numbers that equal things share. Most come as one object again and again. */
class Numbers {
  readonly #byThing = new Map<object, number>();
  readonly #byText = new Map<string, number>();

  of(thing: object): number {
    let number = this.#byThing.get(thing);
    if (number === undefined) {
      const text = JSON.stringify(thing);
      number = this.#byText.get(text) ?? this.#byText.size;
      this.#byText.set(text, number);
      this.#byThing.set(thing, number);
    }
    return number;
  }
}

/** Of two numbers one that is exact; the right one stays below it. */
const PAIR = 2 ** 26;

/** All steps of a compilation, each kept once: there may be a million of them. */
export class StepPool {
  readonly #numbers = new Numbers();
  readonly #asked = new Map<string, Asked>();
  /** Equal effects are one object, and one number. */
  readonly #effects: Effect[] = [];
  /** By what is asked and the effect, then by predicate where one must hold, else by literals. */
  readonly #steps = new Map<number, Map<number | string, Step>>();
  #count = 0;

  /** All that is asked but for literals, once for equal ones. */
  asked(packet: PacketTest, rest: Omit<Asked, keyof PacketTest | 'number'>): Asked {
    const { destinationPorts, sourcePorts, domains, isOpen } = rest;
    const numbers = this.#numbers;
    const seldom = domains === undefined && isOpen !== true ? '' : JSON.stringify([domains, isOpen]);
    const key = `${numbers.of(packet)} ${numbers.of(destinationPorts)} ${numbers.of(sourcePorts)}${seldom}`;
    let known = this.#asked.get(key);
    if (known === undefined) {
      known = { ...packet, ...rest, number: this.#asked.size };
      this.#asked.set(key, known);
    }
    return known;
  }

  one(literals: Step['literals'], asked: Asked, effect: Effect): Step {
    const number = this.#numbers.of(effect);
    this.#effects[number] ??= effect;
    const pair = asked.number * PAIR + number;
    let alike = this.#steps.get(pair);
    if (alike === undefined) {
      alike = new Map();
      this.#steps.set(pair, alike);
    }
    const [first] = literals;
    const key =
      literals.length === 1 && first!.holds
        ? first!.predicate
        : literals.map(({ predicate, holds }) => (holds ? predicate : `!${predicate}`)).join();
    let known = alike.get(key);
    if (known === undefined) {
      known = { literals, asked, effect: this.#effects[number], number: this.#count++ };
      alike.set(key, known);
    }
    return known;
  }
}

/** Whether a step may be asked although an earlier one was surely met: it is of another policy of the same group. */
export function mayComeFirst(tie: Tie | undefined, metBefore: Tie | undefined): boolean {
  return tie !== undefined && tie.group === metBefore?.group && tie.policy !== metBefore.policy;
}

/** Whether every packet meets the step. */
export const matchesAlways = ({ literals, asked }: Step): boolean =>
  literals.length === 0 &&
  asked.destinationPorts.length + asked.sourcePorts.length === 0 &&
  asked.protocol === undefined &&
  asked.notProtocols === undefined &&
  asked.icmp === undefined &&
  asked.notIcmp === undefined &&
  asked.isOpen !== true &&
  asked.domains === undefined &&
  asked.isOtherProtocol !== true;
