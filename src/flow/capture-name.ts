/** Names that a capture alone gives an address: marked, so that nobody takes them for what the cluster says. */

const PREFIX = 'capture:';

/** The marked name. */
export function captureName(name: string): string {
  return PREFIX + name;
}

/** What the capture says, from a marked name; undefined for any other. */
export function nameByCapture(name: string): string | undefined {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : undefined;
}
