/** How `dryplane recommend` is called. What it does stands in ../recommend.ts. */
import { type Command, Option } from 'commander';
import type { Ending } from './ending.ts';
import {
  gather,
  type ManifestOptions,
  manifestFlags,
  type OutputOptions,
  outputFlags,
  overlayFlags,
  type RangeOptions,
  rangeFlags,
  TRACE_HELP,
  type TraceOptions,
  traceFlags,
  workersFlag,
} from './flags.ts';
import { FORMATS } from './formats.ts';

export interface RecommendOptions extends ManifestOptions, OutputOptions, TraceOptions, RangeOptions {
  readonly workers?: number;
  readonly kind: 'networkpolicy' | 'calico';
  readonly namespace?: readonly string[];
  readonly includeDenied?: boolean;
  readonly isolateRest?: boolean;
  readonly addDns?: boolean;
  readonly outsidePrefix?: string;
}

/** Which policies, for whom, and how exact. */
function recommendFlags(command: Command): void {
  command
    .addOption(
      new Option('--kind <name>', 'the API of the policies: NetworkPolicy, or the one of Calico')
        .choices(['networkpolicy', 'calico'])
        .default('networkpolicy'),
    )
    .option('--namespace <names>', 'policies for pods of these namespaces alone; repeatable', gather)
    .option(
      '--include-denied',
      'open also what the policies of the manifests deny, or what the trace itself says was denied',
    )
    .option(
      '--isolate-rest',
      'one policy more a namespace: pods without a flow in the trace are isolated too',
    )
    .option('--add-dns', 'open the DNS of the cluster to every workload, whether or not the trace shows it')
    .option(
      '--outside-prefix <bits>',
      'widen addresses outside of the cluster to blocks of so many bits: 24, or 24,64 for IPv4 and IPv6; never over an address of the cluster',
    )
    .addOption(workersFlag());
}

export function declareRecommend(program: Command, ending: Ending): void {
  const command = program
    .command('recommend')
    .summary('the least policies that allow exactly what a trace shows')
    .description(
      'Writes policies that allow the flows of traces by workload, and nothing else, ready to apply: above each rule stands which flows it is there for.\nWhat was denied is not opened. A summary goes to stderr.',
    )
    .argument('<trace...>', TRACE_HELP);
  manifestFlags(command);
  overlayFlags(command);
  outputFlags(command, FORMATS.recommend, 'write the policies to a file');
  traceFlags(command);
  rangeFlags(command);
  recommendFlags(command);
  command.action(async (traces: string[], options: RecommendOptions) => {
    const { recommendCommand } = await import('../recommend.ts');
    ending.exitCode = await recommendCommand(traces, options);
  });
}
