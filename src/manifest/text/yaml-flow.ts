/** Flow collections and one-line quoted scalars for the fast YAML reader: `{app: web}`, `["a", 'b']`. */
import type { Place } from './place.ts';
import { resolvePlainScalar } from './plain-scalar.ts';
import { MOST_LEVELS, NEWLINE, REFUSED, SPACE, TAB } from './yaml-text.ts';

const DOUBLE = 34;
const HASH = 35;
const SINGLE = 39;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** Characters that no plain scalar begins with inside brackets. */
const INDICATORS = new Set([...'#&*!|>%@`?-:\t'].map((character) => character.charCodeAt(0)));

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '"': '"',
  '\\': '\\',
  '/': '/',
};

function isFlowIndicator(code: number): boolean {
  return (
    code === COMMA ||
    code === OPEN_BRACKET ||
    code === CLOSE_BRACKET ||
    code === OPEN_BRACE ||
    code === CLOSE_BRACE
  );
}

export class FlowReader {
  readonly text: string;
  readonly wantsPlaces: boolean;
  /** Behind what was read last. */
  position = 0;
  place: Place | undefined;
  #level = 0;

  constructor(text: string, wantsPlaces: boolean) {
    this.text = text;
    this.wantsPlaces = wantsPlaces;
  }

  /** Behind the closing quote of the scalar at `start`; -1 when it does not close on its line. */
  quotedEnd(start: number, quote: number): number {
    const { text } = this;
    for (let position = start + 1; position < text.length; position++) {
      const code = text.charCodeAt(position);
      if (code === NEWLINE) return -1;
      if (code === BACKSLASH && quote === DOUBLE) position++;
      else if (code === quote) {
        if (quote === DOUBLE || text.charCodeAt(position + 1) !== SINGLE) return position + 1;
        position++;
      }
    }
    return -1;
  }

  /** The text of the quoted scalar between two offsets, quotes included. */
  quoted(start: number, end: number): string {
    const inner = this.text.slice(start + 1, end - 1);
    if (this.text.charCodeAt(start) === SINGLE)
      return inner.includes("'") ? inner.replaceAll("''", "'") : inner;
    if (!inner.includes('\\')) return inner;
    return inner.replace(
      /\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g,
      (_, hex: string | undefined, letter: string) => {
        if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
        const meant = ESCAPES[letter];
        if (meant === undefined) throw REFUSED;
        return meant;
      },
    );
  }

  /** The collection at `start`. */
  collection(start: number): unknown {
    this.position = start;
    this.#level = 0;
    return this.#value();
  }

