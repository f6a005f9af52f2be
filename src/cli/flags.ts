/** Every option of every command, declared once: the same word means the same everywhere. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { MatrixBy } from '../analysis/matrix/matrix-parties.ts';
import { WORKERS_MAX } from '../dataplane/desk-layout.ts';
import { FLOW_FORMAT_NAMES, type FlowFormatName } from '../trace/flow-log/flow-format.ts';
import { withWords } from './option-words.ts';

/** Values of an option that may stand several times. */
export const gather = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** A whole number from 1 on. */
export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new InvalidArgumentError('It is no whole number from 1 on.');
  return Number(text);
}

function workerCount(text: string): number {
  const count = positiveInteger(text);
  if (count > WORKERS_MAX) throw new InvalidArgumentError(`${WORKERS_MAX} is the most.`);
  return count;
}

export interface ManifestOptions {
  readonly manifests?: readonly string[];
  readonly cni: string;
  readonly lenient?: boolean;
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly resolve?: readonly string[];
}

export interface OutputOptions {
  readonly format?: readonly string[];
  readonly output?: string;
  readonly color: 'auto' | 'always' | 'never';
  readonly quiet?: boolean;
}

/** How traces are read. */
export interface TraceOptions {
  readonly traceFormat?: FlowFormatName;
  readonly traceFields?: string;
  readonly outer?: boolean;
}

/** Which records are wanted, by their time; the words as they were given. */
export interface RangeOptions {
  readonly from?: string;
  readonly to?: string;
}

/** Whether coverage is wanted, and what it is held to. */
export interface CoverageFlags {
  readonly coverage?: boolean;
  readonly coverageMin?: readonly string[];
}

export interface ReplayOptions
  extends ManifestOptions,
    OutputOptions,
    TraceOptions,
    RangeOptions,
    CoverageFlags {
  readonly workers?: number;
  readonly failOn?: readonly string[];
  readonly pickup: 'judge' | 'kernel';
  readonly duplicates: 'auto' | 'skip' | 'judge';
  readonly connections?: number;
  readonly conntrack?: readonly string[];
  readonly verdicts?: string;
}

export interface ExplainOptions extends ManifestOptions, OutputOptions {
  readonly expect?: 'allow' | 'deny';
  readonly at?: string;
}

export interface TestOptions extends OutputOptions, CoverageFlags {
  readonly manifests?: readonly string[];
  readonly cni?: readonly string[];
  readonly conformance?: boolean;
  readonly againstResults?: readonly string[];
  readonly import?: string;
  readonly probe?: string;
  readonly probeMode?: 'service' | 'pod-ip';
  readonly name?: readonly string[];
  readonly tag?: readonly string[];
  readonly update?: boolean;
  readonly yes?: boolean;
  readonly watch?: boolean;
  readonly lenient?: boolean;
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly resolve?: readonly string[];
}

export interface SnapshotOptions extends OutputOptions {
  readonly kubectl: string;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly without?: readonly string[];
  readonly dryRun?: boolean;
}

export type ConvertOptions = OutputOptions & TraceOptions & RangeOptions;

export interface CompileOptions extends ManifestOptions, OutputOptions {
  readonly dump?: boolean;
  readonly costs?: boolean;
}

export interface BenchOptions extends ManifestOptions, OutputOptions, TraceOptions {
  readonly against?: readonly string[];
  readonly multiply?: string;
  readonly seconds: number;
  readonly save?: string;
  readonly baseline?: string;
  readonly failOn?: readonly string[];
}

export interface DiffOptions extends ManifestOptions, OutputOptions, TraceOptions, RangeOptions {
  readonly workers?: number;
  readonly against?: readonly string[];
  readonly againstCni?: string;
  readonly staged?: boolean;
  readonly failOn?: readonly string[];
}

export interface MatrixOptions extends ManifestOptions, OutputOptions {
  readonly by: MatrixBy;
  readonly exposure?: boolean;
  readonly port?: string;
  readonly from?: readonly string[];
  readonly to?: readonly string[];
}

/** Which objects are read, and how strictly. */
export function manifestFlags(command: Command): Command {
  return readingFlags(command, new Option('--cni <name>', CNI_HELP).default('calico'));
}

