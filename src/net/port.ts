/** Port ranges. */

/** Both ends inclusive, 1..65535. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}