  /** Over blanks and line ends; like libyaml, a line may go on in any column but the first. */
  #skipBlanks(): void {
    const { text } = this;
    for (;;) {
      const code = text.charCodeAt(this.position);
      if (code !== SPACE && code !== NEWLINE && code !== TAB) break;
      this.position++;
    }
    const isFirstColumn = text.charCodeAt(this.position - 1) === NEWLINE;
    if (isFirstColumn || text.charCodeAt(this.position) === HASH || this.position >= text.length)
      throw REFUSED;
  }

  #value(): unknown {
    const code = this.text.charCodeAt(this.position);
    if (code !== OPEN_BRACE && code !== OPEN_BRACKET) return this.#scalar();
    if (++this.#level > MOST_LEVELS) throw REFUSED;
    const value = code === OPEN_BRACE ? this.#mapping() : this.#list();
    this.#level--;
    return value;
  }

  #scalar(): unknown {
    const start = this.position;
    const value = this.#scalarText(true);
    this.#setPlace(start);
    return value;
  }

  /** A quoted or plain scalar; keys keep their text. */
  #scalarText(resolves: boolean): unknown {
    const { text } = this;
    const start = this.position;
    const first = text.charCodeAt(start);
    if (first === DOUBLE || first === SINGLE) {
      const end = this.quotedEnd(start, first);
      if (end < 0) throw REFUSED;
      this.position = end;
      return this.quoted(start, end);
    }
    const end = this.#plainEnd(start);
    this.position = end;
    const plain = text.slice(start, end);
    return resolves ? resolvePlainScalar(plain) : plain;
  }

  #plainEnd(start: number): number {
    const { text } = this;
    const first = text.charCodeAt(start);
    const isNumber = first === 45 && /[0-9.]/.test(text[start + 1] ?? '');
    if (isFlowIndicator(first) || (INDICATORS.has(first) && !isNumber)) throw REFUSED;
    let position = start;
    for (; position < text.length; position++) {
      const code = text.charCodeAt(position);
      if (isFlowIndicator(code) || code === NEWLINE) break;
      if (code === TAB) throw REFUSED;
      if (code === HASH && text.charCodeAt(position - 1) === SPACE) throw REFUSED;
      if (code !== COLON) continue;
      const next = text.charCodeAt(position + 1);
      if (next === SPACE || next === NEWLINE || isFlowIndicator(next)) break;
    }
    if (text.charCodeAt(position) === NEWLINE) this.#refuseFolded(position);
    while (text.charCodeAt(position - 1) === SPACE) position--;
    return position;
  }

  /** A plain scalar may not go on behind its line here. */
  #refuseFolded(newline: number): void {
    let position = newline;
    while (this.text.charCodeAt(position) === NEWLINE || this.text.charCodeAt(position) === SPACE) position++;
    const code = this.text.charCodeAt(position);
    if (code !== COMMA && code !== CLOSE_BRACE && code !== CLOSE_BRACKET) throw REFUSED;
  }

  #setPlace(start: number, children?: Map<string | number, Place>): void {
    if (!this.wantsPlaces) return;
    const place = { start, end: this.position, keyStart: start, keyEnd: this.position };
    this.place = children === undefined ? place : { ...place, children };
  }

  /** After an entry: true when another follows, with the position on it. */
  #more(close: number): boolean {
    this.#skipBlanks();
    const code = this.text.charCodeAt(this.position);
    if (code !== COMMA && code !== close) throw REFUSED;
    this.position++;
    if (code === close) return false;
    this.#skipBlanks();
    if (this.text.charCodeAt(this.position) !== close) return true;
    this.position++;
    return false;
  }

  #list(): unknown[] {
    const start = this.position++;
    const items: unknown[] = [];
    const children = this.wantsPlaces ? new Map<string | number, Place>() : undefined;
    this.#skipBlanks();
    let more = this.text.charCodeAt(this.position) !== CLOSE_BRACKET;
    if (!more) this.position++;
    while (more) {
      items.push(this.#value());
      children?.set(items.length - 1, this.place!);
      more = this.#more(CLOSE_BRACKET);
    }
    this.#setPlace(start, children);
    return items;
  }

  #mapping(): Record<string, unknown> {
    const start = this.position++;
    const value: Record<string, unknown> = {};
    const children = this.wantsPlaces ? new Map<string | number, Place>() : undefined;
    this.#skipBlanks();
    let more = this.text.charCodeAt(this.position) !== CLOSE_BRACE;
    if (!more) this.position++;
    while (more) {
      const keyStart = this.position;
      const key = this.#scalarText(false) as string;
      const keyEnd = this.position;
      if (key === '' || key === '<<' || key === '__proto__' || Object.hasOwn(value, key)) throw REFUSED;
      value[key] = this.#member();
      children?.set(key, { ...this.place!, keyStart, keyEnd });
      more = this.#more(CLOSE_BRACE);
    }
    this.#setPlace(start, children);
    return value;
  }

  /** What stands behind a key: `: value`, `:` alone, or nothing. */
  #member(): unknown {
    this.#skipBlanks();
    const { text } = this;
    if (text.charCodeAt(this.position) === COLON) {
      this.position++;
      this.#skipBlanks();
      const code = text.charCodeAt(this.position);
      if (code !== COMMA && code !== CLOSE_BRACE) return this.#value();
    }
    this.#setPlace(this.position - 1);
    return null;
  }
}
