/**
 * Whether rules take all packets of another one whatever pods and addresses there may be: a proof from the conditions alone. Labels,
 * addresses, protocols and ports are divided by what the rules ask of them; what cannot be reasoned about (names of ports, a Service, a
 * node, `contains`) may be true or false on its own, so that a proof holds and the lack of one says nothing.
 */
import {
  icmpHolds,
  type PortFeature,
  type PortKey,
  portClasses,
  portsHold,
} from '../../compile/port-space.ts';
import type { Address } from '../../net/address.ts';
import { type Cidr, cidrContains } from '../../net/cidr.ts';
import { hasPolicyPorts, isIcmp } from '../../net/protocol.ts';
import { ICMP, ICMPV6 } from '../../net/protocol-layout.ts';
import type { Direction, EntityMatch, Rule } from '../../policy/policy.ts';
import { replaceLeaves } from '../../selector/leaves.ts';
import { selectorMatches } from '../../selector/match.ts';
import type { Selector } from '../../selector/selector.ts';

/** A rule where it is asked: with the selector of its policy's pods. */
export interface PlacedRule {
  readonly subjects: Selector;
  readonly direction: Direction;
  readonly rule: Pick<Rule, 'match'>;
}

/** More cases than these are not looked at, and more rules than have bits. */
const MOST_CASES = 4096;
const MOST_COVERS = 24;

/** What a question has: a label with its value, or a thing that is true (`1`). */
type Case = Readonly<Record<string, string>>;

/** A selector asked of something that is not there holds never. */
interface Holder {
  readonly labels: Case | undefined;
}

const OPAQUE = '\0';

/** Leaves that ask of parts of a value become things that are true or not. */
const plain = (selector: Selector): Selector =>
  replaceLeaves(selector, (leaf) =>
    leaf.kind === 'contains' || leaf.kind === 'starts-with' || leaf.kind === 'ends-with'
      ? { kind: 'equals', label: `${OPAQUE}${leaf.kind} ${leaf.label} ${leaf.value}`, value: '1' }
      : leaf,
  );

/** Values of each label that selectors ask about; '' besides for one that none names. */
function valuesOf(selectors: readonly Selector[]): Map<string, Set<string>> {
  const values = new Map<string, Set<string>>();
  const note = (label: string, ...some: readonly string[]): void => {
    const known = values.get(label) ?? new Set(label.startsWith(OPAQUE) ? [] : ['\u{10ffff}']);
    for (const value of some) known.add(value);
    values.set(label, known);
  };
  for (const selector of selectors)
    replaceLeaves(selector, (leaf) => {
      if ('values' in leaf) note(leaf.label, ...leaf.values);
      else if ('value' in leaf) note(leaf.label, leaf.value);
      else if ('label' in leaf) note(leaf.label);
      return leaf;
    });
  return values;
}

/** All ways in which labels may be, absent ones included; undefined where there are too many. */
function casesOf(values: ReadonlyMap<string, ReadonlySet<string>>): Case[] | undefined {
  let cases: Case[] = [{}];
  for (const [label, some] of values) {
    if (cases.length * (some.size + 1) > MOST_CASES) return undefined;
    cases = cases.flatMap((one) => [one, ...[...some].map((value) => ({ ...one, [label]: value }))]);
  }
  return cases;
}

/** The sides of a rule by their part in it. */
const sidesOf = ({ direction, rule: { match } }: PlacedRule): { own: EntityMatch; peer: EntityMatch } =>
  direction === 'ingress'
    ? { own: match.destination, peer: match.source }
    : { own: match.source, peer: match.destination };

/** The one selector of a side; a lone negative one is none, since every holder of the address counts against it. */
function selectorOf({ selector, notSelector }: EntityMatch): Selector | undefined {
  if (selector === undefined) return undefined;
  if (notSelector === undefined) return plain(selector);
  return plain({ kind: 'and', operands: [selector, { kind: 'not', operand: notSelector }] });
}

/** Texts of what a side asks beyond labels and blocks. */
function opaqueOf({ selector, notSelector, isOutside, node, service }: EntityMatch): string[] {
  return [
    ...(selector === undefined && notSelector !== undefined ? [{ notSelector }] : []),
    ...(isOutside === undefined ? [] : [{ isOutside }]),
    ...(node === undefined ? [] : [{ node }]),
    ...(service === undefined ? [] : [{ service }]),
  ].map((one) => `${OPAQUE}${JSON.stringify(one)}`);
}

/** A text for the named ports of a side, with all that says whose they are. */
function namedOf(entity: EntityMatch, names: readonly string[] | undefined, protocol: number | undefined) {
  if (names === undefined || names.length === 0) return undefined;
  const { selector, notSelector } = entity;
  return `${OPAQUE}${JSON.stringify({ names, protocol, selector, notSelector })}`;
}

