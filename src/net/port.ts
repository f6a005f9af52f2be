/** Ports and port ranges of TCP, UDP and SCTP. */

/** Both ends inclusive, 1..65535. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** A number 0..65535 in plain decimal digits; undefined for anything else. Port 0 occurs in captures. */
export function parsePort(text: string): number | undefined {
  if (!/^(0|[1-9]\d{0,4})$/.test(text)) return undefined;
  const port = Number(text);
  return port <= 65535 ? port : undefined;
}

/** `80`, or `80-90`. */
export function formatPortRange(range: PortRange): string {
  return range.first === range.last ? `${range.first}` : `${range.first}-${range.last}`;
}

/** Whether the port lies in the range, ends included. */
export function rangeContains(range: PortRange, port: number): boolean {
  return range.first <= port && port <= range.last;
}
