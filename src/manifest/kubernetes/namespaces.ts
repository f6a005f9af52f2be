/** Namespaces and service accounts: what they lend to pods are their labels. */
import type { Labels, Namespace, ServiceAccount } from '../../policy/cluster.ts';
import type { Cursor } from '../cursor.ts';
import { annotation, readIdentity, readLabels, readName } from '../metadata.ts';
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
  return {
    name,
    labels: namespaceLabels(name, labels),
    ...(asksForIsolation(metadata) ? { defaultDeny: true } : {}),
    at: object.document.start(),
  };
}

/** As Kubernetes documented it before 1.7, and as Romana's listener spells it. */
const ISOLATION_ANNOTATIONS = [
  'net.beta.kubernetes.io/network-policy',
  'net.beta.kubernetes.io/networkpolicy',
];

/** `{"ingress": {"isolation": "DefaultDeny"}}`; text that is no JSON asks for nothing. Source: romana/core listener/resources.go. */
function asksForIsolation(metadata: Cursor): boolean {
  return ISOLATION_ANNOTATIONS.some((key) => {
    try {
      const wish = JSON.parse(annotation(metadata, key) ?? 'null') as {
        readonly ingress?: { readonly isolation?: unknown } | null;
      } | null;
      return wish?.ingress?.isolation === 'DefaultDeny';
    } catch {
      return false;
    }
  });
}

/** A service account; undefined when it has no name. */
export function readServiceAccount(object: Cursor): ServiceAccount | undefined {
  const identity = readIdentity(object);
  const labels = readLabels(object.fieldAt('metadata', 'labels'));
  return identity === undefined ? undefined : { ...identity, labels, at: object.document.start() };
}
