/**
 * A suite's file → Suite. YAML with positions; every problem of the file is reported at once, flows that cannot be
 * read included.
 */
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import {
  type Alias,
  type Document,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
} from 'yaml';
import type { Checked } from '../diagnostic/diagnostic.ts';
import { whyUnreadable } from '../diagnostic/unreadable.ts';
import { findCni, isProfilePath } from '../manifest/cni/cni-profile.ts';
import { CNI_NAMES } from '../policy/cni/profiles.ts';
import {
  complain,
  complainAbout,
  readList,
  readMapping,
  readTags,
  readText,
  readWord,
  type SuiteReport,
  textOf,
} from './fields.ts';
import { readForeign } from './foreign.ts';
import { EXPECTATION_LISTS, readExpectations } from './read-expectations.ts';
import { readSteps } from './read-steps.ts';
import { readTraces } from './read-traces.ts';
import { parseSide } from './short-names.ts';
import type { Suite } from './suite.ts';

/** A suite has at least one of them. */
export const EXPECTING_FIELDS = [...EXPECTATION_LISTS, 'steps', 'traces'];
const SUITE_FIELDS = ['description', 'tags', 'manifests', 'profiles', 'cni', 'names', ...EXPECTING_FIELDS];

/**
 * Reads a suite; use it only when no diagnostic is an error. `cnis`: names of profiles of the user's own that it may name beside those that
 * it lists itself.
 */
export function readSuite(path: string, cnis: readonly string[] = []): Checked<Suite> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const message = `${path}: ${whyUnreadable(error, 'a suite')}`;
    return {
      value: emptySuite(path),
      diagnostics: [{ code: 'suite/unreadable', severity: 'error', message }],
    };
  }
  if (text.includes('\0')) {
    const message = `${path}: a binary file, expected YAML`;
    return {
      value: emptySuite(path),
      diagnostics: [{ code: 'suite/not-text', severity: 'error', message }],
    };
  }
  return parseSuite(path, text, cnis);
}

/** The same for a text that is at hand; `path` gives positions, and the folder that manifests are relative to. */
export function parseSuite(path: string, text: string, cnis: readonly string[] = []): Checked<Suite> {
  const report: SuiteReport = { path, text, lines: new LineCounter(), diagnostics: [] };
  const documents = parseAllDocuments(text, {
    lineCounter: report.lines,
    schema: 'core',
    prettyErrors: false,
    logLevel: 'silent',
  });
  const [document, second] = Array.isArray(documents) ? documents : [];
  for (const { errors } of Array.isArray(documents) ? documents : []) {
    const [first, ...others] = errors;
    if (first === undefined) continue;
    const hint = indentedBlock(first.pos[0], report);
    // What follows a block that ended too early is no mistake of its own.
    for (const { message, pos } of hint === undefined ? [first, ...others] : [first])
      complain(report, 'suite/yaml', message.toLowerCase(), { start: pos[0], end: pos[1], hint });
  }
  if (isKubernetesObject(document?.contents)) {
    complainAbout(
      report,
      document!.contents as Node,
      'suite/unknown-field',
      'this is a Kubernetes object and no suite',
      'manifests are given with -f, or named by a suite: manifests: [cluster.yaml]',
    );
    return { value: emptySuite(path), diagnostics: report.diagnostics };
  }
  if (second?.contents)
    complainAbout(
      report,
      second.contents as Node,
      'suite/yaml',
      'a second document: a suite is one document',
    );
  if (report.diagnostics.length > 0) return { value: emptySuite(path), diagnostics: report.diagnostics };
  if (!document?.contents) {
    complain(report, 'suite/empty', 'the suite is empty, expected manifests and flows', { start: 0 });
    return { value: emptySuite(path), diagnostics: report.diagnostics };
  }
  withoutAliases(document, report);
  if (report.diagnostics.length > 0) return { value: emptySuite(path), diagnostics: report.diagnostics };
  const root = document.contents as Node;
  const value = readForeign(root, report) ?? readRoot(root, cnis, report);
  return { value, diagnostics: report.diagnostics };
}

/** Whoever gives manifests as suites is told that once, and not field by field. */
function isKubernetesObject(root: unknown): boolean {
  return isMap(root) && root.has('apiVersion') && root.has('kind');
}

/** Puts what aliases repeat in their places. What is repeated has no aliases itself, so nothing grows beyond what is written. */
function withoutAliases(document: Document, report: SuiteReport): void {
  const anchors = new Map<string, Node>();
  const meant = new Map<Alias, Node>();
  visit(document, {
    Alias: (_, alias, path) => {
      const isNested = path.some((above) => isNode(above) && 'anchor' in above && above.anchor !== undefined);
      const node = anchors.get(alias.source);
      if (isNested) complainAbout(report, alias, 'suite/yaml', 'an alias within what an anchor names');
      else if (node === undefined)
        complainAbout(report, alias, 'suite/yaml', `no anchor ${alias.source} before its alias`);
      else meant.set(alias, node);
    },
    Node: (_, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node as Node);
    },
  });
  if (report.diagnostics.length === 0) visit(document, { Alias: (_, alias) => meant.get(alias) });
}

