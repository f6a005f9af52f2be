/** Runs the built program as a process, as a user would. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';

export const ROOT = resolve(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'dist/main.js');
export const QUICKSTART = ['-f', 'traces/quickstart/cluster.yaml', '-f', 'traces/quickstart/policies'];
export const CAPTURE = 'traces/quickstart/capture.pcap';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Ends when the program does; two minutes are the most. */
export function dryplane(words: readonly string[], options: RunOptions = {}): Ended {
  const { NO_COLOR: _, FORCE_COLOR: __, DEBUG: ___, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
    cwd: options.cwd ?? ROOT,
    env: { ...env, ...options.env },
    input: options.input ?? '',
    encoding: 'utf8',
    timeout: 110_000,
    maxBuffer: 1 << 28,
  });
  return { code: status, stdout, stderr };
}

const ajv = new Ajv({ allErrors: true });

/** The document on stdout, checked against its schema. */
export function checkedDocument<T = Record<string, unknown>>(
  stdout: string,
): T & { readonly schema: string } {
  const document = JSON.parse(stdout) as T & { readonly schema: string };
  if (Object.keys(document)[0] !== 'schema') throw new Error('schema is not the first key');
  const [, name, version] = /^dryplane\/([a-z]+)\/(v\d+)$/.exec(document.schema) ?? [];
  const schema = JSON.parse(readFileSync(join(ROOT, `schemas/${name}.${version}.json`), 'utf8')) as object;
  const validate = ajv.getSchema(`dryplane/${name}/${version}`) ?? ajv.compile(schema);
  if (validate(document) !== true) throw new Error(ajv.errorsText(validate.errors));
  return document;
}
