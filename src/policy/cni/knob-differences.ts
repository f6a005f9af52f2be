/**
 * In which knobs two CNIs differ, and a CNI with some of its knobs turned to another's: with these a difference in
 * what two CNIs do is put down to the knobs that make it. Order and content hang on the two profiles alone.
 */
import { isDeepStrictEqual } from 'node:util';
import { ADDRESS_BASED } from './address-based.ts';
import type { CniProfile, Departures, Knobs } from './profile.ts';

const KNOBS = Object.keys(ADDRESS_BASED) as readonly (keyof Knobs)[];

/** The knobs whose values differ, in the order of `ADDRESS_BASED`. */
export function differingKnobs(a: Knobs, b: Knobs): (keyof Knobs)[] {
  return KNOBS.filter((knob) => !isDeepStrictEqual(a[knob], b[knob]));
}

/** `profile` under its own name, with the values and departures that `from` has for `knobs`. */
export function withKnobs(
  profile: CniProfile,
  from: Knobs & { readonly departures?: Departures },
  knobs: readonly (keyof Knobs)[],
): CniProfile {
  const turned = new Set<string>(knobs);
  const values = Object.fromEntries(knobs.map((knob) => [knob, from[knob]]));
  const departures = Object.fromEntries([
    ...Object.entries(profile.departures).filter(([knob]) => !turned.has(knob)),
    ...Object.entries(from.departures ?? {}).filter(([knob]) => turned.has(knob)),
  ]);
  return { ...profile, ...values, departures };
}
