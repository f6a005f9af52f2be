/**
 * What must stay as it is while manifests shrink: how a flow is judged in one set, or in two. The answer is told apart by its verdict, and
 * unless the question is loose by its reason and by who decides: the same rule, told by the part of the manifests that it is.
 */
import { hasErrors } from '../../diagnostic/diagnostic.ts';
import type { Flow } from '../../flow/flow.ts';
import { loadCluster } from '../../manifest/load.ts';
import type { Cluster } from '../../policy/cluster.ts';
import type { CniProfile } from '../../policy/cni/profile.ts';
import type { Decision } from '../../policy/decision.ts';
import { type FlowAnswer, judgeFlow } from '../../policy/judge/judge-flow.ts';
import type { Staging } from '../../policy/resolve/translate-policies.ts';
import { createWorld, type World } from '../../policy/world.ts';
import { type Part, type PrintedForest, printForest, type Removed } from './forest.ts';

/** One of the sets that a flow is judged in. */
export interface JudgedSet {
  readonly trees: readonly Part[];
  readonly profile: CniProfile;
  readonly staged: Staging;
  readonly lenient: boolean;
  readonly resolutions: Cluster['resolutions'];
}

export interface Question {
  readonly flow: Flow;
  readonly sets: readonly JudgedSet[];
  /** Verdicts alone matter. */
  readonly isLoose: boolean;
}

/** How the flow is judged in a set of which some parts are gone. */
export interface Answered {
  readonly world: World;
  readonly answer: FlowAnswer;
  readonly printed: PrintedForest;
}

/** The file that sets are printed into while they shrink. */
const FILE = 'reduced.json';

/** Undefined where the manifests, or the flow's names, mean nothing any more. */
export function answerIn(set: JudgedSet, flow: Flow, removed: Removed): Answered | undefined {
  const printed = printForest(set.trees, removed);
  const files = [{ name: FILE, bytes: Buffer.from(printed.text) }];
  const { value, diagnostics } = loadCluster([], { files, lenient: set.lenient });
  if (hasErrors(diagnostics)) return undefined;
  const cluster = { ...value, resolutions: set.resolutions };
  const world = createWorld(cluster, set.profile, { staged: set.staged });
  const { value: answer, diagnostics: strange } = judgeFlow(flow, world);
  const isBroken = answer === undefined || hasErrors(strange);
  return isBroken ? undefined : { world, answer, printed };
}

/** The part of the answer that says why: of several verdicts the first that is none of the first part's. */
export function speakingDecision({ parts, examples }: FlowAnswer): Decision {
  return (examples[1] ?? parts[0]!).decision;
}

/** Who decided, as something that stays the same while other parts go. */
function deciderKey({ decider, hook }: Decision, { partAtLine }: PrintedForest): string {
  if (decider === undefined) return hook;
  const { policy, profile, rule, tier } = decider;
  // Rules of a namespace's profile stand nowhere.
  const at = profile === undefined ? rule?.at : undefined;
  const place = at?.file === FILE ? partAtLine[at.line] : rule === undefined ? 'end' : rule.index;
  return JSON.stringify([
    hook,
    tier?.name,
    policy?.kind,
    policy?.namespace,
    policy?.name,
    profile?.name,
    place,
  ]);
}

function keyOf({ answer, printed }: Answered, isLoose: boolean): string {
  if (isLoose) return answer.verdict;
  const speaking = speakingDecision(answer);
  return [answer.verdict, answer.reason, speaking.reason, deciderKey(speaking, printed)].join('|');
}

/** Undefined where some set gives no answer. */
export function answersTo({ flow, sets }: Question, removed: Removed): readonly Answered[] | undefined {
  const answers: Answered[] = [];
  for (const set of sets) {
    const answered = answerIn(set, flow, removed);
    if (answered === undefined) return undefined;
    answers.push(answered);
  }
  return answers;
}

/** Whether sets without some parts still give the answers that they give as a whole. Counts how often it is asked. */
export function createHolds(
  question: Question,
  wanted: readonly Answered[],
): { readonly holds: (removed: Removed) => boolean; readonly asked: () => number } {
  const keys = wanted.map((answered) => keyOf(answered, question.isLoose));
  let asked = 0;
  return {
    asked: () => asked,
    holds: (removed) => {
      asked++;
      return question.sets.every((set, index) => {
        const answered = answerIn(set, question.flow, removed);
        return answered !== undefined && keyOf(answered, question.isLoose) === keys[index];
      });
    },
  };
}
