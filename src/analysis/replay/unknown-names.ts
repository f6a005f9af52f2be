/** Names of records that no manifest has, heaviest first: what they stand for could not be judged. */
import { findName, flowNameOf, type NameIndex } from '../../flow/flow-name.ts';
import { isNameWords } from '../../packet/name-words.ts';
import type { ReplayResult } from '../../replay/result.ts';
import type { WrittenNames } from '../written-names.ts';
import type { UnknownName } from './replay-document.ts';

/** Of the addresses that the replay kept; none where no record names pods. */
export function unknownNames(
  { addresses, refused, admitted }: Pick<ReplayResult, 'addresses' | 'refused' | 'admitted'>,
  names: { readonly index: NameIndex; readonly written: WrittenNames } | undefined,
): UnknownName[] {
  if (names === undefined) return [];
  const total = [...refused, ...admitted].reduce((sum, { packets }) => sum + packets, 0);
  const tallies = new Map<string, number>();
  for (const { words, packets } of addresses) {
    const name = isNameWords(words, 0) ? names.written.textAt(words, 0) : undefined;
    const flow = name === undefined ? undefined : flowNameOf(name);
    if (name === undefined || flow === undefined || findName(names.index, flow) !== undefined) continue;
    // One a family: names have none.
    tallies.set(name, (tallies.get(name) ?? 0) + packets);
  }
  return [...tallies]
    .map(([name, packets]) => ({ name, packets, share: total === 0 ? 0 : Math.min(1, packets / total) }))
    .sort((a, b) => b.packets - a.packets || (a.name < b.name ? -1 : 1));
}
