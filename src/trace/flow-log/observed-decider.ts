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
}

/** Nobody: the trace says what became of the packet, not who decided it. */
export const NO_DECIDER: ObservedDecider = { tier: '', kind: '', namespace: '', policy: '', rule: null };

/** The kind of a policy that is known by the hash in a log rule's prefix alone. */
export const HASHED_PREFIX = 'hashed';

/** Kinds that name no policy. */
export const DROP_REASON = 'drop reason';
export const EBPF = 'eBPF';

/** Distinct deciders that the traces of a replay may name; a flow row has two bytes for their number. */
export const DECIDER_TEXTS: TextTableSize = { texts: 1 << 15, bytes: 1 << 22 };

/** The longest name that an object may have. */
const NAME_MAX = 253;

/** The text of a decider, the same for equal ones; '' for nobody. */
export function deciderText({ tier, kind, namespace, policy, rule }: ObservedDecider): string {
  if (tier === '' && kind === '' && policy === '') return '';
  const names = [tier, kind, namespace, policy].map((name) => name.slice(0, NAME_MAX));
  return JSON.stringify([...names, rule]);
}

/** The decider of a text that `deciderText` gave. */
export function deciderOfText(text: string): ObservedDecider {
  if (text === '') return NO_DECIDER;
  const [tier, kind, namespace, policy, rule] = JSON.parse(text) as [
    string,
    string,
    string,
    string,
    number | null,
  ];
  return { tier, kind, namespace, policy, rule };
}