/** The same for suites, which name manifests and CNI of their own. */
export function suiteFlags(command: Command): Command {
  const help = `${CNI_HELP}, or all; repeatable (default: the suite's, else calico)`;
  return readingFlags(command, new Option('--cni <name>', help).argParser(gather))
    .option(
      '--name <pattern>',
      'only expectations whose line in the report holds this text, or matches /a pattern/; repeatable',
      gather,
    )
    .option(
      '--tag <tag>',
      'only expectations with one of these tags; !TAG leaves out those that have it; repeatable',
      gather,
    )
    .option('-u, --update', 'write observed verdicts into the suites, after the change was shown')
    .option('--yes', 'with --update: do not ask')
    .option('--watch', 'run again when a suite, or anything that it reads, changes; q or Ctrl-C ends')
    .option(
      '--conformance',
      'where the CNI departs from the specification and why, by the suites that ship with the program, or by those that are named',
    )
    .option(
      '--against-results <file>',
      'compare what probes of a real cluster found with what the CNI does: tables of cyclonus or of the tests of Kubernetes, or lines such as: tcp x/a to y/b:80 allow; repeatable',
      gather,
    )
    .option(
      '--import <file>',
      'print tests of netassert, or tables of cyclonus or of the tests of Kubernetes, as a suite; -f are its manifests',
    )
    .option('--probe <protocol/port>', 'what tables that do not say it were probed with: TCP/80')
    .addOption(
      new Option(
        '--probe-mode <how>',
        'how probes of tables reached a pod: through its Service s-NAMESPACE-POD where the manifests have it, or by its address',
      ).choices(['service', 'pod-ip']),
    );
}

const CNI_HELP =
  'the CNI whose data plane is simulated: calico, cilium, kubernetes, ..., or a file with a profile of your own';

function readingFlags(command: Command, cni: Option): Command {
  return command
    .option(
      '-f, --manifests <path>',
      'manifests: a file, a folder (read recursively), or - for stdin; repeatable. PATH@TIME: a snapshot that holds from that time on',
      gather,
    )
    .addOption(cni)
    .option('--lenient', 'unknown fields are warnings, invalid objects of Calico are left out as Felix does')
    .option('--resolve <name=address>', 'an address of a domain name that policies name; repeatable', gather);
}

/** Changes on top of the manifests. */
export function overlayFlags(command: Command): Command {
  return command
    .option('--add <file>', 'objects to add or replace on top of the manifests; repeatable', gather)
    .option('--remove <object>', 'an object to take away: Kind/namespace/name; repeatable', gather);
}

/** Where the report goes, and how it looks. */
export function outputFlags(command: Command, formats: readonly string[], output: string): Command {
  return command
    .addOption(
      withWords(
        new Option(
          '--format <name[=path]>',
          `${formats.join(', ')}; with =path into a file; repeatable (default: ${formats[0]})`,
        ).argParser(gather),
        // Some are told with the option that they need.
        formats.map((format) => format.split(' ').at(-1)!),
      ),
    )
    .option('-o, --output <path>', output)
    .addOption(
      new Option('--color <when>', 'colours; NO_COLOR is respected')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    )
    .option('-q, --quiet', 'print errors only; the exit code tells the rest');
}

/** How traces are read. */
export function traceFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--trace-format <name>', 'what the flow logs are, instead of recognising it').choices(
        FLOW_FORMAT_NAMES,
      ),
    )
    .option(
      '--trace-fields <names>',
      'the fields of AWS VPC flow logs without a header, as their format names them: "srcaddr dstaddr protocol ..."',
    )
    .option('--outer', 'take packets in tunnels as the tunnel, not as what it carries');
}

/** Which records are wanted. */
export function rangeFlags(command: Command): Command {
  return command
    .option(
      '--from <time>',
      'leave out what comes before: RFC 3339 (UTC unless it says otherwise), a date, seconds since 1970, or +30s from the first record',
    )
    .option('--to <time>', 'leave out what comes then and later');
}

/** `--workers` of commands that replay. */
export const workersFlag = (): Option =>
  new Option('--workers <n>', 'worker threads (default: one a processor)').argParser(workerCount);

