/**
 * Each folder below cases/ is a story: a cluster, its policies, and flows with the verdicts that they must get: by the
 * judge, by the compiled classifier, and again with all documents of the manifests in the opposite order.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Cluster } from '../src/policy/cluster.ts';
import type { World } from '../src/policy/world.ts';
import { checkSuite, type SuiteOverrides, type SuiteResult, worldOfSuite } from '../src/suite/check.ts';
import { readSuite } from '../src/suite/read.ts';
import type { Suite } from '../src/suite/suite.ts';
import { createClassifier } from './classifier.ts';
import { classifiedText, judgedText } from './properties/agreement.ts';

const folder = resolve(import.meta.dirname, 'cases');
const names = readdirSync(folder);

/** Ten policies printed in texts about Kubernetes, the rest traps of our own. */
const POLICIES_OF_TEXTS = [
  'backend-between-api-and-db',
  'backend-from-frontend-on-8080',
  'backend-from-frontend-on-any-port',
  'backend-to-one-external-address',
  'database-takes-nothing',
  'db-from-api-pod-on-3306',
  'frontend-from-backend',
  'frontend-to-database-on-3306',
  'internal-to-mysql-payroll-and-dns',
  'whole-namespace-from-frontend',
];
/** What is there today: cases may be added, and none may be lost. */
const CASES = 42;
const FLOWS = 300;

function suiteOf(name: string): Suite {
  const { value, diagnostics } = readSuite(join(folder, name, 'suite.yaml'));
  expect(diagnostics).toEqual([]);
  return value;
}

function worldOf(suite: Suite, overrides: SuiteOverrides = {}): World {
  const { value, diagnostics } = worldOfSuite(suite, overrides);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return value!;
}

function check(suite: Suite, world: World): SuiteResult {
  const { value, diagnostics } = checkSuite(suite, world);
  expect(diagnostics).toEqual([]);
  expect(value.results.length).toBe(suite.expectations.length);
  return value;
}

/** All manifests of a suite, with their documents in the opposite order. */
function reversed(suite: Suite): string {
  const documents = suite.manifests.flatMap((path) => readFileSync(path, 'utf8').split(/^---$/m));
  return documents.reverse().join('\n---\n');
}

const speaksOwn = ({ calicoPolicies, ciliumPolicies, hostEndpoints, felix }: Cluster): boolean =>
  calicoPolicies.length > 0 || ciliumPolicies.length > 0 || hostEndpoints.length > 0 || felix.byNode.size > 0;

const answersOf = (result: SuiteResult): string[] =>
  result.results.flatMap(({ flow, answer }) =>
    answer.parts.map(({ decision, packet }) => `${flow}: ${judgedText(decision, packet)}`),
  );

test('every policy of the texts has its case, and no case is left out', () => {
  expect(names.length).toBeGreaterThanOrEqual(CASES);
  expect(POLICIES_OF_TEXTS.filter((name) => !names.includes(name))).toEqual([]);
  const flows = names.flatMap((name) => suiteOf(name).expectations);
  expect(flows.length).toBeGreaterThanOrEqual(FLOWS);
});

describe.each(names.map((name) => [suiteOf(name).description, name] as const))('%s', (_, name) => {
  const suite = suiteOf(name);
  const world = worldOf(suite);
  const result = check(suite, world);

  test('the judge answers as expected', () => {
    const failed = result.results.filter(({ passed }) => !passed);
    expect(failed.map(({ flow, difference }) => `${flow}: ${difference}`)).toEqual([]);
  });

  test('the classifier answers as the judge does', () => {
    const parts = result.results.flatMap(({ answer }) => answer.parts);
    expect(parts.length).toBeGreaterThanOrEqual(suite.expectations.length);
    const classified = createClassifier(world).classifyAll(parts.map(({ packet }) => packet));
    expect(classified.map((found, index) => classifiedText(found, parts[index]!.packet))).toEqual(
      parts.map(({ decision, packet }) => judgedText(decision, packet)),
    );
  });

  // Of Calico's kinds the API knows nothing.
  if (!speaksOwn(world.cluster))
    test('the API by itself says the same, or leaves it open', () => {
      const { results } = check(suite, worldOf(suite, { cni: 'kubernetes' }));
      const other = results.filter(
        ({ answer, expectation }) => ![expectation.expect, 'unspecified'].includes(answer.verdict),
      );
      expect(other.map(({ flow, answer }) => `${flow}: ${answer.verdict}`)).toEqual([]);
    });

  test('the order of the manifests does not matter', () => {
    expect(answersOf(check(suite, worldOf(suite, { manifests: ['-'], stdin: reversed(suite) })))).toEqual(
      answersOf(result),
    );
  });
});
