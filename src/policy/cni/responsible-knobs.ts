/**
 * Which knobs make a difference between two CNIs: each alone that does, else a pair, else a set of which none can be spared. What a
 * knob does can hang on another one, so that the answer is a list of sets.
 */
import { protocolName } from '../../net/protocol.ts';
import type { Knobs, PodGuard } from './profile.ts';

/** Sets of two, in the order of the knobs. */
function pairsOf<Knob>(knobs: readonly Knob[]): Knob[][] {
  return knobs.flatMap((first, index) => knobs.slice(index + 1).map((second) => [first, second]));
}

/**
 * The smallest sets of `knobs` of which `turns` holds, each sufficient for itself: all of one knob; of more one such set. None where
 * `turns` does not hold of all of them.
 */
export function responsibleKnobs<Knob>(
  knobs: readonly Knob[],
  turns: (turned: readonly Knob[]) => boolean,
): readonly (readonly Knob[])[] {
  const single = knobs.map((knob) => [knob]).filter(turns);
  if (single.length > 0) return single;
  if (knobs.length === 0 || !turns(knobs)) return [];
  let needed = knobs;
  for (const knob of knobs) {
    const without = needed.filter((one) => one !== knob);
    if (turns(without)) needed = without;
  }
  // A pair is the least that is left to find.
  return [needed.length === 2 ? needed : (pairsOf(knobs).find(turns) ?? needed)];
}

/** The value of a knob as a word for people: `rules-imply`, `tcp, udp`, `ping is accepted before any policy`. */
export function knobValueText(value: Knobs[keyof Knobs]): string {
  if (typeof value === 'string') return value;
  const words = (value as readonly (string | number | PodGuard)[]).map((item) => {
    if (typeof item === 'number') return protocolName(item);
    return typeof item === 'string' ? item : item.words;
  });
  return words.length === 0 ? 'none' : [...new Set(words)].join(', ');
}
