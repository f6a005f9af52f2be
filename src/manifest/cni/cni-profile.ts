/**
 * A CNI profile that a user wrote: a file that names the profile which it extends, and the knobs in which it departs from that one. Knobs
 * and their values are those of `policy/cni/profile.ts`. All that is wrong with the file is found at once.
 */
import { statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Checked, type Diagnostic, hasErrors } from '../../diagnostic/diagnostic.ts';
import { nearestWord } from '../../diagnostic/nearest.ts';
import { KNOB_FORMS } from '../../policy/cni/knob-forms.ts';
import { type CniProfile, type Departures, departing, type Knobs } from '../../policy/cni/profile.ts';
import { CNI_NAMES, cniProfile } from '../../policy/cni/profiles.ts';
import { Cursor } from '../cursor.ts';
import { inOrder, type Report } from '../report.ts';
import { readPiece } from '../text/document.ts';
import { readFiles } from '../text/files.ts';
import { splitFile } from '../text/piece.ts';
import { readKnobValue } from './knob-value.ts';

const FIELDS = ['extends', 'name', 'title', 'knobs'];
const NAME = /^[A-Za-z0-9][A-Za-z0-9@+._-]{0,62}$/;

/** Whether what stands for a CNI is the path of a file: it holds a slash, or ends as files of profiles do. */
export function isProfilePath(word: string): boolean {
  return /[\\/]/.test(word) || /\.(?:ya?ml|json)$/i.test(word);
}

/** `did you mean cilium? known: calico, ..., or the path of a profile of your own`. */
function knownCnis(word: string, others: readonly string[] = []): string {
  const words = [...CNI_NAMES, ...others];
  const near = nearestWord(word, words);
  const known = `known: ${words.join(', ')}, or the path of a profile of your own`;
  return near === undefined ? known : `did you mean ${near}? ${known}`;
}

/** The profile that `--cni` means, by a name of `CNI_NAMES` or the path of a file; undefined when it is not known, or has a mistake. `others`: what else may stand there. */
export function findCni(word: string, others: readonly string[] = []): Checked<CniProfile | undefined> {
  if (isProfilePath(word)) return readCniProfile(word);
  const known = cniProfile(word);
  if (known !== undefined) return { value: known, diagnostics: [] };
  const message = `unknown CNI ${word}`;
  return {
    value: undefined,
    diagnostics: [{ code: 'cli/cni', severity: 'error', message, hint: knownCnis(word, others) }],
  };
}

/** Reads a profile's file, and those that it extends; undefined when any of them has a mistake. */
function readCniProfile(path: string): Checked<CniProfile | undefined> {
  const report: Report = { diagnostics: [], lenient: false };
  const value = readFile(path, [path], report);
  const isBroken = hasErrors(report.diagnostics);
  return { value: isBroken ? undefined : value, diagnostics: inOrder(report.diagnostics) };
}

function complain(report: Report, code: Diagnostic['code'], message: string, hint?: string): undefined {
  report.diagnostics.push({ code, severity: 'error', message, ...(hint === undefined ? {} : { hint }) });
  return undefined;
}

/** `chain`: the paths that led here, this one last. */
function readFile(path: string, chain: readonly string[], report: Report): CniProfile | undefined {
  const before = report.diagnostics.length;
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    return complain(report, 'cni/folder', `${path}: a folder, where a CNI profile was expected`);
  const documents = [...readFiles([path], undefined, report)]
    .flatMap((file) => [...splitFile(file, report)])
    .flatMap((piece) => readPiece(piece, report));
  const [document, second] = documents;
  if (report.diagnostics.length > before) return undefined;
  if (document === undefined)
    return complain(
      report,
      'cni/empty',
      `${path}: the file is empty, expected a CNI profile`,
      'extends: calico',
    );
  if (second !== undefined)
    new Cursor(second, second.value).error(
      'cni/second-document',
      'a second document: a profile is one document',
    );
  return readProfile(new Cursor(document, document.value), path, chain, report);
}

function readProfile(
  root: Cursor,
  path: string,
  chain: readonly string[],
  report: Report,
): CniProfile | undefined {
  if (!root.isMapping()) return undefined;
  root.onlyFields(FIELDS, { apiVersion: 'this is a resource; a CNI profile has extends, name and knobs' });
  for (const name of ['extends', 'name'])
    if (!root.field(name).isPresent)
      root.error('cni/missing-field', `the profile has no ${name}`, {
        hint: name === 'extends' ? 'extends: calico' : 'name: calico-ours',
      });
  const name = readName(root.field('name'));
  const base = readBase(root.field('extends'), path, chain, report);
  const departures = readKnobs(root.field('knobs'), base ?? cniProfile('calico')!);
  const title = root.field('title').string();
  if (base === undefined || name === undefined) return undefined;
  const own = { name, title: title ?? `${base.title}, as ${path} has it` };
  const profile = { ...departing(base, own, departures), builtOn: base.builtOn ?? base.name };
  checkBesideHosts(root, profile);
  return profile;
}

