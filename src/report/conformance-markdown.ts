/** `test --conformance` as Markdown: a table of cases and CNIs, to be kept beside the manifests. */
import type { ConformanceDocument } from '../analysis/test/conformance-document.ts';
import { visible } from '../output/visible.ts';
import { conformanceMatrix } from './conformance-matrix.ts';

/** A cell's text: what would end the cell, or begin HTML, is escaped. */
function cell(text: string): string {
  return visible(text).replace(/[\\|<>*_`[\]]/g, (character) => `\\${character}`);
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** The whole document, newline at the end. */
export function conformanceMarkdown(document: ConformanceDocument): string {
  const { header, rows } = conformanceMatrix(document);
  const names = document.cnis.map(({ cni }) => cell(cni));
  return [
    '# Where CNIs depart from the specification',
    '',
    row([
      'CNI',
      'as specified',
      'opened',
      'closed',
      'left open',
      'expectations met',
      'not met',
      'not checked',
    ]),
    row(['---', ...Array.from({ length: 7 }, () => '--:')]),
    ...document.cnis.map(({ standings: { same, opens, closes, open }, passed, failed, unchecked }, index) =>
      row([names[index]!, ...[same, opens, closes, open, passed, failed, unchecked].map(String)]),
    ),
    '',
    `${cell(header)}.`,
    '',
    row(['case', 'flow', 'specified', ...names]),
    row(Array.from({ length: names.length + 3 }, () => '---')),
    ...rows.map(({ flow, letters }) =>
      row([
        cell(`${flow.case} ${flow.description}`.trim()),
        cell(flow.when === null ? flow.flow : `${flow.flow} (${flow.when})`),
        ...letters.map(cell),
      ]),
    ),
    '',
  ].join('\n');
}
