/** A rule that names a Service which is not there: it matches nothing. */
import { nearestWord } from '../../diagnostic/nearest.ts';
import type { Check, Finding, Subject } from '../check.ts';
import { portSpot, writtenRules } from '../rule-ports.ts';

function* findings(subject: Subject): Generator<Finding> {
  const { world, inventory } = subject;
  const known = world.cluster.services.map(({ namespace, name }) => `${namespace}/${name}`);
  const behind = world.cluster.endpointSlices.map(({ namespace, service }) => `${namespace}/${service}`);
  // Without any Service the manifests are not of a cluster.
  if (known.length + behind.length === 0) return;
  for (const policy of world.resolved.policies)
    for (const written of writtenRules(policy))
      for (const { match } of written.rules)
        for (const { service } of [match.source, match.destination]) {
          if (service === undefined) continue;
          const name = `${service.namespace}/${service.name}`;
          if (known.includes(name) || behind.includes(name)) continue;
          const near = nearestWord(name, known);
          const { at, span } = portSpot(written, service.name, subject);
          yield {
            at,
            span,
            message: `there is no Service ${name}: the rule matches nothing`,
            ...(near === undefined ? {} : { suggestion: `did you mean ${near}?` }),
            ...(near === undefined && !inventory.isWhole ? { severity: 'note' as const } : {}),
          };
        }
}

export const UNKNOWN_SERVICE: Check = {
  code: 'lint/unknown-service',
  severity: 'warning',
  title: 'a rule names a Service that does not exist',
  find: findings,
};
