/** Which format a file of rows is to have: told from its name alone, before anything of the formats is loaded. */

export type VerdictFormat = 'csv' | 'ndjson' | 'parquet';

/** The format that a file's ending asks for. */
export function verdictFormat(path: string): VerdictFormat | undefined {
  const ending = /\.(csv|ndjson|parquet)$/i.exec(path)?.[1]?.toLowerCase();
  return ending as VerdictFormat | undefined;
}
