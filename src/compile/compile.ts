/**
 * Resolved policies → tables and legend. Phases, each over what the one before found: read what governs whom, divide
 * the addresses, specialise programs and compile their shapes, lay out services, concatenate. The result hangs on what
 * the manifests say, never on their order.
 */
import type { NameIndex } from '../flow/flow-name.ts';
import { addressKey } from '../net/address.ts';
import type { Policy } from '../policy/policy.ts';
import type { World } from '../policy/world.ts';
import { buildTrie4, buildTrie6 } from '../tables/address-trie.ts';
import * as D from '../tables/directory-layout.ts';
import { type AddressEntry, buildEntries } from '../tables/entries.ts';
import { buildHosts } from '../tables/hosts.ts';
import { buildNames } from '../tables/names.ts';
import { buildTables, type Tables } from '../tables/tables.ts';
import { buildVirtualPorts, type VirtualPortTables } from '../tables/virtual-ports.ts';
import type { Asked } from './address-atoms.ts';
import { type AddressSpace, buildAddressSpace } from './address-space.ts';
import { AtomSets } from './atom-sets.ts';
import { type Counts, factsSection } from './facts.ts';
import { type Governing, readGoverning } from './governed-lines.ts';
import { type HostStation, hostFlags, hostRows, hostStations, nodesWithHooks } from './hosts.ts';
import { createLegend, type Legend } from './legend.ts';
import { Members } from './members.ts';
import { nameRows } from './names.ts';
import { needsSpace, OwnSides } from './own-side.ts';
import { PeerSpace } from './peer-space.ts';
import { portRanks } from './port-rank-marks.ts';
import { Predicates } from './predicates.ts';
import { ProgramSet, type ProgramSetOptions } from './program-set.ts';
import { prefixesOf } from './regions.ts';
import { NodeNumbers, nodeNames, virtualPortRows } from './services.ts';

/** How long a part of the compilation took. */
export interface Phase {
  readonly name: string;
  readonly milliseconds: number;
}

export interface Compilation {
  readonly tables: Tables;
  readonly legend: Legend;
  readonly phases: readonly Phase[];
  /** How addresses were divided: entries in the order of the tables'. */
  readonly space: AddressSpace;
  /** Identities and what the predicates are at them. */
  readonly peers: Readonly<Record<4 | 6, PeerSpace>>;
}

/** What of a world the tables are made of. */
export type CompiledWorld = Pick<World, 'cluster' | 'seen' | 'profile' | 'book' | 'resolved'>;

/** What else the tables are to hold. */
export interface CompileOptions extends ProgramSetOptions {
  /** What flow logs may call the cluster's addresses: rows that name pods can be judged. */
  readonly names?: NameIndex;
}

/** Compiles a world. Throws RangeError when the tables pass 4 GiB. */
export function compileTables(
  world: CompiledWorld,
  { names, ...programs }: CompileOptions = {},
): Compilation {
  const phases: Phase[] = [];
  const timed: Timed = (name, work) => {
    const start = performance.now();
    const value = work();
    phases.push({ name, milliseconds: performance.now() - start });
    return value;
  };
  const parts = compileParts(world, timed, programs);
  const named =
    names === undefined ? buildNames([]) : timed('names', () => buildNames(nameRows(world, names, parts)));
  const policies = enforcedPolicies(world);
  const tables = timed('layout', () => buildTables(layOut(world, parts, named, policies)));
  const legend = createLegend(parts.set.programs, world.book.endpoints, policies);
  return { tables, legend, phases, space: parts.space, peers: parts.peers };
}

/** Every policy that counts. */
export const enforcedPolicies = ({ resolved }: Pick<CompiledWorld, 'resolved'>): Policy[] =>
  resolved.policies.filter(({ staged }) => !staged);

/** Runs a phase and notes how long it took. */
type Timed = <T>(name: string, work: () => T) => T;

/** What a compilation found out, before it is laid out. */
export type CompiledParts = ReturnType<typeof compileParts>;

interface PartsOptions extends ProgramSetOptions {
  /** How many identities the views have room for beyond those that there are. */
  readonly identityRoom?: (identities: number) => number;
}

