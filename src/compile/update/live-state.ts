/**
 * A compiled cluster that changes: everything that the compilation knows is kept, and a change is carried through it, from
 * the address book to the words of the tables. Where that cannot be done in place `CannotUpdate` is thrown, and the state is
 * of no use any more.
 */
import { type Address, addressKey } from '../../net/address.ts';
import type { Cidr } from '../../net/cidr.ts';
import { addressesOf, LiveBook } from '../../policy/addresses/live-book.ts';
import { halves } from '../../policy/addresses/network-sets.ts';
import type { Cluster, Pod } from '../../policy/cluster.ts';
import type { CniProfile } from '../../policy/cni/profile.ts';
import type { Endpoint, LabelSet } from '../../policy/endpoints.ts';
import type { Policy, Profile } from '../../policy/policy.ts';
import { enforces, seenBy } from '../../policy/resolve/enforcement.ts';
import { type LiveResolved, resolvePolicies } from '../../policy/resolve/resolve.ts';
import { profileFinder } from '../../policy/resolve/resolve-profiles.ts';
import { type TranslatedCluster, translatePolicies } from '../../policy/resolve/translate-policies.ts';
import { hangsTogether } from '../../policy/translate/from-network-policies.ts';
import type { World } from '../../policy/world.ts';
import * as D from '../../tables/directory-layout.ts';
import { buildNames } from '../../tables/names.ts';
import type { Tables } from '../../tables/tables.ts';
import { TablesEditor } from '../../tables/tables-editor.ts';
import { askedOf, type CompiledParts, compileParts, enforcedPolicies, layOut } from '../compile.ts';
import { factsSection } from '../facts.ts';
import { LabelIndex } from '../label-index.ts';
import { createLegend, type Legend } from '../legend.ts';
import { markAll, markPod, markPolicy } from '../port-rank-marks.ts';
import { CannotUpdate } from './cannot-update.ts';
import { LiveAtoms } from './live-atoms.ts';
import { LiveEntries } from './live-entries.ts';
import { LiveOwnSides } from './live-own-sides.ts';
import { LivePortRanks } from './live-port-ranks.ts';
import { LivePredicates } from './live-predicates.ts';
import { LiveServices } from './live-services.ts';
import { LiveShapes } from './live-shapes.ts';
import { LiveSpace } from './live-space.ts';
import { PodServices } from './pod-services.ts';
import { identityRoom, sectionRoom } from './room.ts';

const HOOKS = ['egress', 'ingress'] as const;

/** One list of a cluster's policies, with a single one. */
export type OnePolicy = Partial<
  Pick<TranslatedCluster, 'networkPolicies' | 'adminPolicies' | 'calicoPolicies' | 'ciliumPolicies'>
>;

const policyKey = ({ kind, calicoKind, namespace, name }: Policy): string =>
  `${kind} ${calicoKind} ${namespace}/${name}`;

/** Endpoints of a namespace are tested by much the same rules. */
const neighbourKey = ({ namespace }: Endpoint, { family }: Address): string => `${family} ${namespace}`;

export class LiveState {
  readonly #world: World;
  readonly #resolved: LiveResolved;
  readonly #book: LiveBook;
  readonly #parts: CompiledParts;
  readonly #shapes = new LiveShapes();
  readonly #space: LiveSpace;
  readonly #editor: TablesEditor;
  readonly #entries: LiveEntries;
  readonly #services: LiveServices;
  readonly #podServices: PodServices;
  readonly #ranks = new LivePortRanks();
  readonly #labelSets: LabelIndex<LabelSet>;
  readonly #atoms: LiveAtoms;
  readonly #predicates: LivePredicates;
  readonly #profileOf: (name: string) => Profile;
  /** An address of some endpoint, by `neighbourKey`. */
  readonly #neighbours = new Map<string, Address>();
  /** Every policy that the CNI takes, by `policyKey`. */
  readonly #policies: Map<string, Policy>;

