/**
 * Results of a real cluster against a CNI's profile: where the two part, which single knob would make the profile do as the cluster
 * does, and which of the known CNIs does so best.
 */
import type { Checked, Diagnostic } from '../diagnostic/diagnostic.ts';
import { differingKnobs, withKnobs } from '../policy/cni/knob-differences.ts';
import type { CniProfile, Knobs } from '../policy/cni/profile.ts';
import { CNI_NAMES, cniProfile } from '../policy/cni/profiles.ts';
import { knobValueText } from '../policy/cni/responsible-knobs.ts';
import { type FlowAnswer, judgeFlow } from '../policy/judge/judge-flow.ts';
import { createWorld, type World } from '../policy/world.ts';
import type { AskedProbe } from './asked-probes.ts';

/**
 * `same`: the cluster does what the profile says. `opens`, `closes`: it allows what the profile denies, denies what it allows.
 * `refuses`: it rejects what the profile drops, the verdict is the same. `open`: the profile gives no one answer.
 */
export const RESULT_STANDINGS = ['same', 'opens', 'closes', 'refuses', 'open'] as const;
export type ResultStanding = (typeof RESULT_STANDINGS)[number];

export interface ProbeResult {
  readonly probe: AskedProbe;
  readonly answer: FlowAnswer;
  readonly standing: ResultStanding;
}

/** One knob as another CNI has it. */
export interface KnobExplanation {
  readonly knob: keyof Knobs;
  readonly value: string;
  /** All that have this value; the sentence is the first one's. */
  readonly cnis: readonly CniProfile[];
  /** Results that differ, and would not with this value. */
  readonly turns: ReadonlySet<ProbeResult>;
  /** How many agree, and would not with this value. */
  readonly breaks: number;
}

/** How well a CNI's profile agrees with the cluster. */
export interface Fit {
  readonly profile: CniProfile;
  readonly same: number;
  readonly differing: number;
  readonly open: number;
}

/** Judges every probe. What is wrong with a flow's names is said once. */
export function checkProbes(probes: readonly AskedProbe[], world: World): Checked<readonly ProbeResult[]> {
  const diagnostics = new Map<string, Diagnostic>();
  const value = probes.flatMap((probe): ProbeResult[] => {
    const { value: answer, diagnostics: found } = judgeFlow(probe.flow, world);
    const { at, sourceLine } = probe;
    for (const one of found)
      if (!diagnostics.has(one.message))
        diagnostics.set(one.message, { ...one, at, ...(sourceLine === undefined ? {} : { sourceLine }) });
    return answer === undefined
      ? []
      : [{ probe, answer, standing: standingOf(probe, answer, world.profile) }];
  });
  return { value, diagnostics: [...diagnostics.values()] };
}

function standingOf(
  { observed }: AskedProbe,
  { verdict }: FlowAnswer,
  { refusal }: CniProfile,
): ResultStanding {
  if (verdict === 'allow') return observed === 'allow' ? 'same' : 'closes';
  if (verdict !== 'deny') return 'open';
  if (observed === 'allow') return 'opens';
  return observed === 'reject' && refusal === 'drop' ? 'refuses' : 'same';
}

export function isDiffering({ standing }: ProbeResult): boolean {
  return standing !== 'same' && standing !== 'open';
}

/** The standing of a probe in another world. */
function standingIn({ probe }: ProbeResult, world: World): ResultStanding {
  const { value } = judgeFlow(probe.flow, world);
  return value === undefined ? 'open' : standingOf(probe, value, world.profile);
}

/** Profiles of CNIs, each once, by the first of its names; the specification is none. */
function cniProfiles(): CniProfile[] {
  return [...new Set(CNI_NAMES.filter((name) => name !== 'kubernetes').map((name) => cniProfile(name)!))];
}

/** What becomes of open connections, of new pods, and while the agent stands still: no probe shows it. */
const UNPROBED: readonly (keyof Knobs)[] = [
  'established',
  'newPodIngress',
  'newPodEgress',
  'agentStopped',
  'invalidPackets',
];

/** Every value that some CNI has for a knob that probes show and the profile has not, with the CNIs that have it. */
function alternatives(profile: CniProfile): { knob: keyof Knobs; value: string; cnis: CniProfile[] }[] {
  const found = new Map<string, { knob: keyof Knobs; value: string; cnis: CniProfile[] }>();
  for (const other of cniProfiles())
    for (const knob of differingKnobs(profile, other)) {
      if (UNPROBED.includes(knob)) continue;
      const key = `${knob} ${JSON.stringify(other[knob])}`;
      const known = found.get(key) ?? { knob, value: knobValueText(other[knob]), cnis: [] };
      found.set(key, { ...known, cnis: [...known.cnis, other] });
    }
  return [...found.values()];
}

/** Single knobs that would make results agree which differ, those first that leave the fewest differing. */
export function explanationsOf(
  results: readonly ProbeResult[],
  { cluster, profile }: World,
): KnobExplanation[] {
  const differing = results.filter(isDiffering);
  if (differing.length === 0) return [];
  const agreeing = results.filter(({ standing }) => standing === 'same');
  const explanations = alternatives(profile).flatMap(({ knob, value, cnis }): KnobExplanation[] => {
    const world = createWorld(cluster, withKnobs(profile, cnis[0]!, [knob]));
    const turns = new Set(differing.filter((result) => standingIn(result, world) === 'same'));
    if (turns.size === 0) return [];
    const breaks = agreeing.filter((result) => standingIn(result, world) !== 'same').length;
    return [{ knob, value, cnis, turns, breaks }];
  });
  const gain = ({ turns, breaks }: KnobExplanation): number => turns.size - breaks;
  return explanations.sort((a, b) => gain(b) - gain(a) || a.breaks - b.breaks);
}

/** Every CNI by how well it agrees, the best first; equals in the order of their names. */
export function fitsOf(results: readonly ProbeResult[], world: World): Fit[] {
  const others = cniProfiles().filter((profile) => profile !== world.profile);
  const fits = [world.profile, ...others].map((profile): Fit => {
    const standings =
      profile === world.profile
        ? results.map(({ standing }) => standing)
        : standingsUnder(results, createWorld(world.cluster, profile));
    const count = (wanted: ResultStanding): number => standings.filter((one) => one === wanted).length;
    const same = count('same');
    return { profile, same, open: count('open'), differing: standings.length - same - count('open') };
  });
  return fits.sort((a, b) => a.differing - b.differing || b.same - a.same);
}

function standingsUnder(results: readonly ProbeResult[], world: World): ResultStanding[] {
  return results.map((result) => standingIn(result, world));
}
