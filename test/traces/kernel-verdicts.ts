/** Reads traces/netns/expected.tsv: what the kernel did with each connection attempt. */
import { readFileSync } from 'node:fs';

export interface KernelRow {
  /** Pod name, or the address of the client outside. */
  readonly client: string;
  readonly sentTo: string;
  /** Empty where the packet never came that far. */
  readonly arrivedAt: string;
  readonly protocol: string;
  /** Destination port before and behind DNAT; 0 for ICMP. */
  readonly sentPort: number;
  readonly arrivedPort: number;
  readonly attempts: number;
  readonly verdict: 'ALLOW' | 'DENY' | 'TTL' | 'NOT-POLICED';
  /** Where it was refused. */
  readonly where: string;
  readonly line: number;
}

export function readKernelVerdicts(path: string): readonly KernelRow[] {
  const [, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.map((text, index) => {
    const [client, sentTo, arrivedAt, protocol, port, attempts, verdict, where] = text.split('\t');
    const ports = port!.includes('/') ? [0] : port!.split('->').map(Number);
    return {
      client: /\((.*)\)/.exec(client!)?.[1] ?? client!,
      sentTo: sentTo!,
      arrivedAt: arrivedAt === 'same' ? sentTo! : arrivedAt === '-' ? '' : arrivedAt!,
      protocol: protocol!,
      sentPort: ports[0]!,
      arrivedPort: ports.at(-1)!,
      attempts: Number(attempts),
      verdict: verdict as KernelRow['verdict'],
      where: where!,
      line: index + 2,
    };
  });
}
