/** What a reader must know before trusting any verdict about a cluster: warnings, and what was assumed. */
import type { Cluster } from '../policy/cluster.ts';
import type { AddressBook } from '../policy/endpoints.ts';

export interface Caveats {
  readonly assumptions: readonly string[];
  readonly warnings: readonly string[];
}

/** Printed when it decided something. Source: the installers of Calico set Accept; Felix's own default is Drop. */
const ENDPOINT_TO_HOST_ASSUMPTION =
  'no FelixConfiguration is given: DefaultEndpointToHostAction is taken as Accept, so pods reach their own node';

/** Kinds that look like policies and were passed over: their effect is missing, which must not go unsaid. */
function passedOver({ ignoredKinds }: Cluster): string[] {
  return [...ignoredKinds]
    .filter(([kind]) => /Polic(y|ies)\b/i.test(kind))
    .map(
      ([kind, count]) =>
        `${count} ${kind} ${count === 1 ? 'is' : 'are'} not read: the effect on verdicts is missing`,
    );
}

/** `decidedBy` are the reasons that occurred. */
export function caveatsOf(cluster: Cluster, book: AddressBook, decidedBy: readonly string[]): Caveats {
  const usedEndpointToHost = decidedBy.includes('endpoint-to-host');
  return {
    assumptions: [...cluster.assumptions, ...(usedEndpointToHost ? [ENDPOINT_TO_HOST_ASSUMPTION] : [])],
    warnings: [...book.warnings, ...passedOver(cluster)],
  };
}
