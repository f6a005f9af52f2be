/**
 * How long work takes the processor, in milliseconds, whatever else the machine has to do: what a test holds to a bar. All threads of
 * the process count, and not what its children do.
 */
export function processorClock(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
}
