/** Words of a command line that a reader will paste into a shell. */

const PLAIN = /^[\w@%+=:,./-]+$/;

/** The word as a POSIX shell reads it back unchanged: bare when it can be, else in single quotes. */
export function shellWord(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
