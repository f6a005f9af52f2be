import { expect, test } from 'vitest';
import { judge } from '../../src/policy/judge.ts';
import { examine } from '../examine.ts';
import { CONFORMANCE_CASES } from './conformance-cases.ts';

examine({
  name: 'judge',
  seesNames: true,
  decide(world, packet) {
    const { verdict, reason, decider } = judge(packet, world);
    const policy = decider?.policy;
    return { verdict, reason, policy: policy && `${policy.namespace}/${policy.name}` };
  },
});

test('the table holds every worked case', () => {
  const ids = CONFORMANCE_CASES.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(75);
});
