/** `dryplane generate`: a synthetic cluster, its policies and a capture, in a folder. */
import type { GenerateDocument } from '../analysis/generate-document.ts';
import { requestOf, requestProblems } from '../generate/request.ts';
import { writeGenerated } from '../generate/write.ts';
import { generateText } from '../report/generate-text.ts';
import { documentJson } from '../report/json.ts';
import { FORMATS } from './command-line/formats.ts';
import type { GenerateOptions } from './command-line/generate.ts';
import { folderProblems } from './folder.ts';
import { problem } from './problem.ts';
import { deliver, requireSinks } from './sinks.ts';
import { VERSION } from './version.ts';

/** Runs the command; the exit code is 0. */
export async function generateCommand(folder: string, options: GenerateOptions): Promise<number> {
  const request = requestOf(options);
  const mistakes = requestProblems(request).map((text) => problem('cli/generate', text));
  const sinks = requireSinks(options, FORMATS.generate, [...mistakes, ...folderProblems(folder)]);
  const written = writeGenerated(folder, request);
  const { cluster, policies } = request;
  const document: GenerateDocument = {
    schema: 'dryplane/generate/v1',
    version: VERSION,
    seed: cluster.seed,
    files: written.files,
    cluster: {
      nodes: cluster.nodes,
      namespaces: cluster.namespaces,
      workloads: written.workloads,
      pods: cluster.pods,
    },
    policies: {
      kind: policies.kind,
      policies: policies.policies,
      cidrs: policies.cidrs,
      governed_workloads: written.governedWorkloads,
    },
    traffic: {
      packets: written.packets,
      flows: written.flows,
      admitted: written.admitted,
      refused: written.flows - written.admitted,
    },
  };
  deliver(
    sinks,
    { text: (style) => generateText(document, style), json: () => documentJson(document) },
    options,
  );
  return 0;
}
