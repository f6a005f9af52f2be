/** kubectl as another program that reads a cluster: which commands `snapshot` may run, and what they print. Read-only, all of them. */
import { spawn } from 'node:child_process';
import { askedName, type SnapshotResource } from '../manifest/snapshot/resources.ts';

/** Which cluster, and which program asks it. */
export interface KubectlOptions {
  readonly kubectl: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}

export interface Answer {
  readonly stdout: Buffer;
  /** What the program said is wrong; empty when nothing. */
  readonly stderr: string;
  /** 0 when all is well; null for one that was ended from outside. */
  readonly status: number | null;
}

function words({ kubectl, context, kubeconfig }: KubectlOptions, rest: readonly string[]): string[] {
  return [
    kubectl,
    ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
    ...(context === undefined ? [] : ['--context', context]),
    ...rest,
  ];
}

/** Asks which resources the cluster serves. */
export function discovery(options: KubectlOptions): string[] {
  return words(options, ['api-resources', '--verbs=list', '--output=name']);
}

/** Lists one resource of all namespaces. */
export function listing(options: KubectlOptions, resource: SnapshotResource): string[] {
  const scope = resource.namespaced ? ['--all-namespaces'] : [];
  return words(options, ['get', askedName(resource), ...scope, '--output=json']);
}

/** Runs a command to its end. Rejects with the system's error when there is no such program. */
export function run(command: readonly string[]): Promise<Answer> {
  const [program, ...rest] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (piece: Buffer) => stdout.push(piece));
    child.stderr.on('data', (piece: Buffer) => stderr.push(piece));
    child.on('error', reject);
    child.on('close', (status) =>
      resolve({
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr).toString('utf8').trim(),
        status,
      }),
    );
  });
}
