/**
 * Where does the time of a replay go? The share of each step, of the main thread and of the workers, for one worker and for two; what of
 * it workers do one after the other, and how many times as fast more of them would be by that.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { instantiateKernels } from '#src/dataplane/kernels.js';
import { createMemory } from '#src/dataplane/memory.js';
import { writeCapture } from './parts/capture.ts';
import { median } from './parts/clock.ts';
import { hasFunction, type PhaseOf, type Phases, phasesOf, readProfiles } from './parts/cpu-profile.ts';
import { clusterManifests, synthesizeCluster } from './parts/synthetic.ts';
import { printTable } from './parts/table.ts';

const BYTES = 1e9;
const FLOWS = 200_000;
const ROUNDS = 3;
const SAMPLE_MICROSECONDS = 200;
const CLI = fileURLToPath(new URL('../main.js', import.meta.url));
const WORKERS = [1, 2];
const PREDICTED = [2, 8, 16, 64];

const MERGE = 'merge';

/** Functions of the main thread that begin a phase. */
const MAIN: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '(idle)': 'waits for the workers',
    '(garbage collector)': 'garbage collection',
    loadCluster: 'manifests',
    createWorld: 'manifests',
    compileEpochs: 'compilation',
    layOut: 'memory laid out',
    createMemory: 'memory laid out',
    mergeCounts: MERGE,
    summarizeReplay: 'summary and report',
    deliver: 'summary and report',
  }),
);
const MODULES = 'modules loaded';

const mainPhase: PhaseOf = (name, url) => {
  if (url.startsWith('node:internal/modules/')) return MODULES;
  return name === '(root)' ? 'start, the rest' : MAIN.get(name);
};

/** Functions of a worker that begin a phase. What stands before the replay is no part of it. */
const BEFORE = 'before';
const FRAMING = 'frame';
const TURNS = 'in turns, around framing';
const WORKER: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '(root)': BEFORE,
    '(garbage collector)': 'garbage collection',
    replayShare: 'the rest',
    readSync: 'read',
    takePiece: TURNS,
    passPiece: TURNS,
    decodeRun: 'decode',
    judge: 'judge, around kernels',
    waitForPiece: 'wait for the turn',
    waitForRows: 'wait for rows of others',
    waitForRound: 'wait for verdicts of others',
  }),
);
const KERNELS: Readonly<Record<string, string>> = {
  framePcap: FRAMING,
  decodePcap: 'decode',
  partition: 'partition',
  track: 'track',
  identify: 'identify',
  classify: 'classify',
  settle: 'settle',
  finish: 'tally at the end',
  watchClocks: 'watch clocks',
};

/** Phases of a worker: an exported kernel has the number of its function as its name, and keeps what it calls. */
function workerPhase(): PhaseOf {
  const kernels = instantiateKernels(createMemory(1));
  const phases = new Map(
    Object.entries(KERNELS).map(([name, phase]) => {
      const kernel = kernels[name as keyof typeof kernels] as unknown as { readonly name: string };
      return [`wasm-function[${kernel.name}]`, phase];
    }),
  );
  const kept = new Set(Object.values(KERNELS));
  return (name, _url, phase) => {
    const kernel = phases.get(name);
    if (kernel !== undefined) return kernel;
    return kept.has(phase) && name.startsWith('wasm-') ? phase : WORKER.get(name);
  };
}

interface Profiled {
  readonly main: Phases;
  readonly workers: readonly Phases[];
}

