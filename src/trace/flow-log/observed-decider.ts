/**
 * Who decided, by the word of a trace, in the words that the project uses for its own deciders; and the one text that each
 * decider has in the table of texts, by which equal ones are known.
 */
import type { TextTableSize } from '../../packet/text-table.ts';

/** Texts are '' and the rule null where the trace does not say. */
export interface ObservedDecider {
  readonly tier: string;
  /**
   * As Calico tells kinds apart: `KubernetesNetworkPolicy`, `NetworkPolicy` (its own), `GlobalNetworkPolicy`, `Profile`, ...; a kind of
   * another project as that calls it; `hashed` for a log rule's prefix that is cut, which then stands in the policy's place; `drop reason` and
   * `eBPF` for what is no policy. '' with a tier: the tier's end.
   */
  readonly kind: string;
  readonly namespace: string;
  readonly policy: string;
  /** 0-based position after Calico's expansion; -1 is the end of the tier. */
  readonly rule: number | null;
  /** Further policies that have the same say, where a trace names several: each might as well stand here. */
  readonly others?: readonly NamedPolicy[];
}

/** A policy by its name. */
export type NamedPolicy = Pick<ObservedDecider, 'kind' | 'namespace' | 'policy'>;

/** Nobody: the trace says what became of the packet, not who decided it. */
export const NO_DECIDER: ObservedDecider = { tier: '', kind: '', namespace: '', policy: '', rule: null };

/** The kind of a policy that is known by the hash in a log rule's prefix alone. */
export const HASHED_PREFIX = 'hashed';

/** Kinds that name no policy. */
export const DROP_REASON = 'drop reason';
export const EBPF = 'eBPF';

/** Distinct deciders that the traces of a replay may name; a flow row has two bytes for their number. */
export const DECIDER_TEXTS: TextTableSize = { texts: 1 << 15, bytes: 1 << 22 };

const TIER_END = -1;

/** Policies that are kept of those that have the same say. */
const OTHERS_MAX = 7;

/** The longest name that an object may have. */
const NAME_MAX = 253;

/** The text of a decider, the same for equal ones; '' for nobody. */
export function deciderText({ tier, kind, namespace, policy, rule, others = [] }: ObservedDecider): string {
  if (tier === '' && kind === '' && policy === '') return '';
  const cut = (names: readonly string[]): string[] => names.map((name) => name.slice(0, NAME_MAX));
  const further = others
    .slice(0, OTHERS_MAX)
    .map((other) => cut([other.kind, other.namespace, other.policy]));
  return JSON.stringify([
    ...cut([tier, kind, namespace, policy]),
    rule,
    ...(further.length === 0 ? [] : [further]),
  ]);
}

type DeciderCells = [
  tier: string,
  kind: string,
  namespace: string,
  policy: string,
  rule: number | null,
  others?: [kind: string, namespace: string, policy: string][],
];

/** The decider of a text that `deciderText` gave. */
export function deciderOfText(text: string): ObservedDecider {
  if (text === '') return NO_DECIDER;
  const [tier, kind, namespace, policy, rule, further = []] = JSON.parse(text) as DeciderCells;
  const others = further.map((cells) => ({ kind: cells[0], namespace: cells[1], policy: cells[2] }));
  return { tier, kind, namespace, policy, rule, ...(others.length === 0 ? {} : { others }) };
}

const isNames = (cells: unknown, count: number): boolean =>
  Array.isArray(cells) && cells.length === count && cells.every((cell) => typeof cell === 'string');

/** The decider of a text that may be anything; undefined when `deciderText` did not give it. */
export function writtenDecider(text: string | undefined): ObservedDecider | undefined {
  if (text === undefined || !text.startsWith('[')) return undefined;
  try {
    const cells = JSON.parse(text) as readonly unknown[];
    const [rule, further = []] = cells.slice(4);
    const isRule = rule === null || (Number.isSafeInteger(rule) && (rule as number) >= TIER_END);
    const areOthers = Array.isArray(further) && further.every((other) => isNames(other, 3));
    return isNames(cells.slice(0, 4), 4) && isRule && areOthers ? deciderOfText(text) : undefined;
  } catch {
    return undefined;
  }
}

/** A decider in words: `NetworkPolicy shop/web, tier default, rule 2`, `end of tier default`, `profile kns.shop`; '' for nobody. */
export function deciderWords({ tier, kind, namespace, policy, rule }: ObservedDecider): string {
  if (kind === 'Profile') return policy === '' ? 'no profile' : `profile ${policy}`;
  // Users do not know that Calico calls Kubernetes' kinds otherwise than its own.
  const userKind = kind.replace(/^Kubernetes/, '');
  const name = policy === '' ? '' : `${userKind} ${namespace === '' ? '' : `${namespace}/`}${policy}`.trim();
  const parts =
    rule === TIER_END ? [`end of tier ${tier}`.trim(), name] : [name, tier === '' ? '' : `tier ${tier}`];
  if (rule !== null && rule !== TIER_END) parts.push(`rule ${rule}`);
  return parts.filter((part) => part !== '').join(', ');
}