/** Compiles a world up to its layout. */
export function compileParts(
  world: CompiledWorld,
  timed: Timed = (_, work) => work(),
  { identityRoom = () => 0, ...programs }: PartsOptions = {},
) {
  const { book, resolved, profile } = world;
  const predicates = new Predicates();
  const members = new Members(book);
  const atoms = new AtomSets();
  const stations = hostStations(book);
  const governing = timed('rules', () => readGoverning(book, resolved, { predicates, profile, stations }));
  const space = timed('addresses', () =>
    buildAddressSpace(book, askedOf(governing, predicates, members), { members, atoms, profile }),
  );
  const tries = timed('tries', () => ({
    4: buildTrie4(
      prefixesOf(space.families[4].regions, space.families[4].entries),
      space.families[4].outside,
    ),
    6: buildTrie6(
      prefixesOf(space.families[6].regions, space.families[6].entries),
      space.families[6].outside,
    ),
  }));
  const nodes = new NodeNumbers([...nodeNames(book.facts.values()), ...book.hosts.keys()]);
  const virtual = timed('services', () => buildVirtualPorts(virtualPortRows(space, tries, nodes)));
  const peers = {
    4: peersOf(space.families[4].identities, atoms, identityRoom),
    6: peersOf(space.families[6].identities, atoms, identityRoom),
  };
  const ownSides = new OwnSides(predicates, members, space, atoms);
  const set = new ProgramSet(governing, ownSides, peers, programs);
  const asking = nodesWithHooks(stations, resolved);
  const { entries, hosts } = timed('programs', () =>
    compilePrograms(world, { space, stations, set, asking }, { nodes, virtual }),
  );
  return {
    governing,
    predicates,
    members,
    atoms,
    space,
    stations,
    asking,
    tries,
    nodes,
    virtual,
    peers,
    set,
    entries,
    hosts,
  };
}

const peersOf = (
  identities: readonly number[],
  atoms: AtomSets,
  room: (identities: number) => number,
): PeerSpace => new PeerSpace(identities, atoms, room(identities.length));

/** The sections in the order of directory-layout.ts. */
export function layOut(
  world: CompiledWorld,
  parts: CompiledParts,
  named: Uint8Array,
  policies: readonly Policy[],
): Uint8Array[] {
  const { tries, entries, virtual, hosts, set } = parts;
  const sections = new Map([
    [D.SECTION_FACTS, factsSection(world, parts.set, countsOf(parts))],
    [D.SECTION_TRIE4, tries[4]],
    [D.SECTION_TRIE6, tries[6]],
    [D.SECTION_ENTRIES, buildEntries(entries)],
    [D.SECTION_VIRTUAL_PORTS, virtual.hash],
    [D.SECTION_BACKENDS, virtual.backends],
    [D.SECTION_PORT_RANKS, portRanks(world.cluster, world.book, policies)],
    [D.SECTION_HOSTS, hosts],
    [D.SECTION_NAMES, named],
    ...set.tables.sections(),
  ]);
  return Array.from({ length: D.SECTION_COUNT }, (_, section) => sections.get(section)!);
}

/** The predicates that addresses are divided by. */
export function askedOf(governing: Governing, predicates: Predicates, members: Members): Asked[] {
  const own = [...governing.ownPredicates].filter((number) => needsSpace(predicates.list[number]!, members));
  return [...new Set([...governing.peerPredicates, ...own])].map((number) => ({
    number,
    predicate: predicates.list[number]!,
  }));
}

interface Found {
  readonly space: AddressSpace;
  readonly stations: readonly HostStation[];
  readonly set: ProgramSet;
  /** Nodes with host hooks. */
  readonly asking: ReadonlySet<string>;
}

/** Specialises and compiles the programs of all owners and hosts, and fills in the address entries. */
function compilePrograms(
  { seen, book }: CompiledWorld,
  { space, stations, set, asking }: Found,
  { nodes, virtual }: { nodes: NodeNumbers; virtual: VirtualPortTables },
) {
  const optional = <K extends string>(key: K, value: number | undefined): Partial<Record<K, number>> =>
    value === undefined ? {} : ({ [key]: value } as Partial<Record<K, number>>);
  const entries = space.entries.map((plan, index): AddressEntry => {
    const { identity, facts } = plan;
    // Most entries of a large set are blocks that hold nobody.
    if (facts === undefined) return plan;
    return {
      identity,
      ...optional('firstVirtual', virtual.firstRows.get(index)),
      ...optional('owner', facts.owner?.index),
      ...optional('ownerNode', nodes.of(facts.owner?.nodeName)),
      ...optional('node', nodes.of(facts.node?.name)),
      ...optional('egressProgram', set.numberOf(facts, 'egress')),
      ...optional('ingressProgram', set.numberOf(facts, 'ingress')),
      flags: hostFlags(facts, seen, asking),
    };
  });
  const rows = hostRows(book, {
    stations,
    nodes: nodes.names,
    entryOf: (address) => space.entryOf.get(addressKey(address))!,
    mapOf: (endpoint, hook, family) => set.hostMap(endpoint, hook, family),
  });
  return { entries, hosts: buildHosts(rows) };
}

function countsOf({ space: { entries, families }, predicates, virtual }: CompiledParts): Counts {
  return {
    entries: entries.length,
    predicates: predicates.list.length,
    virtualPorts: virtual.count,
    outside6: families[6].outside,
    identities: { 4: families[4].identities.length, 6: families[6].identities.length },
    regions: { 4: families[4].regions.length, 6: families[6].regions.length },
  };
}
