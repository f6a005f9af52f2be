/**
 * The shape of a JSON record: the text that stands around its values, and what kind of value stands between. Another record of the same
 * shape has the same keys in the same order, so that its values are where these are. What is true, false or null is part of the shape.
 */
import * as S from '../../packet/scan-layout.ts';
import { roleNumber, type ScanRole, type ScanTree } from './log-scan.ts';

/** A text, and what kind of value follows it. */
export interface ShapeStep {
  readonly text: string;
  /** STEP_ code. */
  readonly kind: number;
  /** Field and ROLE_ bits; 0 for what is only text. */
  readonly role: number;
  /** Of the end: bits of all fields that the record has. */
  readonly present: number;
}

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
  present: number;
  readonly steps: ShapeStep[];
}

/** Whether the value that begins so may have the role. */
function fits(first: string, role: ScanRole): boolean {
  if (role === 'key' || first === '"' || first === 'n') return true;
  return NUMBERS.has(role) && /[-\d]/.test(first);
}

function skipBlanks(walk: Walk): void {
  while (walk.text[walk.at] === ' ') walk.at++;
}

/** Behind the text, object, list or word at `at`. */
function endOf(text: string, at: number): number {
  if (text[at] === '"') return text.indexOf('"', at + 1) + 1;
  if (text[at] !== '{' && text[at] !== '[') {
    const end = /[ ,\]}]/.exec(text.slice(at));
    return end === null ? text.length : at + end.index;
  }
  let depth = 0;
  for (let next = at; ; next++) {
    const character = text[next];
    if (character === '"') next = text.indexOf('"', next + 1);
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return next + 1;
  }
}

/** Adds a step that ends before `at`, in as many parts as its text needs. */
function addStep(walk: Walk, at: number, kind: number, role: number): void {
  let { from } = walk;
  for (; at - from > S.STEP_TEXT_MOST; from += S.STEP_TEXT_MOST)
    walk.steps.push({
      text: walk.text.slice(from, from + S.STEP_TEXT_MOST),
      kind: S.STEP_PLAIN,
      role: S.FIELD_NONE,
      present: 0,
    });
  const present = kind === S.STEP_END ? walk.present : 0;
  walk.steps.push({ text: walk.text.slice(from, at), kind, role, present });
}

/** Takes the value at hand; false when the record must be read as text. */
function takeValue(walk: Walk, role: ScanRole | undefined): boolean {
  const first = walk.text[walk.at]!;
  const number = role === undefined ? S.FIELD_NONE : roleNumber(role);
  const end = endOf(walk.text, walk.at);
  if (role !== undefined && !fits(first, role)) return false;
  if (/[tfn]/.test(first)) {
    walk.at = end;
    return true;
  }
  const bit = 1 << (number & S.ROLE_FIELD_MASK);
  if ((number & S.ROLE_FIELD_MASK) !== S.FIELD_NONE && (walk.present & bit) !== 0) return false;
  walk.present |= bit;
  if (first === '"') {
    addStep(walk, walk.at + 1, S.STEP_TEXT_VALUE, number);
    walk.from = end - 1;
  } else if (first === '{' || first === '[') {
    addStep(walk, walk.at + 1, S.STEP_BOX, number);
    walk.from = end;
  } else {
    addStep(walk, walk.at, S.STEP_NUMBER, number);
    walk.from = end;
  }
  walk.at = end;
  return true;
}

/** Takes the object at hand; false when the record must be read as text. */
function takeObject(walk: Walk, tree: ScanTree): boolean {
  const { text } = walk;
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
    if (given === 'refused' || (given !== undefined && seen.has(key))) return false;
    seen.add(key);
    const isTaken =
      typeof given === 'object'
        ? text[walk.at] === '{'
          ? takeObject(walk, given)
          : takeValue(walk, undefined)
        : takeValue(walk, given);
    if (!isTaken) return false;
  }
  walk.at++;
  return true;
}

/** The steps of a record that JSON.parse takes for an object; undefined when such a record is read as text. */
export function shapeSteps(text: string, tree: ScanTree): readonly ShapeStep[] | undefined {
  if (!PLAIN_ASCII.test(text)) return undefined;
  const at = text.indexOf('{');
  const walk: Walk = { text, at, from: 0, present: 0, steps: [] };
  if (at < 0 || !takeObject(walk, tree)) return undefined;
  addStep(walk, text.length, S.STEP_END, S.FIELD_NONE);
  return walk.steps;
}
