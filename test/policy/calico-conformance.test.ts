/** Every row of Calico's semantics, answered by the judge. */
import { expect, test } from 'vitest';
import { formatAddress } from '../../src/net/address.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { CALICO_CASES } from './calico-cases/all.ts';
import { examineCalico } from './examine-calico.ts';

examineCalico(
  'the judge',
  (world) => (packets) =>
    packets.map((packet) => {
      const { verdict, reason, hook, decider, judgedDestination, judgedPort } = judge(packet, world);
      return {
        verdict,
        reason,
        hook,
        decider,
        destination: formatAddress(judgedDestination),
        port: judgedPort,
      };
    }),
);

test('every section and every trap has its cases, each with a name of its own', () => {
  const ids = CALICO_CASES.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(280);
  const sections = [
    '1.3',
    '1.4',
    '1.5',
    '2.1',
    '2.2',
    '2.3',
    '2.4',
    '2.5',
    '3.1',
    '3.2',
    '3.3',
    '3.4',
    '3.5',
    '3.6',
    '3.7',
  ];
  const more = ['4.1', '4.2', '4.3', '5.1', '5.4', '5.5', '5.7', '5.8', '5.9', '5.10', '6.1'];
  const elsewhere = [16, 21, 24];
  const traps = Array.from({ length: 25 }, (_, index) => index + 1).filter(
    (trap) => !elsewhere.includes(trap),
  );
  const missing = [
    ...[...sections, ...more].filter((section) => !ids.some((id) => id.startsWith(`${section}-`))),
    ...traps.filter((trap) => !ids.includes(`trap ${trap}`)),
  ];
  expect(missing).toEqual([]);
});
