/** An exception of an ipBlock that another exception holds, or that another peer of the rule lets in all the same. */
import { type Cidr, cidrWithin, formatCidr } from '../../net/cidr.ts';
import type { Check, Finding, Subject } from '../check.ts';
import { networkPolicyRules, type PlacedRule } from '../network-policy-rules.ts';

/** Why an exception takes nothing away; undefined where it does. */
function vanity(
  except: Cidr,
  index: number,
  own: number,
  { rule }: PlacedRule,
): Pick<Finding, 'message' | 'suggestion'> | undefined {
  const text = formatCidr(except);
  const exceptions = rule.peers[own]!.ipBlock!.except;
  const around = exceptions.find(
    (other, place) =>
      place !== index && cidrWithin(except, other) && (place < index || other.prefixBits < except.prefixBits),
  );
  if (around !== undefined)
    return {
      message: `the exception ${text} lies within the exception ${formatCidr(around)}`,
      suggestion: 'take it away',
    };
  const other = rule.peers.find(
    ({ ipBlock }, place) =>
      place !== own &&
      ipBlock !== undefined &&
      cidrWithin(except, ipBlock.cidr) &&
      !ipBlock.except.some((hole) => cidrWithin(hole, except) || cidrWithin(except, hole)),
  );
  if (other === undefined) return undefined;
  return {
    message: `the exception ${text} has no effect: another peer of the rule, ${formatCidr(other.ipBlock!.cidr)}, lets it in all the same`,
    suggestion: 'an exception narrows its own block alone: rules only ever add',
  };
}

function* inRule(placed: PlacedRule, { sources }: Subject): Generator<Finding> {
  const { policy, rule, path, peersField } = placed;
  for (const [own, { ipBlock }] of rule.peers.entries())
    for (const [index, except] of (ipBlock?.except ?? []).entries()) {
      const found = vanity(except, index, own, placed);
      if (found === undefined) continue;
      const { at, span } = sources.spot(policy.at, [...path, peersField, own, 'ipBlock', 'except', index]);
      yield { at, span, ...found };
    }
}

export const EXCEPT_WITHOUT_EFFECT: Check = {
  code: 'lint/except-without-effect',
  severity: 'warning',
  title: 'an exception of an ipBlock takes nothing away',
  *find(subject) {
    // CNIs in which an exception is one of the whole rule make nothing of the other peers.
    const isOfBlock = subject.world.profile.exceptScope === 'block';
    for (const placed of networkPolicyRules(subject)) if (isOfBlock) yield* inRule(placed, subject);
  },
};