interface SideCase {
  readonly holder: Holder;
  readonly address: Address;
  readonly truths: Case;
}

/** Whether a side meets what an entity asks but for ports. */
function sideMeets(entity: EntityMatch, { holder, address, truths }: SideCase): boolean {
  const { nets = [], notNets, unresolvedDomains } = entity;
  const selector = selectorOf(entity);
  if (selector !== undefined && (holder.labels === undefined || !selectorMatches(selector, holder.labels)))
    return false;
  // Names may have any address; covers have none (`mayBeOpen`).
  if (unresolvedDomains === undefined && nets.length > 0 && !nets.some((cidr) => cidrContains(cidr, address)))
    return false;
  if (notNets?.some((cidr) => cidrContains(cidr, address)) === true) return false;
  return opaqueOf(entity).every((text) => truths[text] === '1');
}

/** Addresses of which one lies in every region that blocks of a family make. */
function addressesOf(family: 4 | 6, cidrs: readonly Cidr[]): Address[] {
  const full = family === 4 ? 32n : 128n;
  const values = new Set<bigint>([0n]);
  for (const { network, prefixBits } of cidrs) {
    if (network.family !== family) continue;
    const start =
      family === 4
        ? BigInt(network.words[0])
        : network.words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
    values.add(start);
    const end = start + (1n << (full - BigInt(prefixBits)));
    if (end < 1n << full) values.add(end);
  }
  return [...values].map((value): Address => {
    if (family === 4) return { family, words: [Number(value), 0, 0, 0] };
    const word = (index: bigint): number => Number((value >> (32n * (3n - index))) & 0xffffffffn);
    return { family, words: [word(0n), word(1n), word(2n), word(3n)] };
  });
}

const truthCases = (texts: readonly string[]): Case[] | undefined =>
  casesOf(new Map(texts.map((text) => [text, new Set(['1'])])));

/** Which covers hold, as bits, in every case in which the rule itself does; undefined where there are too many cases. */
type Vectors = ReadonlySet<number> | undefined;

/** One side of all rules: the rule's, then the covers'. */
function sideVectors(family: 4 | 6, all: readonly EntityMatch[]): Vectors {
  const labels = casesOf(valuesOf(all.flatMap((one) => selectorOf(one) ?? [])));
  const truths = truthCases(all.flatMap(opaqueOf));
  const addresses = addressesOf(
    family,
    all.flatMap(({ nets = [], notNets = [] }) => [...nets, ...notNets]),
  );
  if (labels === undefined || truths === undefined) return undefined;
  // Nobody may hold the address.
  const holders: Holder[] = [...labels.map((one) => ({ labels: one })), { labels: undefined }];
  if (holders.length * truths.length * addresses.length > 16 * MOST_CASES) return undefined;
  const [first, ...covers] = all;
  const vectors = new Set<number>();
  for (const holder of holders)
    for (const truth of truths)
      for (const address of addresses) {
        const one = { holder, address, truths: truth };
        if (sideMeets(first!, one)) vectors.add(bits(covers, (cover) => sideMeets(cover, one)));
      }
  return vectors;
}

/** Whose policies they are. */
function subjectVectors(subjects: readonly Selector[]): Vectors {
  const [first, ...covers] = subjects.map(plain);
  return casesOf(valuesOf([first!, ...covers]))?.reduce(
    (vectors, labels) =>
      selectorMatches(first!, labels)
        ? vectors.add(bits(covers, (cover) => selectorMatches(cover, labels)))
        : vectors,
    new Set<number>(),
  );
}

const bits = <T>(list: readonly T[], holds: (one: T, at: number) => boolean): number =>
  list.reduce((sum, one, at) => (holds(one, at) ? sum | (1 << at) : sum), 0);

type Match = PlacedRule['rule']['match'];

