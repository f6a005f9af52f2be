/** Tests that are written for other tools → a suite, as far as flows can say them; recognised by their fields. */
import { isMap, isSeq, type Node } from 'yaml';
import { hasErrors } from '../diagnostic/diagnostic.ts';
import type { SuiteReport } from './fields.ts';
import { ForeignTests, membersOf } from './foreign-tests.ts';
import { readNetassert } from './netassert.ts';
import { OLD_FIELDS, readOldNetassert } from './netassert-old.ts';
import type { Suite } from './suite.ts';

/** Undefined for what is no other tool's. It names no manifests: those are given on the command line. */
export function readForeign(root: Node, report: SuiteReport): Suite | undefined {
  const tests = new ForeignTests(report);
  const format = formatOf(root);
  if (isQuestion(root)) {
    const message = 'what cyclonus is asked: it lists traffic, and expects nothing of it';
    tests.refuse(root, message, 'draw what you expect, or take the tables that cyclonus prints: --import');
    return {
      path: report.path,
      description: '',
      tags: [],
      manifests: [],
      steps: [],
      expectations: [],
      traces: [],
    };
  }
  if (format === undefined) return undefined;
  format.read(root, tests);
  const { expectations, unmapped } = tests;
  const isRefused = hasErrors(report.diagnostics);
  if (expectations.length === 0 && !isRefused)
    tests.refuse(root, unmapped === 0 ? `no test of ${format.tool} in it` : 'none of its tests is a flow');
  return {
    path: report.path,
    description: '',
    tags: [],
    manifests: [],
    foreign: { tool: format.tool, unmapped },
    steps: [],
    traces: [],
    expectations,
  };
}

/**
 * Whether a file holds the questions of `cyclonus analyze`: traffic, or probes with their pods.
 *
 * Source: mattfenwick/cyclonus examples/traffic.json, examples/probe.json.
 */
function isQuestion(root: Node): boolean {
  const fields = membersOf(isSeq(root) ? root.items[0] : root);
  return fields.has('ResolvedPort') || (fields.has('Probes') && fields.has('Resources'));
}

interface ForeignFormat {
  readonly tool: string;
  readonly read: (root: Node, tests: ForeignTests) => void;
}

function formatOf(root: Node): ForeignFormat | undefined {
  if (isSeq(root)) {
    const isTest = root.items.some((item) =>
      ['src', 'dst', 'targetPort'].some((name) => membersOf(item).has(name)),
    );
    return isTest ? { tool: 'netassert', read: readNetassert } : undefined;
  }
  const names = [...membersOf(root).keys()];
  const isOld = isMap(root) && names.length > 0 && names.every((name) => OLD_FIELDS.includes(name));
  return isOld ? { tool: 'netassert 1', read: readOldNetassert } : undefined;
}