/** Values that leave open, or spare, what host endpoints ask on the same way: they have no meaning together. */
function checkBesideHosts(root: Cursor, { enforces, podToOwnNode, hairpin }: CniProfile): void {
  if (!enforces.includes('Calico')) return;
  const refuse = (knob: keyof Knobs, value: string): void => {
    const knobs = root.field('knobs');
    const place = [knobs.field(knob), knobs.field('enforces'), root.field('extends')].find(
      ({ isPresent }) => isPresent,
    )!;
    place.error('cni/conflict', `${knob}: ${value} has no meaning beside host endpoints, which Calico has`, {
      hint: "leave Calico out of enforces, or the knob as it is: DefaultEndpointToHostAction is Felix's",
    });
  };
  if (podToOwnNode === 'allow') refuse('podToOwnNode', podToOwnNode);
  if (hairpin === 'skip-ingress' || hairpin === 'unspecified') refuse('hairpin', hairpin);
}

function readName(cursor: Cursor): string | undefined {
  const name = cursor.string();
  if (name === undefined) return undefined;
  if (CNI_NAMES.includes(name))
    cursor.error('cni/name-taken', `the name ${name} is that of a profile which is built in`, {
      hint: `name: ${name}-ours`,
    });
  else if (!NAME.test(name))
    cursor.error(
      'cni/bad-name',
      `${JSON.stringify(name)} is no name: up to 63 letters, digits, "-", "_", ".", "@" and "+"`,
    );
  return name;
}

/** The profile that this one extends. */
function readBase(
  cursor: Cursor,
  path: string,
  chain: readonly string[],
  report: Report,
): CniProfile | undefined {
  const word = cursor.string();
  if (word === undefined) return undefined;
  if (!isProfilePath(word)) {
    const known = cniProfile(word);
    if (known === undefined)
      cursor.error('cni/unknown', `unknown CNI ${JSON.stringify(word)}`, { hint: knownCnis(word) });
    return known;
  }
  const next = isAbsolute(word) ? word : join(dirname(path), word);
  if (chain.some((each) => join(each) === join(next))) {
    cursor.error('cni/cycle', `${next} extends itself: ${[...chain, next].join(' → ')}`);
    return undefined;
  }
  return readFile(next, [...chain, next], report);
}

/** Every knob that is set: its value alone, or with what it does and where that is known from. */
function readKnobs(knobs: Cursor, base: CniProfile): Departures {
  const known = Object.keys(KNOB_FORMS) as (keyof Knobs)[];
  if (!knobs.isMapping()) return {};
  const isKnown = (name: string): name is keyof Knobs => (known as string[]).includes(name);
  knobs.onlyFields(known, Object.fromEntries(known.map((knob) => [kebab(knob), `did you mean "${knob}"?`])));
  return Object.fromEntries(
    knobs.members().flatMap((cursor) => {
      const knob = cursor.key;
      if (!isKnown(knob)) return [];
      const isLong = typeof cursor.value === 'object' && !Array.isArray(cursor.value);
      if (isLong) cursor.onlyFields(['value', 'says', 'source']);
      const given = isLong ? cursor.field('value') : cursor;
      if (!given.isPresent)
        cursor.error('cni/missing-field', `${knob}: the knob has no value`, { on: 'key' });
      const value = readKnobValue(given, KNOB_FORMS[knob]);
      if (value === undefined) return [];
      const { file, line } = cursor.at();
      const before = base.departures[knob];
      const isSame = before !== undefined && isDeepStrictEqual(before.value, value);
      const says = cursor.field('says').string() ?? (isSame ? before.says : saysOf(knob, given.value));
      const source = cursor.field('source').string() ?? `${file}:${line}`;
      return [[knob, { value, says, source }] as const];
    }),
  ) as Departures;
}

/** How suites, flags and other tools would spell a knob: `pod-guards`. */
function kebab(knob: string): string {
  return knob.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** A value as the file has it, on one line. */
/** A sentence for a knob that has none: guards have words of their own. */
function saysOf(knob: string, value: unknown): string {
  const isWorded = knob === 'podGuards' && Array.isArray(value) && value.length > 0;
  return isWorded ? valueWords(value) : `${knob} is ${valueWords(value)}`;
}

function valueWords(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  const items = value.map((item: unknown) =>
    typeof item === 'object' && item !== null ? String((item as { words?: unknown }).words) : String(item),
  );
  return items.length === 0 ? 'empty' : items.join(', ');
}
