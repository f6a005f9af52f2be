/** What `explain` suggests for a flow that is denied: YAML to try, with what else it does, or why nothing of the kind helps. */
import type { FlowExplanation } from '../analysis/explain/explain-document.ts';
import { visible } from '../output/visible.ts';
import { nextCommand } from './next-command.ts';
import { heading, type Style } from './style.ts';

/** The file that the reader is told to write. */
const FILE = 'suggestion.yaml';

/** Lines behind a flow's walk, an empty one at the end; none where nothing is denied. */
export function suggestionLines(
  { flow, suggestion }: FlowExplanation,
  options: readonly string[],
  { palette, invocation }: Style,
): string[] {
  if (suggestion === null) return [];
  const { possible, why, change, objects } = suggestion;
  if (!possible)
    return [
      heading(palette, 'No rule that is added would allow it'),
      `  ${visible(why)}`,
      ...(change === '' ? [] : [`  ${visible(change)}`]),
      '',
    ];
  const yaml = objects.flatMap(({ opens, isolates, yaml: text }, index) => [
    ...(index === 0 ? [] : ['---']),
    ...opens.map((words) => palette.dim(`# allows ${visible(words)}`)),
    ...(isolates.length === 0
      ? []
      : [palette.yellow(`# isolates pods that no policy isolates yet: ${visible(isolates.join(', '))}`)]),
    ...text.trimEnd().split('\n').map(visible),
  ]);
  return [
    heading(palette, 'A suggestion: the smallest rules that would allow it'),
    // To be copied as it is.
    ...yaml,
    '',
    nextCommand(`try it, as ${FILE}`, [invocation, 'explain', ...options, '--add', FILE], flow, palette),
    '',
  ];
}
