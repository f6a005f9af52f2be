/** The text report of `generate`: what was written, and the command that uses it. */
import type { GenerateDocument } from '../analysis/generate-document.ts';
import { countOf, formatBytes, formatCount } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { nextCommand } from './next-command.ts';
import type { Style } from './style.ts';
import { formatTable } from './table.ts';

/** The whole report, newline at the end. */
export function generateText(document: GenerateDocument, style: Style): string {
  const { palette, columns } = style;
  const { cluster, policies, traffic, files, seed } = document;
  const [clusterFile, policyFile, captureFile] = files;
  const notes = [
    `${countOf(cluster.pods, 'pod')} of ${countOf(cluster.workloads, 'workload')} in ${countOf(cluster.namespaces, 'namespace')} on ${countOf(cluster.nodes, 'node')}`,
    `${countOf(policies.policies, `${policies.kind} policy`, `${policies.kind} policies`)} for ${countOf(policies.governed_workloads, 'workload')}, ${formatCount(policies.cidrs)} CIDRs`,
    `${countOf(traffic.packets, 'packet')} of ${countOf(traffic.flows, 'connection')}; the policies refuse ${formatCount(traffic.refused)}`,
  ];
  return `${[
    `${palette.bold('generate')} seed ${seed}`,
    '',
    formatTable(
      files.map(({ path, bytes }, place) => [formatBytes(bytes), visible(path), notes[place]!]),
      { columns, align: 'rll', indent: 2 },
    ),
    '',
    nextCommand(
      'try',
      [style.invocation, 'replay', captureFile!.path, '-f', clusterFile!.path, '-f', policyFile!.path],
      undefined,
      palette,
    ),
  ].join('\n')}\n`;
}
