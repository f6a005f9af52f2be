/** The pages of lint's checks (docs/lint/NAME.md), which ship with the program. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LintCode } from '../lint/check.ts';
import { PACKAGE_FOLDER } from './invocation.ts';

/** The page of a check, as Markdown. */
export function lintPage(code: LintCode): string {
  const name = code.slice('lint/'.length);
  return readFileSync(join(PACKAGE_FOLDER, 'docs', 'lint', `${name}.md`), 'utf8');
}
