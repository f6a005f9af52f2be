/**
 * YAML text → values with places, through the `yaml` package: the complete reader, for the documents that the plain one
 * (`yaml-plain.ts`) does not take and for every mistake. No tags, bounded aliases, duplicate keys refused.
 */
import { createRequire } from 'node:module';
import type { Document, Node, YAMLError, YAMLMap } from 'yaml';
import type { DiagnosticCode } from '../../diagnostic/diagnostic.ts';
import { tooDeepAt } from './nesting.ts';
import type { Place } from './place.ts';
import { resolvePlainScalar } from './plain-scalar.ts';

const require = createRequire(import.meta.url);
let loaded: typeof import('yaml') | undefined;

/** Loads the package when the first text needs it: manifests that the plain readers take should not wait for it. */
function yaml(): typeof import('yaml') {
  loaded ??= require('yaml') as typeof import('yaml');
  return loaded;
}

/** A mistake in the text itself, before any meaning. Offsets into the text. */
export interface SyntaxProblem {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly start: number;
  readonly end: number;
  readonly hint?: string;
}

/** One document of a text: a value with its places, or why there is none. */
export type ReadDocument =
  | { readonly value: unknown; readonly place: Place }
  | { readonly problem: SyntaxProblem };

/** How often aliases may be followed in one document, counted with what they repeat. */
const MOST_ALIASES = 100;

function problemOf(error: YAMLError, text: string): SyntaxProblem {
  const [start, end] = error.pos;
  const message = error.message.replace(/ at line \d+, column \d+:?[\s\S]*$/, '');
  const lower = message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, '');
  if (error.code === 'TAG_RESOLVE_FAILED')
    return {
      code: 'manifest/yaml-tag',
      message: `tags are not read: ${/^\S+/.exec(text.slice(start))?.[0] ?? 'here'}`,
      start,
      end,
    };
  if (error.code === 'MISSING_CHAR' && /closing ['"]quote/.test(message))
    return { code: 'manifest/yaml-syntax', message: 'a quote is not closed', start, end };
  if (error.code === 'TAB_AS_INDENT')
    return {
      code: 'manifest/yaml-syntax',
      message: 'a tab indents this line, YAML wants spaces',
      start,
      end,
    };
  return { code: 'manifest/yaml-syntax', message: lower, start, end };
}

/** Text that templates leave behind: reported as what it is, since the YAML error would lead astray. */
function templateProblem(text: string): SyntaxProblem | undefined {
  const match = /\{\{-?[^}\n]*(?:\}\})?/.exec(text);
  if (match === null) return undefined;
  return {
    code: 'manifest/template',
    message: `this is a template, not a manifest: ${match[0].slice(0, 40)}`,
    start: match.index,
    end: match.index + match[0].length,
    hint: 'render it first: helm template NAME CHART > rendered.yaml',
  };
}

function rangeOf(node: unknown): readonly [number, number] {
  const range = (node as Node | null)?.range;
  return range === null || range === undefined ? [0, 0] : [range[0], range[1]];
}

function placeOf(node: unknown, key: readonly [number, number] | undefined): Place {
  const { isMap, isScalar, isSeq } = yaml();
  const [start, end] = node === null ? (key ?? [0, 0]) : rangeOf(node);
  const [keyStart, keyEnd] = key ?? [start, end];
  const children = new Map<string | number, Place>();
  if (isMap(node)) {
    for (const pair of node.items) {
      const name = isScalar(pair.key) ? String(pair.key.source ?? pair.key.value) : '';
      children.set(name, placeOf(pair.value, rangeOf(pair.key)));
    }
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) children.set(index, placeOf(item, undefined));
  }
  return { start, end, keyStart, keyEnd, children };
}

