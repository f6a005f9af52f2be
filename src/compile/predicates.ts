/**
 * Predicates: all that rules can ask of one side's address. They are Felix's IP sets, not selectors taken apart: a
 * positive and a negative selector on one side are one predicate, and so are (selector, protocol, port name). Equal
 * predicates of any number of rules share one number; numbers are given in the order of asking.
 *
 * Source: projectcalico/calico felix/calc/rule_scanner.go, IPSetData.UniqueID and extractSelectors.
 */
import { type Cidr, formatCidr } from '../net/cidr.ts';
import { printSelector } from '../selector/print.ts';
import type { Selector } from '../selector/selector.ts';

export type Predicate =
  /** The address lies in one of the blocks, which are of one family. */
  | { readonly kind: 'nets'; readonly cidrs: readonly Cidr[] }
  /** Some holder of the address matches. */
  | { readonly kind: 'selector'; readonly selector: Selector }
  /** Valued as a set of (protocol, port): what the holders that match call by the name. */
  | {
      readonly kind: 'named-port';
      readonly selector?: Selector;
      readonly protocol?: number;
      readonly name: string;
    }
  /** The address is one of a Service's; `ports`: valued as the set of (protocol, port) that the Service has there. */
  | { readonly kind: 'service'; readonly service: string; readonly ports: boolean }
  /** The address is one of the node's; of any node where none is named. */
  | { readonly kind: 'node'; readonly name?: string }
  /** Some object of the cluster names the address. */
  | { readonly kind: 'held' };

export class Predicates {
  readonly list: Predicate[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #selectorTexts = new Map<Selector, string>();
  /** Those of a single IPv4 block, by length and address: there may be a million of them. */
  readonly #blocks: Map<number, number>[] = [];

  nets(cidrs: readonly Cidr[]): number {
    const { network, prefixBits } = cidrs[0]!;
    if (cidrs.length === 1 && network.family === 4) {
      this.#blocks[prefixBits] ??= new Map();
      const known = this.#blocks[prefixBits]!;
      // A signed word is a small number to the engine, which makes an object of any other.
      const key = network.words[0] | 0;
      let number = known.get(key);
      if (number === undefined) {
        number = this.list.push({ kind: 'nets', cidrs }) - 1;
        known.set(key, number);
      }
      return number;
    }
    const blocks = cidrs.map(formatCidr).sort();
    return this.#intern(`nets ${blocks.join(' ')}`, { kind: 'nets', cidrs });
  }

  selector(selector: Selector): number {
    return this.#intern(`selector ${this.#text(selector)}`, { kind: 'selector', selector });
  }

  namedPort(asked: { selector?: Selector; protocol?: number; name: string }): number {
    const selector = asked.selector === undefined ? '' : this.#text(asked.selector);
    return this.#intern(`port ${asked.protocol ?? ''} ${asked.name} ${selector}`, {
      kind: 'named-port',
      ...asked,
    });
  }

  /** `service`: namespace/name. */
  service(service: string, ports: boolean): number {
    return this.#intern(`service ${ports} ${service}`, { kind: 'service', service, ports });
  }

  node(name?: string): number {
    return this.#intern(`node ${name ?? ''}`, name === undefined ? { kind: 'node' } : { kind: 'node', name });
  }

  held(): number {
    return this.#intern('held', { kind: 'held' });
  }

  #text(selector: Selector): string {
    let text = this.#selectorTexts.get(selector);
    if (text === undefined) {
      text = printSelector(selector);
      this.#selectorTexts.set(selector, text);
    }
    return text;
  }

  #intern(key: string, predicate: Predicate): number {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.list.length;
      this.list.push(predicate);
      this.#numbers.set(key, number);
    }
    return number;
  }
}
