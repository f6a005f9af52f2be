/** What becomes of a flow in circumstances that no first packet shows: the profile says, or the judge's answer stands. */
import { hasPolicyPorts } from '../net/protocol.ts';
import type { CniProfile } from '../policy/cni/profile.ts';
import type { Decision } from '../policy/decision.ts';
import type { OpenChoice } from '../policy/open-choice.ts';
import type { Reason } from '../tables/verdict.ts';
import type { Circumstance } from './suite.ts';

export interface Circumstantial {
  readonly verdict: Decision['verdict'];
  readonly reason: Reason;
  readonly open?: OpenChoice;
}

const OPEN: Circumstantial = { verdict: 'allow', reason: 'cni' };
const CLOSED: Circumstantial = { verdict: 'deny', reason: 'cni' };
const unspecified = (open: OpenChoice): Circumstantial => ({ verdict: 'unspecified', reason: 'none', open });

/** The answer of the circumstance; undefined where policy is asked as for any first packet. `protocol`: the flow's, by number. */
export function answerIn(
  when: Circumstance,
  protocol: number,
  profile: CniProfile,
): Circumstantial | undefined {
  switch (when) {
    case 'established':
      if (profile.established === 'unspecified') return unspecified('established');
      if (profile.established === 'recheck') return undefined;
      if (profile.established === 'recheck-transport' && hasPolicyPorts(protocol)) return undefined;
      return { verdict: 'allow', reason: 'established' };
    case 'new-source':
      return profile.newPodEgress === 'open' ? OPEN : CLOSED;
    case 'new-destination':
      return profile.newPodIngress === 'open' ? OPEN : CLOSED;
    case 'agent-stopped':
      return profile.agentStopped === 'open' ? OPEN : undefined;
    case 'invalid':
      if (profile.invalidPackets === 'unspecified') return unspecified('invalid-packets');
      return profile.invalidPackets === 'drop' ? { verdict: 'deny', reason: 'invalid' } : undefined;
  }
}
