/** How `dryplane generate` is called. What it does stands in ../generate.ts. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { FLOW_SIZES, type FlowSizes } from '../../generate/flow-sizes.ts';
import { POLICY_KINDS, type PolicyKind } from '../../generate/policy-set.ts';
import type { Ending } from './ending.ts';
import { type OutputOptions, outputFlags, positiveInteger, REPORT_OUTPUT } from './flags.ts';
import { FORMATS } from './formats.ts';

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

function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('It is no whole number from 0 on.');
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
function generateFlags(command: Command): void {
  const option = <T>(flags: string, text: string, parse: (text: string) => T): Option =>
    new Option(flags, text).argParser(parse);
  command
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

export function declareGenerate(program: Command, ending: Ending): void {
  const command = program
    .command('generate')
    .summary('a synthetic cluster, policy set and trace of a given size, seeded')
    .description(
      'Writes cluster.json, policies.json and capture.pcap into a folder: pods that call each other, policies that allow these calls and nothing else, and traffic with a few connections that they refuse.',
    )
    .argument('<folder>', 'a folder that is empty or not there yet');
  outputFlags(command, FORMATS.generate, REPORT_OUTPUT);
  generateFlags(command);
  command.action(async (folder: string, options: GenerateOptions) => {
    const { generateCommand } = await import('../generate.ts');
    ending.exitCode = await generateCommand(folder, options);
  });
}
