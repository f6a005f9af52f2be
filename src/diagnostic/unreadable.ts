/** Why the system would not give a file that was asked for, in words. */

/** `no such file, where a suite was expected`. `wanted` is what should have been there, with its article. */
export function whyUnreadable(error: unknown, wanted: string): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return `no such file, where ${wanted} was expected`;
  if (code === 'EISDIR') return `a folder, where ${wanted} was expected`;
  return code === 'EACCES' ? 'permission denied' : message;
}
