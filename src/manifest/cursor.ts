/**
 * A typed walk over a document's value. Wrong types, missing and unknown fields become diagnostics with their exact
 * position, all at once; what cannot be read is undefined and reading goes on. `null` is absent, as Go decodes it.
 */
import type { Diagnostic, DiagnosticCode, Location } from '../diagnostic/diagnostic.ts';
import { nearestWord } from '../diagnostic/nearest.ts';
import type { ManifestDocument } from './text/document.ts';
import type { Path } from './text/place.ts';

/** What a value is called in messages. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return 'a string';
  return typeof value === 'boolean' ? `the boolean ${value}` : `the number ${value}`;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export interface ProblemOptions {
  readonly hint?: string | undefined;
  /** What the caret points at; the value when absent. */
  readonly on?: 'key' | 'value';
}

/** How a value that is refused is reported: for schemas that let it pass, not as an error. */
export type Refuse = (
  cursor: Cursor,
  code: DiagnosticCode,
  message: string,
  options?: ProblemOptions,
) => void;

export const refuseAsError: Refuse = (cursor, code, message, options) => cursor.error(code, message, options);

export class Cursor {
  readonly document: ManifestDocument;
  readonly value: unknown;
  readonly #parent: Cursor | undefined;
  readonly #step: string | number;

  constructor(document: ManifestDocument, value: unknown, parent?: Cursor, step: string | number = '') {
    this.document = document;
    this.value = value ?? undefined;
    this.#parent = parent;
    this.#step = step;
  }

  /** From the document's value down; made when it is asked for, since most values are in order. */
  get path(): Path {
    return this.#parent === undefined ? [] : [...this.#parent.path, this.#step];
  }

  /** The key in a mapping; empty for the document's value. */
  get key(): string {
    return String(this.#step);
  }

  get isPresent(): boolean {
    return this.value !== undefined;
  }

  /** `spec.ingress[0].from[1]`; empty for the whole object. */
  get name(): string {
    return this.path
      .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
      .join('');
  }

  at(): Location {
    return this.document.at(this.path);
  }

  error(code: DiagnosticCode, message: string, options: ProblemOptions = {}): void {
    this.#add('error', code, message, options);
  }

  warn(code: DiagnosticCode, message: string, options: ProblemOptions = {}): void {
    this.#add('warning', code, message, options);
  }

  /** An error, or with a lenient report a warning. */
  errorUnlessLenient(code: DiagnosticCode, message: string, options: ProblemOptions = {}): void {
    this.#add(this.document.report.lenient ? 'warning' : 'error', code, message, options);
  }

  /** An error at a place inside a string; `column` counts its characters from 1. */
  errorWithin(column: number, code: DiagnosticCode, message: string, options: ProblemOptions = {}): void {
    const { hint } = options;
    const problem = { code, severity: 'error', message, ...(hint === undefined ? {} : { hint }) } as const;
    this.document.problemWithin(this.path, String(this.value), column - 1, problem);
  }

  #add(
    severity: Diagnostic['severity'],
    code: DiagnosticCode,
    message: string,
    options: ProblemOptions,
  ): void {
    const { hint, on = 'value' } = options;
    this.document.problem(this.path, on, {
      code,
      severity,
      message,
      ...(hint === undefined ? {} : { hint }),
    });
  }

  /** The member of a mapping; absent when there is none, or when this is no mapping. */
  field(name: string): Cursor {
    const value = isMapping(this.value) && Object.hasOwn(this.value, name) ? this.value[name] : undefined;
    return new Cursor(this.document, value, this, name);
  }

  /** The member's member, and so on down. */
  fieldAt(...names: readonly string[]): Cursor {
    return names.reduce<Cursor>((cursor, name) => cursor.field(name), this);
  }

