import { expect, test } from 'vitest';
import { judge } from '../../src/policy/judge/judge.ts';
import { type Engine, examine, examineAdmin } from '../examine.ts';
import { ADMIN_CASES } from './admin-cases.ts';
import { CONFORMANCE_CASES } from './conformance-cases.ts';

const ENGINE: Engine = {
  name: 'judge',
  seesNames: true,
  decide(world, packet) {
    const { verdict, reason, decider } = judge(packet, world);
    const policy = decider?.policy;
    return { verdict, reason, policy: policy && `${policy.namespace}/${policy.name}` };
  },
};

examine(ENGINE);
examineAdmin(ENGINE);

test('the table holds every worked case', () => {
  const ids = [...CONFORMANCE_CASES, ...ADMIN_CASES].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(140);
});
