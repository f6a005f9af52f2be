/** What `reduce` left of manifests: what it shows, how little is needed, and the files themselves. */
import type { ReduceDocument, ReducedFile, ReducedSet } from '../analysis/reduce/reduce-document.ts';
import { countOf, formatCount } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { yamlLines } from '../output/yaml.ts';
import { reasonText } from './decider-text.ts';
import { commandLine } from './next-command.ts';
import { heading, located, type Style, verdictPaint, warningLines } from './style.ts';

/** The text of a file: its documents as YAML. */
export function reducedFileText({ documents }: ReducedFile): string {
  return `${documents.map((document) => yamlLines(document).join('\n')).join('\n---\n')}\n`;
}

/** The words of a set that are more than its name: `before, cilium`. */
function setWords({ name, cni, staged }: ReducedSet, { sets }: ReduceDocument): string {
  const areCnis = new Set(sets.map((set) => set.cni)).size > 1;
  return [name, ...(areCnis ? [cni] : []), ...(staged ? ['staged policies enforced'] : [])].join(', ');
}

/** One line for each set: its verdict, why, and where that stands in what was given. */
export function verdictLines(document: ReduceDocument, style: Style): string[] {
  const { palette, terms } = style;
  return document.sets.map((set) => {
    const { verdict, reason, decider } = set;
    const words = `${verdictPaint(palette, verdict)(verdict)}, ${reasonText(verdict, reason, decider, { terms })}`;
    return located(`  ${setWords(set, document)}: ${words}`, decider.location, style);
  });
}

/** How little is needed, in one sentence. */
export function enoughText({ objects, parts, loose, judged }: ReduceDocument): string {
  const kept = loose ? 'has another verdict' : 'is judged otherwise';
  return `${formatCount(objects.left)} of ${countOf(objects.given, 'object')}, ${formatCount(parts.left)} of ${countOf(parts.given, 'field')} are enough; without any one of them the flow ${kept} (judged ${countOf(judged, 'time')})`;
}

/** What of a trace is needed. */
export function traceText({ trace }: ReduceDocument): string {
  if (trace === null) return '';
  const { records, of, path, record, verdict, reason } = trace;
  const listed = records.length > 8 ? `${records.slice(0, 7).join(', ')}, ...` : records.join(', ');
  return `record ${formatCount(record)} of ${path} (${verdict}, ${reason}) needs ${formatCount(records.length)} of ${countOf(of, 'record')}: ${listed}`;
}

/** The report; `folder`: where the files are, undefined: they stand in it. */
export function reduceText(document: ReduceDocument, folder: string | undefined, style: Style): string {
  const { palette } = style;
  const { flow, expected, files, warnings, trace } = document;
  const suites = files.filter(({ name }) => name.startsWith('suite'));
  const at = (name: string): string => (folder === undefined ? name : `${folder}/${name}`);
  const tests = suites.map(({ name }) => commandLine([style.invocation, 'test', at(name)]));
  return `${[
    ...warningLines(warnings, style),
    `reduce ${heading(palette, visible(flow))}`,
    ...(expected === null ? [] : [`  expected: ${expected}`]),
    ...verdictLines(document, style),
    '',
    enoughText(document),
    ...(trace === null ? [] : [visible(traceText(document))]),
    '',
    ...(folder === undefined
      ? files.flatMap((file) => [
          palette.dim(`# ${file.name}`),
          ...reducedFileText(file).trimEnd().split('\n'),
          '',
        ])
      : [
          ...[...files.map(({ name }) => name), ...(trace === null ? [] : [trace.file])].map(
            (name) => `  ${visible(at(name))}`,
          ),
          '',
        ]),
    ...(folder === undefined
      ? [`${palette.bold('as files:')} the same command with -o FOLDER, which is then to be tested`]
      : tests.map((words) => `${palette.bold('shown by:')} ${visible(words)}`)),
  ].join('\n')}\n`;
}
