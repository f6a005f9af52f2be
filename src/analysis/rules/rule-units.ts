/**
 * What of policies can be taken away by itself: a policy, a rule of it, one peer of a rule, one port. To ask of each what it does, rules are
 * split into pieces of one peer and one port; a piece knows the units that it belongs to. Split rules mean what the whole ones do.
 */
import type { Location } from '../../diagnostic/diagnostic.ts';
import { formatPortRange, type PortRange } from '../../net/port.ts';
import { protocolName } from '../../net/protocol.ts';
import type { NetworkPolicy } from '../../policy/api/network-policy.ts';
import {
  DIRECTIONS,
  type Direction,
  type EntityMatch,
  type Governed,
  type Policy,
  type Rule,
} from '../../policy/policy.ts';
import { mergedRanges } from '../../policy/translate/network-policy-ports.ts';
import type { World } from '../../policy/world.ts';

export const LEVELS = ['policy', 'rule', 'peer', 'port'] as const;
export type Level = (typeof LEVELS)[number];

export interface RuleUnit {
  /** Position in `RuleUnits.list`. */
  readonly number: number;
  readonly level: Level;
  /** One of the model's; several of them may stand for one manifest. */
  readonly policy: Policy;
  /** The manifest's list and the position in it; of rules and what is in them. */
  readonly list?: Direction;
  readonly index?: number;
  /** Of the policy, or of the first piece of the rule: its peer. */
  readonly at: Location;
  /** `tcp 80`. */
  readonly port?: string;
  /** The unit that it is a part of. */
  readonly within?: RuleUnit;
  readonly pieces: readonly Piece[];
}

/** A rule of one peer and one port. */
export interface Piece {
  readonly rule: Rule;
  /** Where it is asked; the list that it is written in may be the other. */
  readonly direction: Direction;
}

/** Units of a piece, by level. */
export type PieceUnits = Readonly<Record<Level, RuleUnit>>;

/** The manifest's object. Two APIs have a kind NetworkPolicy. */
export const policyKey = ({ calicoKind, namespace, name }: Policy): string =>
  `${calicoKind}/${namespace}/${name}`;

type Growing = RuleUnit & { pieces: Piece[] };

export class RuleUnits {
  readonly list: RuleUnit[] = [];
  /** The world, its rules in pieces. */
  readonly world: World;
  readonly #byKey = new Map<string, Growing>();
  readonly #ofPiece = new Map<Rule, PieceUnits>();
  readonly #pieces = new Map<Policy, Policy>();