function profileOnce(folder: string, words: readonly string[], phaseOf: PhaseOf): Profiled {
  mkdirSync(folder);
  const options = ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${SAMPLE_MICROSECONDS}`];
  const { status, stderr } = spawnSync(process.execPath, [...options, CLI, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status !== 0) throw new Error(`the replay ended with ${status}: ${stderr}`);
  const profiles = readProfiles(folder);
  rmSync(folder, { recursive: true });
  const isWorker = (profile: (typeof profiles)[number]): boolean => hasFunction(profile, 'replayShare');
  return {
    main: phasesOf(profiles.find((profile) => !isWorker(profile))!, mainPhase),
    workers: profiles.filter(isWorker).map((profile) => {
      const phases = new Map(phasesOf(profile, phaseOf));
      phases.delete(BEFORE);
      return phases;
    }),
  };
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

/** Medians over rounds of what `of` makes of each. */
function medians(rounds: readonly Profiled[], of: (round: Profiled) => Phases): Map<string, number> {
  const names = new Set(rounds.flatMap((round) => [...of(round).keys()]));
  return new Map([...names].map((name) => [name, median(rounds.map((round) => of(round).get(name) ?? 0))]));
}

/** The mean of a round's workers. */
function meanWorker({ workers }: Profiled): Phases {
  const names = new Set(workers.flatMap((phases) => [...phases.keys()]));
  return new Map(
    [...names].map((name) => [name, sum(workers.map((phases) => phases.get(name) ?? 0)) / workers.length]),
  );
}

function printPhases(title: string, columns: readonly Map<string, number>[], perPacket?: number): void {
  const names = [...new Set(columns.flatMap((column) => [...column.keys()]))];
  const weight = (name: string): number => Math.max(...columns.map((column) => column.get(name) ?? 0));
  const totals = columns.map((column) => sum(column.values()));
  const cells = (of: (column: Map<string, number>) => number): string[] =>
    columns.flatMap((column, index) => {
      const milliseconds = of(column);
      return [milliseconds.toFixed(0), `${((100 * milliseconds) / totals[index]!).toFixed(1)} %`];
    });
  const nanos = (milliseconds: number): string[] =>
    perPacket === undefined ? [] : [((milliseconds * 1e6) / perPacket).toFixed(1)];
  printTable(
    title,
    [
      'phase',
      ...WORKERS.flatMap((workers) => [`ms, ${workers} worker${workers === 1 ? '' : 's'}`, 'share']),
      ...(perPacket === undefined ? [] : ['ns/packet, 1 worker']),
    ],
    [
      ...names
        .filter((name) => weight(name) >= 0.5)
        .sort((a, b) => weight(b) - weight(a))
        .map((name) => [
          name,
          ...cells((column) => column.get(name) ?? 0),
          ...nanos(columns[0]!.get(name) ?? 0),
        ]),
      ['all', ...cells((column) => sum(column.values())), ...nanos(totals[0]!)],
    ],
  );
}

/**
 * `serial`, of `total` milliseconds of one worker, is done one after the other however many they are; `both`: what two took. Amdahl's law
 * says the rest.
 */
function prediction(name: string, serial: number, total: number, both: number): string[] {
  const share = serial / total;
  return [
    name,
    `${(100 * share).toFixed(1)} %`,
    ...PREDICTED.map((workers) => `${(1 / (share + (1 - share) / workers)).toFixed(1)} x`),
    `${(total / both).toFixed(2)} x`,
  ];
}

function printPrediction(rounds: Readonly<Record<number, readonly Profiled[]>>): void {
  const workers = (count: number): Map<string, number> => medians(rounds[count]!, meanWorker);
  const [one, two] = [workers(1), workers(2)];
  const [alone, both] = [sum(one.values()), sum(two.values())];
  const mergeOf = (count: number): number => medians(rounds[count]!, ({ main }) => main).get(MERGE) ?? 0;
  // Who is alone decodes in its turn: what turns take shows where there are two.
  const inTurns = 2 * ((two.get(FRAMING) ?? 0) + (two.get(TURNS) ?? 0));
  const [merge, mergeOfTwo] = [mergeOf(1), mergeOf(2)];
  printTable(
    'What is done one after the other, and what that lets more workers gain (Amdahl), replay step alone',
    ['of', 'serial share', ...PREDICTED.map((count) => `${count} workers`), '2 workers, measured'],
    [
      prediction('the workers', inTurns, alone, both),
      prediction('the workers, and the merge of 1 GB', inTurns + merge, alone + merge, both + mergeOfTwo),
    ],
  );
}

export function run(): void {
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-bench-'));
  try {
    const path = join(folder, 'capture.pcap');
    const manifests = join(folder, 'cluster.json');
    const cluster = synthesizeCluster({ pods: 1000, namespaces: 10, policies: 100, cidrs: 1000 });
    writeFileSync(manifests, clusterManifests(cluster));
    const packets = writeCapture(path, cluster, BYTES, FLOWS);
    const phaseOf = workerPhase();
    const rounds: Record<number, Profiled[]> = Object.fromEntries(WORKERS.map((workers) => [workers, []]));
    for (let round = 0; round < ROUNDS; round++)
      for (const workers of WORKERS) {
        const words = ['replay', path, '-f', manifests, '-q', '--workers', String(workers)];
        rounds[workers]!.push(profileOnce(join(folder, 'profiles'), words, phaseOf));
      }
    const what = `${packets} packets, ${BYTES / 1e6} MB, ${FLOWS.toLocaleString('en')} connections; wall time by samples, medians of ${ROUNDS} rounds`;
    printPhases(
      `Profile of the main thread: ${what}`,
      WORKERS.map((workers) => medians(rounds[workers]!, ({ main }) => main)),
    );
    printPhases(
      `Profile of a worker, their mean: ${what}`,
      WORKERS.map((workers) => medians(rounds[workers]!, meanWorker)),
      packets,
    );
    printPrediction(rounds);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