  #wrongType(expected: string, hint?: string): undefined {
    this.error('manifest/wrong-type', `${this.#label()}found ${kindOf(this.value)}, expected ${expected}`, {
      hint,
    });
    return undefined;
  }

  #label(): string {
    const last = this.path.at(-1);
    return last === undefined ? '' : typeof last === 'number' ? `${this.name}: ` : `${last}: `;
  }

  /** Whether this is a mapping; anything else that is present is reported. */
  isMapping(): boolean {
    if (isMapping(this.value)) return true;
    if (this.isPresent) this.#wrongType('a mapping');
    return false;
  }

  /** An item of a list; absent when there is none. */
  item(index: number): Cursor {
    const value: unknown = Array.isArray(this.value) ? this.value[index] : undefined;
    return new Cursor(this.document, value, this, index);
  }

  /** The items of a list; none when absent. */
  items(): Cursor[] {
    if (!this.isPresent) return [];
    if (Array.isArray(this.value))
      return this.value.map((item, index) => new Cursor(this.document, item, this, index));
    this.#wrongType('a list', isMapping(this.value) ? 'put "- " before the first key' : undefined);
    return [];
  }

  /** The members of a mapping, in the order of the text; none when absent. */
  members(): Cursor[] {
    if (!this.isMapping()) return [];
    return Object.keys(this.value as object).map((name) => this.field(name));
  }

  string(): string | undefined {
    if (typeof this.value === 'string') return this.value;
    if (!this.isPresent) return undefined;
    const isScalar = typeof this.value === 'number' || typeof this.value === 'boolean';
    return this.#wrongType('a string', isScalar ? 'put it in quotes' : undefined);
  }

  boolean(): boolean | undefined {
    if (typeof this.value === 'boolean') return this.value;
    return this.isPresent ? this.#wrongType('true or false') : undefined;
  }

  /** A whole number. */
  integer(): number | undefined {
    if (typeof this.value === 'number' && Number.isSafeInteger(this.value)) return this.value;
    if (!this.isPresent) return undefined;
    const isDigits = typeof this.value === 'string' && /^\d+$/.test(this.value);
    return this.#wrongType('a whole number', isDigits ? 'take the quotes away' : undefined);
  }

  /** A number, fractions included. */
  number(): number | undefined {
    if (typeof this.value === 'number' && Number.isFinite(this.value)) return this.value;
    if (!this.isPresent) return undefined;
    const isNumeric = typeof this.value === 'string' && /^-?\d+(?:\.\d+)?$/.test(this.value);
    return this.#wrongType('a number', isNumeric ? 'take the quotes away' : undefined);
  }

  /** A whole number or a string. */
  integerOrString(): number | string | undefined {
    if (typeof this.value === 'string') return this.value;
    if (typeof this.value === 'number' && Number.isSafeInteger(this.value)) return this.value;
    return this.isPresent ? this.#wrongType('a whole number or a name') : undefined;
  }

  /** One of the words, exactly as spelt; others are reported under the code, as errors unless `refuse` says otherwise. */
  oneOf<T extends string>(
    words: readonly T[],
    code: DiagnosticCode,
    refuse: Refuse = refuseAsError,
  ): T | undefined {
    const text = this.string();
    if (text === undefined) return undefined;
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    const near = words.find((word) => word.toLowerCase() === text.toLowerCase()) ?? nearestWord(text, words);
    refuse(this, code, `${this.#label()}found ${JSON.stringify(text)}, expected ${words.join(', ')}`, {
      hint: near === undefined ? undefined : `did you mean ${near}?`,
    });
    return undefined;
  }

  /** Reports members whose name is not among `known`, and whether there were none; `elsewhere` says where a known word belongs. */
  onlyFields(known: readonly string[], elsewhere: Readonly<Record<string, string>> = {}): boolean {
    if (!isMapping(this.value)) return true;
    let isKnown = true;
    for (const name of Object.keys(this.value)) {
      if (known.includes(name)) continue;
      isKnown = false;
      const field = new Cursor(this.document, this.value[name], this, name);
      const near = nearestWord(name, known);
      const hint =
        elsewhere[name] ?? (near === undefined ? undefined : `did you mean ${JSON.stringify(near)}?`);
      const place = this.name === '' ? '' : ` in ${this.name}`;
      field.errorUnlessLenient('manifest/unknown-field', `unknown field ${JSON.stringify(name)}${place}`, {
        hint: hint ?? `known here: ${known.join(', ')}`,
        on: 'key',
      });
    }
    return isKnown;
  }
}
