/** Where the parts of policies stand in their manifests: the selector that says whom one is for, a label within a selector. */
import type { Location } from '../diagnostic/diagnostic.ts';
import type { Policy } from '../policy/policy.ts';
import { isRecord, type Path, type SourceObject, type SourcePlaces, type Spot } from './source-places.ts';

/** Where a kind of policy says whom it is for; the first that is written counts. */
export function subjectPaths({ kind }: Pick<Policy, 'kind'>): readonly Path[] {
  if (/^(?:ClusterNetworkPolicy|AdminNetworkPolicy|BaselineAdminNetworkPolicy)$/.test(kind))
    return [['spec', 'subject']];
  return [
    ['spec', 'podSelector'],
    ['spec', 'selector'],
    ['spec', 'endpointSelector'],
    ['spec', 'nodeSelector'],
    ['specs', 0, 'endpointSelector'],
    ['specs', 0, 'nodeSelector'],
    ['spec', 'namespaceSelector'],
    ['spec', 'serviceAccountSelector'],
  ];
}

/** The way to a label below a path: a key of matchLabels, the key of a requirement, or a text that holds it. */
function pathToLabel(object: SourceObject, path: Path, label: string): Path | undefined {
  const value = object.valueAt(path);
  if (typeof value === 'string') return value.includes(label) ? path : undefined;
  const steps = Array.isArray(value) ? [...value.keys()] : isRecord(value) ? Object.keys(value) : [];
  for (const step of steps) {
    const below = [...path, step];
    if (path.at(-1) === 'matchLabels' && step === label) return below;
    if (step === 'key' && object.valueAt(below) === label) return below;
    const found = pathToLabel(object, below, label);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The spot of a label within the first of the paths that is written, else of that path's value, else of the object. */
export function labelSpot(
  sources: SourcePlaces,
  at: Location,
  paths: readonly Path[],
  label: string | undefined,
): Spot {
  const object = sources.objectAt(at);
  const path = paths.find((one) => object?.valueAt(one) !== undefined);
  if (object === undefined || path === undefined) return { at, span: 1 };
  const found = label === undefined ? undefined : pathToLabel(object, path, label);
  if (found === undefined) return object.spotAt(path, typeof path.at(-1) === 'string' ? 'key' : 'value');
  if (found.at(-2) === 'matchLabels') {
    const [key, value] = [object.spotAt(found, 'key'), object.spotAt(found)];
    const isOneLine = key.at.line === value.at.line && value.at.column >= key.at.column;
    return isOneLine ? { ...key, span: value.at.column - key.at.column + value.span } : key;
  }
  return withinText(object.spotAt(found), label!);
}

/** The spot of a label within the rule or peer that begins at a place, else that place. */
export function labelSpotAt(sources: SourcePlaces, at: Location, label: string | undefined): Spot {
  const path = sources.objectAt(at)?.pathTo(at);
  if (path === undefined) return { at, span: 1 };
  const spot = label === undefined ? undefined : labelSpot(sources, at, [path], label);
  return spot ?? sources.objectAt(at)!.spotAt(path);
}

/** The label within the line of a text that holds it. */
function withinText(spot: Spot, label: string): Spot {
  const index = spot.sourceLine?.indexOf(label, spot.at.column - 1) ?? -1;
  if (index < 0) return spot;
  return { ...spot, at: { ...spot.at, column: index + 1 }, span: label.length };
}
