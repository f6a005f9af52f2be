/**
 * `dryplane snapshot FOLDER`: the state and the policies of a live cluster into a folder that replays. kubectl does the reading, by list
 * calls alone; `--dry-run` prints them. The folder appears when every list has come.
 */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SnapshotDocument } from '../analysis/snapshot-document.ts';
import { type Diagnostic, InvalidInput } from '../diagnostic/diagnostic.ts';
import { nearestWord } from '../diagnostic/nearest.ts';
import { loadCluster } from '../manifest/load.ts';
import {
  resourcesServed,
  SNAPSHOT_RESOURCES,
  type SnapshotResource,
} from '../manifest/snapshot/resources.ts';
import { NotAList, type SnapshotFile, snapshotFile } from '../manifest/snapshot/snapshot-file.ts';
import { writeAtomicFile } from '../output/atomic-file.ts';
import { printError } from '../output/standard-output.ts';
import { documentJson } from '../report/json.ts';
import { snapshotText } from '../report/snapshot-text.ts';
import { FORMATS } from './command-line/formats.ts';
import type { SnapshotOptions } from './command-line/snapshot.ts';
import { folderProblems } from './folder.ts';
import { type Answer, discovery, listing, run } from './kubectl.ts';
import { problem } from './problem.ts';
import { deliver, requireSinks } from './sinks.ts';
import { VERSION } from './version.ts';
import { warn } from './warn.ts';

const NAMES = SNAPSHOT_RESOURCES.map(({ name }) => name);

/** A resource is left out by its whole name or by the part before its group: `nodes`, `networksets`. */
const isNamed = ({ name }: SnapshotResource, word: string): boolean =>
  name === word || name.startsWith(`${word}.`);

function unknownNames({ without = [] }: SnapshotOptions): Diagnostic[] {
  return without
    .filter((word) => !SNAPSHOT_RESOURCES.some((resource) => isNamed(resource, word)))
    .map((word) => {
      const near = nearestWord(word, [...new Set(NAMES.flatMap((name) => [name, name.split('.')[0]!]))]);
      const hint = `${near === undefined ? '' : `did you mean ${near}? `}--dry-run lists them`;
      return problem('cli/without', `--without ${word}: a snapshot asks for no such resource`, hint);
    });
}

/** The program's answer; what the system says of a program that is not there is the user's to mend. */
async function answerOf(command: readonly string[]): Promise<Answer> {
  try {
    return await run(command);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const words = code === 'ENOENT' ? 'there is no such program' : message;
    throw new InvalidInput([
      problem('snapshot/kubectl', `${command[0]}: ${words}`, 'install kubectl, or name it: --kubectl PATH'),
    ]);
  }
}

/** What kubectl says in the end, without the lines of its log. */
function complaint({ stderr, status }: Answer): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !/^[IWEF]\d{4} /.test(line));
  if (lines.length === 0) return status === null ? 'it was ended from outside' : `exit code ${status}`;
  return lines.at(-1)!.replace(/^error: /i, '');
}

/** Groups whose discovery failed, of those that a snapshot reads. */
function groupsLost(stderr: string, served: ReadonlySet<string>): string[] {
  const failed = [...stderr.matchAll(/([a-z0-9.-]+)\/v\d[a-z0-9]*: /g)].map(([, group]) => group!);
  const isStored = (group: string): boolean =>
    group === 'projectcalico.org' && served.has('ippools.crd.projectcalico.org');
  return [...new Set(failed)].filter(
    (group) => NAMES.some((name) => name.slice(name.indexOf('.') + 1) === group) && !isStored(group),
  );
}

/** What the cluster serves. Throws InvalidInput when it cannot be asked, or when part of its answer is missing that matters. */
async function askWhatIsServed(options: SnapshotOptions, warnings: string[]): Promise<ReadonlySet<string>> {
  const command = discovery(options);
  const answer = await answerOf(command);
  const served = new Set(answer.stdout.toString('utf8').split(/\s+/).filter(Boolean));
  if (answer.status === 0) return served;
  const lost = groupsLost(answer.stderr, served);
  if (served.size > 0 && lost.length === 0) {
    warnings.push(`not all of the cluster's APIs answer: ${complaint(answer)}`);
    return served;
  }
  const message =
    lost.length > 0
      ? `the cluster does not say what there is of ${lost.join(', ')}: ${complaint(answer)}`
      : `the cluster cannot be asked: ${complaint(answer)}`;
  throw new InvalidInput([problem('snapshot/kubectl', message, `try: ${command.join(' ')}`)]);
}

interface Collected {
  readonly files: readonly SnapshotFile[];
  readonly commands: SnapshotDocument['commands'];
}

