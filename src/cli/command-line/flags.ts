/** Options that several commands have, declared once: the same word means the same everywhere. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { WORKERS_MAX } from '../../dataplane/desk-layout.ts';
import { FLOW_FORMAT_NAMES, type FlowFormatName } from '../../trace/flow-log/flow-format.ts';
import { withWords } from './option-words.ts';

/** What operands that are traces may be. */
export const TRACE_HELP =
  'a capture (pcap, pcapng) or a flow log, plain or compressed (gzip, zstd), or - for stdin';
/** What `-o` does, of commands that write nothing but a report. */
export const REPORT_OUTPUT = 'write the report to a file';
export const CNI_HELP =
  'the CNI whose data plane is simulated: calico, cilium, kubernetes, ..., or a file with a profile of your own';

/** Values of an option that may stand several times. */
export const gather = (value: string, before: readonly string[] = []): string[] => [...before, value];

const WHOLE_MAX = 9_999_999_999;

/** A whole number from 1 on. */
export function positiveInteger(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('It is no whole number from 1 on.');
  if (Number(text) > WHOLE_MAX) throw new InvalidArgumentError(`${WHOLE_MAX} is the most.`);
  return Number(text);
}

function workerCount(text: string): number {
  const count = positiveInteger(text);
  if (count > WORKERS_MAX) throw new InvalidArgumentError(`${WORKERS_MAX} is the most.`);
  return count;
}

/** Which objects are read, how strictly, and what is laid over them. */
export interface ManifestOptions {
  readonly manifests?: readonly string[];
  readonly cni: string;
  readonly lenient?: boolean;
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly resolve?: readonly string[];
}

/** Where reports go, and how they look. */
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

/** The set, or the CNI, that another is compared with. */
export interface SecondSetOptions {
  readonly against?: readonly string[];
  readonly againstCni?: string;
  readonly staged?: boolean;
}

/** Whether coverage is wanted, and what it is held to. */
export interface CoverageOptions {
  readonly coverage?: boolean;
  readonly coverageMin?: readonly string[];
}

/** Which objects are read, and how strictly. */
export function manifestFlags(command: Command): void {
  readingFlags(command, new Option('--cni <name>', CNI_HELP).default('calico'));
}

/** The same where `--cni` is declared in another way. */
export function readingFlags(command: Command, cni: Option): void {
  command
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
export function overlayFlags(command: Command): void {
  command
    .option('--add <file>', 'objects to add or replace on top of the manifests; repeatable', gather)
    .option('--remove <object>', 'an object to take away: Kind/namespace/name; repeatable', gather);
}

/** Where the report goes, and how it looks. */
export function outputFlags(command: Command, formats: readonly string[], output: string): void {
  command
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
export function traceFlags(command: Command): void {
  command
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
export function rangeFlags(command: Command): void {
  command
    .option(
      '--from <time>',
      'leave out what comes before: RFC 3339 (UTC unless it says otherwise), a date, seconds since 1970, or +30s from the first record',
    )
    .option('--to <time>', 'leave out what comes then and later');
}

/** `--workers` of commands that replay. */
export const workersFlag = (): Option =>
  new Option('--workers <n>', 'worker threads (default: one a processor)').argParser(workerCount);

/** `--name` of commands that read suites. */
export const nameFlag = (): Option =>
  new Option(
    '--name <pattern>',
    'only expectations whose line in the report holds this text, or matches /a pattern/; repeatable',
  ).argParser(gather);

/** What a set is compared with; the one of -f is after. */
export function secondSetFlags(command: Command): void {
  command
    .option(
      '--against <path>',
      'the set before: a file or folder, or git:REV for the paths of -f at that revision; repeatable. Policies alone are taken to be of the other cluster',
      gather,
    )
    .option('--against-cni <name>', 'the CNI before (default: that of --cni)')
    .option('--staged', 'staged policies count as enforced after');
}

/** What was exercised of the policies. */
export function coverageFlags(command: Command): void {
  command
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