/** A tag, a key that is no scalar: refused although they parse. */
function refusalOf(node: Node | null, isKey: boolean): SyntaxProblem | undefined {
  const { isAlias, isScalar } = yaml();
  const [start, end] = rangeOf(node);
  if (isKey && !isScalar(node) && !isAlias(node))
    return { code: 'manifest/yaml-syntax', message: 'a mapping or list cannot be a key', start, end };
  if (node === null || isAlias(node) || node.tag === undefined) return undefined;
  if (/^tag:yaml\.org,2002:(?:str|map|seq)$/.test(node.tag)) return undefined;
  const tag = node.tag.replace('tag:yaml.org,2002:', '!!');
  return { code: 'manifest/yaml-tag', message: `tags are not read: ${tag}`, start, end };
}

/** A key that stands twice. Found here in one pass: the package compares each key with all before it. */
function repeatedKey(map: YAMLMap): SyntaxProblem | undefined {
  const { isScalar, Scalar } = yaml();
  const seen = new Set<string>();
  for (const { key } of map.items) {
    if (!isScalar(key)) continue;
    const name = String(key.type === Scalar.PLAIN ? key.source : key.value);
    const [start, end] = rangeOf(key);
    if (seen.has(name) && name !== '<<')
      return {
        code: 'manifest/duplicate-key',
        message: `the key ${name} stands twice in one mapping`,
        start,
        end,
      };
    seen.add(name);
  }
  return undefined;
}

/** Gives plain scalars their meaning; the first node that is refused ends it. */
function resolveScalars(document: Document.Parsed): SyntaxProblem | undefined {
  const { isMap, Scalar, visit } = yaml();
  let found: SyntaxProblem | undefined;
  const check = (key: number | 'key' | 'value' | null, node: Node): symbol | undefined => {
    found = refusalOf(node, key === 'key') ?? (isMap(node) ? repeatedKey(node) : undefined);
    return found === undefined ? undefined : visit.BREAK;
  };
  visit(document, {
    Alias: check,
    Map: check,
    Seq: check,
    Scalar(key, node) {
      if (node.type === Scalar.PLAIN && node.tag === undefined && node.source !== undefined)
        node.value = key === 'key' ? node.source : resolvePlainScalar(node.source);
      return check(key, node);
    },
  });
  return found;
}

/** What the text means, or the first problem that keeps it from meaning anything. */
function readOne(document: Document.Parsed, text: string): ReadDocument {
  const tagWarnings = document.warnings.filter(({ code }) => code === 'TAG_RESOLVE_FAILED');
  const [error] = [...document.errors, ...tagWarnings];
  const problem = error === undefined ? resolveScalars(document) : problemOf(error, text);
  if (problem !== undefined) return { problem: templateProblem(text) ?? problem };
  try {
    const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
    return { value, place: placeOf(document.contents, undefined) };
  } catch (cause) {
    return { problem: thrownProblem(cause, rangeOf(document.contents)[0]) };
  }
}

function tooDeep(start: number): SyntaxProblem {
  const message = 'mappings and lists are nested too deeply';
  return { code: 'manifest/too-deep', message, start, end: start + 1 };
}

/** What the package throws is a problem of the text: aliases beyond the bound, or too many levels. */
function thrownProblem(cause: unknown, start: number): SyntaxProblem {
  const { message } = cause as Error;
  const at = { start, end: start + 1 };
  if (cause instanceof RangeError) return tooDeep(start);
  if (cause instanceof ReferenceError && /alias/i.test(message))
    return { code: 'manifest/yaml-alias', message: 'aliases repeat too much', ...at };
  return { code: 'manifest/yaml-syntax', message, ...at };
}

/** All documents of a text. Never throws: what the package throws is a problem of the text. */
export function readYaml(text: string): ReadDocument[] {
  const deep = tooDeepAt(text);
  if (deep >= 0) return [{ problem: tooDeep(deep) }];
  try {
    const documents = yaml().parseAllDocuments(text, {
      schema: 'failsafe',
      merge: true,
      prettyErrors: false,
      logLevel: 'silent',
      strict: true,
      uniqueKeys: false,
    });
    return [...documents].map((document) => readOne(document as Document.Parsed, text));
  } catch (cause) {
    return [{ problem: thrownProblem(cause, 0) }];
  }
}
