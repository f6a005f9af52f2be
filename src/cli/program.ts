/** The command line: commands, their operands and options. What each does stands in the file of its name. */
import { Argument, Command } from 'commander';
import type { Shell } from './completion.ts';
import {
  type BenchOptions,
  benchFlags,
  type CompileOptions,
  type ConvertOptions,
  compileFlags,
  coverageFlags,
  type DiffOptions,
  diffFlags,
  type ExplainOptions,
  expectFlag,
  type MatrixOptions,
  manifestFlags,
  matrixFlags,
  outputFlags,
  overlayFlags,
  type ReplayOptions,
  rangeFlags,
  replayFlags,
  type SnapshotOptions,
  snapshotFlags,
  suiteFlags,
  type TestOptions,
  traceFlags,
} from './flags.ts';
import type { GenerateOptions } from './generate-flags.ts';
import type { LintOptions } from './lint-flags.ts';
import type { RecommendOptions } from './recommend-flags.ts';
import type { ReduceOptions } from './reduce-flags.ts';
import { VERSION } from './version.ts';

/** Where a command leaves its exit code. */
export interface Ending {
  exitCode: number;
}

const TEXT_JSON = ['text', 'json'];
const TRACE_HELP = 'a capture (pcap, pcapng) or a flow log, plain or compressed (gzip, zstd), or - for stdin';
const REPORT_OUTPUT = 'write the report to a file';

function replay(program: Command, ending: Ending): void {
  const command = program
    .command('replay')
    .summary('replay captured traffic, report verdicts')
    .description(
      'Replays captures against the policies in the manifests: what would be allowed and denied, by which rule.\nWithout -f it says what is in the trace.',
    )
    .argument('<trace...>', TRACE_HELP);
  const formats = [...TEXT_JSON, 'html', 'lcov'];
  const reporting = outputFlags(overlayFlags(manifestFlags(command)), formats, REPORT_OUTPUT);
  coverageFlags(replayFlags(rangeFlags(traceFlags(reporting)))).action(
    async (traces: string[], options: ReplayOptions) => {
      const { replayCommand } = await import('./replay.ts');
      ending.exitCode = await replayCommand(traces, options);
    },
  );
}

function explain(program: Command, ending: Ending): void {
  const command = program
    .command('explain')
    .summary('the decision walk for one flow, tier by tier, rule by rule')
    .description(
      'Says what would happen to a flow and why: every tier, policy and rule that it meets on both sides.\nFlows are written like: tcp shop/web to shop/db:5432 · udp 10.0.1.7 to 8.8.8.8:53 · icmp shop/web to shop/db',
    )
    .argument('<flow...>', 'a flow; its words may be unquoted');
  expectFlag(outputFlags(overlayFlags(manifestFlags(command)), TEXT_JSON, REPORT_OUTPUT)).action(
    async (operands: string[], options: ExplainOptions) => {
      const { explainCommand } = await import('./explain.ts');
      ending.exitCode = await explainCommand(operands, options);
    },
  );
}

function test(program: Command, ending: Ending): void {
  const command = program
    .command('test')
    .summary('check expectations; exit 1 when one fails')
    .description(
      'Checks the flows of suites against their manifests, like a test runner. -f takes the place of the manifests that a suite names.',
    )
    .argument('[suite...]', 'a suite file (YAML), or a folder: all suites below it');
  const formats = ['text', 'json', 'tap', 'junit', 'github', 'lcov', 'with --conformance markdown'];
  coverageFlags(outputFlags(overlayFlags(suiteFlags(command)), formats, REPORT_OUTPUT)).action(
    async (suites: string[], options: TestOptions) => {
      const { testCommand } = await import('./test.ts');
      ending.exitCode = await testCommand(suites, options);
    },
  );
}

function diff(program: Command, ending: Ending): void {
  const command = program
    .command('diff')
    .summary('what differs between two policy sets, or two CNIs')
    .description(
      'Says what two policy sets judge otherwise: flows of traces, or without any all new packets, as regions with an example and who decides in either set. -f is after, --against is before.\nWithout traces no difference is a proof. Exit code 1 when the sets differ.',
    )
    .argument('[trace...]', TRACE_HELP);
  const reporting = outputFlags(
    overlayFlags(manifestFlags(command)),
    ['text', 'json', 'markdown'],
    REPORT_OUTPUT,
  );
  diffFlags(rangeFlags(traceFlags(reporting))).action(async (traces: string[], options: DiffOptions) => {
    const { diffCommand } = await import('./diff.ts');
    ending.exitCode = await diffCommand(traces, options);
  });
}

