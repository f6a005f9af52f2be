/** How `dryplane test` is called. What it does stands in ../test.ts. */
import { type Command, Option } from 'commander';
import type { Ending } from './ending.ts';
import {
  CNI_HELP,
  type CoverageOptions,
  coverageFlags,
  gather,
  type ManifestOptions,
  nameFlag,
  type OutputOptions,
  outputFlags,
  overlayFlags,
  REPORT_OUTPUT,
  readingFlags,
} from './flags.ts';
import { FORMATS } from './formats.ts';

/** Suites name manifests and a CNI of their own, so several CNIs may be asked about. */
export interface TestOptions extends Omit<ManifestOptions, 'cni'>, OutputOptions, CoverageOptions {
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
}

/** Which expectations are checked, and what becomes of those that fail. */
function suiteFlags(command: Command): void {
  command
    .addOption(nameFlag())
    .option(
      '--tag <tag>',
      'only expectations with one of these tags; !TAG leaves out those that have it; repeatable',
      gather,
    )
    .option('-u, --update', 'write what is observed into the suites, after the change was shown')
    .option('--yes', 'with --update: do not ask')
    .option('--watch', 'run again when a suite, or anything that it reads, changes; q or Ctrl-C ends');
}

/** What is done instead of checking suites. */
function insteadFlags(command: Command): void {
  command
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

export function declareTest(program: Command, ending: Ending): void {
  const command = program
    .command('test')
    .summary('check expectations; exit 1 when one fails')
    .description(
      'Checks the flows of suites against their manifests, like a test runner. -f takes the place of the manifests that a suite names.',
    )
    .argument('[suite...]', 'a suite file (YAML), or a folder: all suites below it');
  const cniHelp = `${CNI_HELP}, or all; repeatable (default: the suite's, else calico)`;
  readingFlags(command, new Option('--cni <name>', cniHelp).argParser(gather));
  suiteFlags(command);
  insteadFlags(command);
  overlayFlags(command);
  outputFlags(command, [...FORMATS.test, 'with --conformance markdown'], REPORT_OUTPUT);
  coverageFlags(command);
  command.action(async (suites: string[], options: TestOptions) => {
    const { testCommand } = await import('../test.ts');
    ending.exitCode = await testCommand(suites, options);
  });
}
