/** Calico policies, rules and entities with everything left out that a test does not speak of. */
import { type Cidr, parseCidr } from '../../src/net/cidr.ts';
import type { CalicoEntity, CalicoPolicy, CalicoRule } from '../../src/policy/api/calico.ts';
import { parseSelector } from '../../src/selector/parse.ts';
import type { Selector } from '../../src/selector/selector.ts';

export const AT = { file: 'p.yaml', line: 1, column: 1 };

/** Throws on a text that cannot be read: a mistake of the test. */
export function selector(text: string): Selector {
  const read = parseSelector(text);
  if ('problem' in read) throw new Error(`${text}: ${read.problem}`);
  return read.selector;
}

/** Throws on a text that is no block: a mistake of the test. */
export function cidr(text: string): Cidr {
  const read = parseCidr(text);
  if ('problem' in read) throw new Error(`${text}: ${read.problem}`);
  return read.cidr;
}

/** Selectors as text. */
export interface EntityText {
  readonly selector?: string;
  readonly notSelector?: string;
  readonly namespaceSelector?: string;
  readonly serviceAccounts?: { readonly names?: readonly string[]; readonly selector?: string };
}

export function entity(
  text: EntityText = {},
  rest: Partial<Pick<CalicoEntity, 'nets' | 'notNets' | 'ports' | 'notPorts' | 'service'>> = {},
): CalicoEntity {
  const { serviceAccounts } = text;
  return {
    nets: [],
    notNets: [],
    ports: [],
    notPorts: [],
    ...rest,
    ...read('selector', text.selector),
    ...read('notSelector', text.notSelector),
    ...read('namespaceSelector', text.namespaceSelector),
    ...(serviceAccounts === undefined
      ? {}
      : {
          serviceAccounts: {
            names: serviceAccounts.names ?? [],
            ...read('selector', serviceAccounts.selector),
          },
        }),
  };
}

function read<K extends string>(field: K, text: string | undefined): { [P in K]?: Selector } {
  return text === undefined ? {} : ({ [field]: selector(text) } as { [P in K]?: Selector });
}

export function calicoRule(rule: Partial<CalicoRule> = {}): CalicoRule {
  return { action: 'allow', source: entity(), destination: entity(), hasHttp: false, at: AT, ...rule };
}

export function calicoPolicy(
  policy: Partial<CalicoPolicy> &
    Partial<Record<'ownSelector' | 'ownNamespaceSelector' | 'ownServiceAccountSelector', string>> = {},
): CalicoPolicy {
  const { ownSelector, ownNamespaceSelector, ownServiceAccountSelector, ...given } = policy;
  return {
    kind: 'GlobalNetworkPolicy',
    namespace: '',
    name: 'p',
    tier: 'default',
    types: { ingress: true, egress: false },
    rules: { ingress: [], egress: [] },
    placement: 'normal',
    at: AT,
    ...read('selector', ownSelector),
    ...read('namespaceSelector', ownNamespaceSelector),
    ...read('serviceAccountSelector', ownServiceAccountSelector),
    ...given,
  };
}