  constructor(cluster: Cluster, profile: CniProfile) {
    const seen = seenBy(cluster, profile);
    this.#book = new LiveBook(seen, profile);
    const { book } = this.#book;
    const resolved = resolvePolicies(seen, book, profile);
    this.#resolved = resolved;
    this.#world = { cluster, seen, profile, staged: 'beside', book, resolved };
    const parts = compileParts(this.#world, undefined, { identityRoom, observer: this.#shapes });
    this.#parts = parts;
    const { predicates, members, atoms, peers, set, governing } = parts;
    this.#shapes.attach({ set, peers, atoms });
    const asked = askedOf(governing, predicates, members);
    this.#space = new LiveSpace(book, asked, parts, this.#shapes);
    this.#atoms = new LiveAtoms(book, parts);
    this.#labelSets = new LabelIndex(book.labelSets);
    for (const { number } of asked) this.#atoms.remember(number);
    const policies = enforcedPolicies(this.#world);
    const sections = layOut(this.#world, { ...parts, tries: this.#space.tries() }, buildNames([]), policies);
    this.#editor = new TablesEditor(sections, sectionRoom(sections, set.counts.shapes));
    set.tables.takeChanges();
    this.#space.attach(this.#editor);
    markAll(seen, book, policies, this.#ranks.coming);
    this.#ranks.attach(this.#editor);
    set.askOwnSides(new LiveOwnSides({ predicates, members, atoms }, this.#space));
    this.#entries = new LiveEntries(this.#world, parts, { editor: this.#editor, space: this.#space });
    this.#services = new LiveServices(book, {
      editor: this.#editor,
      nodes: parts.nodes,
      isKnown: (address) => this.#space.entryOf.has(addressKey(address)),
      entryOf: (address) => this.#space.entryOf.get(addressKey(address)) ?? this.#space.entryAround(address),
      identityBefore: (virtual, backend, family) => this.#identityBefore(virtual, backend, family),
    });
    this.#podServices = new PodServices(seen, this.#book);
    this.#profileOf = profileFinder(seen, book);
    for (const endpoint of book.endpoints)
      for (const address of endpoint.addresses)
        this.#neighbours.set(neighbourKey(endpoint, address), address);
    this.#policies = new Map(resolved.policies.map((policy) => [policyKey(policy), policy]));
    this.#predicates = new LivePredicates(book, parts, {
      labelSets: this.#labelSets,
      atoms: this.#atoms,
      space: this.#space,
      services: this.#services,
    });
    this.#predicates.askNew();
  }

  get tables(): Tables {
    return this.#editor.tables;
  }

  get legend(): Legend {
    return createLegend(this.#parts.set.programs, this.#world.book.endpoints, enforcedPolicies(this.#world));
  }

  /** How often the block was laid out again. */
  get layouts(): number {
    return this.#editor.layouts;
  }

  /** How many addresses and regions were touched since the beginning. */
  get touched(): number {
    return this.#space.touched;
  }

  /** Puts a pod in another's place; either may be undefined. */
  replacePod(former: Pod | undefined, latter: Pod | undefined): void {
    this.#refuseTogether();
    const [before, after] = [former, latter].map((pod) => pod && this.#seenPod(pod));
    this.#refuse(before, after);
    if (before !== undefined) markPod(before, this.#ranks.going);
    if (after !== undefined) markPod(after, this.#ranks.coming);
    const labelSet = this.#book.replacePod(before, after);
    if (labelSet !== undefined) this.#labelSets.added(labelSet);
    const addresses = addressesOf(before, after);
    const replaced = this.#podServices.replacePod(before, after, this.#ranks);
    this.#discover(addresses);
    for (const address of addresses) {
      const key = addressKey(address);
      if (this.#world.book.facts.has(key)) this.#space.know(address);
      if (!this.#space.entryOf.has(key)) continue;
      const owner = this.#world.book.facts.get(key)?.owner;
      const alike = owner && this.#neighbours.get(neighbourKey(owner, address));
      this.#space.setOwn(address.family, [{ address, own: this.#atoms.ownAt(address) }], alike);
    }
    this.#settle(addresses);
    for (const { old, now } of replaced) this.#services.replace(old, now);
    for (const address of addresses) this.#services.refresh(address);
    this.#sync();
  }

  /** Puts a policy in another's place; either may be undefined. */
  replacePolicy(former: OnePolicy | undefined, latter: OnePolicy | undefined): void {
    if (this.#world.seen.hostEndpoints.length > 0) throw new CannotUpdate('host endpoints govern nodes');
    this.#refuseTogether();
    if (
      [former, latter].some(
        (policy) => policy?.ciliumPolicies !== undefined && enforces(this.#world.profile, 'Cilium'),
      )
    )
      throw new CannotUpdate('a policy of Cilium is several at once');
    const again = former && this.#translated(former);
    const before = again && this.#policies.get(policyKey(again));
    const after = latter && this.#translated(latter);
    if (before !== undefined) this.#policies.delete(policyKey(before));
    if (after !== undefined) this.#policies.set(policyKey(after), after);
    const labelSets = new Set(
      [before, after].flatMap((policy) =>
        policy === undefined ? [] : this.#labelSets.matching(policy.selector),
      ),
    );
    this.#resolved.replace(
      before,
      after,
      [...labelSets].map(({ index }) => index),
    );
    if (before?.staged === false) markPolicy(before, this.#ranks.going);
    if (after?.staged === false) markPolicy(after, this.#ranks.coming);
    const { facts } = this.#world.book;
    const addresses = [...labelSets].flatMap(({ endpoints }) =>
      endpoints.flatMap((endpoint) =>
        endpoint.addresses.filter((address) => facts.get(addressKey(address))?.owner === endpoint),
      ),
    );
    this.#discover(addresses);
    this.#settle(addresses);
    this.#sync();
  }

  /** A policy as the CNI takes it; undefined where it does not. */
  #translated(policy: OnePolicy): Policy | undefined {
    const { seen, book, profile } = this.#world;
    const none = { networkPolicies: [], adminPolicies: [], calicoPolicies: [], ciliumPolicies: [] };
    return translatePolicies({ ...seen, ...none, ...policy }, book, profile, 'beside')[0];
  }

  /** Puts a block into a network set, or takes it out. */
  changeMember(
    named: { readonly namespace: string; readonly name: string },
    net: Cidr,
    isMember: boolean,
  ): void {
    if (this.#world.seen.hostEndpoints.length > 0) throw new CannotUpdate('host endpoints govern nodes');
    const position = this.#world.book.networkSets.findIndex(
      ({ namespace, name }) => namespace === named.namespace && name === named.name,
    );
    // A CNI that knows no network sets.
    if (position < 0) return;
    const { family } = net.network;
    for (const block of halves(net)) {
      if (isMember) this.#atoms.sources.addSet(block, position);
      else this.#atoms.sources.removeSet(block, position);
      this.#space.setNets(family, [{ block, nets: this.#atoms.netsOf(block) }]);
      this.#services.refreshWithin(block);
    }
    this.#settle([]);
    this.#sync();
  }

  /** A pod as the CNI sees it. */
  #seenPod(pod: Pod): Pod {
    const { cluster, profile } = this.#world;
    return seenBy({ ...cluster, pods: [pod] }, profile).pods[0]!;
  }

  /** Throws where one change may change what other policies mean. */
  #refuseTogether(): void {
    const { profile } = this.#world;
    if (hangsTogether(profile))
      throw new CannotUpdate(`what a policy means to ${profile.name} hangs on pods and other policies`);
  }

  /** Throws where a change of a pod goes beyond what is kept up to date. */
  #refuse(before: Pod | undefined, after: Pod | undefined): void {
    const { seen, book } = this.#world;
    if (seen.hostEndpoints.length > 0) throw new CannotUpdate('host endpoints govern nodes');
    if (after !== undefined && after.nodeName !== '' && this.#parts.nodes.of(after.nodeName) === undefined)
      throw new CannotUpdate('nothing named the node before');
    for (const { namespace, name } of this.#podServices.selecting(before, after))
      if (book.serviceEndpoints.has(`${namespace}/${name}`))
        throw new CannotUpdate('a rule names a Service that selects the pod');
  }

  /** Reads what governs the owners of addresses, and asks the predicates that nobody asked before. */
  #discover(addresses: readonly Address[]): void {
    const { governing } = this.#parts;
    for (const address of addresses) {
      const owner = this.#world.book.facts.get(addressKey(address))?.owner;
      if (owner === undefined) continue;
      this.#knowProfiles(owner);
      for (const hook of HOOKS) governing.of(owner, hook, address.family);
    }
    this.#predicates.askNew();
  }

  #knowProfiles({ profiles }: Endpoint): void {
    const known = this.#world.resolved.profiles as Map<string, Profile>;
    for (const name of profiles) if (!known.has(name)) known.set(name, this.#profileOf(name));
  }

  /** Writes the entries of addresses, and of those whose own side may be another one now. */
  #settle(addresses: readonly Address[]): void {
    const changed = this.#space.changed.splice(0);
    for (const address of this.#predicates.asksOwnSpace ? [...addresses, ...changed] : addresses)
      this.#entries.write(address);
    if (this.#world.profile.serviceDestination !== 'after-dnat')
      for (const address of changed) this.#services.refresh(address);
  }

  #identityBefore(virtual: number, backend: number, family: 4 | 6): number | undefined {
    const { atoms, predicates } = this.#parts;
    if (this.#world.profile.serviceDestination === 'after-dnat') return undefined;
    const isNets = (atom: number): boolean =>
      ['nets', 'held'].includes(predicates.list[atoms.atoms[atom]!.predicate]!.kind);
    const ofVirtual = atoms.sets[this.#space.setAt(family, virtual)]!.filter(isNets);
    const ofBackend = atoms.sets[this.#space.setAt(family, backend)]!.filter((atom) => !isNets(atom));
    const { identities } = this.#space.families[family];
    const set = atoms.set([...ofVirtual, ...ofBackend]);
    const [identity] = identities.ofAll([{ set, near: [this.#space.identityAt(backend)] }]);
    if (identity === undefined) return undefined;
    identities.use(identity);
    return identity;
  }

  /** Brings what was compiled, and the counts, into the tables. */
  #sync(): void {
    const { set, predicates, virtual } = this.#parts;
    for (const { section, offset, words } of set.tables.takeChanges())
      this.#editor.write(section, offset, words);
    const { 4: four, 6: six } = this.#space.families;
    const facts = factsSection(this.#world, set, {
      entries: this.#space.entryCount,
      predicates: predicates.list.length,
      virtualPorts: virtual.count,
      outside6: six.regions.outside,
      identities: { 4: four.identities.count, 6: six.identities.count },
      regions: { 4: four.regions.count, 6: six.regions.count },
    });
    this.#editor.write(D.SECTION_FACTS, 0, new Uint32Array(facts.buffer));
  }
}
