/** Ports and port ranges of TCP, UDP and SCTP. */

/** Both ends inclusive, 1..65535. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** `80`, or `80-90`. */
export function formatPortRange(range: PortRange): string {
  return range.first === range.last ? `${range.first}` : `${range.first}-${range.last}`;
}
