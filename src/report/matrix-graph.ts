/** `matrix` as a picture: DOT for graphviz, Mermaid for Markdown. Names stand in labels alone, escaped; nodes are numbered. */
import type { MatrixCell, MatrixDocument, MatrixParty } from '../analysis/matrix/matrix-document.ts';
import { visible } from '../output/visible.ts';
import { cellText, isPartial } from './matrix-words.ts';

/** Parties of rows and columns, each once, by name, with the number that stands for it. */
function numbered({
  rows,
  columns,
}: MatrixDocument): ReadonlyMap<string, { id: string; party: MatrixParty }> {
  const found = new Map<string, { id: string; party: MatrixParty }>();
  for (const party of [...rows, ...columns])
    if (!found.has(party.name)) found.set(party.name, { id: `n${found.size}`, party });
  return found;
}

/** The namespace of a party that has one; '' for all others. */
function namespaceOf({ kind, name }: MatrixParty): string {
  return kind === 'pods' && name.includes('/') ? name.slice(0, name.indexOf('/')) : '';
}

function byNamespace(parties: Iterable<{ id: string; party: MatrixParty }>) {
  const groups = new Map<string, { id: string; party: MatrixParty }[]>();
  for (const one of parties) {
    const namespace = namespaceOf(one.party);
    const list = groups.get(namespace);
    if (list === undefined) groups.set(namespace, [one]);
    else list.push(one);
  }
  return groups;
}

/** A string of DOT: backslashes would be escapes such as \N. */
const dotText = (text: string): string =>
  `"${visible(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** A directed graph; dashed edges hold for some of the pods alone. */
export function matrixDot(document: MatrixDocument): string {
  const nodes = numbered(document);
  const node = ({ id, party }: { id: string; party: MatrixParty }): string =>
    `${id} [label=${dotText(party.name)}${party.kind === 'pods' ? '' : ', shape=ellipse'}];`;
  const groups = [...byNamespace(nodes.values())].flatMap(([namespace, list], index) =>
    namespace === ''
      ? list.map((one) => `  ${node(one)}`)
      : [
          `  subgraph cluster_${index} {`,
          `    label=${dotText(namespace)};`,
          ...list.map((one) => `    ${node(one)}`),
          '  }',
        ],
  );
  const edge = (cell: MatrixCell): string =>
    `  ${nodes.get(cell.from)!.id} -> ${nodes.get(cell.to)!.id} [label=${dotText(cellText(cell))}${isPartial(cell) ? ', style=dashed' : ''}];`;
  return [
    'digraph matrix {',
    '  rankdir=LR;',
    '  node [shape=box];',
    ...groups,
    ...document.cells.map(edge),
    '}',
    '',
  ].join('\n');
}

/** Text of Mermaid: what has a meaning there, or in HTML, becomes a numbered character. */
const mermaidText = (text: string): string =>
  `"${visible(text).replace(/[^\p{L}\p{N} ./:,;_-]/gu, (character) => `#${character.codePointAt(0)};`)}"`;

/** A flowchart; dotted arrows hold for some of the pods alone. */
export function matrixMermaid(document: MatrixDocument): string {
  const nodes = numbered(document);
  const node = ({ id, party }: { id: string; party: MatrixParty }): string =>
    party.kind === 'pods' ? `${id}[${mermaidText(party.name)}]` : `${id}([${mermaidText(party.name)}])`;
  const groups = [...byNamespace(nodes.values())].flatMap(([namespace, list], index) =>
    namespace === ''
      ? list.map((one) => `  ${node(one)}`)
      : [
          `  subgraph s${index}[${mermaidText(namespace)}]`,
          ...list.map((one) => `    ${node(one)}`),
          '  end',
        ],
  );
  const edge = (cell: MatrixCell): string =>
    `  ${nodes.get(cell.from)!.id} ${isPartial(cell) ? '-.->' : '-->'}|${mermaidText(cellText(cell))}| ${nodes.get(cell.to)!.id}`;
  return ['flowchart LR', ...groups, ...document.cells.map(edge), ''].join('\n');
}
