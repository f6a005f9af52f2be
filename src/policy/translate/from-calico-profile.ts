/**
 * A Profile object → Profile of the model. Its rules see what a global policy's rules see: no namespace is their own.
 *
 * Source: projectcalico/calico libcalico-go/lib/backend/syncersv1/updateprocessors/profileprocessor.go.
 */
import type { CalicoProfile } from '../api/calico.ts';
import type { Direction, Profile, Rule } from '../policy.ts';
import { fromCalicoRule } from './from-calico-rule.ts';

/** The labels that a profile lends are no part of its rules. */
export function fromCalicoProfile({ name, rules }: CalicoProfile): Profile {
  const translated = (direction: Direction): Rule[] =>
    rules[direction].map((rule, index) => fromCalicoRule(rule, index, ''));
  return { name, rules: { ingress: translated('ingress'), egress: translated('egress') } };
}
