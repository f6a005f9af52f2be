/** The parts of `metadata` that every kind shares: names, namespace, labels, owner. */
import type { Labels } from '../policy/cluster.ts';
import { type Cursor, type Refuse, refuseAsError } from './cursor.ts';
import { dnsLabelProblem, labelValueProblem, qualifiedNameProblem, subdomainProblem } from './names.ts';

const KNOWN = [
  'name',
  'generateName',
  'namespace',
  'labels',
  'annotations',
  'uid',
  'resourceVersion',
  'generation',
  'selfLink',
  'clusterName',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'ownerReferences',
  'finalizers',
  'managedFields',
];

/** Where objects without a namespace go, as kubectl does without one in its context. */
export const DEFAULT_NAMESPACE = 'default';

/** What is wrong with a text; nothing where it is in order. */
export type ProblemOf = (text: string) => string | undefined;

/** A label map, checked; labels that are wrong are reported and left out. Without a prototype, so that any key is safe. */
export function readLabels(
  cursor: Cursor,
  refuse: Refuse = refuseAsError,
  problemOfKey: ProblemOf = qualifiedNameProblem,
): Labels {
  const labels = Object.create(null) as Record<string, string>;
  if (!cursor.isMapping()) return labels;
  for (const member of cursor.members()) {
    const key = member.key;
    const keyProblem = problemOfKey(key);
    if (keyProblem !== undefined)
      refuse(member, 'manifest/bad-label-key', `the label key ${JSON.stringify(key)} ${keyProblem}`, {
        on: 'key',
      });
    const value = member.isPresent ? member.string() : '';
    if (value === undefined) continue;
    const valueProblem = labelValueProblem(value);
    if (valueProblem !== undefined)
      refuse(
        member,
        'manifest/bad-label-value',
        `the value of ${key}, ${JSON.stringify(value)}, ${valueProblem}`,
      );
    else if (keyProblem === undefined) labels[key] = value;
  }
  return labels;
}

/** The name of an object; undefined and reported when missing, reported when it is no DNS name. */
export function readName(metadata: Cursor, problemOf: ProblemOf): string | undefined {
  const cursor = metadata.field('name');
  const name = cursor.string();
  if (name === undefined) {
    if (!cursor.isPresent)
      metadata.error('manifest/missing-field', 'metadata has no name', {
        hint: metadata.field('generateName').isPresent
          ? 'objects with generateName have no name of their own'
          : undefined,
        on: 'key',
      });
    return undefined;
  }
  const problem = problemOf(name);
  if (problem !== undefined) cursor.error('manifest/bad-name', `the name ${JSON.stringify(name)} ${problem}`);
  return name;
}

/** The namespace, `default` where the manifest has none. */
export function readNamespace(metadata: Cursor): string {
  const cursor = metadata.field('namespace');
  const namespace = cursor.string();
  if (namespace === undefined || namespace === '') return DEFAULT_NAMESPACE;
  const problem = dnsLabelProblem(namespace);
  if (problem !== undefined)
    cursor.error('manifest/bad-name', `the namespace ${JSON.stringify(namespace)} ${problem}`);
  return namespace;
}

/** Name and namespace of a namespaced object; undefined without a name. */
export function readIdentity(
  object: Cursor,
): { readonly namespace: string; readonly name: string } | undefined {
  const metadata = object.field('metadata');
  if (!metadata.isMapping()) {
    if (!metadata.isPresent)
      object.error('manifest/missing-field', 'the object has no metadata', { on: 'key' });
    return undefined;
  }
  const name = readName(metadata, subdomainProblem);
  const namespace = readNamespace(metadata);
  return name === undefined ? undefined : { namespace, name };
}

/** The reference to the controller, or the first owner when none is marked. */
export function readOwner(metadata: Cursor): { readonly kind: string; readonly name: string } | undefined {
  const owners = metadata.field('ownerReferences').items();
  const owner = owners.find((each) => each.field('controller').value === true) ?? owners[0];
  const kind = owner?.field('kind').string();
  const name = owner?.field('name').string();
  return kind === undefined || name === undefined ? undefined : { kind, name };
}

/** An annotation's text. */
export function annotation(metadata: Cursor, key: string): string | undefined {
  const { value } = metadata.fieldAt('annotations', key);
  return typeof value === 'string' ? value : undefined;
}

/** For policies, where nothing unknown may stand: all members of metadata, annotations included. Gives the labels. */
export function checkMetadata(metadata: Cursor): Labels {
  metadata.onlyFields(KNOWN);
  const labels = readLabels(metadata.field('labels'));
  for (const member of metadata.field('annotations').members()) {
    const problem = qualifiedNameProblem(member.key.toLowerCase());
    if (problem !== undefined)
      member.error('manifest/bad-label-key', `the annotation key ${problem}`, { on: 'key' });
    member.string();
  }
  return labels;
}
