/**
 * NetworkPolicy and GlobalNetworkPolicy of Calico and their staged kinds: the API's defaults, and every reason it has to
 * refuse one.
 *
 * Source: projectcalico/calico api/pkg/apis/projectcalico/v3/{networkpolicy,globalnetworkpolicy,stagednetworkpolicy}.go,
 * api/pkg/defaults/networkpolicy.go, libcalico-go/lib/validator/v3/validator.go.
 */
import type { CalicoPolicy, CalicoPolicyKind } from '../../policy/api/calico.ts';
import type { Direction, Placement } from '../../policy/policy.ts';
import type { Cursor } from '../cursor.ts';
import { dnsLabelProblem, subdomainProblem } from '../names.ts';
import { type Notation, readCalicoMetadata, readSpec, unprefixed } from './calico-object.ts';
import { readCalicoRules } from './calico-rules.ts';
import { readOrder, readSelector } from './calico-values.ts';

const COMMON = [
  'tier',
  'order',
  'selector',
  'serviceAccountSelector',
  'types',
  'ingress',
  'egress',
  'performanceHints',
];
const GLOBAL_ONLY = ['namespaceSelector', 'doNotTrack', 'preDNAT', 'applyOnForward'];

const ELSEWHERE = {
  podSelector: 'the API of Calico has one selector: selector',
  policyTypes: 'did you mean "types"?',
  source: 'source stands in an item of ingress or egress',
  destination: 'destination stands in an item of ingress or egress',
  action: 'action stands in an item of ingress or egress',
  defaultAction: 'defaultAction belongs to a Tier',
  stagedAction: 'stagedAction belongs to the staged kinds',
  namespace: 'namespace stands below metadata',
};
const IN_NAMESPACED = Object.fromEntries(
  GLOBAL_ONLY.map((name) => [name, `only global policies have ${name}`]),
);

const NAME = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const GLOBAL_NAME = new RegExp(`^(?:${NAME}\\.)?${NAME}$`);
const NAMESPACED_NAME = new RegExp(
  `^(?:${NAME}(?:\\.${NAME})?|(?:knp|ossg)\\.default\\.${NAME}(?:\\.${NAME})*)$`,
);

const STAGED_ACTIONS = ['Set', 'Delete', 'Learn', 'Ignore'] as const;
type StagedAction = (typeof STAGED_ACTIONS)[number];

interface PolicyKind {
  readonly kind: CalicoPolicyKind;
  readonly isNamespaced: boolean;
  readonly isStaged: boolean;
}

const KINDS: Readonly<Record<CalicoPolicyKind, PolicyKind>> = {
  NetworkPolicy: { kind: 'NetworkPolicy', isNamespaced: true, isStaged: false },
  GlobalNetworkPolicy: { kind: 'GlobalNetworkPolicy', isNamespaced: false, isStaged: false },
  StagedNetworkPolicy: { kind: 'StagedNetworkPolicy', isNamespaced: true, isStaged: true },
  StagedGlobalNetworkPolicy: { kind: 'StagedGlobalNetworkPolicy', isNamespaced: false, isStaged: true },
};

function nameProblem(name: string, isNamespaced: boolean): string | undefined {
  const problem = subdomainProblem(name);
  if (problem !== undefined) return problem;
  const pattern = isNamespaced ? NAMESPACED_NAME : GLOBAL_NAME;
  return pattern.test(name) ? undefined : 'holds more than one "."';
}

/** Absent: what the rules that are there suggest. */
function readTypes(
  list: Cursor,
  rules: Readonly<Record<Direction, readonly unknown[]>>,
): Readonly<Record<Direction, boolean>> {
  const items = list.items();
  if (items.length === 0) {
    const egress = rules.egress.length > 0;
    return { ingress: rules.ingress.length > 0 || !egress, egress };
  }
  const types = items.map((item) => {
    if (!item.isPresent) item.error('manifest/bad-policy-types', 'found nothing, expected Ingress, Egress');
    return item.oneOf(['Ingress', 'Egress'], 'manifest/bad-policy-types');
  });
  const known = types.filter((type) => type !== undefined);
  if (new Set(known).size < known.length)
    list.error('manifest/bad-policy-types', `found ${known.join(', ')}, expected each type once`);
  return { ingress: types.includes('Ingress'), egress: types.includes('Egress') };
}

