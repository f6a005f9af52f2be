/**
 * What all of Calico's objects share: metadata, and the two ways in which they are written. `projectcalico.org/v3` is what
 * users see; `crd.projectcalico.org/v1` is how a cluster stores it: releases before 3.32 put the tier before names of the
 * default tier (`default.web` is `web`), and an annotation keeps the metadata that users see.
 *
 * Source: projectcalico/calico libcalico-go/lib/backend/k8s/resources/resources.go (ConvertK8sResourceToCalicoResource),
 * libcalico-go/lib/names/policy.go, kube-controllers/pkg/controllers/networkpolicy/policymigrate.go.
 */
import type { Location } from '../../diagnostic/diagnostic.ts';
import type { Labels } from '../../policy/cluster.ts';
import type { Cursor } from '../cursor.ts';
import { annotation, checkMetadata, readName, readNamespace } from '../metadata.ts';
import { labelValueProblem, qualifiedNameProblem, subdomainProblem } from '../names.ts';

export type Scope = 'namespaced' | 'cluster';

/** How the manifest writes it: as users do, or as the cluster stores it. */
export type Notation = 'v3' | 'stored';

export interface CalicoMetadata {
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  /** As in `projectcalico.org/v3`, but for the tier's prefix of stored policies. */
  readonly name: string;
  readonly labels: Labels;
  /** Where the name stands; the object's beginning in one that is too long to look for it. */
  readonly at: Location;
}

const STORED_METADATA = 'projectcalico.org/metadata';

/** The metadata that the annotation of a stored object keeps; nothing when there is none, or when it is no JSON object. */
function storedMetadata(metadata: Cursor): { readonly name?: unknown; readonly labels?: unknown } {
  const text = annotation(metadata, STORED_METADATA);
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** Labels that the annotation keeps; they go before those of the stored object. */
function mergedLabels(own: Labels, kept: unknown): Labels {
  if (typeof kept !== 'object' || kept === null) return own;
  const labels = Object.assign(Object.create(null) as Record<string, string>, own);
  for (const [key, value] of Object.entries(kept))
    if (typeof value === 'string' && !qualifiedNameProblem(key) && !labelValueProblem(value))
      labels[key] = value;
  return labels;
}

/** Sets of many nets are long, and to say where their name stands all of the text would be read again. */
const LONG_TEXT = 100_000;

function nameLocation(object: Cursor): Location {
  const isLong = object.document.length > LONG_TEXT;
  return isLong ? object.document.start() : object.fieldAt('metadata', 'name').at();
}

/** Name, namespace and labels; undefined without a name. `problemOf` says what is wrong with a name. */
export function readCalicoMetadata(
  object: Cursor,
  scope: Scope,
  notation: Notation,
  problemOf: (name: string) => string | undefined = subdomainProblem,
): CalicoMetadata | undefined {
  const metadata = object.field('metadata');
  if (!metadata.isMapping()) {
    if (!metadata.isPresent)
      object.error('manifest/missing-field', 'the object has no metadata', { on: 'key' });
    return undefined;
  }
  const own = checkMetadata(metadata);
  const kept = notation === 'stored' ? storedMetadata(metadata) : {};
  const written = readName(metadata, problemOf);
  const namespace = scope === 'namespaced' ? readNamespace(metadata) : '';
  if (written === undefined) return undefined;
  const keptName = typeof kept.name === 'string' && kept.name !== '' ? kept.name : undefined;
  const labels = mergedLabels(own, kept.labels);
  return { namespace, name: keptName ?? written, labels, at: nameLocation(object) };
}

/** `spec`, which the API wants in every object, empty if need be; its members are checked to be among `known`. */
export function readSpec(
  object: Cursor,
  known: readonly string[],
  elsewhere: Readonly<Record<string, string>> = {},
): Cursor {
  const inSpec = Object.fromEntries(known.map((name) => [name, `${name} stands below spec`]));
  object.onlyFields(['apiVersion', 'kind', 'metadata', 'spec', 'status'], inSpec);
  const spec = object.field('spec');
  if (!spec.isPresent)
    object.error('manifest/missing-field', 'the object has no spec', {
      hint: 'for one that says nothing write spec: {}',
      on: 'key',
    });
  spec.isMapping();
  spec.onlyFields(known, elsewhere);
  return spec;
}

/** The name that users know of a stored policy in the default tier: without the tier before it. */
export function unprefixed(name: string, tier: string, notation: Notation): string {
  const prefix = 'default.';
  return notation === 'stored' && tier === 'default' && name.startsWith(prefix)
    ? name.slice(prefix.length)
    : name;
}
