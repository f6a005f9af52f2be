/**
 * A suite's file → Suite. YAML with positions; every problem of the file is reported at once, flows that cannot be
 * read included.
 */
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { isMap, isScalar, LineCounter, type Node, parseAllDocuments, Scalar } from 'yaml';
import type { Checked } from '../diagnostic/diagnostic.ts';
import { parseFlow } from '../flow/notation.ts';
import { findCni, isProfilePath } from '../manifest/cni/cni-profile.ts';
import { CNI_NAMES } from '../policy/cni/profiles.ts';
import { REASONS, type Reason } from '../tables/verdict.ts';
import {
  complain,
  complainAbout,
  locate,
  readList,
  readMapping,
  readText,
  readWord,
  type SuiteReport,
  type TextField,
  textOf,
} from './fields.ts';
import { policyNameProblem } from './policy-name.ts';
import {
  CIRCUMSTANCES,
  type Circumstance,
  EXPECTABLE,
  EXPECTED,
  type Expectation,
  type Suite,
} from './suite.ts';

const SUITE_FIELDS = ['description', 'manifests', 'profiles', 'cni', 'flows', 'allow', 'deny'];
const FLOW_FIELDS = ['flow', 'when', 'expect', 'by', 'reason', 'pending', 'why'];

function unreadable(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'no such file, where a suite was expected';
  if (code === 'EISDIR') return 'a folder, where a suite file was expected';
  return code === 'EACCES' ? 'permission denied' : message;
}

/**
 * Reads a suite; use it only when no diagnostic is an error. `cnis`: names of profiles of the user's own that it may name beside those that
 * it lists itself.
 */
export function readSuite(path: string, cnis: readonly string[] = []): Checked<Suite> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const message = `${path}: ${unreadable(error)}`;
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
  for (const { errors } of Array.isArray(documents) ? documents : [])
    for (const { message, pos } of errors)
      complain(report, 'suite/yaml', message.toLowerCase(), { start: pos[0], end: pos[1] });
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
  return { value: readRoot(document.contents as Node, cnis, report), diagnostics: report.diagnostics };
}

function emptySuite(path: string): Suite {
  return { path, description: '', manifests: [], expectations: [] };
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
  const expectations = [
    ...readList(values, 'flows', report).flatMap((node) =>
      readExpectation(node, [...new Set([...names, ...cnis])], report),
    ),
    ...(['allow', 'deny'] as const).flatMap((expect) =>
      readList(values, expect, report).flatMap((node) => {
        const field = textOf(node, 'a flow', report);
        return field === undefined ? [] : readFlow(field, { expect }, report);
      }),
    ),
  ];
  if (expectations.length === 0 && report.diagnostics.length === 0)
    complainAbout(report, root, 'suite/empty', 'the suite expects nothing', 'add flows:, allow: or deny:');
  return {
    path,
    description: readText(values, 'description', report)?.text ?? '',
    manifests,
    ...(cni === undefined ? {} : { cni: profiles.get(cni) ?? cni }),
    expectations,
  };
}

/** `cnis`: the names that it may use. */
function readExpectation(node: Node, cnis: readonly string[], report: SuiteReport): Expectation[] {
  const values = readMapping(node, FLOW_FIELDS, 'an expectation', report);
  if (values === undefined) return [];
  const flow = readText(values, 'flow', report);
  const expect = readExpected(values, cnis, report);
  const when = readWord<Circumstance>(values, 'when', CIRCUMSTANCES, report);
  const reason = readWord<Reason>(values, 'reason', REASONS, report);
  const pending = readWord(values, 'pending', EXPECTABLE, report);
  const by = readText(values, 'by', report);
  const why = readText(values, 'why', report)?.text;
  for (const name of ['flow', 'expect'])
    if (!values.has(name))
      complainAbout(report, node, 'suite/missing-field', `the expectation has no field ${name}`);
  const problem = by === undefined ? undefined : policyNameProblem(by.text);
  if (problem !== undefined)
    complainAbout(report, by!.node, 'suite/bad-policy', problem.message, problem.hint);
  if (flow === undefined || expect === undefined) return [];
  return readFlow(
    flow,
    {
      expect,
      ...(when === undefined ? {} : { when }),
      ...(by === undefined ? {} : { by: by.text }),
      ...(reason === undefined ? {} : { reason }),
      ...(pending === undefined ? {} : { pending }),
      ...(why === undefined ? {} : { why }),
    },
    report,
  );
}

/** One verdict, or one for each CNI that is named. */
function readExpected(
  values: ReadonlyMap<string, Node>,
  cnis: readonly string[],
  report: SuiteReport,
): Expectation['expect'] | undefined {
  const node = values.get('expect');
  if (!isMap(node)) return readWord(values, 'expect', EXPECTED, report);
  if (node.items.length === 0) {
    complainAbout(
      report,
      node,
      'suite/empty',
      'expect names no CNI',
      'expect: allow, or expect: { calico: allow }',
    );
    return undefined;
  }
  const named = readMapping(node, cnis, 'expect', report) ?? new Map<string, Node>();
  return new Map(
    [...named.keys()].flatMap((cni) => {
      const verdict = readWord(named, cni, EXPECTED, report);
      return verdict === undefined ? [] : [[cni, verdict] as const];
    }),
  );
}

function readFlow(
  { text, node }: TextField,
  expected: Omit<Expectation, 'flow' | 'at'>,
  report: SuiteReport,
): Expectation[] {
  const start = node.range?.[0] ?? 0;
  const parsed = parseFlow(text);
  if ('flow' in parsed) return [{ flow: parsed.flow, ...expected, at: locate(report, start) }];
  // Inside quotes the text begins one character on; folded blocks have no columns to speak of.
  const isPlain = node.type === Scalar.PLAIN || node.type === undefined;
  const isQuoted = node.type === Scalar.QUOTE_SINGLE || node.type === Scalar.QUOTE_DOUBLE;
  const offset = isPlain ? parsed.column - 1 : isQuoted ? parsed.column : 0;
  complain(report, 'flow/syntax', parsed.problem, { start: start + offset });
  return [];
}
