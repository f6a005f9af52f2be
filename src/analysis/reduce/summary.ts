/** What is left of manifests as files: those of both sets, those of one alone, and suites that hold what was found. */
import { formatFlow } from '../../flow/notation.ts';
import type { Plain } from '../../output/yaml.ts';
import type { FlowAnswer } from '../../policy/judge/judge-flow.ts';
import { policyGroup } from '../../policy/policy-group.ts';
import { namesOfDecider } from '../decider.ts';
import { leftOf, type Part, partsLeft } from './forest.ts';
import { type Answered, type JudgedSet, speakingDecision } from './question.ts';
import { type Reduced, treesOf } from './reduce.ts';
import type { ReduceDocument, ReducedFile, ReducedSet } from './reduce-document.ts';

export interface ReduceSummaryInput
  extends Pick<ReduceDocument, 'version' | 'expected' | 'warnings' | 'trace'> {
  readonly reduced: Reduced;
  /** The flow's answers in the manifests as they were given, which know their places. */
  readonly given: readonly FlowAnswer[];
}

const NAMES = ['before', 'after'] as const;

/** `NetworkPolicy/shop/db`, with the group where two APIs have the kind. */
function policyWord({ answer }: Answered): string | undefined {
  const { decider } = speakingDecision(answer);
  if (decider?.profile !== undefined) return `Profile/${decider.profile.name}`;
  const { policy } = decider ?? {};
  if (policy === undefined || policy.kind.startsWith('Staged')) return undefined;
  const group = policyGroup(policy);
  const isCalicos = policy.kind === 'NetworkPolicy' && group === 'projectcalico.org';
  return [isCalicos ? `${policy.kind}.${group}` : policy.kind, policy.namespace, policy.name]
    .filter((word) => word !== '')
    .join('/');
}

interface Suite {
  readonly manifests: readonly string[];
  readonly set: JudgedSet;
  readonly answered: Answered;
  readonly flow: string;
}

function suiteOf({ manifests, set, answered, flow }: Suite): Plain {
  const by = policyWord(answered);
  return {
    manifests: [...manifests],
    cni: set.profile.name,
    flows: [
      {
        flow,
        expect: answered.answer.verdict,
        ...(by === undefined ? {} : { by }),
        reason: speakingDecision(answered.answer).reason,
      },
    ],
  };
}

/** Files of manifests by the sets that have them, none of them empty. */
function manifestFiles(
  trees: readonly Part[],
  { question, removed }: Reduced,
): {
  readonly files: readonly ReducedFile[];
  /** Of each set, by its place. */
  readonly ofSet: readonly (readonly string[])[];
} {
  const left = trees.filter(({ id }) => !removed.has(id));
  const [first, second] = question.sets;
  const isIn = (tree: Part, set: JudgedSet | undefined): boolean => set?.trees.includes(tree) ?? false;
  const groups = [
    {
      name:
        second === undefined || left.every((tree) => isIn(tree, first) && isIn(tree, second))
          ? 'manifests.yaml'
          : 'common.yaml',
      trees: second === undefined ? left : left.filter((tree) => isIn(tree, first) && isIn(tree, second)),
      sets: [0, 1],
    },
    {
      name: 'before.yaml',
      trees: left.filter((tree) => second !== undefined && !isIn(tree, second)),
      sets: [0],
    },
    {
      name: 'after.yaml',
      trees: left.filter((tree) => second !== undefined && !isIn(tree, first)),
      sets: [1],
    },
  ].filter((group) => group.trees.length > 0);
  return {
    files: groups.map((group) => ({
      name: group.name,
      documents: group.trees.map((tree) => leftOf(tree, removed)),
    })),
    ofSet: question.sets.map((_, index) =>
      groups.filter(({ sets }) => sets.includes(index)).map(({ name }) => name),
    ),
  };
}

/** Suites of what was found: one, or one for each set. */
function suiteFiles(reduced: Reduced, ofSet: readonly (readonly string[])[], flow: string): ReducedFile[] {
  const { question, left } = reduced;
  const { sets } = question;
  return sets.flatMap((set, index): ReducedFile[] => {
    const answered = left[index]!;
    // With staged policies enforced no suite has a verdict of its own: it is the pending one of the first.
    if (set.staged === 'enforced' && index > 0) return [];
    const suite = suiteOf({ manifests: ofSet[index]!, set, answered, flow }) as { flows: Plain[] };
    const staged = sets[1]?.staged === 'enforced' ? { pending: left[1]!.answer.verdict } : {};
    const flows = suite.flows.map((one) => ({ ...(one as { [key: string]: Plain }), ...staged }));
    const isOnly = sets.length === 1 || sets[1]!.staged === 'enforced';
    return [{ name: isOnly ? 'suite.yaml' : `suite-${NAMES[index]}.yaml`, documents: [{ ...suite, flows }] }];
  });
}

/** The document of what is left. */
export function summarizeReduced(input: ReduceSummaryInput): ReduceDocument {
  const { reduced, given } = input;
  const { question, removed, asked } = reduced;
  const trees = treesOf(question);
  const flow = formatFlow(question.flow);
  const { files, ofSet } = manifestFiles(trees, reduced);
  const nothing = new Set<number>();
  const count = (gone: ReadonlySet<number>): number =>
    [...partsLeft(trees, gone)].length - trees.filter(({ id }) => !gone.has(id)).length;
  return {
    schema: 'dryplane/reduce/v1',
    version: input.version,
    flow,
    expected: input.expected,
    sets: question.sets.map((set, index): ReducedSet => {
      const answer = given[index]!;
      const { decider, hook } = speakingDecision(answer);
      return {
        name: question.sets.length === 1 ? 'found' : NAMES[index]!,
        cni: set.profile.name,
        staged: set.staged === 'enforced',
        verdict: answer.verdict,
        reason: answer.reason,
        decider: namesOfDecider(hook, decider),
      };
    }),
    loose: question.isLoose,
    objects: { given: trees.length, left: trees.filter(({ id }) => !removed.has(id)).length },
    parts: { given: count(nothing), left: count(removed) },
    judged: asked,
    files: [...files, ...suiteFiles(reduced, ofSet, flow)],
    trace: input.trace,
    warnings: input.warnings,
  };
}
