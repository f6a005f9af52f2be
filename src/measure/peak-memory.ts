/** The most memory that a stretch of work took: the peak of the process since a moment, where the system can forget older ones. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of the process at its peak since the call before. */
export type PeakSince = () => number;

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** Source: Linux, Documentation/filesystems/proc.rst (clear_refs). */
const FORGET_PEAK = '5';

/** Lets go of what is not needed and begins to watch. */
export function watchMemory(): PeakSince {
  collectGarbage();
  try {
    writeFileSync('/proc/self/clear_refs', FORGET_PEAK);
  } catch {
    // Elsewhere the peak of the whole run is all that is told.
  }
  return () => {
    try {
      const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
      if (kilobytes !== undefined) return Number(kilobytes) * 1024;
    } catch {
      // As above.
    }
    return process.resourceUsage().maxRSS * 1024;
  };
}
