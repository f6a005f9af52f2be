/** What the codes of all diagnostics are about: docs/codes/AREA.md, a section each; those of lint have pages of their own. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKS } from '../lint/checks.ts';
import { PACKAGE_FOLDER } from './invocation.ts';
import { lintPage } from './lint-pages.ts';

const FOLDER = join(PACKAGE_FOLDER, 'docs', 'codes');

/** The sections of an area by their code, each with its heading. */
function sectionsOf(area: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(FOLDER, `${area}.md`), 'utf8');
  const sections = text.split(/^(?=## )/m).slice(1);
  return new Map(
    sections.map((section) => [/^## (\S+)/.exec(section)![1]!, `${section.slice(1).trimEnd()}\n`]),
  );
}

const areas = (): string[] => readdirSync(FOLDER).map((name) => name.replace(/\.md$/, ''));

/** Every code that is explained. */
export function knownCodes(): string[] {
  const others = areas().flatMap((area) => [...sectionsOf(area).keys()]);
  return [...CHECKS.map(({ code }) => code as string), ...others].sort();
}

/** The page of a code, as Markdown; undefined where there is none. */
export function codePage(code: string): string | undefined {
  const check = CHECKS.find((one) => one.code === code);
  if (check !== undefined) return lintPage(check.code);
  const area = code.slice(0, code.indexOf('/'));
  return areas().includes(area) ? sectionsOf(area).get(code) : undefined;
}
