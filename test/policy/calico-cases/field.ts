/** A rule, what it matches, and what not. */
export interface Field {
  readonly says: string;
  readonly rule: string;
  readonly yes: readonly string[];
  readonly no: readonly string[];
}
