/** Cases against CNIs, a letter each: what the reports about several CNIs show. */
import type { ConformanceDocument, ConformanceFlow } from '../analysis/test/conformance-document.ts';

const LETTERS: Readonly<Record<string, string>> = {
  allow: 'A',
  deny: 'D',
  reject: 'R',
  undetermined: 'U',
  unspecified: '?',
};

export interface MatrixRow {
  readonly flow: ConformanceFlow;
  /** The specification's, then each CNI's in the document's order; `.` where that is the specification's verdict. */
  readonly letters: readonly string[];
}

/** Rows of the flows that some CNI does not answer as specified, and what their letters mean. */
export function conformanceMatrix({ cnis }: ConformanceDocument): {
  readonly header: string;
  readonly rows: readonly MatrixRow[];
} {
  const rows = cnis[0]!.results.flatMap((flow, index): MatrixRow[] => {
    const answers = cnis.map(({ results }) => results[index]!);
    if (answers.every(({ standing }) => standing === 'same')) return [];
    const specified = flow.specified === null ? '-' : (LETTERS[flow.specified] ?? flow.specified);
    const letters = answers.map(({ standing, verdict }) =>
      standing === 'same' ? '.' : (LETTERS[verdict] ?? verdict),
    );
    return [{ flow, letters: [specified, ...letters] }];
  });
  return {
    header: 'A allow, D deny, R reject, . as specified; ? left open, - not spoken of',
    rows,
  };
}
