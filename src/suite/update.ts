/**
 * Observed verdicts into a suite's file, in the place of those that were expected: verdicts, marks of tables, who decided; flows of the lists
 * `allow` and `deny` go to the other list, and traces get what was found in them. All else stays as it was written. What cannot be written so is told, and left.
 */
import { isMap, isSeq, type Node, parseDocument, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import type { CniProfile } from '../policy/cni/profile.ts';
import { cniProfile } from '../policy/cni/profiles.ts';
import { directionOf } from '../tables/verdict.ts';
import { type CheckedExpectation, isExpected } from './check.ts';
import { rangeOf } from './fields.ts';
import { type Edit, edited, fieldOf, listEdits, mappingsOf, newList, offsetOf } from './list-items.ts';
import { deciderName, isNamed, namesGroup } from './policy-name.ts';
import { parseSuite } from './read.ts';
import { type NotWritten, type TracedResult, traceEdits } from './update-traces.ts';

/** A suite's results under one CNI; of all CNIs of a run, also what passed: it must not be overwritten. */
export interface UpdateRun {
  readonly profile: CniProfile;
  readonly results: readonly CheckedExpectation[];
  readonly traced: readonly TracedResult[];
}

export interface UpdatedSuite {
  /** Equal to the one before where nothing can be written. */
  readonly text: string;
  /** Failed expectations that now say what is observed. */
  readonly written: number;
  readonly left: readonly NotWritten[];
}

/** What one result wants written. */
interface Wanted {
  readonly edits: readonly Edit[];
  /** The list that its flow belongs into. */
  readonly list?: 'allow' | 'deny';
}

const MARKS: Readonly<Record<string, string>> = { allow: '.', deny: 'X' };

/** The key of `written` that speaks of a CNI. */
function keyFor(keys: Iterable<string>, profile: CniProfile): string | undefined {
  return [...keys].find((key) => key === '' || key === profile.name || cniProfile(key) === profile);
}

/** The mapping whose flow begins at an offset. */
function mappingAt(root: unknown, offset: number): YAMLMap | undefined {
  for (const mapping of mappingsOf(root))
    if (fieldOf(mapping, 'flow')?.value?.range?.[0] === offset) return mapping;
  return undefined;
}

/** Whether a flow of the lists `allow` and `deny` begins at an offset. */
function isListed(root: unknown, offset: number): boolean {
  for (const mapping of mappingsOf(root))
    for (const name of ['allow', 'deny']) {
      const list = fieldOf(mapping, name)?.value;
      if (isSeq(list) && list.items.some((item) => (item as Node).range?.[0] === offset)) return true;
    }
  return false;
}

/** A scalar of a mapping in another's place. */
function replaced(mapping: YAMLMap, name: string, text: string): Edit[] {
  const node = fieldOf(mapping, name)?.value;
  return node === undefined || node === null ? [] : [{ ...rangeOf(node), text }];
}

/** What of the details beside the verdict is not as observed. */
function detailEdits(checked: CheckedExpectation, mapping: YAMLMap, profile: CniProfile): Edit[] | string {
  const { expectation, decider, hook, reason, pending, expectedPending } = checked;
  const edits: Edit[] = [];
  if (expectation.by !== undefined && !isNamed(expectation.by, decider)) {
    const name = deciderName(decider, namesGroup(expectation.by));
    if (name === '') return 'no policy decided, and by names one';
    edits.push(...replaced(mapping, 'by', name));
  }
  if (expectation.direction !== undefined) {
    const side = hook === 'none' ? '' : directionOf(hook);
    if (side === '') return 'neither side decided, and direction names one';
    if (side !== expectation.direction) edits.push(...replaced(mapping, 'direction', side));
  }
  if (expectation.reason !== undefined && reason !== expectation.reason)
    edits.push(...replaced(mapping, 'reason', reason));
  if (expectedPending !== undefined && pending.verdict !== expectedPending) {
    const node = fieldOf(mapping, 'pending')?.value;
    const named = isMap(node) ? (node as YAMLMap) : undefined;
    const key =
      named === undefined
        ? undefined
        : keyFor(
            named.items.map(({ key: one }) => String(one)),
            profile,
          );
    if (named !== undefined && key !== undefined) edits.push(...replaced(named, key, pending.verdict));
    else edits.push(...replaced(mapping, 'pending', pending.verdict));
  }
  return edits;
}

/** What a result wants written, or why that cannot be. */
function wantedOf(
  checked: CheckedExpectation,
  profile: CniProfile,
  root: unknown,
  text: string,
): Wanted | string {
  const { expectation, expected, answer, difference } = checked;
  if (difference.startsWith('no connection was open')) return 'no connection was open before the step';
  const offset = offsetOf(expectation.at, text);
  const isSame = isExpected(expected, answer.verdict, profile);
  const { verdict } = answer;
  if (expectation.cell !== undefined) {
    const range = [...expectation.written.values()][0]!;
    return isSame ? { edits: [] } : { edits: [{ ...range, text: MARKS[verdict] ?? verdict }] };
  }
  if (expectation.written.size === 0) {
    if (isSame) return { edits: [] };
    if (!isListed(root, offset)) return 'it is in the form of another tool';
    if (verdict === 'allow' || verdict === 'deny') return { edits: [], list: verdict };
    return `the lists allow and deny have no place for ${verdict}`;
  }
  const mapping = mappingAt(root, offset);
  const key = keyFor(expectation.written.keys(), profile);
  if (mapping === undefined || key === undefined) return 'it is not found in the file';
  const details = detailEdits(checked, mapping, profile);
  if (typeof details === 'string') return details;
  const own = isSame ? [] : [{ ...expectation.written.get(key)!, text: verdict }];
  return { edits: [...own, ...details] };
}

/** A flow that goes from one list to the other. */
interface Moved {
  readonly offset: number;
  readonly to: 'allow' | 'deny';
}

/** The edits that move flows between the lists of each mapping that has them. */
function moves(root: unknown, moved: readonly Moved[], text: string): Edit[] {
  const edits: Edit[] = [];
  for (const mapping of mappingsOf(root)) {
    const lists = (['allow', 'deny'] as const).map((name) => {
      const field = fieldOf(mapping, name);
      const list = isSeq(field?.value) ? (field!.value as unknown as YAMLSeq<Node>) : undefined;
      const gone = new Set<number>();
      const leaving: string[] = [];
      for (const [index, item] of (list?.items ?? []).entries()) {
        if (!moved.some(({ offset, to }) => offset === item.range?.[0] && to !== name)) continue;
        gone.add(index);
        leaving.push(text.slice(item.range![0], item.range![1]));
      }
      return { name, key: field?.key, list, gone, leaving };
    });
    const [allow, deny] = lists as [(typeof lists)[0], (typeof lists)[0]];
    for (const [own, other] of [
      [allow, deny],
      [deny, allow],
    ] as const) {
      if (own.gone.size + other.leaving.length === 0) continue;
      if (own.list !== undefined && own.list.items.length > 0)
        edits.push(
          ...listEdits({ key: own.key!, list: own.list, gone: own.gone, added: other.leaving }, text),
        );
      else if (own.list !== undefined) {
        const words = other.leaving.join(', ');
        edits.push({ ...rangeOf(own.list), text: `[${words}]` });
      } else edits.push(newList(other.list!, other.key as Scalar, own.name, other.leaving, text));
    }
  }
  return edits;
}

/** The place of an expectation's word, under the CNI that it speaks of. */
function wordKey({ expectation: { at, written } }: CheckedExpectation, profile: CniProfile): string {
  return `${at.line}:${at.column} ${keyFor(written.keys(), profile) ?? ''}`;
}

/** Edits and moves so far, which later results must not contradict. */
class Writing {
  readonly edits = new Map<number, Edit>();
  readonly lists = new Map<number, 'allow' | 'deny'>();
  /** Words that hold under some CNI, or for some flow. */
  readonly #held: ReadonlySet<string>;

  constructor(held: ReadonlySet<string>) {
    this.#held = held;
  }

  /** Whether what is wanted fits to all before; then it is taken. */
  take({ edits, list }: Wanted, offset: number, key: string): boolean {
    const isOther = edits.some((edit) => (this.edits.get(edit.start)?.text ?? edit.text) !== edit.text);
    const isElsewhere = list !== undefined && (this.lists.get(offset) ?? list) !== list;
    if (this.#held.has(key) || isOther || isElsewhere) return false;
    for (const edit of edits) this.edits.set(edit.start, edit);
    if (list !== undefined) this.lists.set(offset, list);
    return true;
  }
}

const DISAGREE = 'the CNIs of this run, or the flows of one mark, do not agree: say what is expected of each';

/** Writes what is observed. `runs` are all of the suite's. Throws when what it wrote would be no suite: a bug. */
export function updateSuite(path: string, text: string, runs: readonly UpdateRun[]): UpdatedSuite {
  const root = parseDocument(text, { schema: 'core', logLevel: 'silent' }).contents;
  const left: NotWritten[] = [];
  const all = runs.flatMap(({ profile, results }) => results.map((checked) => ({ profile, checked })));
  const held = all.flatMap(({ profile, checked }) => (checked.passed ? [wordKey(checked, profile)] : []));
  const writing = new Writing(new Set(held));
  let written = 0;
  for (const { profile, checked } of all) {
    if (checked.passed) continue;
    const { at } = checked.expectation;
    const wanted = wantedOf(checked, profile, root, text);
    if (typeof wanted === 'string') left.push({ at, why: wanted });
    else if (writing.take(wanted, offsetOf(at, text), wordKey(checked, profile))) written++;
    else left.push({ at, why: DISAGREE });
  }
  const moved = [...writing.lists].map(([offset, to]) => ({ offset, to }));
  const traced = traceEdits(
    runs.flatMap((run) => run.traced),
    root,
    text,
  );
  left.push(...traced.left);
  const result = edited(text, [...writing.edits.values(), ...moves(root, moved, text), ...traced.edits]);
  const mistakes = (suite: string): number => parseSuite(path, suite).diagnostics.length;
  if (mistakes(result) > mistakes(text)) throw new Error(`what would be written to ${path} is no suite`);
  // What several CNIs, or several flows of one mark, say alike is said once.
  const told = new Map(left.map((one) => [`${one.at.line}:${one.at.column} ${one.why}`, one]));
  return {
    text: result,
    written: written + traced.written,
    left: [...told.values()].sort((a, b) => a.at.line - b.at.line),
  };
}