function readPlacement(spec: Cursor): Placement {
  const [untracked, preDnat, forward] = ['doNotTrack', 'preDNAT', 'applyOnForward'].map(
    (name) => spec.field(name).boolean() ?? false,
  );
  const flag = spec.field(untracked ? 'doNotTrack' : 'preDNAT');
  if (untracked && preDnat)
    spec
      .field('preDNAT')
      .error('manifest/bad-placement', 'preDNAT and doNotTrack cannot both be true', { on: 'key' });
  if ((untracked || preDnat) && !forward)
    flag.error('manifest/bad-placement', `${flag.key} needs applyOnForward: true beside it`, { on: 'key' });
  if (preDnat) {
    const egress = spec.field('egress');
    if (egress.items().length > 0)
      egress.error('manifest/bad-placement', 'a preDNAT policy cannot have rules of egress', { on: 'key' });
    const type = spec
      .field('types')
      .items()
      .find(({ value }) => value === 'Egress');
    type?.error('manifest/bad-placement', 'a preDNAT policy cannot have the type Egress');
  }
  if (untracked) return 'untracked';
  if (preDnat) return 'pre-dnat';
  return forward ? 'forward' : 'normal';
}

/** `Delete` names a policy and says nothing else about it. */
export function checkDeletion(spec: Cursor, allowed: readonly string[]): void {
  for (const member of spec.members()) {
    const { value } = member;
    const isHollow = typeof value === 'object' && Object.keys(value ?? {}).length === 0;
    const isEmpty = value === undefined || value === '' || value === false || isHollow;
    if (allowed.includes(member.key) || isEmpty) continue;
    member.error('manifest/bad-staged-action', `${member.key} cannot stand beside stagedAction Delete`, {
      on: 'key',
    });
  }
}

/** `Set` when absent. */
export function readStagedAction(spec: Cursor): StagedAction {
  const cursor = spec.field('stagedAction');
  if (cursor.value === '') return 'Set';
  return cursor.oneOf(STAGED_ACTIONS, 'manifest/bad-staged-action') ?? 'Set';
}

function readTier(cursor: Cursor): string {
  const tier = cursor.string() || 'default';
  const problem = dnsLabelProblem(tier);
  if (problem !== undefined) cursor.error('manifest/bad-name', `the tier ${JSON.stringify(tier)} ${problem}`);
  return tier;
}

function checkHints(list: Cursor): void {
  const words = list.items().map((item) => item.oneOf(['AssumeNeededOnEveryNode'], 'manifest/bad-value'));
  if (new Set(words).size < words.length)
    list.error('manifest/bad-value', 'a hint stands twice', { on: 'key' });
}

/** A policy of one of the four kinds; undefined without a name. What is wrong is reported and left out. */
export function readCalicoPolicy(
  object: Cursor,
  policyKind: CalicoPolicyKind,
  notation: Notation,
): CalicoPolicy | undefined {
  object.document.checkDuplicateKeys();
  const { kind, isNamespaced, isStaged } = KINDS[policyKind];
  const scope = isNamespaced ? 'namespaced' : 'cluster';
  const metadata = readCalicoMetadata(object, scope, notation, (name) => nameProblem(name, isNamespaced));
  const fields = [...COMMON, ...(isNamespaced ? [] : GLOBAL_ONLY), ...(isStaged ? ['stagedAction'] : [])];
  const spec = readSpec(object, fields, { ...ELSEWHERE, ...(isNamespaced ? IN_NAMESPACED : {}) });
  const stagedAction = isStaged ? readStagedAction(spec) : undefined;
  if (stagedAction === 'Delete') checkDeletion(spec, ['stagedAction', 'tier']);
  const tier = readTier(spec.field('tier'));
  const order = readOrder(spec.field('order'));
  const selector = readSelector(spec.field('selector'), 'never');
  const namespaceSelector = isNamespaced ? undefined : readSelector(spec.field('namespaceSelector'), 'never');
  const serviceAccountSelector = readSelector(spec.field('serviceAccountSelector'), 'never');
  const rules = {
    ingress: readCalicoRules(spec.field('ingress'), 'ingress', isNamespaced),
    egress: readCalicoRules(spec.field('egress'), 'egress', isNamespaced),
  };
  const types = readTypes(spec.field('types'), rules);
  const placement = isNamespaced ? 'normal' : readPlacement(spec);
  checkHints(spec.field('performanceHints'));
  if (metadata === undefined) return undefined;
  return {
    kind,
    namespace: metadata.namespace,
    name: unprefixed(metadata.name, tier, notation),
    tier,
    ...(order === undefined ? {} : { order }),
    ...(selector === undefined ? {} : { selector }),
    ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
    ...(serviceAccountSelector === undefined ? {} : { serviceAccountSelector }),
    types,
    rules,
    placement,
    ...(stagedAction === undefined ? {} : { stagedAction }),
    at: metadata.at,
  };
}
