/** The example with tiers, staged policies, sets and host endpoints: every flow of its suite by judge and by classifier. */
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pendingWorld } from '../../src/policy/world.ts';
import { checkSuite, worldOfSuite } from '../../src/suite/check.ts';
import { readSuite } from '../../src/suite/read.ts';
import { createClassifier } from '../classifier.ts';
import { classifiedText, judgedText } from '../properties/agreement.ts';

const { value: suite, diagnostics } = readSuite(
  resolve(import.meta.dirname, '../../traces/calico-suite.yaml'),
);
const { value: world, diagnostics: found } = worldOfSuite(suite);

describe('traces/calico', () => {
  test('its manifests load, without a word', () => {
    expect([...diagnostics, ...found]).toEqual([]);
    expect(world!.resolved.policies.length).toBeGreaterThanOrEqual(7);
  });

  const { value: checked } = checkSuite(suite, world!);

  test('the judge answers as the suite expects, with and without its staged policy', () => {
    expect(checked.results.map(({ difference }) => difference).filter(Boolean)).toEqual([]);
    expect(checked.passed).toBe(suite.expectations.length);
    expect(checked.results.filter(({ answer, pending }) => answer.verdict !== pending.verdict)).toHaveLength(
      1,
    );
  });

  test.each([
    ['enforced', world!, checked.results.flatMap(({ answer }) => answer.parts)],
    ['pending', pendingWorld(world!)!, checked.results.flatMap(({ pending }) => pending.parts)],
  ] as const)('the classifier answers as the judge: %s', (_, asked, parts) => {
    const classified = createClassifier(asked).classifyAll(parts.map(({ packet }) => packet));
    expect(classified.map((one, index) => classifiedText(one, parts[index]!.packet))).toEqual(
      parts.map(({ decision, packet }) => judgedText(decision, packet)),
    );
  });
});
