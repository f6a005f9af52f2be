/** The order of every list of the cluster, so that the order of the manifests decides nothing. */

export interface Named {
  readonly namespace?: string;
  readonly name: string;
}

/** By UTF-16 code units. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** By namespace, then by name. */
export function sorted<T extends Named>(records: readonly T[]): T[] {
  return [...records].sort(
    (a, b) => compareText(a.namespace ?? '', b.namespace ?? '') || compareText(a.name, b.name),
  );
}

/** By kind, then by namespace and name. */
export function byKind<T extends Named & { readonly kind: string }>(records: readonly T[]): T[] {
  return sorted(records).sort((a, b) => compareText(a.kind, b.kind));
}
