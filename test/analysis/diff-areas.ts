/** The areas that two compared sets have around a packet, in words: what tests hold against the judge. */
import { ANY_RELATION, type Rectangle } from '../../src/analysis/diff/diff-fold.ts';
import { type ComparedWorlds, compareWorlds, type DiffSide } from '../../src/analysis/diff/diff-worlds.ts';
import { relationOf } from '../../src/analysis/joint/joint-classes.ts';
import { type JointWorlds, jointWorlds } from '../../src/analysis/joint/joint-worlds.ts';
import type { ChangeNumbers } from '../../src/analysis/joint/pair-answers.ts';
import { sameAddress } from '../../src/net/address.ts';
import { DISCOVERY_FIRST, DISCOVERY_LAST, DISCOVERY_REPORT } from '../../src/net/protocol-layout.ts';
import type { FirstPacket } from '../../src/policy/decision.ts';
import { lookupTrie4, lookupTrie6 } from '../../src/tables/address-trie.ts';
import { SECTION_TRIE4, SECTION_TRIE6 } from '../../src/tables/directory-layout.ts';
import { portGroup } from '../../src/tables/port-maps.ts';
import { sectionOf, type Tables } from '../../src/tables/tables.ts';
import { VERDICTS } from '../../src/tables/verdict.ts';

export interface Areas {
  readonly worlds: JointWorlds;
  readonly compared: ComparedWorlds;
  /** What areas say by their numbers: `deny → allow`. */
  readonly changes: readonly string[];
  /** The changes of all areas that hold a packet. */
  readonly around: (packet: FirstPacket) => string[];
}

function entryOf(tables: Tables, { family, words }: FirstPacket['source']): number {
  return family === 4
    ? lookupTrie4(sectionOf(tables, SECTION_TRIE4), words[0])
    : lookupTrie6(sectionOf(tables, SECTION_TRIE6), words);
}

/** Whether a packet is in the space that is enumerated: all of its fields are known, and its protocol is of its family. */
export function isEnumerated(packet: FirstPacket): boolean {
  const { source, destination, protocol, sourcePort = 0, destinationPort = 0, icmp } = packet;
  if (sameAddress(source, destination)) return false;
  const group = portGroup(protocol);
  if (group <= 2) return destinationPort > 0 && sourcePort > 0;
  if (group === 5) return true;
  if (icmp === undefined || (group === 3) !== (source.family === 4)) return false;
  const isDiscovery = icmp.type >= DISCOVERY_FIRST && icmp.type <= DISCOVERY_LAST;
  return protocol === 1 || !(isDiscovery || icmp.type === DISCOVERY_REPORT);
}

function keyOf({ protocol, destinationPort, icmp }: FirstPacket): number {
  if (icmp !== undefined) return icmp.type * 256 + icmp.code;
  return portGroup(protocol) === 5 ? protocol : destinationPort!;
}

/** Changes as verdicts alone tell them apart, by number: `deny → allow`. */
export function verdictChanges(): { readonly changes: readonly string[]; readonly numbers: ChangeNumbers } {
  const changes: string[] = [];
  const changeOf = (was: number, is: number): number => {
    const text = `${VERDICTS[was]} → ${VERDICTS[is]}`;
    return changes.includes(text) ? changes.indexOf(text) : changes.push(text) - 1;
  };
  return { changes, numbers: { answerOf: (_, { verdict }) => verdict, changeOf } };
}

/** Compares two sets. */
export function compareAreas(before: DiffSide, after: DiffSide): Areas {
  const { changes, numbers } = verdictChanges();
  const compared = compareWorlds(before, after, numbers);
  const worlds = jointWorlds(before, after);
  const around = (packet: FirstPacket): string[] => {
    const { points, rectangles, lists } = compared.families[packet.source.family === 4 ? 0 : 1]!;
    const at = (address: FirstPacket['source']): number => {
      const [left, right] = [entryOf(before.tables, address), entryOf(after.tables, address)];
      return points.findIndex((point) => point.before === left && point.after === right);
    };
    const [from, to] = [at(packet.source), at(packet.destination)];
    const relation = relationOf(worlds.entries, points[from]!, points[to]!);
    const holds = (lists: readonly (readonly number[])[], point: number): boolean =>
      lists.some((list) => list.includes(point));
    const group = portGroup(packet.protocol);
    const [key, source] = [keyOf(packet), group <= 2 ? packet.sourcePort! : 0];
    return rectangles
      .filter(({ sources, destinations }: Rectangle) => {
        const targets = lists.setOf([...destinations]);
        return holds(lists.listsOf(sources), from) && holds(lists.listsOf(targets), to);
      })
      .flatMap(({ items }) => items)
      .filter((item) => item.relation === ANY_RELATION || item.relation === relation)
      .filter((item) =>
        item.sets
          .flatMap((set) => compared.sets.sets[set]!)
          .some(
            (range) =>
              group === range.group &&
              key >= range.first &&
              key <= range.last &&
              source >= range.firstSource &&
              source <= range.lastSource,
          ),
      )
      .map(({ change }) => changes[change]!);
  };
  return { worlds, compared, changes, around };
}
