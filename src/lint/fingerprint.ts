/**
 * By what a finding is known again when lines have moved: the check, the object it is in, and what it says. Line numbers, file
 * names and indentation are no part of it. Equal findings of one object share a fingerprint and are told apart by their number.
 */
import { createHash } from 'node:crypto';
import type { Finding, LintCode } from './check.ts';
import type { SourcePlaces } from './source-places.ts';

/** `NetworkPolicy/shop/db`, as written; the file's name where there is no object. */
export function objectName(at: Finding['at'], sources: SourcePlaces): string {
  const object = sources.objectAt(at);
  if (object === undefined || object.kind === '') return at.file;
  return [object.kind, object.namespace, object.name].filter((part) => part !== '').join('/');
}

/** 16 hexadecimal digits. */
export function fingerprintOf(code: LintCode, { message, at }: Finding, sources: SourcePlaces): string {
  const text = [code, objectName(at, sources), message].join('\n');
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
