/** The list that kubectl printed → the text of a snapshot's file: what is kept of each object, in the list's order. */
import type { Diagnostic } from '../../diagnostic/diagnostic.ts';
import { type Plain, yamlLines } from '../../output/yaml.ts';
import { splitJson } from '../text/json-split.ts';
import { pieceText } from '../text/piece.ts';
import { keep } from './kept.ts';
import type { SnapshotResource } from './resources.ts';

export interface SnapshotFile {
  /** Below the snapshot's folder: `cluster/pods.json`. */
  readonly path: string;
  readonly objects: number;
  /** UTF-8; no more of kubectl's answer is held by it. */
  readonly bytes: Buffer;
}

/** kubectl's answer is no list: nothing of it is written. */
export class NotAList extends Error {}

interface Listed {
  readonly metadata?: { readonly name?: unknown };
  readonly kind?: unknown;
  readonly items?: unknown;
}

function objectsOf(resource: SnapshotResource, answer: Buffer): Listed[] {
  const diagnostics: Diagnostic[] = [];
  const objects: Listed[] = [];
  const file = { name: resource.name, bytes: answer };
  for (const piece of splitJson(file, { diagnostics, lenient: false })) {
    const value = parsed(pieceText(piece), resource);
    objects.push(...(Array.isArray(value.items) ? (value.items as Listed[]) : [value]));
  }
  if (diagnostics.length > 0) throw new NotAList(diagnostics[0]!.message);
  return objects.filter(({ metadata }) => !(resource.derived?.test(String(metadata?.name)) ?? false));
}

function parsed(text: string, { name }: SnapshotResource): Listed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new NotAList(`what kubectl printed for ${name} is no JSON`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new NotAList(`what kubectl printed for ${name} is no list of objects`);
}

function* asJson(objects: readonly unknown[]): Generator<string> {
  yield '{"apiVersion":"v1","kind":"List","items":[';
  for (const [place, object] of objects.entries())
    yield `${place === 0 ? '' : ','}\n${JSON.stringify(object)}`;
  yield '\n]}\n';
}

function* asYaml(objects: readonly unknown[]): Generator<string> {
  for (const object of objects) yield `---\n${yamlLines(object as Plain).join('\n')}\n`;
}

/** Through bytes: a large list never becomes one string. */
function joined(pieces: Iterable<string>): Buffer {
  return Buffer.concat([...pieces].map((piece) => Buffer.from(piece)));
}

/** The file of one resource. Throws `NotAList` when the answer holds no objects of Kubernetes. */
export function snapshotFile(resource: SnapshotResource, answer: Buffer): SnapshotFile {
  const objects = objectsOf(resource, answer).map((object) => keep(object, resource.kept));
  const isYaml = resource.folder === 'policies';
  return {
    path: `${resource.folder}/${resource.name}.${isYaml ? 'yaml' : 'json'}`,
    objects: objects.length,
    bytes: joined(isYaml ? asYaml(objects) : asJson(objects)),
  };
}