/** How the replay runs and what it is asked. */
export function replayFlags(command: Command): Command {
  return command
    .addOption(workersFlag())
    .addOption(
      new Option('--pickup <how>', 'connections whose beginning the trace does not hold')
        .choices(['judge', 'kernel'])
        .default('judge'),
    )
    .addOption(
      new Option(
        '--duplicates <what>',
        'packets seen before: auto skips them where captures are of several interfaces',
      )
        .choices(['auto', 'skip', 'judge'])
        .default('auto'),
    )
    .addOption(
      new Option(
        '--connections <n>',
        'connections tracked at a time; more are judged packet by packet',
      ).argParser(positiveInteger),
    )
    .option(
      '--conntrack <name=value>',
      'a setting of connection tracking, as Linux calls it: tcp_timeout_established=1h, udp_timeout=30, tcp_loose=0, max=262144; repeatable',
      gather,
    )
    .option('--verdicts <file>', 'a row for each record of the trace: .csv, .ndjson or .parquet')
    .option(
      '--fail-on <list>',
      'exit 1 on any of: deny, skip, unresolved, unresolved=1%, disagree (observed otherwise), newly-denied, newly-allowed (by staged policies)',
      gather,
    );
}

/** What was exercised of the policies. */
export function coverageFlags(command: Command): Command {
  return command
    .option(
      '--coverage',
      'which rules, peers and ports of the policies were exercised, and which lines were not',
    )
    .option(
      '--coverage-min <share>',
      'exit 1 where less of the rules, the peers or the ports is covered: 80%, or rules=90%,peers=80%,ports=50%,denials=100%; repeatable',
      gather,
    );
}

/** What `explain` holds a flow to, and when. */
export function expectFlag(command: Command): Command {
  return command
    .option('--at <time>', 'the snapshot of that time, where -f names several')
    .addOption(
      new Option('--expect <verdict>', 'exit 1 unless every flow has this verdict').choices([
        'allow',
        'deny',
      ]),
    );
}

/** `compile` only. */
export function compileFlags(command: Command): Command {
  return command
    .option('--dump', 'all of it: endpoints, identities, port classes and every rule')
    .option('--costs', 'what the set costs on every CNI, side by side');
}

/** `bench` only. */
export function benchFlags(command: Command): Command {
  return command
    .option('--against <path>', 'manifests of a second set, measured side by side; repeatable', gather)
    .option(
      '--multiply <list>',
      'how many times the set is taken, with labels, namespaces and addresses of its own each time (default: 1,10,100 as far as it is quick)',
    )
    .addOption(
      new Option('--seconds <n>', 'about how long is measured').argParser(positiveInteger).default(10),
    )
    .option('--save <file>', 'write the figures to a file, for --baseline')
    .option('--baseline <file>', 'compare with the figures of an earlier run')
    .option(
      '--fail-on <list>',
      'exit 1 on regression=10%: slower or larger than the second set or the baseline by more than that, beyond doubt',
      gather,
    );
}

/** `matrix` only. */
export function matrixFlags(command: Command): Command {
  const who =
    'a namespace, namespace/pod, namespace/Kind/name, labels such as app=web, a block of addresses, outside, nodes or node:NAME';
  return command
    .addOption(
      new Option('--by <what>', 'what one row and one column stands for')
        .choices(['pod', 'workload', 'namespace'])
        .default('workload'),
    )
    .option('--port <protocol/port>', 'one port alone: tcp/5432')
    .option('--exposure', 'also which blocks of addresses, and which pods that do not exist yet')
    .option('--from <who>', `who sends: ${who}; repeatable (default: all pods, and outside)`, gather)
    .option(
      '--to <who>',
      'who is reached: the same, and services or service:namespace/name; repeatable',
      gather,
    );
}

/** `diff` only. */
export function diffFlags(command: Command): Command {
  return command
    .option(
      '--against <path>',
      'the set before: a file or folder, or git:REV for the paths of -f at that revision; repeatable. Policies alone are taken to be of the other cluster',
      gather,
    )
    .option('--against-cni <name>', 'the CNI before (default: that of --cni)')
    .option('--staged', 'staged policies count as enforced after')
    .addOption(workersFlag())
    .option(
      '--fail-on <list>',
      'exit 1 on newly-denied, newly-allowed alone (default: on any difference)',
      gather,
    );
}

/** Which cluster a snapshot is of, and what is not asked. */
export function snapshotFlags(command: Command): Command {
  return command
    .option('--context <name>', "the cluster, by a context of kubectl's (default: the current one)")
    .option('--kubeconfig <file>', "kubectl's configuration")
    .option('--kubectl <program>', 'the program that is asked', 'kubectl')
    .addOption(
      new Option('--without <resource>', 'leave a resource out, such as nodes; repeatable').argParser(gather),
    )
    .option('--dry-run', 'print the commands that would be run, run none');
}
