/**
 * Random policies of Calico's four kinds and the tiers they stand in: declared with either end or without an order,
 * built in, and named by policies alone. Names and orders tie on purpose.
 */
import type {
  CalicoPolicy,
  CalicoPolicyKind,
  CalicoProfile,
  CalicoTier,
} from '../../src/policy/api/calico.ts';
import type { Labels } from '../../src/policy/cluster.ts';
import type { Direction, Placement } from '../../src/policy/policy.ts';
import { drawCalicoRules } from './calico-rules.ts';
import { at } from './cluster.ts';
import type { Random } from './mulberry.ts';
import { ACCOUNT_LABELS, drawSelector, ENDPOINT_LABELS, NAMESPACE_LABELS } from './selectors.ts';

/** What policies are drawn for. */
export interface PolicyGround {
  readonly namespaces: readonly string[];
  readonly services: readonly { readonly namespace: string; readonly name: string }[];
  /** Whether there are host endpoints, so that policies for them are worth drawing. */
  readonly hasHosts: boolean;
}

const KINDS: readonly CalicoPolicyKind[] = [
  'NetworkPolicy',
  'NetworkPolicy',
  'NetworkPolicy',
  'GlobalNetworkPolicy',
  'GlobalNetworkPolicy',
  'GlobalNetworkPolicy',
  'StagedNetworkPolicy',
  'StagedGlobalNetworkPolicy',
];
/** Where `/` stands among these decides the order of policies of one name in several namespaces. */
const NAMES = ['a', 'a-b', 'a.b', 'ab', 'b', 'b0', 'c'];
const ORDERS = [undefined, undefined, -5, 0, 10, 10, 20.5, 1000, 1000, 2000];
const TIERS = ['default', 'default', 'default', 'early', 'early', 'late', 'unordered', 'nowhere', 'alone'];

/** Tiers that manifests declare; policies also name `nowhere` and, sometimes, what is missing here. */
export function drawTiers(draw: Random): CalicoTier[] {
  const end = (): CalicoTier['defaultAction'] => draw.pick(['Deny', 'Pass', 'Pass'] as const);
  const all: CalicoTier[] = [
    { name: 'early', order: draw.pick([10, 1000, 999.5]), defaultAction: end(), at },
    { name: 'late', order: draw.pick([2_000_000, 1_000_000, 10_000_000]), defaultAction: end(), at },
    { name: 'unordered', defaultAction: end(), at },
    { name: 'alone', order: 10, defaultAction: end(), at },
    { name: 'default', order: 1_000_000, defaultAction: 'Deny', at },
  ];
  return draw.some(all, 0.75);
}

function drawPlacement(draw: Random, isGlobal: boolean, hasHosts: boolean): Placement {
  if (!isGlobal || !draw.chance(hasHosts ? 0.6 : 0.1)) return 'normal';
  return draw.pick(['forward', 'pre-dnat', 'untracked', 'untracked'] as const);
}

function drawTypes(draw: Random, placement: Placement): Record<Direction, boolean> {
  if (placement === 'pre-dnat') return { ingress: true, egress: false };
  return draw.pick([
    { ingress: true, egress: false },
    { ingress: false, egress: true },
    { ingress: true, egress: true },
  ]);
}

/** Selectors of global policies are often wide, else hosts would hardly ever be selected. */
function drawSelectors(
  draw: Random,
  isGlobal: boolean,
  placement: Placement,
): Pick<CalicoPolicy, 'selector' | 'namespaceSelector' | 'serviceAccountSelector'> {
  return {
    ...(draw.chance(placement !== 'normal' ? 0.3 : isGlobal ? 0.55 : 0.7)
      ? { selector: drawSelector(draw, ENDPOINT_LABELS) }
      : {}),
    ...(isGlobal && draw.chance(0.25) ? { namespaceSelector: drawSelector(draw, NAMESPACE_LABELS, 1) } : {}),
    ...(draw.chance(0.15) ? { serviceAccountSelector: drawSelector(draw, ACCOUNT_LABELS, 1) } : {}),
  };
}

function drawPolicy(draw: Random, ground: PolicyGround): CalicoPolicy {
  const kind = ground.hasHosts && draw.chance(0.5) ? 'GlobalNetworkPolicy' : draw.pick(KINDS);
  const isGlobal = kind === 'GlobalNetworkPolicy' || kind === 'StagedGlobalNetworkPolicy';
  const isStaged = kind === 'StagedNetworkPolicy' || kind === 'StagedGlobalNetworkPolicy';
  const namespace = isGlobal ? '' : draw.pick(ground.namespaces);
  const placement = drawPlacement(draw, isGlobal, ground.hasHosts);
  const order = draw.pick(ORDERS);
  // Few packets pass a host's hooks, and fewer yet would match crowded rules there.
  const densities = placement === 'normal' ? [0.3, 0.6, 1] : [0.1, 0.3, 0.6];
  const rules = (direction: Direction) =>
    drawCalicoRules(draw, direction, namespace, ground.services, 4, densities);
  return {
    kind,
    namespace,
    name: draw.pick(NAMES),
    tier: draw.pick(TIERS),
    ...(order === undefined ? {} : { order }),
    ...drawSelectors(draw, isGlobal, placement),
    types: drawTypes(draw, placement),
    rules: { ingress: rules('ingress'), egress: placement === 'pre-dnat' ? [] : rules('egress') },
    placement,
    ...(isStaged ? { stagedAction: draw.pick(['Set', 'Set', 'Delete', 'Learn', 'Ignore'] as const) } : {}),
    at,
  };
}

/** Up to `most` policies, in the order that clusters keep them: kind, namespace, name. */
export function drawCalicoPolicies(draw: Random, ground: PolicyGround, most = 8): CalicoPolicy[] {
  const policies = new Map<string, CalicoPolicy>();
  for (let left = draw.below(most + 1); left > 0; left--) {
    const policy = drawPolicy(draw, ground);
    policies.set(`${policy.kind}/${policy.namespace}/${policy.name}`, policy);
  }
  return [...policies].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, policy]) => policy);
}

/** The profiles `custom` and `silent`; host endpoints and workload endpoints also name one that nobody declares. */
export function drawProfiles(draw: Random, services: PolicyGround['services']): CalicoProfile[] {
  const labels = (): Labels => (draw.chance(0.6) ? { lent: draw.pick(['a', 'b']), env: 'c' } : {});
  const custom: CalicoProfile = {
    name: 'custom',
    labelsToApply: labels(),
    rules: {
      ingress: drawCalicoRules(draw, 'ingress', '', services, 3),
      egress: drawCalicoRules(draw, 'egress', '', services, 3),
    },
    at,
  };
  const silent: CalicoProfile = {
    name: 'silent',
    labelsToApply: labels(),
    rules: { ingress: [], egress: [] },
    at,
  };
  return draw.some([custom, silent], 0.8);
}
