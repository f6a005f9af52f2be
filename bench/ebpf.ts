/**
 * How do lookups stand beside the kernel's eBPF? A program that tests rule after rule with IP sets, as Calico's policy programs do,
 * as rules grow and none matches; and one with prefix and hash lookups of the shape of our own tables. Both run inside the kernel over
 * the same packets (BPF_PROG_TEST_RUN), must give the same verdicts, and are charged without what it takes to fetch a packet.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '#src/policy/cluster.js';
import type { FirstPacket } from '#src/policy/decision.js';
import { SECTION_ENTRIES } from '#src/tables/directory-layout.js';
import { entryAt } from '#src/tables/entries.js';
import { sectionWords } from '#src/tables/tables.js';
import { HOOK_EGRESS, VERDICT_DENY } from '#src/tables/verdict-layout.js';
import {
  emptyProgram,
  keyWord,
  lookupsProgram,
  type PolicyEntry,
  type PrefixEntry,
  rulesProgram,
  verdictsIn,
} from './parts/bpf-lookups.ts';
import { type Classified, classifyBatch, prepare, ROWS } from './parts/classified.ts';
import { clockName, interleave, median, ratio } from './parts/clock.ts';
import { compileLimit, printSkipped } from './parts/limit.ts';
import { drawSetPackets, setMembers, setRules, setsCluster } from './parts/set-rules.ts';
import { synthesizeCluster, synthesizePackets } from './parts/synthetic.ts';
import { printTable } from './parts/table.ts';

const ROUNDS = 5;
const RULES = [1, 10, 100, 1000];
const PASSES = 16;
/** How the runner ends where the kernel refuses. */
const NOT_PERMITTED = 3;
const QUESTION = 'Beside eBPF';

/** A program in the kernel, ready to be run. */
interface Loaded {
  readonly runner: string;
  readonly image: string;
}

/** Nanoseconds of CPU time that so many packets take. */
function kernelNanos({ runner, image }: Loaded, packets: number): number {
  const output = execFileSync(runner, [image, String(packets), '1']).toString();
  return Number(output.split(' ')[1]) * 1e9;
}

/** Packets of the first ROWS whose verdict in the kernel is not that of the batch's rows from `first` on. */
function disagreements({ runner, image }: Loaded, { batch }: Classified, first: number): number {
  execFileSync(runner, [image, String(ROWS), '1', '0', `${image}.out`]);
  const verdicts = verdictsIn(readFileSync(`${image}.out`), ROWS);
  return verdicts.filter((verdict, row) => verdict !== batch.verdict[first + row]).length;
}

function write(folder: string, runner: string, name: string, image: Uint8Array): Loaded {
  const path = join(folder, name);
  writeFileSync(path, image);
  return { runner, image: path };
}

/** Times a program, the empty one and the tables; a row of figures. */
function compare(classified: Classified, program: Loaded, empty: Loaded, repeats: number): string[] {
  const nanos = interleave(
    {
      tables: {
        units: classified.packets.length * PASSES,
        run: () => {
          for (let pass = 0; pass < PASSES; pass++) classifyBatch(classified);
        },
      },
      program: { units: repeats, run: () => kernelNanos(program, repeats) },
      empty: { units: 1e6, run: () => kernelNanos(empty, 1e6) },
    },
    ROUNDS,
  );
  const charged = nanos.program!.map((value, round) => value - nanos.empty![round]!);
  return [
    median(nanos.tables!).toFixed(1),
    median(nanos.empty!).toFixed(1),
    median(charged).toFixed(1),
    ratio(charged, nanos.tables!),
  ];
}

/** The first ROWS packets are timed, none of them is allowed; the rest is compared. */
function rulesRow(folder: string, runner: string, count: number): string[] {
  const rules = setRules(count);
  const timed = drawSetPackets(rules, ROWS, 0);
  const checked = drawSetPackets(rules, ROWS, 0.5);
  const classified = prepare(setsCluster(rules), [...timed, ...checked], 2 * ROWS);
  classifyBatch(classified);
  const load = (name: string, image: Uint8Array): Loaded => write(folder, runner, name, image);
  const wrong =
    disagreements(load('timed', rulesProgram(timed, rules, setMembers())), classified, 0) +
    disagreements(load('checked', rulesProgram(checked, rules, setMembers())), classified, ROWS);
  const figures = compare(
    { ...classified, packets: timed },
    { runner, image: join(folder, 'timed') },
    load('empty', emptyProgram(timed)),
    Math.ceil(1e6 / (count + 1)),
  );
  return [String(count), ...figures, String(wrong)];
}

/** What the tables know of every address that prefixes of the cluster begin with; `first` is the row of the first of them. */
function prefixEntries(classified: Classified, prefixes: readonly Prefix[], first: number): PrefixEntry[] {
  const words = sectionWords(classified.compilation.tables, SECTION_ENTRIES);
  return prefixes.map(({ network, prefixBits }, index) => {
    const { identity, egressProgram, ingressProgram } = entryAt(
      words,
      classified.batch.srcEntry[first + index]!,
    );
    return {
      network,
      prefixBits,
      identity,
      egress: (egressProgram ?? -1) + 1,
      ingress: (ingressProgram ?? -1) + 1,
    };
  });
}

