/** Manifests as they were at a revision of git: read from its objects, nothing is checked out. */
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { SourceFile } from '../manifest/text/files.ts';
import { problem } from './problem.ts';

const ENDINGS = ['.yaml', '.yml', '.json'];
/** More than any repository of manifests. */
const OUTPUT_MOST = 2 ** 30;

const PREFIX = 'git:';

/** The revision that a word of `--against` names: `git:main`; undefined for a path. */
export function revisionOf(word: string | undefined): string | undefined {
  return word?.startsWith(PREFIX) ? word.slice(PREFIX.length) : undefined;
}

/** What git prints; its own words where it fails. */
function git(folder: string, words: readonly string[], input?: string): Buffer | { failed: string } {
  const { status, stdout, stderr, error } = spawnSync('git', ['-C', folder, ...words], {
    maxBuffer: OUTPUT_MOST,
    ...(input === undefined ? {} : { input }),
  });
  if (error !== undefined)
    return {
      failed: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'git is not installed' : error.message,
    };
  if (status === 0) return stdout;
  return {
    failed:
      stderr
        .toString('utf8')
        .trim()
        .replace(/^fatal: /, '')
        .split('\n')[0] ?? 'git failed',
  };
}

/** The folder of a repository that holds a path, and the path inside it; what is not there any more has a folder that is. */
function placeOf(path: string): { top: string; inside: string } | { failed: string } {
  let folder = dirname(resolve(path));
  let rest = basename(resolve(path));
  while (!existsSync(folder)) {
    rest = join(basename(folder), rest);
    folder = dirname(folder);
  }
  const top = git(folder, ['rev-parse', '--show-toplevel']);
  if ('failed' in top) return top;
  const root = top.toString('utf8').trimEnd();
  return { top: root, inside: relative(realpathSync(root), join(realpathSync(folder), rest)) };
}

/** The texts of objects, in the order asked. */
function contentsOf(top: string, revision: string, paths: readonly string[]): Buffer[] | { failed: string } {
  const found = git(top, ['cat-file', '--batch'], paths.map((path) => `${revision}:${path}\n`).join(''));
  if ('failed' in found) return found;
  const contents: Buffer[] = [];
  let at = 0;
  for (const path of paths) {
    const end = found.indexOf(10, at);
    const size = /^[0-9a-f]+ blob (\d+)$/.exec(found.toString('utf8', at, end))?.[1];
    if (size === undefined) return { failed: `${path} is no file` };
    contents.push(found.subarray(end + 1, end + 1 + Number(size)));
    at = end + 1 + Number(size) + 1;
  }
  return contents;
}

const ABSENT_HINT =
  'where the cluster is not in git, check the revision out beside it (git worktree add ../before REV) and give its policies alone: --against ../before/policies';

const REVISION_HINT =
  'git log and git branch --all list revisions; a shallow clone, as CI makes them, has to fetch others first (git fetch origin main)';

/** Files below each path at a revision, as a folder is read: recursively, what is hidden aside. Their names are `REV:path`. */
export function gitFiles(
  revision: string,
  paths: readonly string[],
): { files: SourceFile[]; diagnostics: Diagnostic[] } {
  const files = new Map<string, SourceFile>();
  const diagnostics: Diagnostic[] = [];
  const refuse = (message: string, hint?: string): void => {
    const told = problem('cli/against', `--against git:${revision}: ${message}`, hint);
    // What is wrong with the revision is so for every path.
    if (!diagnostics.some((before) => before.message === told.message)) diagnostics.push(told);
  };
  for (const path of paths) {
    const place = placeOf(path);
    if ('failed' in place) {
      refuse(place.failed);
      continue;
    }
    const { top, inside } = place;
    const listed = git(top, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', revision, '--', inside]);
    if ('failed' in listed) {
      refuse(listed.failed, REVISION_HINT);
      continue;
    }
    const names = listed
      .toString('utf8')
      .split('\0')
      .filter((name) => name !== '' && (name === inside || isManifest(relative(inside, name))));
    const contents = names.length === 0 ? [] : contentsOf(top, revision, names);
    if ('failed' in contents) refuse(contents.failed);
    else if (names.length === 0) refuse(`there is no manifest at ${path}`, ABSENT_HINT);
    else
      names.forEach((name, index) => {
        const shown = `${revision}:${name}`;
        files.set(shown, { name: shown, bytes: contents[index]! });
      });
  }
  return { files: [...files.values()], diagnostics };
}

function isManifest(below: string): boolean {
  return (
    ENDINGS.some((ending) => below.endsWith(ending)) && !below.split('/').some((part) => part.startsWith('.'))
  );
}
