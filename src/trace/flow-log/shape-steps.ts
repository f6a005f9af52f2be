/**
 * The shape of a JSON record: the text that stands around its values, and what kind of value stands between. Another record whose texts are
 * these has the same keys in the same order, so that its values are where these are. What is true, false or null is text.
 */
import * as S from '../../packet/scan-layout.ts';
import { roleNumber, type ScanRole, type ScanTree } from './log-scan.ts';

/** A text, and what kind of value follows it. */
export interface ShapeStep {
  readonly text: string;
  /** STEP_ code. */
  readonly kind: number;
  /** Field and ROLE_ bits. */
  readonly role: number;
  /** The keys in the text that the tree has, each with the keys of the objects around it. */
  readonly keys: readonly string[];
  /** What matters in the text beside values of fields: the key whose value matters, and keys that are true, false, null or no object. */
  readonly says: string;
  /** What may follow hangs on this alone: the keys of the objects around the value, its own, and whether it is a text. */
  readonly after: string;
}

export interface Shape {
  readonly steps: readonly ShapeStep[];
  /** The values of the fields, by the number of the field. */
  readonly fields: ReadonlyMap<number, string>;
}

/** Blanks of JSON that are no spaces: nobody writes them within a line, and the walk below knows none. Texts hold them escaped only. */
const OTHER_BLANKS = /[\t\n\r]/;

/** Keys, and what else stands around values. */
const PLAIN_ASCII = /^[ -[\]-~]*$/;

/** Values that may be numbers. */
const NUMBERS: ReadonlySet<ScanRole> = new Set([
  'time',
  'otherTime',
  'sourcePort',
  'destinationPort',
  'packets',
  'replyPackets',
  'bytes',
  'otherBytes',
  'replyBytes',
  'otherReplyBytes',
]);

/** What a walk over a record's text finds. */
interface Walk {
  readonly text: string;
  at: number;
  /** Where the text begins that stands before the next value. */
  from: number;
  /** Of that text. */
  keys: string[];
  /** What else matters in that text. */
  said: string[];
  /** Keys of the objects around, and the last one. */
  readonly path: string[];
  readonly steps: ShapeStep[];
  readonly fields: Map<number, string>;
}

/** Whether the value that begins so may have the role. */
function fits(first: string, role: ScanRole): boolean {
  if (role === 'key' || first === '"' || first === 'n') return true;
  return NUMBERS.has(role) && /[-\d]/.test(first);
}

function skipBlanks(walk: Walk): void {
  while (walk.text[walk.at] === ' ') walk.at++;
}

/** Behind the quote of the text at `at`. */
function endOfText(text: string, at: number): number {
  let next = at + 1;
  while (text[next] !== '"') next += text[next] === '\\' ? 2 : 1;
  return next + 1;
}

/** Behind the text, object, list or word at `at`. */
function endOf(text: string, at: number): number {
  if (text[at] === '"') return endOfText(text, at);
  if (text[at] !== '{' && text[at] !== '[') {
    const end = /[ ,\]}]/.exec(text.slice(at));
    return end === null ? text.length : at + end.index;
  }
  let depth = 0;
  for (let next = at; ; next++) {
    const character = text[next];
    if (character === '"') next = endOfText(text, next) - 1;
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return next + 1;
  }
}

const pathText = ({ path }: Walk): string => JSON.stringify(path);

