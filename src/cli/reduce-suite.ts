/** `--suite FILE`: the expectation that fails, as the options that reduce its flow. */
import { hasErrors, InvalidInput } from '../diagnostic/diagnostic.ts';
import { formatFlow } from '../flow/notation.ts';
import type { ReduceOptions } from './command-line/reduce.ts';
import { problem } from './problem.ts';
import { countOfSuite, namedIn, readSuites } from './suite-files.ts';

/** The options with the manifests, the CNI and the flow of the suite's expectation; as they are without a suite. */
export async function withSuite(options: ReduceOptions): Promise<ReduceOptions> {
  const { suite: path, name, manifests } = options;
  if (path === undefined) return options;
  const [{ checkSuite, worldOfSuite }, read] = await Promise.all([
    import('../suite/check.ts'),
    readSuites([path], []),
  ]);
  const [suite] = read.value;
  const { value: world, diagnostics } = worldOfSuite(suite!, {
    ...(manifests === undefined ? {} : { manifests }),
    ...(options.lenient === true ? { lenient: true } : {}),
    ...(options.cni === 'calico' ? {} : { cni: options.cni }),
  });
  if (world === undefined) throw new InvalidInput(diagnostics);
  // What a circumstance or an earlier state of the policies decides, no set of manifests shows.
  const named = await namedIn(suite!, name ?? []);
  const plain = named.expectations.filter(({ when, state }) => when === undefined && state === 0);
  const { value: result, diagnostics: strange } = checkSuite(
    { ...suite!, steps: [], expectations: plain },
    world,
  );
  if (hasErrors(strange)) throw new InvalidInput(strange);
  const failed = result.results.find(({ passed }) => !passed);
  const others = countOfSuite(named) - plain.length;
  const hint =
    others === 0
      ? undefined
      : 'expectations of traces, of steps and under when: are not reduced; name a flow with --flow';
  if (plain.length === 0)
    throw new InvalidInput([
      problem(
        'cli/suite',
        `${path} expects nothing that can be reduced${name === undefined ? '' : ` under such a --name`}`,
        hint,
      ),
    ]);
  if (failed === undefined)
    throw new InvalidInput([
      problem(
        'reduce/expected',
        `every expectation of ${path} that is asked about is met: nothing fails`,
        hint,
      ),
    ]);
  const { expected, answer } = failed;
  const isOther = expected !== answer.verdict && (expected === 'allow' || expected === 'deny');
  const { suite: _, name: __, expect: ___, ...rest } = options;
  return {
    ...rest,
    manifests: manifests ?? suite!.manifests,
    cni: options.cni === 'calico' ? (suite!.cni ?? 'calico') : options.cni,
    flow: formatFlow(failed.expectation.flow),
    ...(isOther ? { expect: expected } : {}),
  };
}
