/**
 * YAML text → values with places, through the `yaml` package: the complete reader, for the documents that the plain one
 * (`yaml-plain.ts`) does not take and for every mistake. No tags, bounded aliases, duplicate keys refused.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  Scalar,
  visit,
  type YAMLError,
} from 'yaml';
import type { DiagnosticCode } from '../diagnostic/diagnostic.ts';
import type { Place } from './place.ts';
import { resolvePlainScalar } from './plain-scalar.ts';

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
  if (error.code === 'DUPLICATE_KEY') {
    const key = /^[^\s:]+/.exec(text.slice(start))?.[0] ?? '';
    return {
      code: 'manifest/duplicate-key',
      message: `the key ${key} stands twice in one mapping`,
      start,
      end: start + Math.max(1, key.length),
    };
  }
  if (error.code === 'TAG_RESOLVE_FAILED')
    return {
      code: 'manifest/yaml-tag',
      message: `tags are not read: ${/^\S+/.exec(text.slice(start))?.[0] ?? 'here'}`,
      start,
      end,
    };
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

/** Gives plain scalars their meaning and finds what is refused although it parses. */
function resolveScalars(document: Document.Parsed): SyntaxProblem | undefined {
  let found: SyntaxProblem | undefined;
  visit(document, {
    Pair(_, pair) {
      if (found !== undefined || isScalar(pair.key) || isAlias(pair.key)) return;
      const [start, end] = rangeOf(pair.key);
      found = { code: 'manifest/yaml-syntax', message: 'a mapping or list cannot be a key', start, end };
    },
    Node(_, node) {
      if (isAlias(node) || node.tag === undefined || found !== undefined) return;
      const explicit = !/^tag:yaml\.org,2002:(?:str|map|seq)$/.test(node.tag);
      const [start, end] = rangeOf(node);
      if (explicit)
        found = { code: 'manifest/yaml-tag', message: `tags are not read: ${node.tag}`, start, end };
    },
    Scalar(key, node) {
      if (node.type !== Scalar.PLAIN || node.tag !== undefined || node.source === undefined) return;
      node.value = key === 'key' ? node.source : resolvePlainScalar(node.source);
    },
  });
  return found;
}

function readOne(document: Document.Parsed, text: string): ReadDocument {
  const [error] = [
    ...document.errors,
    ...document.warnings.filter(({ code }) => code === 'TAG_RESOLVE_FAILED'),
  ];
  const template = error === undefined ? undefined : templateProblem(text);
  if (template !== undefined) return { problem: template };
  if (error !== undefined) return { problem: problemOf(error, text) };
  const problem = resolveScalars(document);
  if (problem !== undefined) return { problem };
  try {
    const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
    return { value, place: placeOf(document.contents, undefined) };
  } catch (cause) {
    const message = (cause as Error).message;
    const [start] = rangeOf(document.contents);
    if (cause instanceof ReferenceError && /alias/i.test(message))
      return {
        problem: { code: 'manifest/yaml-alias', message: 'aliases repeat too much', start, end: start + 1 },
      };
    return { problem: { code: 'manifest/yaml-syntax', message, start, end: start + 1 } };
  }
}

/** All documents of a text. Never throws: what the package throws is a problem of the text. */
export function readYaml(text: string): ReadDocument[] {
  try {
    const documents = parseAllDocuments(text, {
      schema: 'failsafe',
      merge: true,
      prettyErrors: false,
      logLevel: 'silent',
      strict: true,
      uniqueKeys: true,
    });
    return [...documents].map((document) => readOne(document as Document.Parsed, text));
  } catch (cause) {
    const tooDeep = cause instanceof RangeError;
    const message = tooDeep ? 'mappings and lists are nested too deeply' : (cause as Error).message;
    return [
      {
        problem: { code: tooDeep ? 'manifest/too-deep' : 'manifest/yaml-syntax', message, start: 0, end: 1 },
      },
    ];
  }
}