/** Lists one resource after the other. Throws InvalidInput with everything that could not be listed. */
async function collect(resources: readonly SnapshotResource[], options: SnapshotOptions): Promise<Collected> {
  const files: SnapshotFile[] = [];
  const commands: SnapshotDocument['commands'][number][] = [];
  const problems: Diagnostic[] = [];
  const refuse = ({ name }: SnapshotResource, words: string): void => {
    problems.push(problem('snapshot/kubectl', `${name}: ${words}`, `--without ${name} leaves it out`));
  };
  const shows = options.quiet !== true && process.stderr.isTTY === true;
  for (const resource of resources) {
    if (shows) printError(`\r\x1b[K  ${resource.name}`);
    const words = listing(options, resource);
    const answer = await answerOf(words);
    commands.push({ words, resource: resource.name, asked: resource.always ? 'always' : 'where-served' });
    if (answer.status !== 0) {
      refuse(resource, complaint(answer));
      continue;
    }
    try {
      files.push(snapshotFile(resource, answer.stdout));
    } catch (error) {
      if (!(error instanceof NotAList)) throw error;
      refuse(resource, error.message);
    }
  }
  if (shows) printError('\r\x1b[K');
  if (problems.length > 0) throw new InvalidInput(problems);
  return { files: files.filter(({ objects }) => objects > 0), commands };
}

function write(folder: string, files: readonly SnapshotFile[]): void {
  for (const { path, bytes } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeAtomicFile(join(folder, path), bytes);
  }
}

/** What every reader of the folder will be told, told now. */
function readBack(folder: string, warnings: string[]): Diagnostic[] {
  const { diagnostics } = loadCluster([folder], { lenient: true });
  if (diagnostics.length > 0)
    warnings.push('the cluster holds what this version does not know: read the folder with --lenient');
  return diagnostics.map((diagnostic) => ({ ...diagnostic, severity: 'warning' }));
}

function documentOf(
  parts: Omit<SnapshotDocument, 'schema' | 'version' | 'files'>,
  files: readonly SnapshotFile[],
) {
  return {
    schema: 'dryplane/snapshot/v1',
    version: VERSION,
    ...parts,
    files: files.map(({ path, objects, bytes }) => ({ path, objects, bytes: bytes.length })),
  } satisfies SnapshotDocument;
}

/** What a run would ask, in order; nobody is asked. */
function planned(options: SnapshotOptions, resources: readonly SnapshotResource[]): SnapshotDocument {
  const commands = resources.map((resource) => ({
    words: listing(options, resource),
    resource: resource.name,
    asked: resource.always === true ? ('always' as const) : ('where-served' as const),
  }));
  const first = { words: discovery(options), resource: null, asked: 'always' as const };
  const without = options.without ?? [];
  return documentOf({ folder: null, time: null, commands: [first, ...commands], without, warnings: [] }, []);
}

async function taken(
  folder: string,
  options: SnapshotOptions,
  isWanted: (resource: SnapshotResource) => boolean,
): Promise<SnapshotDocument> {
  const warnings: string[] = [];
  const time = new Date();
  const served = await askWhatIsServed(options, warnings);
  const { files, commands } = await collect(resourcesServed(served).filter(isWanted), options);
  write(folder, files);
  warn(readBack(folder, warnings), options);
  const first = { words: discovery(options), resource: null, asked: 'always' as const };
  return documentOf(
    {
      folder,
      time: time.toISOString().replace(/\.\d+Z$/, 'Z'),
      commands: [first, ...commands],
      without: options.without ?? [],
      warnings,
    },
    files,
  );
}

/** Runs the command; the exit code is 0. */
export async function snapshotCommand(folder: string | undefined, options: SnapshotOptions): Promise<number> {
  const isDry = options.dryRun === true;
  const missing =
    folder === undefined && !isDry
      ? [problem('cli/missing-argument', 'no folder was named', 'dryplane snapshot FOLDER, or --dry-run')]
      : [];
  const sinks = requireSinks(options, FORMATS.snapshot, [
    ...missing,
    ...unknownNames(options),
    ...(folder === undefined || isDry ? [] : folderProblems(folder)),
  ]);
  const isWanted = (resource: SnapshotResource): boolean =>
    !(options.without ?? []).some((word) => isNamed(resource, word));
  const document = isDry
    ? planned(options, SNAPSHOT_RESOURCES.filter(isWanted))
    : await taken(folder!, options, isWanted);
  deliver(
    sinks,
    { text: (style) => snapshotText(document, style), json: () => documentJson(document) },
    options,
  );
  return 0;
}
