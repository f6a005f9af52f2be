/** A policy that is called after the opposite of what it does: `deny-all` with a rule that admits everybody, `allow-all` without a rule. */
import type { NetworkPolicy } from '../../policy/api/network-policy.ts';
import { DIRECTIONS, type Direction } from '../../policy/policy.ts';
import type { Check, Finding, Subject } from '../check.ts';
import { networkPoliciesOf } from '../network-policy-rules.ts';

const DENIES = /(?:^|[-.])(?:deny|block|isolate|lockdown)(?:[-.]|$)/;
const ALLOWS_ALL = /(?:^|[-.])(?:allow|open)-(?:all|any|everything|everyone)(?:[-.]|$)/;
const ALLOWS = /(?:^|[-.])(?:allow|permit|except)/;
const NAMED: Readonly<Record<Direction, RegExp>> = {
  ingress: /(?:^|[-.])(?:ingress|in|inbound|incoming)(?:[-.]|$)/,
  egress: /(?:^|[-.])(?:egress|out|outbound|outgoing)(?:[-.]|$)/,
};

/** The directions that a name is about: those that it names, else all of the policy's. */
function directionsOf({ name, policyTypes }: NetworkPolicy): Direction[] {
  const named = DIRECTIONS.filter((direction) => NAMED[direction].test(name));
  return (named.length === 0 ? DIRECTIONS : named).filter((direction) => policyTypes[direction]);
}

function* inPolicy(policy: NetworkPolicy, { sources }: Subject): Generator<Finding> {
  const { name } = policy;
  for (const direction of directionsOf(policy)) {
    const everybody = policy[direction].findIndex(
      ({ peers, ports }) => peers.length === 0 && ports.length === 0,
    );
    const who = direction === 'ingress' ? 'lets everybody in' : 'lets everything out';
    if (everybody >= 0 && DENIES.test(name) && !ALLOWS.test(name)) {
      const { at, span } = sources.spot(policy.at, ['spec', direction, everybody]);
      yield {
        at,
        span,
        message: `${name} ${who}: a rule without peers and ports matches everything`,
        suggestion: `to deny, write ${direction}: [] and name ${direction === 'ingress' ? 'Ingress' : 'Egress'} in policyTypes`,
      };
    }
    if (policy[direction].length === 0 && ALLOWS_ALL.test(name) && !DENIES.test(name)) {
      const { at, span } = sources.spot(policy.at, ['spec', direction], 'key');
      yield {
        at,
        span,
        message: `${name} has no rule of ${direction} and isolates its pods there: nothing is allowed`,
        suggestion: `to allow everything, write ${direction}: [{}]`,
      };
    }
  }
}

export const NAME_SAYS_OTHERWISE: Check = {
  code: 'lint/name-says-otherwise',
  severity: 'warning',
  title: 'a policy does the opposite of what its name says',
  *find(subject) {
    for (const policy of networkPoliciesOf(subject)) yield* inPolicy(policy, subject);
  },
};
