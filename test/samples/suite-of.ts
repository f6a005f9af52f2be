/** A suite made in a test: its manifests and flows are written to a scratch folder, so that it is read like any other. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface MadeSuite {
  readonly path: string;
  /** Takes the scratch folder away. */
  readonly remove: () => void;
}

/** `texts` become files of their own; `manifests` are paths that exist already. */
export function makeSuite(parts: {
  readonly description: string;
  readonly texts?: readonly string[];
  readonly manifests?: readonly string[];
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}): MadeSuite {
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-suite-'));
  const written = (parts.texts ?? []).map((text, index) => {
    writeFileSync(join(folder, `${index}.yaml`), text);
    return `${index}.yaml`;
  });
  const path = join(folder, 'suite.yaml');
  const { description, allow, deny } = parts;
  // JSON is YAML.
  writeFileSync(
    path,
    JSON.stringify({ description, manifests: [...written, ...(parts.manifests ?? [])], allow, deny }),
  );
  return { path, remove: () => rmSync(folder, { recursive: true }) };
}