/** Adds the step whose text ends before `at`, in as many parts as it needs. */
function addStep(walk: Walk, at: number, kind: number, role: number): void {
  const { text, keys, said, steps } = walk;
  const path = pathText(walk);
  // Behind the characters of a text its quote is still to come.
  const after = kind === S.STEP_END ? '' : kind === S.STEP_TEXT_VALUE ? `${path} "` : path;
  let { from } = walk;
  for (; at - from > S.STEP_TEXT_MOST; from += S.STEP_TEXT_MOST) {
    const part = text.slice(from, from + S.STEP_TEXT_MOST);
    const before = steps.at(-1)?.after ?? '';
    steps.push({
      text: part,
      kind: S.STEP_PLAIN,
      role: S.FIELD_NONE,
      keys: [],
      says: '',
      after: `${before} ${part}`,
    });
  }
  const ofValue = (role & (S.ROLE_KEY | S.ROLE_FIRST)) === 0 ? [] : [path];
  const ofText = said.length === 0 ? 0 : S.ROLE_MARKED;
  const field = role === S.FIELD_NONE && keys.length > 0 ? S.FIELD_KEYS : role;
  const says = [...said, ...ofValue].join();
  steps.push({ text: text.slice(from, at), kind, role: field | ofText, keys, says, after });
  walk.keys = [];
  walk.said = [];
}

/** Takes the value at hand; false when the record must be read as text. */
function takeValue(walk: Walk, role: ScanRole | undefined): boolean {
  const { text, at } = walk;
  const first = text[at]!;
  const end = endOf(text, at);
  walk.at = end;
  if (role !== undefined && !fits(first, role)) return false;
  if (/[tfn]/.test(first)) {
    if (role !== undefined) walk.said.push(`${pathText(walk)} ${text.slice(at, end)}`);
    return true;
  }
  const number = role === undefined ? S.FIELD_NONE : roleNumber(role);
  const field = number & S.ROLE_FIELD_MASK;
  const isText = first === '"';
  const isBox = first === '{' || first === '[';
  addStep(
    walk,
    isText || isBox ? at + 1 : at,
    isText ? S.STEP_TEXT_VALUE : isBox ? S.STEP_BOX : S.STEP_NUMBER,
    number,
  );
  walk.from = isText ? end - 1 : end;
  if (field === S.FIELD_NONE) return true;
  if (walk.fields.has(field)) return false;
  walk.fields.set(field, isText ? text.slice(at + 1, end - 1) : text.slice(at, end));
  return true;
}

/** Takes the value of a key that the tree has as `given`; false when the record must be read as text. */
function takeMember(walk: Walk, given: ScanTree[string] | undefined): boolean {
  if (given !== undefined) walk.keys.push(pathText(walk));
  if (typeof given !== 'object') return given !== 'refused' && takeValue(walk, given);
  if (walk.text[walk.at] === '{') return takeObject(walk, given);
  walk.said.push(`${pathText(walk)} is no object`);
  return takeValue(walk, undefined);
}

/** Takes the object at hand; false when the record must be read as text. */
function takeObject(walk: Walk, tree: ScanTree): boolean {
  const { text, path } = walk;
  const seen = new Set<string>();
  walk.at++;
  for (;;) {
    skipBlanks(walk);
    if (text[walk.at] === '}') break;
    if (text[walk.at] === ',') {
      walk.at++;
      skipBlanks(walk);
    }
    const behind = endOf(text, walk.at);
    const key = text.slice(walk.at + 1, behind - 1);
    walk.at = text.indexOf(':', behind) + 1;
    skipBlanks(walk);
    const given = Object.hasOwn(tree, key) ? tree[key] : tree['*'];
    // Of two values the last one counts.
    if (given !== undefined && seen.has(key)) return false;
    seen.add(key);
    path.push(key);
    if (!takeMember(walk, given)) return false;
    path.pop();
  }
  walk.at++;
  return true;
}

/** The shape of a record that JSON.parse takes for an object; undefined when such a record is read as text. */
export function shapeOf(text: string, tree: ScanTree): Shape | undefined {
  const at = OTHER_BLANKS.test(text) ? -1 : text.indexOf('{');
  const steps: ShapeStep[] = [];
  const fields = new Map<number, string>();
  const walk: Walk = { text, at, from: 0, keys: [], said: [], path: [], steps, fields };
  if (at < 0 || !takeObject(walk, tree)) return undefined;
  addStep(walk, text.length, S.STEP_END, S.FIELD_NONE);
  const isPlain = steps.every((step) => PLAIN_ASCII.test(step.text));
  return isPlain ? { steps, fields } : undefined;
}
