/** Namespaces and service accounts: what they lend to pods are their labels. */
import type { Labels, Namespace, ServiceAccount } from '../../policy/cluster.ts';
import type { Cursor } from '../cursor.ts';
import { readIdentity, readLabels, readName } from '../metadata.ts';
import { dnsLabelProblem } from '../names.ts';

const NAME_LABEL = 'kubernetes.io/metadata.name';

/** Labels with the one that the control plane always sets, whatever the manifest says. */
export function namespaceLabels(name: string, labels: Labels): Labels {
  return Object.assign(Object.create(null) as Labels, labels, { [NAME_LABEL]: name });
}

/** A namespace; undefined when it has no name. */
export function readNamespaceObject(object: Cursor): Namespace | undefined {
  const metadata = object.field('metadata');
  const name = readName(metadata, dnsLabelProblem);
  const labels = readLabels(metadata.field('labels'));
  if (name === undefined) return undefined;
  return { name, labels: namespaceLabels(name, labels), at: object.document.start() };
}

/** A service account; undefined when it has no name. */
export function readServiceAccount(object: Cursor): ServiceAccount | undefined {
  const identity = readIdentity(object);
  const labels = readLabels(object.fieldAt('metadata', 'labels'));
  return identity === undefined ? undefined : { ...identity, labels, at: object.document.start() };
}