/** Protocol, ICMP and destination ports. Source ports are one thing, true or not. */
function packetVectors(family: 4 | 6, matches: readonly Match[]): Vectors {
  const sourcePorts = ({ source: { ports, namedPorts, notPorts, notNamedPorts } }: Match): string[] =>
    [ports, namedPorts, notPorts, notNamedPorts].some((list) => list !== undefined && list.length > 0)
      ? [`${OPAQUE}${JSON.stringify({ ports, namedPorts, notPorts, notNamedPorts })}`]
      : [];
  const named = ({ destination, protocol }: Match) => ({
    some: namedOf(destination, destination.namedPorts, protocol),
    none: namedOf(destination, destination.notNamedPorts, protocol),
  });
  const truths = truthCases([
    ...new Set(
      matches.flatMap((one) => [...sourcePorts(one), named(one).some ?? [], named(one).none ?? []].flat()),
    ),
  ]);
  if (truths === undefined) return undefined;
  const meets = (match: Match, at: PortKey, truth: Case): boolean => {
    const { protocol, notProtocols, icmp, notIcmp, destination } = match;
    if (match.family !== undefined && match.family !== family) return false;
    if (protocol !== undefined && protocol !== at.protocol) return false;
    if (notProtocols?.includes(at.protocol) === true) return false;
    if (icmp !== undefined && !icmpHolds(icmp, at)) return false;
    if (notIcmp !== undefined && icmpHolds(notIcmp, at)) return false;
    if (!sourcePorts(match).every((text) => truth[text] === '1')) return false;
    const { some, none } = named(match);
    const { ports = [], notPorts = [] } = destination;
    const isListed =
      portsHold({ ranges: ports, pairs: [] }, at) || (some !== undefined && truth[some] === '1');
    if ((ports.length > 0 || some !== undefined) && !isListed) return false;
    return !portsHold({ ranges: notPorts, pairs: [] }, at) && (none === undefined || truth[none] !== '1');
  };
  const vectors = new Set<number>();
  const [first, ...covers] = matches;
  const other = family === 4 ? ICMPV6 : ICMP;
  const features = [...matches.flatMap(featuresOf), ...APART];
  for (const at of portClasses(features).representatives) {
    if (isIcmp(at.protocol) ? at.protocol === other : hasPolicyPorts(at.protocol) && at.key === 0) continue;
    for (const truth of truths)
      if (meets(first!, at, truth)) vectors.add(bits(covers, (cover) => meets(cover, at, truth)));
  }
  return vectors;
}

/** What no packet of a family has must not stand for packets that there are: port 0, which would be in nobody's range, and the other family's ICMP. */
const APART: readonly PortFeature[] = [
  { kind: 'ports', ranges: [{ first: 0, last: 0 }], pairs: [] },
  { kind: 'protocol', protocol: ICMP },
  { kind: 'protocol', protocol: ICMPV6 },
];

function featuresOf({ protocol, notProtocols = [], icmp, notIcmp, destination }: Match): PortFeature[] {
  const { ports = [], notPorts = [] } = destination;
  return [
    { kind: 'transport' },
    ...[protocol, ...notProtocols].flatMap((one): PortFeature[] =>
      one === undefined ? [] : [{ kind: 'protocol', protocol: one }],
    ),
    ...[icmp, notIcmp].flatMap((one): PortFeature[] => (one === undefined ? [] : [{ kind: 'icmp', ...one }])),
    ...[ports, notPorts].flatMap((ranges): PortFeature[] =>
      ranges.length === 0 ? [] : [{ kind: 'ports', ranges, pairs: [] }],
    ),
  ];
}

/** Whether a profile, or names without addresses, may leave open that a rule matches: then it takes nothing for sure. */
function mayBeOpen({ rule: { match } }: PlacedRule): boolean {
  return [match.source, match.destination].some(
    ({ namedPortsAreOpen, namedPorts = [], nets = [], unresolvedDomains = [] }) =>
      namedPortsAreOpen === true ||
      (namedPorts.length > 0 && nets.length > 0) ||
      unresolvedDomains.length > 0,
  );
}

/** Whether every packet that a rule matches, of any pod that there might be, is matched by one of the others. */
export function isAlwaysCovered(rule: PlacedRule, covers: readonly PlacedRule[]): boolean {
  const alike = covers.filter((one) => one.direction === rule.direction && !mayBeOpen(one));
  if (alike.length === 0 || alike.length > MOST_COVERS) return false;
  const all = [rule, ...alike];
  const [sides, matches] = [all.map(sidesOf), all.map((one) => one.rule.match)];
  const subjects = subjectVectors(all.map((one) => one.subjects));
  const found = ([4, 6] as const).map((family) => {
    // What an address is beside its owner is another thing on either side: sets of addresses have labels, too.
    const own = sideVectors(
      family,
      sides.map((one) => one.own),
    );
    const peer = sideVectors(
      family,
      sides.map((one) => one.peer),
    );
    return coverOf([subjects, own, peer, packetVectors(family, matches)]);
  });
  return !found.includes('open') && found.includes('covered');
}

/**
 * Whether every choice of one vector of each leaves some cover that holds in all of them; `never` where the rule itself can match
 * nothing.
 */
function coverOf(factors: readonly Vectors[]): 'covered' | 'open' | 'never' {
  let left = new Set([-1]);
  for (const factor of factors) {
    if (factor === undefined) return 'open';
    left = new Set([...left].flatMap((one) => [...factor].map((other) => one & other)));
  }
  if (left.size === 0) return 'never';
  return left.has(0) ? 'open' : 'covered';
}

/** Whether every pod that a selector takes, whatever pods there might be, is taken by one of the others. */
export function isAlwaysSelected(selector: Selector, others: readonly Selector[]): boolean {
  if (others.length > MOST_COVERS) return false;
  return coverOf([subjectVectors([selector, ...others])]) === 'covered';
}
