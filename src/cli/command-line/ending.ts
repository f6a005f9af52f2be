/** How a command ends. */

/** Where a command leaves its exit code. */
export interface Ending {
  exitCode: number;
}
