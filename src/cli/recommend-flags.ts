/** Options of `recommend`. */
import { type Command, Option } from 'commander';
import {
  gather,
  type ManifestOptions,
  type OutputOptions,
  type RangeOptions,
  type TraceOptions,
  workersFlag,
} from './flags.ts';

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
export function recommendFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--kind <kind>', 'the API of the policies: NetworkPolicy, or the one of Calico')
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
