/** The first bytes of a file as formats of flow logs look at them. */
import { UNFINISHED } from './csv.ts';
import { type FlowHead, type JsonObject, NDJSON, objectsStart } from './flow-format.ts';
import { framingOf } from './flow-framing.ts';
import { objectOf } from './json-value.ts';

/** Objects looked at: formats are told by any of them, since the first ones may be of another kind. */
const OBJECTS_SEEN = 64;

/** Where text begins: behind a byte order mark and blanks. */
export function textStart(head: Uint8Array): number {
  let at = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  while (at < head.length && (head[at] === 10 || head[at] === 13 || head[at] === 32)) at++;
  return at;
}

/** Objects that stand in an array, in a document, or over several lines. */
function cutObjects(text: string): JsonObject[] {
  const bytes = Buffer.from(text, 'latin1');
  const framing = framingOf({ ...NDJSON, format: 'ndjson', framing: 'objects' }, bytes, false);
  const objects: JsonObject[] = [];
  for (let at = objectsStart(text); objects.length < OBJECTS_SEEN; ) {
    const begin = framing.begin(at);
    const end = begin >= bytes.length ? UNFINISHED : framing.end(begin);
    if (end === UNFINISHED) break;
    const object = objectOf(text.slice(begin, end));
    if (object !== undefined) objects.push(object);
    at = end;
  }
  return objects;
}

/** Reads the first bytes of a file, one character a byte. */
export function flowHead(head: Uint8Array): FlowHead {
  const text = Buffer.from(head.subarray(textStart(head))).toString('latin1');
  const all = text.split('\n');
  // The last line may be cut.
  const lines = (all.length === 1 ? all : all.slice(0, -1)).map((line) => line.trimEnd()).filter(Boolean);
  const whole: readonly JsonObject[] =
    objectsStart(text) > 0
      ? []
      : lines
          .slice(0, OBJECTS_SEEN)
          .map(objectOf)
          .filter((object) => object !== undefined);
  const isJson = text.startsWith('{') || text.startsWith('[');
  if (whole.length > 0 || !isJson) return { text, lines, objects: whole, isNdjson: true };
  return { text, lines, objects: cutObjects(text), isNdjson: false };
}
