/**
 * Shapes: programs that are equal but for the names of their rules. A shape divides peers and ports into classes and
 * holds, for each pair of them, an outcome ordinal of its own; `program × identity × port` is never enumerated.
 */

import type { PortTest } from './condition.ts';
import { OutcomeList, type ShapeOutcome } from './outcome-list.ts';
import type { PeerClass, PeerSpace } from './peer-space.ts';
import { hasPorts, type PortClasses, type PortFeature, portClasses } from './port-space.ts';
import type { Program, Step } from './program.ts';
import { type Answer, both, NO, StepAnswers } from './step-answers.ts';

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
export function shapeKey({ family, steps, opensOtherProtocols }: Program): string {
  return `${family} ${opensOtherProtocols} ${steps.map(({ text }) => text).join()}`;
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
  for (const { protocol, notProtocol, icmp, notIcmp, destinationPorts } of steps) {
    for (const tested of [protocol, notProtocol])
      if (tested !== undefined) features.push({ kind: 'protocol', protocol: tested });
    for (const tested of [icmp, notIcmp])
      if (tested !== undefined) features.push({ kind: 'icmp', ...tested });
    features.push(...featuresOf(destinationPorts, peers));
  }
  return distinct(features);
}

/** Compiles the shape of a program against the peers of its family. */
export function compileShape({ steps, opensOtherProtocols }: Program, peers: PeerSpace): Shape {
  const predicates = new Set<number>();
  for (const { literals, destinationPorts, sourcePorts } of steps) {
    for (const { predicate } of literals) predicates.add(predicate);
    for (const test of [...destinationPorts, ...sourcePorts])
      for (const predicate of test.predicates) predicates.add(predicate);
  }
  const division = peers.divide([...predicates]);
  const features = packetFeatures(steps, peers);
  if (opensOtherProtocols) features.push({ kind: 'transport' });
  const ports = portClasses(features);
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
    ports,
    opensOtherProtocols,
    sourceCount: sourcePorts?.representatives.length ?? 0,
    index: new StepIndex(steps),
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
  readonly ports: PortClasses;
  readonly opensOtherProtocols: boolean;
  readonly sourceCount: number;
  readonly index: StepIndex;
  readonly answers: StepAnswers;
  readonly outcomes: OutcomeList;
}

/** Steps by a predicate that must hold for them, so that a class of peers is not held against every step. */
class StepIndex {
  /** Steps that ask for no predicate. */
  readonly #open: number[] = [];
  readonly #byPredicate = new Map<number, number[]>();

  constructor(steps: readonly Step[]) {
    steps.forEach(({ literals }, step) => {
      const asked = literals.find(({ holds }) => holds);
      if (asked === undefined) this.#open.push(step);
      else {
        const known = this.#byPredicate.get(asked.predicate);
        if (known === undefined) this.#byPredicate.set(asked.predicate, [step]);
        else known.push(step);
      }
    });
  }

  /** Steps that the peers may meet, in order. */
  stepsFor(peer: PeerClass): number[] {
    const found = [...this.#open];
    for (const predicate of peer.predicates) found.push(...(this.#byPredicate.get(predicate) ?? []));
    return found.sort((left, right) => left - right);
  }
}

/** The ordinals of one peer class. */
function rowOf(frame: Frame, peer: PeerClass): Uint32Array {
  const { steps, ports, sourceCount, answers, outcomes } = frame;
  const candidates = frame.index
    .stepsFor(peer)
    .filter((step) => steps[step]!.literals.every(({ predicate, holds }) => peer.holds(predicate) === holds));
  const columns = Math.max(1, sourceCount);
  const row = new Uint32Array(ports.representatives.length * columns);
  ports.representatives.forEach(({ protocol }, portClass) => {
    for (let source = 0; source < columns; source++) {
      const at = portClass * columns + source;
      if (frame.opensOtherProtocols && !hasPorts(protocol)) {
        row[at] = outcomes.unspecified();
        continue;
      }
      const met = { steps: [] as number[], answers: [] as Answer[] };
      for (const step of candidates) {
        const packet = answers.packet(step, portClass, peer);
        const found = sourceCount === 0 ? packet : both(packet, answers.source(step, source, peer));
        if (found === NO) continue;
        met.steps.push(step);
        met.answers.push(found);
      }
      row[at] = outcomes.walk(met);
    }
  });
  return row;
}
