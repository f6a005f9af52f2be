/**
 * CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy: what the schema and the agent's own checks refuse is an error. An unknown field is
 * one too: a misspelt selector must never widen a policy in silence.
 *
 * Source: cilium/cilium pkg/k8s/apis/cilium.io/v2/{cnp,ccnp}_types.go (Parse), pkg/policy/api/{rule,rule_validation}.go.
 */
import type { CiliumPolicy, CiliumSpec } from '../../policy/api/cilium.ts';
import type { Cursor } from '../cursor.ts';
import { checkMetadata, readIdentity, readName } from '../metadata.ts';
import { subdomainProblem } from '../names.ts';
import { readRules } from './cilium-rules.ts';
import { readSelector } from './cilium-values.ts';

const SPEC_FIELDS = [
  'endpointSelector',
  'nodeSelector',
  'ingress',
  'ingressDeny',
  'egress',
  'egressDeny',
  'labels',
  'enableDefaultDeny',
  'description',
  'log',
];

const IN_SPEC = {
  podSelector: 'whom the policy governs is endpointSelector',
  policyTypes: 'rules of a direction isolate by themselves; enableDefaultDeny says otherwise',
  fromEndpoints: 'fromEndpoints stands in an item of ingress',
  fromEntities: 'fromEntities stands in an item of ingress',
  toEndpoints: 'toEndpoints stands in an item of egress',
  toEntities: 'toEntities stands in an item of egress',
  toPorts: 'toPorts stands in an item of ingress or egress',
};

/** Where a spec does not say, what no rule allows is denied. */
function readDefaultDeny(cursor: Cursor): CiliumSpec['enableDefaultDeny'] {
  if (cursor.isPresent && cursor.isMapping()) cursor.onlyFields(['ingress', 'egress']);
  return {
    ingress: cursor.field('ingress').boolean() ?? true,
    egress: cursor.field('egress').boolean() ?? true,
  };
}

/** Either for pods or for nodes. */
function checkSubject(spec: Cursor, kind: CiliumPolicy['kind']): void {
  const [pods, nodes] = [spec.field('endpointSelector'), spec.field('nodeSelector')];
  if (nodes.isPresent && kind === 'CiliumNetworkPolicy')
    nodes.error('manifest/bad-placement', 'a CiliumNetworkPolicy governs pods of its own namespace', {
      hint: 'nodes are governed by a CiliumClusterwideNetworkPolicy',
      on: 'key',
    });
  else if (pods.isPresent === nodes.isPresent)
    spec.error(
      'manifest/not-one-of',
      pods.isPresent
        ? 'endpointSelector and nodeSelector stand together, expected one of them'
        : `${spec.name} has no endpointSelector`,
      { hint: pods.isPresent ? undefined : 'all pods are endpointSelector: {}', on: 'key' },
    );
}

function readSpec(spec: Cursor, kind: CiliumPolicy['kind']): CiliumSpec | undefined {
  if (!spec.isMapping()) return undefined;
  spec.onlyFields(SPEC_FIELDS, IN_SPEC);
  checkSubject(spec, kind);
  readSelector(spec.field('nodeSelector'));
  const endpointSelector = readSelector(spec.field('endpointSelector'));
  const rules = {
    ingress: readRules(spec.field('ingress'), 'ingress'),
    ingressDeny: readRules(spec.field('ingressDeny'), 'ingressDeny'),
    egress: readRules(spec.field('egress'), 'egress'),
    egressDeny: readRules(spec.field('egressDeny'), 'egressDeny'),
  };
  if (Object.values(rules).every(({ length }) => length === 0))
    spec.error('manifest/missing-field', `${spec.name} has no rule`, {
      hint: 'to allow nothing write ingress: [{}]',
      on: 'key',
    });
  return {
    ...(endpointSelector === undefined ? {} : { endpointSelector }),
    enableDefaultDeny: readDefaultDeny(spec.field('enableDefaultDeny')),
    ...rules,
  };
}

function readNames(
  object: Cursor,
  kind: CiliumPolicy['kind'],
): Pick<CiliumPolicy, 'namespace' | 'name'> | undefined {
  if (kind === 'CiliumNetworkPolicy') return readIdentity(object);
  const name = readName(object.field('metadata'), subdomainProblem);
  return name === undefined ? undefined : { namespace: '', name };
}

/** A policy; undefined without a name. Problems are reported. */
export function readCiliumPolicy(object: Cursor, kind: CiliumPolicy['kind']): CiliumPolicy | undefined {
  object.document.checkDuplicateKeys();
  object.onlyFields(['apiVersion', 'kind', 'metadata', 'spec', 'specs', 'status'], {
    endpointSelector: 'endpointSelector stands below spec',
    ingress: 'ingress stands below spec',
    egress: 'egress stands below spec',
  });
  const metadata = object.field('metadata');
  checkMetadata(metadata);
  const names = readNames(object, kind);
  const [spec, specs] = [object.field('spec'), object.field('specs')];
  if (!spec.isPresent && specs.items().length === 0)
    object.error('manifest/missing-field', `the ${kind} has neither spec nor specs`, { on: 'key' });
  const read = [...(spec.isPresent ? [spec] : []), ...specs.items()].map((one) => readSpec(one, kind));
  if (names === undefined) return undefined;
  const at = metadata.field('name').at();
  return { kind, ...names, specs: read.filter((one) => one !== undefined), at };
}
