/** Every option of every command, declared once: the same word means the same everywhere. */
import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { WORKERS_MAX } from '../dataplane/desk-layout.ts';
import { FLOW_SIZES, type FlowSizes } from '../generate/flow-sizes.ts';
import { POLICY_KINDS, type PolicyKind } from '../generate/policy-set.ts';
import { FLOW_FORMAT_NAMES, type FlowFormatName } from '../trace/flow-log/flow-format.ts';

const gather = (value: string, before: readonly string[] = []): string[] => [...before, value];

function positiveInteger(text: string): number {
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
  readonly outer?: boolean;
}

export interface ReplayOptions extends ManifestOptions, OutputOptions, TraceOptions {
  readonly workers: number;
  readonly failOn?: readonly string[];
  readonly pickup: 'judge' | 'kernel';
  readonly connections?: number;
  readonly verdicts?: string;
}

export interface ExplainOptions extends ManifestOptions, OutputOptions {
  readonly expect?: 'allow' | 'deny';
  readonly at?: string;
}

export interface TestOptions extends OutputOptions {
  readonly manifests?: readonly string[];
  readonly cni?: string;
  readonly lenient?: boolean;
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly resolve?: readonly string[];
}

export type ConvertOptions = OutputOptions & TraceOptions;

export interface CompileOptions extends ManifestOptions, OutputOptions {
  readonly dump?: boolean;
}

export interface GenerateOptions extends OutputOptions {
  readonly pods?: number;
  readonly nodes?: number;
  readonly namespaces?: number;
  readonly kind?: PolicyKind;
  readonly policies?: number;
  readonly cidrs?: number;
  readonly flows?: number;
  readonly seconds?: number;
  readonly sizes?: FlowSizes;
  readonly popularity?: number;
  readonly stray?: number;
  readonly scans?: number;
  readonly through?: 'pods' | 'services';
  readonly snapLength?: number;
  readonly packets?: number;
  readonly bytes?: number;
  readonly seed?: number;
}

/** Which objects are read, and how strictly. */
export function manifestFlags(command: Command): Command {
  return readingFlags(command, new Option('--cni <name>', CNI_HELP).default('calico'));
}

/** The same for suites, which name manifests and CNI of their own. */
export function suiteFlags(command: Command): Command {
  return readingFlags(command, new Option('--cni <name>', `${CNI_HELP} (default: the suite's, else calico)`));
}

const CNI_HELP = 'the CNI whose data plane is simulated: calico, calico@3.31, kubernetes';

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
    .option(
      '--format <name[=path]>',
      `${formats.join(', ')}; with =path into a file; repeatable (default: ${formats[0]})`,
      gather,
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
    .option('--outer', 'take packets in tunnels as the tunnel, not as what it carries');
}

/** How the replay runs and what it is asked. */
export function replayFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--workers <n>', 'worker threads')
        .argParser(workerCount)
        .default(availableParallelism(), 'one a processor'),
    )
    .addOption(
      new Option('--pickup <how>', 'connections whose beginning the trace does not hold')
        .choices(['judge', 'kernel'])
        .default('judge'),
    )
    .addOption(
      new Option(
        '--connections <n>',
        'connections tracked at a time; more are judged packet by packet',
      ).argParser(positiveInteger),
    )
    .option('--verdicts <file>', 'a row for each record of the trace: .csv, .ndjson or .parquet')
    .option(
      '--fail-on <list>',
      'exit 1 on any of: deny, skip, unresolved, unresolved=1%, disagree (observed otherwise), newly-denied, newly-allowed (by staged policies)',
      gather,
    );
}

function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('It is no whole number.');
  return Number(text);
}

function decimal(text: string): number {
  if (!/^\d{1,9}(\.\d{1,9})?$/.test(text)) throw new InvalidArgumentError('It is no number of 0 or more.');
  return Number(text);
}

/** `2%` or `0.02`. */
function share(text: string): number {
  const [, number, percent] = /^(\d{1,3}(?:\.\d{1,9})?)(%?)$/.exec(text) ?? [];
  const value = Number(number) / (percent === '%' ? 100 : 1);
  if (number === undefined || value > 1)
    throw new InvalidArgumentError('It is no share, such as 2% or 0.02.');
  return value;
}

const BYTE_UNITS = ['', 'K', 'M', 'G', 'T'];

/** `500M`, `1GB`, `65536`: decimal units. */
function byteCount(text: string): number {
  const [, number, unit = ''] = /^([1-9]\d{0,9})([KMGT]?)B?$/i.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError('It is no size, such as 500M or 1G.');
  return Number(number) * 1000 ** BYTE_UNITS.indexOf(unit.toUpperCase());
}

/** The size and shape of what `generate` makes. */
export function generateFlags(command: Command): Command {
  const option = <T>(flags: string, text: string, parse: (text: string) => T): Option =>
    new Option(flags, text).argParser(parse);
  return command
    .addOption(option('--pods <n>', 'pods (default: 200)', positiveInteger))
    .addOption(option('--nodes <n>', 'nodes (default: one for 30 pods)', positiveInteger))
    .addOption(option('--namespaces <n>', 'namespaces (default: one for 40 pods)', positiveInteger))
    .addOption(option('--policies <n>', 'policies (default: one for 5 pods)', wholeNumber))
    .addOption(new Option('--kind <name>', 'whose policies (default: kubernetes)').choices(POLICY_KINDS))
    .addOption(option('--cidrs <n>', 'outside blocks that the policies name (default: 100)', wholeNumber))
    .addOption(option('--flows <n>', 'connections of the capture (default: 1000)', positiveInteger))
    .addOption(option('--seconds <n>', 'time over which they begin (default: 50 a second)', decimal))
    .addOption(
      new Option('--sizes <name>', 'published distribution of their sizes (default: rpc)').choices(
        FLOW_SIZES,
      ),
    )
    .addOption(
      option('--popularity <s>', 'Zipf exponent of who is called; 0: all alike (default: 1)', decimal),
    )
    .addOption(option('--stray <share>', 'connections that nobody planned (default: 2%)', share))
    .addOption(option('--scans <share>', 'probes of ports by one pod (default: 0.2%)', share))
    .addOption(
      new Option('--through <what>', 'what clients connect to (default: pods)').choices(['pods', 'services']),
    )
    .addOption(option('--snap-length <n>', 'bytes that are kept of a packet (default: all)', positiveInteger))
    .addOption(option('--packets <n>', 'packets of the capture at most', positiveInteger))
    .addOption(option('--bytes <size>', 'size of the capture at most, such as 1G', byteCount))
    .addOption(option('--seed <n>', 'the same seed makes the same files (default: 1)', wholeNumber));
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
export function dumpFlag(command: Command): Command {
  return command.option('--dump', 'all of it: endpoints, identities, port classes and every rule');
}