/** What to do about a mistake behind the first line of a drawn table, when that line is indented deeper than those below it. */
function indentedBlock(offset: number, { text, lines }: SuiteReport): string | undefined {
  const { line } = lines.linePos(offset);
  const [block = '', first = '', wrong = ''] = text.split('\n').slice(Math.max(line - 3, 0), line);
  const isDeeper = first.search(/\S/) > wrong.search(/\S/);
  return /:\s*[|>]\s*$/.test(block) && isDeeper
    ? 'the first line of a block says how far it is indented: begin it with - as the corner of the table'
    : undefined;
}

function emptySuite(path: string): Suite {
  return { path, description: '', tags: [], manifests: [], steps: [], expectations: [], traces: [] };
}

/** A path of the suite's, which is relative to its folder. */
function pathFrom({ path }: SuiteReport, text: string): string {
  return isAbsolute(text) ? text : join(dirname(path), text);
}

/** Profiles that the suite brings: their paths by their names. What is wrong with one is wrong with the suite. */
function readProfiles(values: ReadonlyMap<string, Node>, report: SuiteReport): ReadonlyMap<string, string> {
  const cni = values.get('cni');
  const isOwn = isScalar(cni) && typeof cni.value === 'string' && isProfilePath(cni.value);
  const nodes = [...readList(values, 'profiles', report), ...(isOwn ? [cni] : [])];
  const profiles = new Map<string, string>();
  for (const node of nodes) {
    const field = textOf(node, 'a profile', report);
    if (field === undefined) continue;
    if (!isProfilePath(field.text)) {
      const message = `${JSON.stringify(field.text)} is no path of a CNI profile`;
      complainAbout(report, node, 'suite/wrong-type', message, 'profiles: [./cilium-ours.yaml]');
      continue;
    }
    const path = pathFrom(report, field.text);
    const { value, diagnostics } = findCni(path);
    report.diagnostics.push(...diagnostics);
    if (value !== undefined) profiles.set(value.name, path);
  }
  return profiles;
}

function readRoot(root: Node, cnis: readonly string[], report: SuiteReport): Suite {
  const { path } = report;
  const values = readMapping(root, SUITE_FIELDS, 'the suite', report);
  if (values === undefined) return emptySuite(path);
  const manifests = readList(values, 'manifests', report).flatMap((node) => {
    const field = textOf(node, 'a manifest', report);
    return field === undefined ? [] : [pathFrom(report, field.text)];
  });
  const profiles = readProfiles(values, report);
  const names = [...CNI_NAMES, ...profiles.keys()];
  const given = values.get('cni');
  const cni =
    isScalar(given) && isProfilePath(String(given.value))
      ? pathFrom(report, String(given.value))
      : readWord(values, 'cni', names, report);
  const tags = readTags(values, [], report);
  const context = {
    cnis: [...new Set([...names, ...cnis])],
    tags,
    state: 0,
    names: readNames(values, report),
    pathFrom: (text: string) => pathFrom(report, text),
  };
  const own = readExpectations(values, context, report);
  const traced = readTraces(values, context, report);
  const { steps, ...later } = readSteps(values, context, report);
  // What a step says of the state before it belongs there.
  const expectations = [...own, ...later.expectations].sort((a, b) => a.state - b.state);
  const traces = [...traced, ...later.traces].sort((a, b) => a.state - b.state);
  if (expectations.length + traces.length === 0 && report.diagnostics.length === 0)
    complainAbout(
      report,
      root,
      'suite/empty',
      'the suite expects nothing',
      'add flows:, allow:, deny:, tables: or traces:',
    );
  return {
    path,
    description: readText(values, 'description', report)?.text ?? '',
    tags,
    manifests,
    ...(cni === undefined ? {} : { cni: profiles.get(cni) ?? cni }),
    steps,
    expectations,
    traces,
  };
}

/** `names`: what short names of sides stand for. */
function readNames(values: ReadonlyMap<string, Node>, report: SuiteReport): ReadonlyMap<string, string> {
  const node = values.get('names');
  const names = new Map<string, string>();
  if (node === undefined) return names;
  if (!isMap(node)) {
    complainAbout(
      report,
      node,
      'suite/wrong-type',
      'names is not a mapping',
      'names: { web: shop/deployment/web }',
    );
    return names;
  }
  for (const { key, value } of node.items) {
    const field = textOf(value as Node, 'a name', report);
    if (field === undefined) continue;
    if (parseSide(field.text) === undefined) {
      const message = `${JSON.stringify(field.text)} is no side of a flow`;
      complainAbout(
        report,
        field.node,
        'suite/bad-side',
        message,
        'expected NAMESPACE/POD, NAMESPACE/KIND/NAME or an address',
      );
    } else names.set(String(key), field.text);
  }
  return names;
}
