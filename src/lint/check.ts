/**
 * What a check is: a code, how grave what it finds is, and a function from the subject to findings. A check reads the world
 * and the text of the manifests and changes neither; it knows nothing of suppressions, baselines and reports.
 */
import type { Location } from '../diagnostic/diagnostic.ts';
import type { World } from '../policy/world.ts';
import type { Inventory } from './inventory.ts';
import type { SourcePlaces } from './source-places.ts';
import type { TraceSubject } from './trace-use.ts';

/** From the least to the gravest. `error`: surely not what it says. `warning`: likely not what was meant. `note`: worth knowing. */
export const SEVERITIES = ['note', 'warning', 'error'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A check's page is docs/lint/NAME.md. */
export type LintCode = `lint/${string}`;

/** What checks are asked about. */
export interface Subject {
  readonly world: World;
  readonly sources: SourcePlaces;
  readonly inventory: Inventory;
  /** Present where traces were given. */
  readonly trace?: TraceSubject;
}

/** Another place that explains a finding. */
export interface Related {
  readonly at: Location;
  /** What stands there: `the label as pods have it`. */
  readonly message: string;
}

export interface Finding {
  /** In a policy, or where else the mistake is to be mended. */
  readonly at: Location;
  /** Characters that are meant, from `at` on; 1 when absent. */
  readonly span?: number;
  /** Lower case, no full stop, what was found before what was expected. */
  readonly message: string;
  readonly related?: readonly Related[];
  /** What to do, or the near word. */
  readonly suggestion?: string;
  /** YAML that would do in the place of what was found, several lines. */
  readonly replacement?: string;
  /** Where it is not the check's own. */
  readonly severity?: Severity;
}

export interface Check {
  readonly code: LintCode;
  readonly severity: Severity;
  /** What is wrong wherever it finds something, one line: `a policy selects no pod`. */
  readonly title: string;
  /** Asks what a trace used: it runs only where one is given. */
  readonly needsTrace?: true;
  readonly find: (subject: Subject) => Iterable<Finding>;
}
