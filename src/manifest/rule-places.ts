/**
 * Where the parts of a policy stand in its manifest: each rule with its peers and ports, by line and in the words that
 * were written. Nothing of it is made while manifests are loaded: what a policy's text was is kept (its bytes alone), and
 * read once more when somebody asks.
 *
 * A policy is known by its `at`, the very object that its reader made and that every stage hands on.
 */
import type { Location } from '../diagnostic/diagnostic.ts';
import { CILIUM_LISTS, type CiliumList } from '../policy/api/cilium.ts';
import type { Direction } from '../policy/policy.ts';
import { Cursor } from './cursor.ts';
import { type PolicyNotation, type PolicySource, sourceOf } from './policy-source.ts';
import { readPiece } from './text/document.ts';
import { writtenWords } from './written.ts';

/** A part of a policy as it is written. */
export interface PartPlace {
  /** First character: of a list item what stands behind `- `. */
  readonly at: Location;
  /** Behind the last character. */
  readonly end: Location;
  /** From the object down: `spec.ingress[0].from[1]`. */
  readonly path: string;
  /** The value in one line: `podSelector: {matchLabels: {app: web}}`. Foreign text. */
  readonly words: string;
}

export interface RulePlace extends PartPlace {
  readonly direction: Direction;
  /** The manifest's list that the rule stands in. */
  readonly list: CiliumList;
  /** Which of the specs of a Cilium policy, `spec` first; 0 for all other kinds. */
  readonly spec: number;
  /** Position in its list, as `Rule.index` counts. */
  readonly index: number;
  /** Items of from and to, of Cilium's lists of peers, of the nets of Calico's side; a Calico side without nets is one peer. None: anyone. */
  readonly peers: readonly PartPlace[];
  /** Items of ports, protocols, `destination.ports` and then `source.ports`, `toPorts[].ports` and then `icmps[].fields`. None: any port. */
  readonly ports: readonly PartPlace[];
}

const READ = new WeakMap<Location, readonly RulePlace[]>();

/**
 * The rules of a policy that was loaded from a manifest, in the order of its lists (ingress, ingressDeny, egress,
 * egressDeny, spec by spec); undefined for one that no manifest holds. Takes a `Policy` of the model or of an API.
 */
export function rulePlaces({ at }: { readonly at: Location }): readonly RulePlace[] | undefined {
  const known = READ.get(at);
  const source = sourceOf(at);
  if (known !== undefined || source === undefined) return known;
  const places = placesOf(source);
  READ.set(at, places);
  return places;
}

function placesOf({ piece, ordinal, path, notation }: PolicySource): RulePlace[] {
  const documents = readPiece(piece, { diagnostics: [], lenient: true });
  const document = documents.find((each) => each.ordinal === ordinal)!;
  const root = new Cursor(document, document.value);
  const object = path.reduce<Cursor>(
    (cursor, step) => (typeof step === 'number' ? cursor.item(step) : cursor.field(step)),
    root,
  );
  const spec = object.field('spec');
  const specs = [...(spec.isPresent ? [spec] : []), ...object.field('specs').items()];
  return specs.flatMap((each, position) =>
    CILIUM_LISTS.flatMap((list) =>
      each
        .field(list)
        .items()
        .map((rule, index) => placeOf(rule, { notation, list, spec: position, index })),
    ),
  );
}

interface RuleId extends Pick<RulePlace, 'list' | 'spec' | 'index'> {
  readonly notation: PolicyNotation;
}

function placeOf(rule: Cursor, { notation, ...id }: RuleId): RulePlace {
  const direction = id.list.startsWith('ingress') ? 'ingress' : 'egress';
  return {
    ...partOf(rule),
    ...id,
    direction,
    peers: PEERS[notation](rule, direction).map(partOf),
    ports: PORTS[notation](rule).map(partOf),
  };
}

function partOf(part: Cursor): PartPlace {
  const { document, path, name, value } = part;
  return { at: part.at(), end: document.endOf(path), path: name, words: writtenWords(value) };
}

/** The items of all lists whose name begins so. */
function itemsOfLists(rule: Cursor, head: 'from' | 'to'): Cursor[] {
  return rule
    .members()
    .filter(({ key, value }) => key.startsWith(head) && key !== 'toPorts' && Array.isArray(value))
    .flatMap((list) => list.items());
}

const PEERS: Readonly<Record<PolicyNotation, (rule: Cursor, direction: Direction) => Cursor[]>> = {
  kubernetes: (rule, direction) => rule.field(direction === 'ingress' ? 'from' : 'to').items(),
  cilium: (rule, direction) => itemsOfLists(rule, direction === 'ingress' ? 'from' : 'to'),
  calico: (rule, direction) => {
    const side = rule.field(direction === 'ingress' ? 'source' : 'destination');
    const nets = side.field('nets').items();
    if (nets.length > 0 || !side.isPresent) return nets;
    const asksWho = side.members().some(({ key }) => key !== 'ports' && key !== 'notPorts');
    return asksWho ? [side] : [];
  },
};

const PORTS: Readonly<Record<PolicyNotation, (rule: Cursor) => Cursor[]>> = {
  kubernetes: (rule) => [...rule.field('ports').items(), ...rule.field('protocols').items()],
  cilium: (rule) => [
    ...rule
      .field('toPorts')
      .items()
      .flatMap((item) => item.field('ports').items()),
    ...rule
      .field('icmps')
      .items()
      .flatMap((item) => item.field('fields').items()),
  ],
  calico: (rule) =>
    (['destination', 'source'] as const).flatMap((side) => rule.fieldAt(side, 'ports').items()),
};
