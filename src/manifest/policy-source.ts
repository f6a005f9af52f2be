/**
 * The texts of policies, kept while manifests are loaded: what rule-places.ts reads when somebody asks where rules stand. A policy is known
 * by its `at`, the very object that its reader made and that every stage hands on.
 */
import type { Location } from '../diagnostic/diagnostic.ts';
import type { Cursor } from './cursor.ts';
import type { Piece } from './text/piece.ts';
import type { Path } from './text/place.ts';

/** How policies are written: NetworkPolicy and the cluster-wide kinds alike, staged ones too; Calico's own; Cilium's. */
export type PolicyNotation = 'kubernetes' | 'calico' | 'cilium';

/** What is kept of a policy's text. */
export interface PolicySource {
  readonly piece: Piece;
  readonly ordinal: number;
  readonly path: Path;
  readonly notation: PolicyNotation;
}

const SOURCES = new WeakMap<Location, PolicySource>();
/** Keeps the text of a policy's object, for who asks where its rules stand. The file's other bytes are let go. */
export function keepSource(at: Location, object: Cursor, notation: PolicyNotation): void {
  const { piece, ordinal } = object.document;
  const bytes = Buffer.from(piece.file.bytes.subarray(piece.start, piece.end));
  const file = { name: piece.file.name, bytes };
  SOURCES.set(at, {
    piece: { ...piece, file, start: 0, end: bytes.length },
    ordinal,
    path: object.path,
    notation,
  });
}

/** Undefined for a policy that no manifest holds. */
export function sourceOf(at: Location): PolicySource | undefined {
  return SOURCES.get(at);
}
