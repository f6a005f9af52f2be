/** `--cni` where several CNIs may be asked about at once: names, or `all`. */
import type { Checked } from '../diagnostic/diagnostic.ts';
import type { CniProfile } from '../policy/cni/profile.ts';
import { CNI_NAMES, cniProfile } from '../policy/cni/profiles.ts';
import { knownWordsHint, problem } from './problem.ts';

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

/** The profiles of names; every name that means nothing is a diagnostic. */
export function profilesNamed(names: readonly string[]): Checked<readonly CniProfile[]> {
  const found = spelledOut(names).map((name) => ({ name, profile: cniProfile(name) }));
  return {
    value: [...new Set(found.flatMap(({ profile }) => profile ?? []))],
    diagnostics: found
      .filter(({ profile }) => profile === undefined)
      .map(({ name }) =>
        problem('cli/cni', `unknown CNI ${name}`, knownWordsHint(name, [...CNI_NAMES, ALL])),
      ),
  };
}
