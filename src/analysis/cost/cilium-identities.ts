/**
 * Cilium's identities: one for each set of labels that it takes for relevant, one for each block of addresses that a rule names. What a
 * peer costs is how many of them it selects.
 *
 * Source: cilium/cilium pkg/labelsfilter/filter.go, Documentation/operations/performance/scalability/identity-relevant-labels.rst,
 * Documentation/security/policy/layer3.rst.
 */
import type { Cidr } from '../../net/cidr.ts';
import type { LabelSet } from '../../policy/endpoints.ts';
import type { EntityMatch } from '../../policy/policy.ts';
import type { Selector } from '../../selector/selector.ts';
import type { Ground } from './ground.ts';
import { PrefixRanges, type Range, unionSize } from './prefix-ranges.ts';

/** Which identities a filter means; `everybody` stands for all of them in one entry. */
export interface Selected {
  everybody: boolean;
  readonly pods: Set<number>;
  /** The own node, other nodes, the world. */
  readonly reserved: Set<string>;
  readonly blocks: Range[];
}

export function emptySelection(): Selected {
  return { everybody: false, pods: new Set(), reserved: new Set(), blocks: [] };
}

export class Identities {
  readonly #ground: Ground;
  readonly #blocks: PrefixRanges;
  /** Of pods: label sets hold what the profile takes for relevant, so that each is an identity. */
  readonly pods: number;

  /** Of all pods, and of the blocks that all enforced policies name, exceptions among them. */
  constructor(ground: Ground) {
    this.#ground = ground;
    this.pods = ground.world.book.labelSets.filter(isOfPods).length;
    const named = ({ nets, notNets = [] }: EntityMatch): readonly Cidr[] =>
      nets === undefined ? [] : [...nets, ...notNets];
    this.#blocks = new PrefixRanges(
      ground.policies.flatMap(({ rules: { ingress, egress } }) =>
        [...ingress, ...egress].flatMap(({ match }) => [...named(match.source), ...named(match.destination)]),
      ),
    );
  }

  get blocks(): number {
    return this.#blocks.size;
  }

  /** Adds what a side of a rule takes; what a domain's name comes to is not known. */
  select(side: EntityMatch, into: Selected): void {
    const { selector, notSelector, nets, notNets = [], node, isOutside, unresolvedDomains } = side;
    if (selector !== undefined || notSelector !== undefined)
      for (const identity of this.#selectedBy(selector ?? { kind: 'all' }, notSelector))
        into.pods.add(identity);
    else if (nets !== undefined)
      for (const net of nets) into.blocks.push(...this.#blocks.inside(net, notNets));
    else if (node !== undefined) into.reserved.add(node);
    else if (isOutside === true && unresolvedDomains === undefined) {
      into.reserved.add('world');
      into.blocks.push({ start: 0, end: this.#blocks.size });
    } else if (unresolvedDomains === undefined) into.everybody = true;
  }

  #selectedBy(selector: Selector, notSelector: Selector | undefined): number[] {
    const asked: Selector =
      notSelector === undefined
        ? selector
        : { kind: 'and', operands: [selector, { kind: 'not', operand: notSelector }] };
    return this.#ground
      .members(asked)
      .labelSets.filter(isOfPods)
      .map(({ index }) => index);
  }
}

const isOfPods = ({ endpoints }: LabelSet): boolean => endpoints.some(({ kind }) => kind === 'workload');

/** How many entries a selection is for each block of ports. */
export function selectionSize({ everybody, pods, reserved, blocks }: Selected, hasPorts: boolean): number {
  const named = pods.size + reserved.size + unionSize(blocks);
  // Beside an entry for everybody one for somebody says nothing new; without ports Cilium writes both.
  if (everybody) return hasPorts ? 1 : 1 + named;
  return named;
}
