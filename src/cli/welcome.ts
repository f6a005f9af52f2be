/** What `dryplane` alone prints: three commands that work as pasted. */
import { join } from 'node:path';
import { createPalette } from '../output/palette.ts';
import { shellWord } from '../output/shell.ts';
import { fromHere, invocation, PACKAGE_FOLDER } from './invocation.ts';
import { wantsColor } from './sinks.ts';

/** The text, newline at the end. Paths are relative where the reader stands inside the project, else absolute. */
export function welcomeText(): string {
  const { bold, cyan, dim } = createPalette(wantsColor('auto', process.stdout));
  const program = invocation();
  const path = (name: string): string => shellWord(fromHere(join(PACKAGE_FOLDER, 'traces', name)));
  const manifests = `-f ${path('quickstart/cluster.yaml')} -f ${path('quickstart/policies')}`;
  const offer = (question: string, command: string): string =>
    `  ${bold(question)}\n    ${cyan(`${program} ${command}`)}\n`;
  return [
    'dryplane dry-runs a Kubernetes data plane: give it manifests, policies and a capture, and it says',
    'packet by packet what would be allowed, what would be denied, and by which rule.\n',
    'Three commands on the trace that ships with it:\n',
    offer('What would these policies drop?', `replay ${path('quickstart/capture.pcap')} ${manifests}`),
    offer('Why can the API not reach the database?', `explain ${manifests} tcp shop/api to shop/db:5432`),
    offer('Do they keep what the shop needs?', `test ${path('quickstart-suite.yaml')}`),
    dim(`All commands and options: ${program} --help`),
    '',
  ].join('\n');
}
