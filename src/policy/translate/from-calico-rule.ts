/**
 * A rule of a Calico policy or profile → Rule of the model. Nothing is expanded: each rule keeps its position. The name
 * of ICMP or ICMPv6 as protocol stands for a family where the rule gives none; their numbers do not.
 *
 * Source: projectcalico/calico libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go (RuleAPIV2ToBackend),
 * felix/calc/rule_convert.go (fillInRuleIPVersion), felix/calc/rule_scanner.go (splitNamedAndNumericPorts).
 */
import type { CalicoEntity, CalicoRule } from '../api/calico.ts';
import type { EntityMatch, Rule, RuleMatch } from '../policy.ts';
import { entitySelector } from './calico-selector.ts';

/** `namespace` is the policy's own, empty for global policies and profiles; `index` the position in its list. */
export function fromCalicoRule(rule: CalicoRule, index: number, namespace: string): Rule {
  return {
    action: rule.action,
    match: matchOf(rule, namespace),
    index,
    calicoIndex: index,
    at: rule.at,
    ...(rule.hasHttp ? { hasHttp: true } : {}),
  };
}

function matchOf(rule: CalicoRule, namespace: string): RuleMatch {
  const { protocol, notProtocol, icmp, notIcmp } = rule;
  const family = rule.ipVersion ?? protocol?.fixesFamily;
  return {
    ...(family === undefined ? {} : { family }),
    ...(protocol === undefined ? {} : { protocol: protocol.number }),
    ...(notProtocol === undefined ? {} : { notProtocols: [notProtocol] }),
    ...(icmp === undefined ? {} : { icmp }),
    ...(notIcmp === undefined ? {} : { notIcmp }),
    source: entityOf(rule.source, namespace),
    destination: entityOf(rule.destination, namespace),
  };
}

/** A service is looked up in the namespace as written: a rule that gives none names no service. */
function entityOf(entity: CalicoEntity, namespace: string): EntityMatch {
  const { nets, notNets, notSelector, service } = entity;
  const selector = entitySelector(entity, namespace);
  const wanted = splitPorts(entity.ports);
  const excluded = splitPorts(entity.notPorts);
  return {
    ...(nets.length === 0 ? {} : { nets }),
    ...(notNets.length === 0 ? {} : { notNets }),
    ...(selector === undefined ? {} : { selector }),
    ...(notSelector === undefined ? {} : { notSelector }),
    ...(wanted.numeric.length === 0 ? {} : { ports: wanted.numeric }),
    ...(wanted.named.length === 0 ? {} : { namedPorts: wanted.named }),
    ...(excluded.numeric.length === 0 ? {} : { notPorts: excluded.numeric }),
    ...(excluded.named.length === 0 ? {} : { notNamedPorts: excluded.named }),
    ...(service === undefined ? {} : { service }),
  };
}

function splitPorts(ports: CalicoEntity['ports']) {
  return {
    numeric: ports.filter((port) => typeof port !== 'string'),
    named: ports.filter((port) => typeof port === 'string'),
  };
}
