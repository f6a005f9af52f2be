/** What probes of a real cluster found, as files of results give it; names of pods unresolved. */
import type { Location } from '../diagnostic/diagnostic.ts';
import type { Flow } from '../flow/flow.ts';

/** What became of a probe; `reject` where the sender is known to have been answered. */
export type Observed = 'allow' | 'deny' | 'reject';

/** Which protocol and port was probed. */
export interface ProbedPort {
  /** IANA number of TCP, UDP or SCTP. */
  readonly protocol: number;
  readonly port: number | { readonly name: string };
}

/** A pod by the name that a table calls it. */
export interface ProbedPod {
  readonly namespace: string;
  readonly name: string;
  /** Where the table first names it. */
  readonly at: Location;
  readonly sourceLine: string;
}

/** A cell of a table. */
export interface PairProbe extends ProbedPort {
  readonly source: ProbedPod;
  readonly destination: ProbedPod;
  readonly observed: Observed;
  readonly at: Location;
}

/** A line of a flow and a verdict. */
export interface FlowProbe {
  readonly flow: Flow;
  readonly observed: Observed;
  readonly at: Location;
  readonly sourceLine: string;
}

export interface Results {
  readonly path: string;
  readonly pairs: readonly PairProbe[];
  readonly flows: readonly FlowProbe[];
  /** Cells without a result: the probe failed, or the pod has no such port. */
  readonly unprobed: number;
  /** Whether some table left it to the options which port was probed. */
  readonly usesDefaultPort: boolean;
}
