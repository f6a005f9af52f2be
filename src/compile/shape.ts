/**
 * Shapes: programs that are equal but for the names of their rules. A shape divides peers and ports into classes and
 * holds, for each pair of them, an outcome ordinal of its own; `program × identity × port` is never enumerated.
 */
import type { PortTest } from './condition.ts';
import type { ShapeOutcome } from './outcome-list.ts';
import type { PeerSpace } from './peer-space.ts';
import { type PortClasses, type PortFeature, portClasses } from './port-space.ts';
import { type Program, predicatesOfDomains } from './program.ts';
import { ShapeRows } from './shape-rows.ts';
import type { Asked, Step } from './step.ts';

export interface Shape {
  /** Identities that are not in row 0, ascending. */
  readonly identities: readonly number[];
  /** Their rows. */
  readonly rows: readonly number[];
  readonly rowCount: number;
  readonly peerClassCount: number;
  readonly ports: PortClasses;
  /** Absent when no step tests source ports. */
  readonly sourcePorts?: PortClasses;
  /** Outcome ordinals, row after row, port classes by source port classes. */
  readonly cells: Uint32Array;
  readonly outcomes: readonly ShapeOutcome[];
}

/** The text that equal shapes share. */
export function shapeKey({ family, steps }: Program): string {
  return `${family} ${steps.map(({ number }) => number).join()}`;
}

/** Divides ports into classes that no step tells apart; source ports where some step tests them. */
export function divisionOfPorts(
  steps: readonly Step[],
  peers: PeerSpace,
): Pick<Shape, 'ports' | 'sourcePorts'> {
  const asked = askedOf(steps);
  const ports = portClasses(packetFeatures(asked, peers));
  const tests = [...asked].flatMap(({ sourcePorts }) => sourcePorts);
  return tests.length === 0
    ? { ports }
    : { ports, sourcePorts: portClasses(distinct(featuresOf(tests, peers))) };
}

function featuresOf(tests: Iterable<PortTest>, peers: PeerSpace): PortFeature[] {
  const features: PortFeature[] = [];
  for (const { ranges, pairs, predicates } of tests) {
    if (ranges.length + pairs.length > 0) features.push({ kind: 'ports', ranges, pairs });
    for (const predicate of predicates)
      for (const value of peers.portValues(predicate))
        features.push({ kind: 'ports', ranges: [], pairs: value });
  }
  return features;
}

function distinct(features: readonly PortFeature[]): PortFeature[] {
  return [...new Map(features.map((feature) => [JSON.stringify(feature), feature])).values()];
}

/** All that some step asks but for literals, in the order of asking. */
export const askedOf = (steps: readonly Step[]): Set<Asked> => new Set(steps.map(({ asked }) => asked));

function packetFeatures(questions: Iterable<Asked>, peers: PeerSpace): PortFeature[] {
  const features: PortFeature[] = [];
  for (const { protocol, notProtocols = [], icmp, notIcmp, isOtherProtocol, destinationPorts } of questions) {
    if (isOtherProtocol === true) features.push({ kind: 'transport' });
    for (const tested of [protocol, ...notProtocols])
      if (tested !== undefined) features.push({ kind: 'protocol', protocol: tested });
    for (const tested of [icmp, notIcmp])
      if (tested !== undefined) features.push({ kind: 'icmp', ...tested });
    features.push(...featuresOf(destinationPorts, peers));
  }
  return distinct(features);
}

/** All predicates that steps test on the peer, in the order of asking. */
export function predicatesOfSteps(steps: readonly Step[]): Set<number> {
  const predicates = new Set<number>();
  for (const { literals } of steps) for (const { predicate } of literals) predicates.add(predicate);
  for (const { domains, destinationPorts, sourcePorts } of askedOf(steps)) {
    for (const predicate of predicatesOfDomains(domains)) predicates.add(predicate);
    for (const test of [...destinationPorts, ...sourcePorts])
      for (const predicate of test.predicates) predicates.add(predicate);
  }
  return predicates;
}

/** Compiles the shape of a program against the peers of its family. */
export function compileShape({ steps }: Pick<Program, 'steps'>, peers: PeerSpace): Shape {
  const division = peers.divide([...predicatesOfSteps(steps)]);
  const { ports, sourcePorts } = divisionOfPorts(steps, peers);
  const rows = new ShapeRows(steps, ports, sourcePorts);
  const rowOfClass = division.classes.map((peer) => rows.numberOf(peer));
  const placed: { identities: number[]; rows: number[] } = { identities: [], rows: [] };
  division.identities.forEach((identity, index) => {
    const row = rowOfClass[division.classOf[index]!]!;
    if (row === 0) return;
    placed.identities.push(identity);
    placed.rows.push(row);
  });
  return {
    ...placed,
    rowCount: rows.count,
    peerClassCount: division.classes.length,
    ports,
    ...(sourcePorts === undefined ? {} : { sourcePorts }),
    cells: rows.cells(),
    outcomes: rows.outcomes,
  };
}
