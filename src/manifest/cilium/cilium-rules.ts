/**
 * Rules of Cilium's policies: whom (one kind of peer a rule), and at which ports or ICMP types. What they ask of layer 7 is kept in words.
 *
 * Source: cilium/cilium pkg/policy/api/{ingress,egress,l4,rule_validation}.go.
 */
import type { CiliumList, CiliumPeer, CiliumRule } from '../../policy/api/cilium.ts';
import type { Cursor } from '../cursor.ts';
import { EGRESS_MEMBERS, INGRESS_MEMBERS, type Member } from './cilium-members.ts';
import { readIcmps, readPortRules } from './cilium-port-rules.ts';

const AUTHENTICATION = 'authentication';

/** Members whose empty list selects nobody; those of the others are as if they were not there. */
function selectsNobody(list: Cursor, { emptyIsNobody }: Member): boolean {
  if (!emptyIsNobody || !Array.isArray(list.value) || list.value.length > 0) return false;
  list.warn('manifest/empty-item', `${list.name}: an empty list selects nobody`, {
    hint: 'to select anybody leave it out',
    on: 'key',
  });
  return true;
}

/** All who are meant, and that a rule has one kind of peers. */
function readPeers(rule: Cursor, members: readonly Member[]): readonly CiliumPeer[] | undefined {
  const present = members.filter(({ name }) => rule.field(name).isPresent);
  const peers = present.flatMap((member) =>
    rule
      .field(member.name)
      .items()
      .map((item) => member.read(item)),
  );
  const filled = present.filter(({ name }) => rule.field(name).items().length > 0);
  const [first, second] = filled;
  if (first !== undefined && second !== undefined)
    rule
      .field(second.name)
      .error('manifest/mixed-peer', `${second.name} cannot stand in one rule with ${first.name}`, {
        hint: 'make two rules of it',
        on: 'key',
      });
  const isNobody = present.filter((member) => selectsNobody(rule.field(member.name), member)).length > 0;
  if (isNobody) return [];
  return filled.length === 0 ? undefined : peers.filter((peer) => peer !== undefined);
}

/** fromRequires and toRequires are in the schema still, and must hold nothing. */
function refuseRequirements(rule: Cursor, name: string): void {
  const field = rule.field(name);
  if (field.items().length > 0)
    field.error('manifest/unknown-field', `${name} is no longer a part of rules`, {
      hint: 'Cilium 1.19 refuses it: add its labels to the selectors of the rules that they are for',
      on: 'key',
    });
}

function readAuthentication(cursor: Cursor): string[] {
  if (!cursor.isPresent || !cursor.isMapping()) return [];
  cursor.onlyFields(['mode']);
  const modes = ['disabled', 'required', 'test-always-fail'] as const;
  const mode = cursor.field('mode').oneOf(modes, 'manifest/unknown-value');
  return mode === undefined || mode === 'disabled' ? [] : [`${AUTHENTICATION} (${mode})`];
}

function readRule(rule: Cursor, list: CiliumList): CiliumRule | undefined {
  if (rule.isPresent && !rule.isMapping()) return undefined;
  const isIngress = list.startsWith('ingress');
  const isDeny = list.endsWith('Deny');
  const members = (isIngress ? INGRESS_MEMBERS : EGRESS_MEMBERS).filter(
    ({ isAllowOnly }) => !(isDeny && isAllowOnly),
  );
  const requirements = isIngress ? 'fromRequires' : 'toRequires';
  rule.onlyFields(
    [
      ...members.map(({ name }) => name),
      requirements,
      'toPorts',
      'icmps',
      ...(isDeny ? [] : [AUTHENTICATION]),
    ],
    elsewhere(isIngress, isDeny),
  );
  refuseRequirements(rule, requirements);
  const peers = readPeers(rule, members);
  const [toPorts, icmps] = [rule.field('toPorts'), rule.field('icmps')];
  const layer4 = readPortRules(toPorts, { isIngress, isDeny });
  const types = readIcmps(icmps);
  const [hasPorts, hasTypes] = [toPorts.items().length > 0, icmps.items().length > 0];
  if (hasPorts && hasTypes)
    icmps.error('manifest/bad-rule-ports', 'icmps cannot stand in one rule with toPorts', {
      hint: 'make two rules of it',
      on: 'key',
    });
  return {
    ...(peers === undefined ? {} : { peers }),
    ...(hasPorts || hasTypes
      ? { ports: { entries: layer4.entries, icmps: [...layer4.icmps, ...types] } }
      : {}),
    beyond: [...layer4.beyond, ...readAuthentication(rule.field(AUTHENTICATION))],
    at: rule.at(),
  };
}

/** Where words belong that stand in the wrong rule. */
function elsewhere(isIngress: boolean, isDeny: boolean): Record<string, string> {
  const wrong = (isIngress ? EGRESS_MEMBERS : INGRESS_MEMBERS).map(
    ({ name }) =>
      [name, `rules of ${isIngress ? 'ingress have from' : 'egress have to'}..., not ${name}`] as const,
  );
  return {
    ...Object.fromEntries(wrong),
    ports: 'ports stands in an item of toPorts',
    from: 'peers are fromEndpoints, fromEntities, fromCIDR, ...',
    to: 'peers are toEndpoints, toEntities, toCIDR, ...',
    ...(isDeny
      ? {
          toFQDNs: 'domain names cannot be denied, only allowed',
          [AUTHENTICATION]: 'only what is allowed can be authenticated',
        }
      : {}),
  };
}

/** The rules of a list, the empty ones too: a rule that asks nothing isolates and matches nobody. */
export function readRules(cursor: Cursor, list: CiliumList): CiliumRule[] {
  return cursor
    .items()
    .map((rule) => readRule(rule, list))
    .filter((rule) => rule !== undefined);
}
