/**
 * Where the parts of a JSON text stand, and why a text is no JSON. Values come from `JSON.parse`; this scan runs only for
 * texts that it refused, documents with a mistake, and policies.
 */
import type { Place } from './place.ts';
import type { ReadDocument, SyntaxProblem } from './yaml-document.ts';

/** Deeper nesting is refused rather than met with an exhausted stack. */
const MOST_LEVELS = 500;

const QUOTE = 34;
const BACKSLASH = 92;

class JsonScanner {
  readonly text: string;
  position = 0;
  problem: SyntaxProblem | undefined;

  constructor(text: string) {
    this.text = text;
  }

  fail(
    message: string,
    start = this.position,
    code: SyntaxProblem['code'] = 'manifest/json-syntax',
  ): undefined {
    this.problem ??= { code, message, start, end: start + 1 };
    return undefined;
  }

  skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.position);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.position++;
    }
  }

  found(): string {
    const character = this.text[this.position];
    return character === undefined ? 'the end of the text' : JSON.stringify(character);
  }

  /** The string that begins at the position; undefined after a failure. */
  string(): string | undefined {
    const start = this.position;
    const { text } = this;
    for (let position = start + 1; position < text.length; position++) {
      const code = text.charCodeAt(position);
      if (code === QUOTE) {
        this.position = position + 1;
        return this.unescaped(start);
      }
      if (code < 32) return this.fail('a string is not closed on its line', start);
      if (code === BACKSLASH) position++;
    }
    return this.fail('a string is not closed', start);
  }

  /** The value of the string between `start` and the position, both quotes included. */
  unescaped(start: number): string | undefined {
    const quoted = this.text.slice(start, this.position);
    if (!quoted.includes('\\')) return quoted.slice(1, -1);
    try {
      return JSON.parse(quoted) as string;
    } catch {
      const wrong = /\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(quoted.replace(/\\\\/g, '  '));
      return this.fail('a string holds an escape that JSON does not know', start + (wrong?.index ?? 0));
    }
  }

  value(level: number, key: readonly [number, number] | undefined): Place | undefined {
    const start = this.position;
    const character = this.text[start];
    const done = (children?: Map<string | number, Place>): Place => {
      const [keyStart, keyEnd] = key ?? [start, this.position];
      const place = { start, end: this.position, keyStart, keyEnd };
      return children === undefined ? place : { ...place, children };
    };
    if (level > MOST_LEVELS)
      return this.fail('objects and lists are nested too deeply', start, 'manifest/too-deep');
    if (character === '{' || character === '[') {
      const children = character === '{' ? this.members(level) : this.items(level);
      return children === undefined ? undefined : done(children);
    }
    if (character === '"') return this.string() === undefined ? undefined : done();
    const pattern = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
    pattern.lastIndex = start;
    if (!pattern.test(this.text)) return this.fail(`found ${this.found()}, expected a value`);
    this.position = pattern.lastIndex;
    return done();
  }

  /** After a value in a list or object: true to go on, false at the end, undefined after a failure. */
  more(close: string): boolean | undefined {
    this.skipSpace();
    const character = this.text[this.position];
    if (character !== ',' && character !== close)
      return this.fail(`found ${this.found()}, expected "," or "${close}"`);
    this.position++;
    this.skipSpace();
    return character === ',';
  }

  members(level: number): Map<string, Place> | undefined {
    const children = new Map<string, Place>();
    this.position++;
    this.skipSpace();
    if (this.text[this.position] === '}') {
      this.position++;
      return children;
    }
    for (;;) {
      const keyStart = this.position;
      if (this.text[keyStart] !== '"') return this.fail(`found ${this.found()}, expected a key in quotes`);
      const key = this.string();
      if (key === undefined) return undefined;
      const keyRange = [keyStart, this.position] as const;
      if (children.has(key)) {
        this.problem ??= {
          code: 'manifest/duplicate-key',
          message: `the key ${key} stands twice in one object`,
          start: keyStart,
          end: this.position,
        };
      }
      this.skipSpace();
      if (this.text[this.position] !== ':') return this.fail(`found ${this.found()}, expected ":"`);
      this.position++;
      this.skipSpace();
      const place = this.value(level + 1, keyRange);
      if (place === undefined) return undefined;
      children.set(key, place);
      const more = this.more('}');
      if (more !== true) return more === undefined ? undefined : children;
    }
  }

  items(level: number): Map<number, Place> | undefined {
    const children = new Map<number, Place>();
    this.position++;
    this.skipSpace();
    if (this.text[this.position] === ']') {
      this.position++;
      return children;
    }
    for (;;) {
      const place = this.value(level + 1, undefined);
      if (place === undefined) return undefined;
      children.set(children.size, place);
      const more = this.more(']');
      if (more !== true) return more === undefined ? undefined : children;
    }
  }
}

/** The places of a JSON text that holds one value, or its first mistake, keys that stand twice included. */
export function readJsonPlaces(
  text: string,
): { place: Place; problem?: SyntaxProblem } | { problem: SyntaxProblem } {
  const scanner = new JsonScanner(text);
  scanner.skipSpace();
  const place = scanner.value(0, undefined);
  if (place === undefined) return { problem: scanner.problem! };
  scanner.skipSpace();
  if (scanner.position < text.length) {
    scanner.fail(`found ${scanner.found()} after the end of the value`);
    return { problem: scanner.problem! };
  }
  return scanner.problem === undefined ? { place } : { place, problem: scanner.problem };
}

/** One JSON value with places, or its first mistake. */
export function readJson(text: string): ReadDocument {
  const result = readJsonPlaces(text);
  if (result.problem !== undefined) return { problem: result.problem };
  return { value: JSON.parse(text) as unknown, place: (result as { place: Place }).place };
}
