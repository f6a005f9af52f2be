/** Where a unit of the policies stands in its manifest and what it is called: `ingress rule 1 of NetworkPolicy shop/db`. */
import { isSamePlace, type Location } from '../../diagnostic/diagnostic.ts';
import { type PartPlace, type RulePlace, rulePlaces } from '../../manifest/rule-places.ts';
import type { Policy } from '../../policy/policy.ts';
import { CILIUM_DENY_TIER } from '../../policy/translate/from-cilium-policy.ts';
import type { RuleUnit } from './rule-units.ts';

/** `NetworkPolicy shop/db`. */
export function policyName({ kind, namespace, name }: Policy): string {
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`;
}

/** The manifest's list that a unit stands in. */
function listName({ policy, list }: Pick<RuleUnit, 'policy' | 'list'>): string {
  return policy.tier === CILIUM_DENY_TIER ? `${list}Deny` : `${list}`;
}

/** The rule that a unit is, or is a part of; undefined where no manifest holds it. */
export function rulePlaceOf(unit: RuleUnit): RulePlace | undefined {
  const { policy, index, pieces } = unit;
  const list = listName(unit);
  const found = rulePlaces(policy)?.filter((place) => place.list === list && place.index === index) ?? [];
  // Several specs of one object have rules of the same number.
  const isOf = (place: RulePlace): boolean =>
    [place, ...place.peers].some(({ at }) => pieces.some(({ rule }) => isSamePlace(rule.at, at)));
  return found.find(isOf) ?? found[0];
}

/** The port of a rule by the words of a piece: `tcp 80`, `tcp 80-90`, `http`. */
function isPort({ words }: PartPlace, port: string): boolean {
  const value = port.split(' ').at(-1)!;
  const [first, last] = value.split('-');
  const written = words.split(/[\s,{}[\]:"]+/);
  if (
    !written.includes(value) &&
    !(written.includes(first!) && (last === undefined || written.includes(last)))
  )
    return false;
  const protocols = ['TCP', 'UDP', 'SCTP'].filter((protocol) => written.includes(protocol));
  const [asked] = port.split(' ');
  return protocols.length === 0 || value === port || protocols[0]!.toLowerCase() === asked;
}

/** First character of a unit, in its manifest where that is at hand. */
export function unitLocation(unit: RuleUnit): Location {
  if (unit.level === 'policy') return unit.policy.at;
  if (unit.level === 'peer') return unit.at;
  const place = rulePlaceOf(unit);
  if (place === undefined) return unit.at;
  const port = unit.port;
  const ports = port === undefined ? [] : place.ports.filter((part) => isPort(part, port));
  return (ports.length === 1 ? ports[0]! : place).at;
}

/** What a unit is called. */
export function unitName(unit: RuleUnit): string {
  const { level, policy, index, port } = unit;
  if (level === 'policy') return policyName(policy);
  const rule = `${listName(unit)} rule ${index} of ${policyName(policy)}`;
  if (level === 'port') return `port ${port} in ${rule}`;
  if (level === 'rule') return rule;
  const position = rulePlaceOf(unit)?.peers.findIndex(({ at }) => isSamePlace(at, unit.at)) ?? -1;
  return `${position < 0 ? 'a peer' : `peer ${position}`} in ${rule}`;
}
