/**
 * One side of a Calico rule. What the fields mean together is said here once: services stand alone, `global()` too.
 *
 * Source: projectcalico/calico api/pkg/apis/projectcalico/v3/policy_common.go (EntityRule),
 * libcalico-go/lib/validator/v3/validator.go (validateEntityRule).
 */
import type { Cidr } from '../../net/cidr.ts';
import type { CalicoEntity } from '../../policy/api/calico.ts';
import type { Direction } from '../../policy/policy.ts';
import type { Cursor } from '../cursor.ts';
import { subdomainProblem } from '../names.ts';
import { checkLength, readNet, readPorts, readSelector } from './calico-values.ts';

export type Side = 'source' | 'destination';

const FIELDS = [
  'nets',
  'notNets',
  'selector',
  'notSelector',
  'namespaceSelector',
  'services',
  'serviceAccounts',
  'ports',
  'notPorts',
];

const ELSEWHERE = {
  net: 'nets is a list: write nets: [...]',
  notNet: 'notNets is a list: write notNets: [...]',
  podSelector: 'the API of Calico has one selector: selector',
  domains: 'domains belongs to Calico Enterprise, the open API has none',
  names: 'names stands below serviceAccounts',
  protocol: 'protocol stands in the rule, beside source and destination',
  cidr: 'write it as an item of nets',
  ipBlock: 'write the blocks as items of nets and notNets',
};

/** Fields that a services match leaves no room for, with what the API calls them together. */
const BESIDE_SERVICES = [
  'selector',
  'notSelector',
  'nets',
  'notNets',
  'namespaceSelector',
  'serviceAccounts',
];

/** Which side of a rule may name services. */
const SERVICE_SIDE: Readonly<Record<Direction, Side>> = { ingress: 'source', egress: 'destination' };

function readNets(list: Cursor): Cidr[] {
  checkLength(list, 256, 'nets');
  return list
    .items()
    .map((item) => readNet(item, 'masked'))
    .filter((net) => net !== undefined);
}

function readServiceAccounts(cursor: Cursor): CalicoEntity['serviceAccounts'] {
  if (!cursor.isMapping()) return undefined;
  cursor.onlyFields(['names', 'selector']);
  const names = cursor
    .field('names')
    .items()
    .map((item) => item.string())
    .filter((name) => name !== undefined);
  const selector = readSelector(cursor.field('selector'), 'unchecked');
  return { names, ...(selector === undefined ? {} : { selector }) };
}

function isSet({ value }: Cursor): boolean {
  return value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
}

function checkBesideServices(entity: Cursor, side: Side): void {
  const excluded = side === 'destination' ? [...BESIDE_SERVICES, 'ports', 'notPorts'] : BESIDE_SERVICES;
  for (const name of excluded) {
    const field = entity.field(name);
    if (isSet(field))
      field.error('manifest/bad-services', `${field.name}: ${name} cannot stand beside services`, {
        hint: 'make it a rule of its own',
        on: 'key',
      });
  }
}

function readName(cursor: Cursor): string | undefined {
  const name = cursor.string();
  const problem = name === undefined || name === '' ? undefined : subdomainProblem(name);
  if (problem !== undefined)
    cursor.error('manifest/bad-name', `the ${cursor.key} ${JSON.stringify(name)} ${problem}`);
  return name;
}

function readService(
  entity: Cursor,
  side: Side,
  direction: Direction,
  isNamespaced: boolean,
): CalicoEntity['service'] {
  const cursor = entity.field('services');
  if (!cursor.isMapping()) return undefined;
  cursor.onlyFields(['name', 'namespace']);
  if (side !== SERVICE_SIDE[direction])
    cursor.error('manifest/bad-services', `services cannot stand in ${side} of a rule of ${direction}`, {
      hint: `rules of ${direction} name services in ${SERVICE_SIDE[direction]}`,
      on: 'key',
    });
  const name = readName(cursor.field('name')) ?? '';
  if (name === '') cursor.error('manifest/missing-field', 'services has no name', { on: 'key' });
  const namespace = readName(cursor.field('namespace')) ?? '';
  if (namespace === '' && !isNamespaced)
    cursor.error('manifest/missing-field', 'services has no namespace, which a global policy needs', {
      on: 'key',
    });
  checkBesideServices(entity, side);
  return { namespace, name };
}

/** A side of a rule; an absent one does not constrain. */
export function readEntity(
  entity: Cursor,
  side: Side,
  direction: Direction,
  isNamespaced: boolean,
): CalicoEntity {
  entity.isMapping();
  entity.onlyFields(FIELDS, ELSEWHERE);
  const selector = readSelector(entity.field('selector'), 'never');
  const notSelector = readSelector(entity.field('notSelector'), 'unchecked');
  const namespaceSelector = readSelector(entity.field('namespaceSelector'), 'alone');
  const serviceAccounts = readServiceAccounts(entity.field('serviceAccounts'));
  const service = readService(entity, side, direction, isNamespaced);
  return {
    nets: readNets(entity.field('nets')),
    notNets: readNets(entity.field('notNets')),
    ...(selector === undefined ? {} : { selector }),
    ...(notSelector === undefined ? {} : { notSelector }),
    ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
    ...(serviceAccounts === undefined ? {} : { serviceAccounts }),
    ...(service === undefined ? {} : { service }),
    ports: readPorts(entity.field('ports')),
    notPorts: readPorts(entity.field('notPorts')),
  };
}
