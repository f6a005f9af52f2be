import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { reportFailure } from '../../src/cli/failure.ts';

let printed = '';
beforeEach(() => {
  printed = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

test('a bug is exit 70 with a line that asks for a report; the stack only with DEBUG', () => {
  const bug = new Error('a shape without cells', { cause: new Error('deeper') });
  expect(reportFailure(bug, [])).toBe(70);
  expect(printed).toContain('failed: a shape without cells');
  expect(printed).toContain('Please report it');
  expect(printed).not.toMatch(/\n\s+at /);
  vi.stubEnv('DEBUG', '1');
  reportFailure(bug, []);
  expect(printed).toMatch(/\n\s+at /);
  expect(printed).toContain('cause: Error: deeper');
});

test('what the system refuses is exit 2, with the path', () => {
  const refused = Object.assign(new Error('EACCES'), {
    code: 'EACCES',
    syscall: 'open',
    path: '/x/report.json',
  });
  expect(reportFailure(refused, [])).toBe(2);
  expect(printed).toContain('error[machine/file]: /x/report.json: permission denied');
});