async function lint(program: Command, ending: Ending): Promise<void> {
  const { lintFlags } = await import('./lint-flags.ts');
  const command = program
    .command('lint')
    .summary('mistakes in policies')
    .description(
      'Looks for mistakes in policies: selectors that match nothing, ports that nobody has, rules that mean something else than they seem to, that do nothing, or that are wider than traces needed.\nA YAML comment accepts a finding: # dryplane-ignore: lint/NAME why. dryplane help lint/NAME says what a check is about.',
    );
  command.argument('[trace...]', `${TRACE_HELP}: rules are held against what it needed`);
  const reporting = outputFlags(
    overlayFlags(manifestFlags(command)),
    ['text', 'json', 'sarif'],
    REPORT_OUTPUT,
  );
  lintFlags(rangeFlags(traceFlags(reporting))).action(async (traces: string[], options: LintOptions) => {
    const { lintCommand } = await import('./lint.ts');
    ending.exitCode = await lintCommand(traces, options);
  });
}

function matrix(program: Command, ending: Ending): void {
  const command = program
    .command('matrix')
    .summary('who can talk to whom, on which ports')
    .description(
      'Says who can talk to whom, complete over all new packets: by workload, pod or namespace, for all ports or one.\nWhat is not said of a pair is denied.',
    );
  const formats = ['text', 'json', 'csv', 'dot', 'mermaid'];
  matrixFlags(outputFlags(overlayFlags(manifestFlags(command)), formats, REPORT_OUTPUT)).action(
    async (options: MatrixOptions) => {
      const { matrixCommand } = await import('./matrix.ts');
      ending.exitCode = await matrixCommand(options);
    },
  );
}

function compile(program: Command, ending: Ending): void {
  const command = program
    .command('compile')
    .summary('build the tables and describe them')
    .description('Compiles the policies into lookup tables and says how large they are and what they hold.');
  compileFlags(outputFlags(manifestFlags(command), TEXT_JSON, 'save the tables to a file')).action(
    async (options: CompileOptions) => {
      const { compileCommand } = await import('./compile.ts');
      ending.exitCode = await compileCommand(options);
    },
  );
}

function bench(program: Command, ending: Ending): void {
  const command = program
    .command('bench')
    .summary('what a policy set costs, and how that grows')
    .description(
      'Says how expensive a policy set is: time to compile, size of the tables, nanoseconds a lookup, as it is and many times over.\nOf traces the first packets of their connections are looked up too.',
    )
    .argument('[trace...]', TRACE_HELP);
  benchFlags(traceFlags(outputFlags(manifestFlags(command), TEXT_JSON, REPORT_OUTPUT))).action(
    async (traces: string[], options: BenchOptions) => {
      const { benchCommand } = await import('./bench.ts');
      ending.exitCode = await benchCommand(traces, options);
    },
  );
}

function convert(program: Command, ending: Ending): void {
  const command = program
    .command('convert')
    .summary('any trace as NDJSON or CSV, captures as pcap')
    .description(
      'Writes the records of traces in a common form, whatever format they have; nothing is judged. What it writes, replay reads.\nSeveral traces follow each other.',
    )
    .argument('<trace...>', TRACE_HELP);
  outputFlags(
    rangeFlags(traceFlags(command)),
    ['ndjson', 'csv', 'pcap'],
    'write to a file; its ending names the format',
  ).action(async (traces: string[], options: ConvertOptions) => {
    const { convertCommand } = await import('./convert.ts');
    ending.exitCode = await convertCommand(traces, options);
  });
}

async function recommend(program: Command, ending: Ending): Promise<void> {
  const { recommendFlags } = await import('./recommend-flags.ts');
  const command = program
    .command('recommend')
    .summary('the least policies that allow exactly what a trace shows')
    .description(
      'Writes policies that allow the flows of traces by workload, and nothing else, ready to apply: above each rule stands which flows it is there for.\nWhat was denied is not opened. A summary goes to stderr.',
    )
    .argument('<trace...>', TRACE_HELP);
  const reporting = outputFlags(
    overlayFlags(manifestFlags(command)),
    ['yaml', 'json', 'text'],
    'write the policies to a file',
  );
  recommendFlags(rangeFlags(traceFlags(reporting))).action(
    async (traces: string[], options: RecommendOptions) => {
      const { recommendCommand } = await import('./recommend.ts');
      ending.exitCode = await recommendCommand(traces, options);
    },
  );
}

