/** What readers are told an operand is called. */

/** The path as it was given; `-` is standard input. */
export function sourceName(path: string): string {
  return path === '-' ? 'standard input' : path;
}
