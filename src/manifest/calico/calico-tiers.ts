/**
 * Tiers. Those that Calico makes itself may be given, but not changed.
 *
 * Source: projectcalico/calico api/pkg/apis/projectcalico/v3/tier.go, libcalico-go/lib/validator/v3/validator.go (validateTier).
 */
import type { CalicoTier } from '../../policy/api/calico.ts';
import type { Cursor } from '../cursor.ts';
import { dnsLabelProblem } from '../names.ts';
import { type Notation, readCalicoMetadata, readSpec } from './calico-object.ts';
import { readOrder } from './calico-values.ts';

const BUILT_IN: ReadonlyMap<string, { readonly order: number; readonly defaultAction: 'Deny' | 'Pass' }> =
  new Map([
    ['kube-admin', { order: 1_000, defaultAction: 'Pass' }],
    ['default', { order: 1_000_000, defaultAction: 'Deny' }],
    ['kube-baseline', { order: 10_000_000, defaultAction: 'Pass' }],
  ]);

function checkBuiltIn(name: string, spec: Cursor, order: number | undefined, defaultAction: string): void {
  const fixed = BUILT_IN.get(name);
  if (fixed === undefined) return;
  if (defaultAction !== fixed.defaultAction)
    (spec.field('defaultAction').isPresent ? spec.field('defaultAction') : spec).error(
      'manifest/bad-tier',
      `found the default action ${defaultAction} of the tier ${name}, expected ${fixed.defaultAction}`,
    );
  if (order !== fixed.order)
    (spec.field('order').isPresent ? spec.field('order') : spec).error(
      'manifest/bad-tier',
      `found the order ${order ?? 'left out'} of the tier ${name}, expected ${fixed.order}`,
    );
}

/** A tier; undefined without a name. */
export function readTier(object: Cursor, notation: Notation): CalicoTier | undefined {
  object.document.checkDuplicateKeys();
  const metadata = readCalicoMetadata(object, 'cluster', notation, dnsLabelProblem);
  const spec = readSpec(object, ['order', 'defaultAction'], {
    action: 'did you mean "defaultAction"?',
  });
  const order = readOrder(spec.field('order'));
  const action = spec.field('defaultAction');
  const defaultAction = action.oneOf(['Deny', 'Pass'], 'manifest/bad-action') ?? 'Deny';
  if (metadata === undefined) return undefined;
  if (spec.isPresent && (!action.isPresent || action.value === defaultAction))
    checkBuiltIn(metadata.name, spec, order, defaultAction);
  return { name: metadata.name, ...(order === undefined ? {} : { order }), defaultAction, at: metadata.at };
}
