/** `--cni` where several CNIs may be asked about at once: names, or `all`. */
import type { Checked } from '../diagnostic/diagnostic.ts';
import { findCni } from '../manifest/cni/cni-profile.ts';
import type { CniProfile } from '../policy/cni/profile.ts';
import { CNI_NAMES, cniProfile } from '../policy/cni/profiles.ts';

/** The word for every CNI. */
const ALL = 'all';

/** Each profile once, by the first of its names; the specification is no CNI. */
function everyCni(): string[] {
  const profiles = CNI_NAMES.map((name) => cniProfile(name));
  return CNI_NAMES.filter(
    (name, index) => name !== 'kubernetes' && profiles.indexOf(profiles[index]) === index,
  );
}

/** The names with `all` spelt out, none twice. */
export function spelledOut(names: readonly string[]): string[] {
  return [...new Set(names.flatMap((name) => (name === ALL ? everyCni() : [name])))];
}

/** The profiles of names and paths; every one that means nothing, and every mistake of a file, is a diagnostic. */
export function profilesNamed(names: readonly string[]): Checked<readonly CniProfile[]> {
  const found = spelledOut(names).map((name) => findCni(name, [ALL]));
  return {
    value: [...new Set(found.flatMap(({ value }) => value ?? []))],
    diagnostics: found.flatMap(({ diagnostics }) => diagnostics),
  };
}
