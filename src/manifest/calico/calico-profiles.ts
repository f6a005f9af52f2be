/**
 * Profiles: rules behind all tiers, and labels that endpoints inherit.
 *
 * Source: projectcalico/calico api/pkg/apis/projectcalico/v3/profile.go.
 */
import type { CalicoProfile } from '../../policy/api/calico.ts';
import type { Cursor } from '../cursor.ts';
import { readLabels } from '../metadata.ts';
import { type Notation, readCalicoMetadata, readSpec } from './calico-object.ts';
import { readCalicoRules } from './calico-rules.ts';

/** A profile; undefined without a name. */
export function readProfile(object: Cursor, notation: Notation): CalicoProfile | undefined {
  object.document.checkDuplicateKeys();
  const metadata = readCalicoMetadata(object, 'cluster', notation);
  const spec = readSpec(object, ['ingress', 'egress', 'labelsToApply']);
  const rules = {
    ingress: readCalicoRules(spec.field('ingress'), 'ingress', true),
    egress: readCalicoRules(spec.field('egress'), 'egress', true),
  };
  const labelsToApply = readLabels(spec.field('labelsToApply'));
  return metadata === undefined ? undefined : { name: metadata.name, labelsToApply, rules, at: metadata.at };
}
