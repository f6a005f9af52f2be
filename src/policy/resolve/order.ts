/**
 * The order of tiers and of the policies inside one. Names are compared byte for byte; a policy's key is
 * `name/namespace/kind`, so that `a-b` comes before `a`.
 *
 * Source: projectcalico/calico felix/calc/policy_sorter.go (TierLess, PolKVLess).
 */
import { compareBytes } from '../../selector/byte-order.ts';
import type { Policy, Tier } from '../policy.ts';

/** Declared tiers first, then by order (none is infinite), then by name. */
export function compareTiers(a: Tier, b: Tier): number {
  return (
    Number(a.undeclared ?? false) - Number(b.undeclared ?? false) ||
    compareOrders(a.order, b.order) ||
    compareBytes(a.name, b.name)
  );
}

/** For policies of one tier. */
export function comparePolicies(a: Policy, b: Policy): number {
  return compareOrders(a.order, b.order) || compareBytes(sortKey(a), sortKey(b));
}

function sortKey({ name, namespace, calicoKind }: Policy): string {
  return `${name}/${namespace}/${calicoKind}`;
}

/** Infinity minus infinity is no number, hence no subtraction. */
function compareOrders(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
