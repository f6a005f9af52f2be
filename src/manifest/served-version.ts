/** An API version that nobody serves: said in one way for all kinds. */
import type { Cursor } from './cursor.ts';

/** Reports that a kind is served as `served` (group and version), not as the object says. */
export function refuseVersion(object: Cursor, kind: string, served: string): void {
  const apiVersion = object.field('apiVersion');
  apiVersion.error(
    'manifest/unsupported-version',
    `${kind} is served as ${served}, not as ${String(apiVersion.value)}`,
    { hint: `write apiVersion: ${served}` },
  );
}
