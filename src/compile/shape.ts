/**
 * Shapes: programs that are equal but for the names of their rules. A shape divides peers and ports into classes and
 * holds, for each pair of them, an outcome ordinal of its own; `program × identity × port` is never enumerated.
 */

import type { PortTest } from './condition.ts';
import { OutcomeList, type ShapeOutcome } from './outcome-list.ts';
import { type Answer, NO, type PeerClass, type PeerSpace } from './peer-space.ts';
import { type PortClasses, type PortFeature, portClasses } from './port-space.ts';
import type { Step } from './program.ts';
import { both, peerAnswer, StepAnswers } from './step-answers.ts';

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
export function shapeKey(steps: readonly Step[]): string {
  return JSON.stringify(steps);
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

function packetFeatures(steps: readonly Step[], peers: PeerSpace): PortFeature[] {
  const features: PortFeature[] = [];
  for (const { protocol, notProtocol, icmp, notIcmp, destinationPorts, isOpenToOtherProtocols } of steps) {
    if (isOpenToOtherProtocols) features.push({ kind: 'transport' });
    for (const tested of [protocol, notProtocol])
      if (tested !== undefined) features.push({ kind: 'protocol', protocol: tested });
    for (const tested of [icmp, notIcmp])
      if (tested !== undefined) features.push({ kind: 'icmp', ...tested });
    features.push(...featuresOf(destinationPorts, peers));
  }
  return distinct(features);
}

/** Compiles the shape of a program's steps against the peers of its family. */
export function compileShape(steps: readonly Step[], peers: PeerSpace): Shape {
  const predicates = new Set<number>();
  for (const { literals, destinationPorts, sourcePorts } of steps) {
    for (const { predicate } of literals) predicates.add(predicate);
    for (const test of [...destinationPorts, ...sourcePorts])
      for (const predicate of test.predicates) predicates.add(predicate);
  }
  const division = peers.divide([...predicates]);
  const ports = portClasses(packetFeatures(steps, peers));
  const testsSources = steps.some(({ sourcePorts }) => sourcePorts.length > 0);
  const sourcePorts = testsSources
    ? portClasses(
        distinct(
          featuresOf(
            steps.flatMap((step) => step.sourcePorts),
            peers,
          ),
        ),
      )
    : undefined;
  const outcomes = new OutcomeList(steps);
  const frame: Frame = {
    steps,
    portCount: ports.representatives.length,
    sourceCount: sourcePorts?.representatives.length ?? 0,
    answers: new StepAnswers(steps, ports, sourcePorts),
    outcomes,
  };
  const rowNumbers = new Map<string, number>();
  const cells: Uint32Array[] = [];
  const rowOfClass = division.classes.map((peer) => {
    const row = rowOf(frame, peer);
    const key = row.join();
    let number = rowNumbers.get(key);
    if (number === undefined) {
      number = cells.length;
      cells.push(row);
      rowNumbers.set(key, number);
    }
    return number;
  });
  const all = new Uint32Array(cells.length * cells[0]!.length);
  cells.forEach((row, index) => {
    all.set(row, index * row.length);
  });
  const placed = division.identities
    .map((identity, index) => ({ identity, row: rowOfClass[division.classOf[index]!]! }))
    .filter(({ row }) => row !== 0);
  return {
    identities: placed.map(({ identity }) => identity),
    rows: placed.map(({ row }) => row),
    rowCount: cells.length,
    peerClassCount: division.classes.length,
    ports,
    ...(sourcePorts === undefined ? {} : { sourcePorts }),
    cells: all,
    outcomes: outcomes.list,
  };
}

interface Frame {
  readonly steps: readonly Step[];
  readonly portCount: number;
  readonly sourceCount: number;
  readonly answers: StepAnswers;
  readonly outcomes: OutcomeList;
}

/** The ordinals of one peer class. */
function rowOf({ steps, portCount, sourceCount, answers, outcomes }: Frame, peer: PeerClass): Uint32Array {
  const candidates: { step: number; answer: Answer }[] = [];
  steps.forEach((step, index) => {
    const answer = peerAnswer(step, peer);
    if (answer !== NO) candidates.push({ step: index, answer });
  });
  const columns = Math.max(1, sourceCount);
  const row = new Uint32Array(portCount * columns);
  for (let portClass = 0; portClass < portCount; portClass++) {
    for (let source = 0; source < columns; source++) {
      const met = { steps: [] as number[], answers: [] as Answer[] };
      for (const { step, answer } of candidates) {
        let found = both(answer, answers.packet(step, portClass, peer));
        if (sourceCount > 0) found = both(found, answers.source(step, source, peer));
        if (found === NO) continue;
        met.steps.push(step);
        met.answers.push(found);
      }
      row[portClass * columns + source] = outcomes.walk(met);
    }
  }
  return row;
}
