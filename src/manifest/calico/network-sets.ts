/**
 * NetworkSet and GlobalNetworkSet: labels on blocks of addresses.
 *
 * Source: projectcalico/calico api/pkg/apis/projectcalico/v3/{networkset,globalnetworkset}.go,
 * libcalico-go/lib/validator/v3/validator.go (validateNetworkSet).
 */
import type { NetworkSet } from '../../policy/api/calico.ts';
import type { Cursor } from '../cursor.ts';
import { type Notation, readCalicoMetadata, readSpec, type Scope } from './calico-object.ts';
import { readManyNets } from './calico-values.ts';

/** The label by which Calico itself says which namespace a set is in. */
const RESERVED = 'projectcalico.org/namespace';

/** A set; undefined without a name. */
export function readNetworkSet(object: Cursor, scope: Scope, notation: Notation): NetworkSet | undefined {
  object.document.checkDuplicateKeys();
  const metadata = readCalicoMetadata(object, scope, notation);
  const spec = readSpec(object, ['nets'], {
    cidrs: 'did you mean "nets"?',
    allowedEgressDomains: 'allowedEgressDomains belongs to Calico Enterprise, the open API has none',
  });
  const nets = readManyNets(spec.field('nets'));
  if (metadata === undefined) return undefined;
  const reserved = object.fieldAt('metadata', 'labels', RESERVED);
  if (reserved.isPresent)
    reserved.error('manifest/bad-label-key', `a network set cannot have the label ${RESERVED}`, {
      on: 'key',
    });
  const { namespace, name, labels, at } = metadata;
  return { namespace, name, labels, nets, at };
}
