/**
 * The prefixes of Calico's log rules, `<A|D|P><P|R><I|E><rule>|<policy>`: what became of a packet at one side of its way, and who decided.
 * Prefixes of other makers say nothing. Long ones hold a hash: the policy is then found by whoever knows the policies.
 *
 * Source: projectcalico/calico felix/rules/nflogprefix.go, felix/types/policy_id.go, felix/calc/policy_lookup_cache.go.
 */
import { OBSERVED_ALLOW, OBSERVED_AT_SOURCE, OBSERVED_DENY, OBSERVED_NONE } from '../packet/batch-layout.ts';
import { isStaged, legacyDecider, shortDecider } from './flow-log/calico-decider.ts';
import { HASHED_PREFIX, NO_DECIDER, type ObservedDecider } from './flow-log/observed-decider.ts';

/** What a prefix says. */
export interface LoggedVerdict {
  /** OBSERVED_ code; OBSERVED_NONE where the rule decided nothing: it passes, it is staged. */
  readonly observed: number;
  readonly decider: ObservedDecider;
}

const NOTHING: LoggedVerdict = { observed: OBSERVED_NONE, decider: NO_DECIDER };

/** A prefix of this many characters is cut, with a hash in its middle. */
const HASHED_LENGTH = 63;
const HASHED = /^.{10}_[\w-]{41}_.{10}$/;

const STAGED = 'staged:';
const TIER_END = -1;

/** The policy of an identifier: `np/shop/web`, `gnp/security.block`; in older releases the stored name, `shop/default.web`. */
function deciderOfId(id: string, rule: number): ObservedDecider {
  const slash = id.indexOf('/');
  const known = slash < 0 ? undefined : shortDecider(id.slice(0, slash), id.slice(slash + 1), '', rule);
  return known ?? legacyDecider(id, '', rule);
}

function deciderOf(owner: string, rule: string, name: string | undefined): ObservedDecider | undefined {
  const index = rule === '' ? TIER_END : Number(rule);
  if (owner === 'R') return { ...NO_DECIDER, kind: 'Profile', policy: name ?? '', rule: index };
  if (name === undefined || name === '') return undefined;
  if (rule !== '' || name.includes('/') || name.includes(STAGED)) return deciderOfId(name, index);
  return { ...NO_DECIDER, tier: name, rule: TIER_END };
}

/** Reads a prefix, without the NUL at its end. */
export function readLogPrefix(prefix: string): LoggedVerdict {
  const parts = /^([ADPN])([PR])([IE])(\d{0,5})(?:\|(.*))?$/s.exec(prefix);
  if (parts === null) return NOTHING;
  const [, action, owner, direction, rule, name] = parts;
  if (action === 'P' || action === 'N') return NOTHING;
  const isHashed = prefix.length === HASHED_LENGTH && HASHED.test(prefix);
  const decider = isHashed
    ? { ...NO_DECIDER, kind: HASHED_PREFIX, policy: prefix, rule: rule === '' ? TIER_END : Number(rule) }
    : deciderOf(owner!, rule!, name);
  if (decider === undefined || isStaged(decider)) return NOTHING;
  return {
    observed:
      (action === 'A' ? OBSERVED_ALLOW : OBSERVED_DENY) | (direction === 'E' ? OBSERVED_AT_SOURCE : 0),
    decider,
  };
}