async function reduce(program: Command, ending: Ending): Promise<void> {
  const { reduceFlags } = await import('./reduce-flags.ts');
  const command = program
    .command('reduce')
    .summary('the smallest manifests that show a difference or a verdict')
    .description(
      'Takes away objects, rules, peers, ports, labels and fields until nothing more can go without the flow being judged otherwise: what is left fits into a bug report.\nWith a second set (as diff takes it) the verdicts in both must stay. -o names a folder for the files.',
    )
    .argument('[trace]', `with --record: ${TRACE_HELP}`);
  const reporting = outputFlags(
    overlayFlags(manifestFlags(command)),
    ['text', 'json', 'markdown'],
    'write the manifests and a suite into a folder',
  );
  reduceFlags(traceFlags(reporting)).action(async (trace: string | undefined, options: ReduceOptions) => {
    const { reduceCommand } = await import('./reduce.ts');
    ending.exitCode = await reduceCommand(trace, options);
  });
}

async function generate(program: Command, ending: Ending): Promise<void> {
  const { generateFlags } = await import('./generate-flags.ts');
  const command = program
    .command('generate')
    .summary('a synthetic cluster, policy set and trace of a given size, seeded')
    .description(
      'Writes cluster.json, policies.json and capture.pcap into a folder: pods that call each other, policies that allow these calls and nothing else, and traffic with a few connections that they refuse.',
    )
    .argument('<folder>', 'a folder that is empty or not there yet');
  generateFlags(outputFlags(command, TEXT_JSON, REPORT_OUTPUT)).action(
    async (folder: string, options: GenerateOptions) => {
      const { generateCommand } = await import('./generate.ts');
      ending.exitCode = await generateCommand(folder, options);
    },
  );
}

function snapshot(program: Command, ending: Ending): void {
  const command = program
    .command('snapshot')
    .summary('collect manifests from a live cluster with kubectl')
    .description(
      'Writes the state and the policies of a cluster into a folder that every command reads with -f. Runs nothing but kubectl get and kubectl api-resources; Secrets and ConfigMaps are not asked for, and of pods neither environment nor commands nor volumes are kept.',
    )
    .argument('[folder]', 'a folder that is empty or not there yet');
  snapshotFlags(outputFlags(command, TEXT_JSON, REPORT_OUTPUT)).action(
    async (folder: string | undefined, options: SnapshotOptions) => {
      const { snapshotCommand } = await import('./snapshot.ts');
      ending.exitCode = await snapshotCommand(folder, options);
    },
  );
}

function completion(program: Command): void {
  program
    .command('completion')
    .summary('completion for bash, zsh and fish')
    .description(
      'Prints the script by which a shell completes commands, options and their words.\n  bash: eval "$(dryplane completion bash)" in .bashrc\n  zsh:  eval "$(dryplane completion zsh)" in .zshrc, behind compinit\n  fish: dryplane completion fish > ~/.config/fish/completions/dryplane.fish',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: Shell) => {
      const { completionCommand } = await import('./completion.ts');
      completionCommand(shell, program);
    });
}

function help(program: Command): void {
  program
    .command('help')
    .summary('help of a command, or what a code such as manifest/unknown-field is about')
    .description('Prints help of a command, or what a code that the program prints is about and what to do.')
    .argument('[topic]', 'a command, or a code that a message has in brackets')
    .action(async (topic: string | undefined) => {
      const { helpCommand } = await import('./help.ts');
      helpCommand(program, topic);
    });
}

/** In the order of the usage. */
const COMMANDS: Readonly<Record<string, (program: Command, ending: Ending) => void | Promise<void>>> = {
  replay,
  explain,
  test,
  diff,
  matrix,
  lint,
  recommend,
  reduce,
  compile,
  bench,
  convert,
  generate,
  snapshot,
  completion,
  help,
};
/** They tell of the others. */
const OF_ALL = ['completion', 'help'];

/**
 * The program for words whose first is `asked`: of a command that is named nothing else is set up, which every run would pay for. It
 * throws CommanderError rather than leaving, and prints no errors itself.
 */
export async function createProgram(ending: Ending, asked = ''): Promise<Command> {
  const program = new Command('dryplane')
    .description('Dry-runs a Kubernetes data plane: replays captured traffic against network policies.')
    .version(VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .addHelpText(
      'after',
      '\nExit codes: 0 fine, 1 the answer is no, 2 the input is wrong, 70 a bug in dryplane, 130 interrupted.',
    );
  const isAlone = Object.hasOwn(COMMANDS, asked) && !OF_ALL.includes(asked);
  for (const name of isAlone ? [asked] : Object.keys(COMMANDS)) await COMMANDS[name]!(program, ending);
  return program;
}
