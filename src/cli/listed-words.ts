/** Options that take a list with commas and may stand several times: `--skip a,b --skip c`. */

/** The words of all lists, in order. */
export function listedWords(lists: readonly string[]): string[] {
  return lists.flatMap((list) => list.split(',')).map((word) => word.trim());
}
