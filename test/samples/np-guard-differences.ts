/**
 * Where a list of np-guard's netpol-analyzer says something else than Kubernetes does, and why. Each entry names all
 * rows it covers; a row that differs without an entry fails the test, and so does an entry that covers nothing.
 */

export interface Difference {
  readonly folder: string;
  /** Part of a side as the list writes it; absent: any. */
  readonly source?: string;
  readonly destination?: string;
  readonly why: string;
}

const KINDLESS_OWNER =
  'the pods name an owner without a kind: the analyzer merges them under its name, the API server would refuse them, here they stand alone';

export const DIFFERENCES: readonly Difference[] = [
  {
    folder: 'example_pods_w_same_owner_and_labels_gap_no_policy',
    source: 'default/pod-',
    why: KINDLESS_OWNER,
  },
  {
    folder: 'example_pods_w_same_owner_and_labels_gap_no_policy',
    source: '[External]',
    destination: 'default/pod-',
    why: KINDLESS_OWNER,
  },
  {
    folder: 'example_pods_w_same_owner_and_labels_gap_no_policy',
    source: 'default/internal-security[Pod]',
    why: KINDLESS_OWNER,
  },
];