interface Prefix {
  readonly network: number;
  readonly prefixBits: number;
}

function prefixesOf({ pods, networkPolicies }: Cluster): Prefix[] {
  const blocks = networkPolicies.flatMap(({ ingress }) =>
    ingress.flatMap(({ peers }) =>
      peers.flatMap(({ ipBlock }) => (ipBlock === undefined ? [] : [ipBlock.cidr])),
    ),
  );
  return [
    { network: 0, prefixBits: 0 },
    ...pods.map(({ addresses }) => ({ network: addresses[0]!.words[0], prefixBits: 32 })),
    ...blocks.map(({ network, prefixBits }) => ({ network: network.words[0], prefixBits })),
  ];
}

/** Every cell that the packets meet, each once. */
function policyEntries({ batch, compilation, packets }: Classified): PolicyEntry[] {
  const words = sectionWords(compilation.tables, SECTION_ENTRIES);
  const cells = new Map<string, PolicyEntry>();
  const meet = (program: number | undefined, identity: number, key: number, verdict: number): void => {
    if (program !== undefined)
      cells.set(`${program} ${identity} ${key}`, { program: program + 1, identity, key, verdict });
  };
  packets.forEach(({ protocol, destinationPort }, row) => {
    const from = entryAt(words, batch.srcEntry[row]!);
    const to = entryAt(words, batch.dstEntry[row]!);
    const key = keyWord(protocol, destinationPort!);
    const verdict = batch.verdict[row]!;
    const stopped = verdict === VERDICT_DENY && batch.hook[row] === HOOK_EGRESS;
    meet(from.egressProgram, to.identity, key, stopped ? VERDICT_DENY : 0);
    if (!stopped) meet(to.ingressProgram, from.identity, key, verdict);
  });
  return [...cells.values()];
}

/** A packet whose source is looked up to learn its entry. */
const probe = ({ network }: Prefix, { destination }: FirstPacket): FirstPacket => ({
  source: { family: 4, words: [network, 0, 0, 0] },
  destination,
  protocol: 6,
  sourcePort: 1024,
  destinationPort: 80,
});

function lookupsRow(folder: string, runner: string, name: string, cluster: Cluster, hot: number): string[] {
  // A pod that speaks to itself is exempt, and VXLAN from pods refused: the program knows neither.
  const packets = synthesizePackets(cluster, 9000, hot)
    .filter(
      (packet) => packet.source.words[0] !== packet.destination.words[0] && packet.destinationPort !== 4789,
    )
    .slice(0, ROWS);
  const prefixes = prefixesOf(cluster);
  const probes = prefixes.map((prefix) => probe(prefix, packets[0]!));
  const all = prepare(cluster, [...packets, ...probes], packets.length + probes.length);
  classifyBatch(all);
  const classified = { ...all, packets };
  const image = lookupsProgram(
    packets,
    prefixEntries(all, prefixes, packets.length),
    policyEntries(classified),
  );
  const program = write(folder, runner, 'lookups', image);
  const wrong = disagreements(program, classified, 0);
  const empty = write(folder, runner, 'empty', emptyProgram(packets));
  return [name, ...compare(classified, program, empty, 500_000), String(wrong)];
}

/** Why the kernel does not run such programs here; undefined where it does. */
function refusal(folder: string, runner: string): string | undefined {
  const rules = setRules(1);
  const { image } = write(
    folder,
    runner,
    'probe',
    rulesProgram(drawSetPackets(rules, ROWS, 0), rules, [[0]]),
  );
  const { status, stderr } = spawnSync(runner, [image, '1', '1'], { encoding: 'utf8' });
  const [why] = stderr.trim().split('\n');
  if (status === NOT_PERMITTED) return `the kernel permits no bpf(2) here (${why})`;
  if (status !== 0) throw new Error(`bpf: ${stderr}`);
  return undefined;
}

export function run(): void {
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-bench-'));
  try {
    const runner = compileLimit('bpf', folder);
    const reason =
      runner === undefined ? "it needs a C compiler and Linux's headers" : refusal(folder, runner);
    if (runner === undefined || reason !== undefined) {
      printSkipped(QUESTION, reason!);
      return;
    }
    const figures = ['ns/packet', 'eBPF empty ns', 'eBPF ns/packet, less empty', 'eBPF / this', 'disagree'];
    const rest = `${clockName()}, medians of ${ROUNDS} rounds (smallest to largest)`;
    printTable(
      `${QUESTION}: a policy program as Calico's, 1,000 IP sets of 50 pods, no rule matches; ${rest}`,
      ['rules', ...figures],
      RULES.map((count) => rulesRow(folder, runner, count)),
    );
    const sizes = [
      { name: '1,000 pods, 100 policies', pods: 1000, policies: 100, cidrs: 1000 },
      { name: '100,000 pods, 1,000 policies', pods: 100_000, policies: 1000, cidrs: 10_000 },
    ];
    printTable(
      `${QUESTION}: two prefix lookups and one or two hash lookups a packet; ${rest}`,
      ['set', ...figures],
      sizes.map(({ name, ...size }) =>
        lookupsRow(folder, runner, name, synthesizeCluster({ ...size, namespaces: 10 }), size.pods),
      ),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
