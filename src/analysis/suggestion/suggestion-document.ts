/** What `explain` offers for a flow that is denied: `suggestion` of its document. */

/** An object to add. */
export interface SuggestedObject {
  readonly kind: string;
  /** '' for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
  /** What it allows, the flow itself among it; a sentence a rule. */
  readonly opens: readonly string[];
  /** Pods that nothing isolates yet in that direction and this object would, by its labels: `namespace/name`. */
  readonly isolates: readonly string[];
  readonly yaml: string;
}

export interface Suggestion {
  /** The objects were laid over the manifests, and the flow is allowed then. */
  readonly possible: boolean;
  /** Why no rule that is added allows it; '' where one does. */
  readonly why: string;
  /** What would have to change instead; '' where rules do. */
  readonly change: string;
  /** Together they allow it; none where it is not possible. */
  readonly objects: readonly SuggestedObject[];
}