  constructor(world: World) {
    const { resolved, seen } = world;
    const written = new Map(
      seen.networkPolicies
        .filter(({ staged }) => staged !== true)
        .map((policy) => [`${policy.namespace}/${policy.name}`, policy]),
    );
    resolved.policies.forEach((policy, number) => {
      if (policy.staged) return;
      const manifest =
        policy.calicoKind === 'KubernetesNetworkPolicy'
          ? written.get(`${policy.namespace}/${policy.name}`)
          : undefined;
      this.#pieces.set(policy, this.#split(policy, number, manifest));
    });
    const governed = new Map<Governed, Governed>();
    const governing = ((endpoint, hook) => {
      const whole = resolved.governing(endpoint, hook);
      if (whole === undefined) return undefined;
      let split = governed.get(whole);
      if (split === undefined) {
        split = this.#splitGoverned(whole);
        governed.set(whole, split);
      }
      return split;
    }) as World['resolved']['governing'];
    this.world = {
      ...world,
      resolved: {
        tiers: resolved.tiers,
        profiles: resolved.profiles,
        policies: resolved.policies.map((policy) => this.#pieces.get(policy) ?? policy),
        governing,
      },
    };
  }

  /** The units of a piece; undefined for rules of profiles. */
  of(piece: Rule): PieceUnits | undefined {
    return this.#ofPiece.get(piece);
  }

  ofPolicy(policy: Policy): RuleUnit {
    return this.#byKey.get(policyKey(policy))!;
  }

  #splitGoverned(whole: Governed): Governed {
    const tiers = whole.tiers.map((tier) => ({
      ...tier,
      policies: tier.policies.map((policy) => this.#pieces.get(policy) ?? policy),
    }));
    return { ...whole, tiers };
  }

  /** `manifest`: where ranges of ports were merged, and are told apart again. */
  #split(policy: Policy, number: number, manifest: NetworkPolicy | undefined): Policy {
    const unit = this.#unit(policyKey(policy), { level: 'policy', policy, at: policy.at });
    const split = { ingress: [] as Rule[], egress: [] as Rule[] };
    for (const direction of DIRECTIONS)
      for (const rule of policy.rules[direction]) {
        const list = rule.listedAs ?? direction;
        const key = `${number} ${list} ${rule.index}`;
        const { index, at } = rule;
        const own = this.#unit(key, { level: 'rule', policy, list, index, at, within: unit });
        const peer = this.#unit(`${key} peer ${at.file}:${at.line}:${at.column}`, {
          ...{ level: 'peer', policy, list, index, at, within: own },
        });
        for (const { piece, port } of piecesOf(rule, manifest?.[list])) {
          const named = { level: 'port', policy, list, index, at, port, within: own } as const;
          const units = { policy: unit, rule: own, peer, port: this.#unit(`${key} port ${port}`, named) };
          for (const level of LEVELS) (units[level] as Growing).pieces.push({ rule: piece, direction });
          this.#ofPiece.set(piece, units);
          split[direction].push(piece);
        }
      }
    return { ...policy, rules: split };
  }

  #unit(key: string, parts: Omit<RuleUnit, 'number' | 'pieces'>): Growing {
    let unit = this.#byKey.get(key);
    if (unit === undefined) {
      unit = { ...parts, number: this.list.length, pieces: [] };
      this.list.push(unit);
      this.#byKey.set(key, unit);
    }
    return unit;
  }
}

/** The ranges as a NetworkPolicy's rule lists them, where they are what a rule of the model has merged. */
function listedRanges({ index, match }: Rule, written: NetworkPolicy['ingress']): readonly PortRange[] {
  const { ports = [] } = match.destination;
  const listed = (written[index]?.ports ?? []).flatMap(({ protocol, port, endPort }) =>
    protocol === match.protocol && typeof port === 'number' ? [{ first: port, last: endPort ?? port }] : [],
  );
  const distinct = [...new Map(listed.map((range) => [formatPortRange(range), range])).values()];
  const textOf = (ranges: readonly PortRange[]): string => ranges.map(formatPortRange).join();
  return textOf(mergedRanges(distinct)) === textOf(ports) ? distinct : ports;
}

/** A rule for each port that it lists. Rules that forbid ports, or list none, stay whole. */
export function piecesOf(
  rule: Rule,
  written?: NetworkPolicy['ingress'],
): { readonly piece: Rule; readonly port: string }[] {
  const { namedPorts = [] } = rule.match.destination;
  const ports = written === undefined ? (rule.match.destination.ports ?? []) : listedRanges(rule, written);
  const protocol = rule.match.protocol === undefined ? '' : `${protocolName(rule.match.protocol)} `;
  const named = (port: string): string => `${protocol}${port}`.trim();
  const only = (entity: EntityMatch): Rule => {
    const { ports: _, namedPorts: __, ...rest } = rule.match.destination;
    return { ...rule, match: { ...rule.match, destination: { ...rest, ...entity } } };
  };
  const [first] = ports;
  if (ports.length + namedPorts.length === 0) return [{ piece: { ...rule }, port: named('any') }];
  if (ports.length === 1 && namedPorts.length === 0)
    return [{ piece: { ...rule }, port: named(formatPortRange(first!)) }];
  return [
    ...ports.map((range) => ({ piece: only({ ports: [range] }), port: named(formatPortRange(range)) })),
    ...namedPorts.map((name) => ({ piece: only({ namedPorts: [name] }), port: named(name) })),
  ];
}
