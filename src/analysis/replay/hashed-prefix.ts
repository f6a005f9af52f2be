/**
 * Log rules whose prefix is too long for the kernel: Calico keeps its first and last ten characters and puts a hash between. Which policy
 * or tier is meant is found by trying all.
 *
 * Source: projectcalico/calico felix/rules/nflogprefix.go, libcalico-go/lib/hash (GetLengthLimitedID).
 */
import { createHash } from 'node:crypto';
import { flowLogPolicyName } from '../../policy/flow-log-name.ts';
import type { Policy } from '../../policy/policy.ts';
import type { ObservedDecider } from '../../trace/flow-log/observed-decider.ts';

const KEPT = 10;
const HASH_CHARACTERS = 41;
/** From this length on a prefix is hashed. */
const LONGEST = 63;

function hashed(prefix: string): string {
  if (prefix.length < LONGEST) return prefix;
  const hash = createHash('sha256').update(prefix).digest('base64url').slice(0, HASH_CHARACTERS);
  return `${prefix.slice(0, KEPT)}_${hash}_${prefix.slice(-KEPT)}`;
}

/** What stands behind the bar for a policy, as newer releases write it and as older ones do, with the tier before the name and without. */
function identifiers(policy: Policy): string[] {
  const { namespace, name, tier, calicoKind } = policy;
  const place = namespace === '' ? '' : `${namespace}/`;
  const bare = name.startsWith(`${tier}.`) ? name.slice(tier.length + 1) : name;
  const newer = [name, bare, `${tier}.${bare}`].map((each) =>
    flowLogPolicyName({ calicoKind, namespace, name: each }).replace(':', '/'),
  );
  return [...newer, `${place}${tier}.${bare}`, `${place}knp.default.${bare}`];
}

/** The decider that a cut prefix means, among these policies; undefined when it is none of theirs. */
export function deciderOfHashed(prefix: string, policies: readonly Policy[]): ObservedDecider | undefined {
  const start = /^[AD][PR][IE](\d*)\|/.exec(prefix.slice(0, KEPT));
  if (start === null) return undefined;
  const rule = start[1] === '' ? -1 : Number(start[1]);
  for (const policy of policies) {
    const { tier, calicoKind: kind, namespace, name } = policy;
    if (identifiers(policy).some((id) => hashed(start[0] + id) === prefix))
      return { tier, kind, namespace, policy: name, rule };
    if (rule === -1 && hashed(start[0] + tier) === prefix)
      return { tier, kind: '', namespace: '', policy: '', rule };
  }
  return undefined;
}
