/** A verdict by sign, word and colour: each says it alone. */

const SIGNS: Readonly<Record<string, string>> = {
  allow: '✓',
  deny: '✕',
  undetermined: '?',
  unspecified: '~',
  skip: '–',
};

/** The five, the worst news first. */
export const VERDICTS = ['deny', 'undetermined', 'unspecified', 'allow', 'skip'] as const;

export function VerdictSign({ verdict }: { readonly verdict: string }) {
  return (
    <span class={`sign ${verdict}`} aria-hidden="true">
      {SIGNS[verdict] ?? '·'}
    </span>
  );
}

export function VerdictBadge({ verdict }: { readonly verdict: string }) {
  return (
    <span class={`badge ${verdict}`}>
      <VerdictSign verdict={verdict} />
      {verdict}
    </span>
  );
}
