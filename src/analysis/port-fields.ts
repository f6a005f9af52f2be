/** Whether the port columns of a tallied flow hold something. */
/**
 * Whether the ports of a tallied flow, or its ICMP type and code, were in the trace: a record that lacks them has zeros
 * (an echo reply, whose type and code are zeros too, is tallied as its request).
 */
export function isKnown({ sport, dport }: { readonly sport: number; readonly dport: number }): boolean {
  return sport !== 0 || dport !== 0;
}
