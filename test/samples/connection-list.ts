/** Reads lists of the form `src => dst : TCP 80,443`, where a side is `namespace/name[Kind]` or `a.b.c.d-e.f.g.h[External]`. */
import { numberOf } from './connectivity.ts';

export type ListedSide =
  | { readonly kind: 'workload'; readonly name: string }
  | { readonly kind: 'outside'; readonly first: number; readonly last: number }
  | { readonly kind: 'other'; readonly name: string };

export interface ListedRow {
  readonly source: ListedSide;
  readonly destination: ListedSide;
  /** As `formatConnections` writes it. */
  readonly connections: string;
  readonly line: string;
}

export function readConnectionList(text: string): readonly ListedRow[] {
  return text
    .split('\n')
    .filter((line) => line.includes(' => '))
    .map((line) => {
      const [sides, connections] = [
        line.slice(0, line.lastIndexOf(' : ')),
        line.slice(line.lastIndexOf(' : ') + 3),
      ];
      const [source, destination] = sides.split(' => ');
      return {
        source: side(source!.trim()),
        destination: side(destination!.trim()),
        connections: inProtocolOrder(connections.trim()),
        line,
      };
    });
}

function side(text: string): ListedSide {
  const range = /^([\d.]+)-([\d.]+)\[External\]$/.exec(text);
  if (range !== null) return { kind: 'outside', first: numberOf(range[1]!), last: numberOf(range[2]!) };
  return /^[^/]+\/.+\[\w+\]$/.test(text) ? { kind: 'workload', name: text } : { kind: 'other', name: text };
}

/** `TCP 8080,9090,UDP 8080` names a protocol once and then its ports. */
function inProtocolOrder(text: string): string {
  if (text === 'All Connections' || text === 'No Connections') return text;
  return text
    .split(/,(?=[A-Z])/)
    .sort()
    .join(',');
}
