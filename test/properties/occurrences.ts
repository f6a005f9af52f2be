/**
 * What must occur in a run of the random test, so that no kind of draw is silently dead: every reason that a first
 * packet can have, every hook that can decide, every kind of policy and tier, every field of a rule that matches.
 */
import { HOOKS, type Reason } from '../../src/tables/verdict.ts';

/** Reasons of first packets; all others belong to connections and to records that are no packets. */
const FIRST_PACKETS: readonly Reason[] = [
  'policy',
  'tier-end',
  'profile',
  'failsafe',
  'endpoint-to-host',
  'untracked',
  'host-to-local',
  'self',
  'no-endpoint',
  'workload-encap',
  'no-profile',
  'backends-differ',
  'missing-field',
  'domain',
];

const SIDE_FIELDS = [
  'nets',
  'notNets',
  'selector',
  'notSelector',
  'ports',
  'namedPorts',
  'notPorts',
  'notNamedPorts',
  'service',
];

const FIELDS = [
  'family',
  'protocol',
  'notProtocols',
  'icmp',
  'notIcmp',
  ...SIDE_FIELDS.map((field) => `source.${field}`),
  ...SIDE_FIELDS.map((field) => `destination.${field}`),
];

const KINDS = [
  'NetworkPolicy',
  'GlobalNetworkPolicy',
  'ClusterNetworkPolicy',
  'AdminNetworkPolicy',
  'BaselineAdminNetworkPolicy',
];

const TIERS = ['default', 'early', 'late', 'unordered', 'nowhere', 'kube-admin', 'kube-baseline'];

/** Every name that has not occurred. */
export function missing(names: Iterable<string>): string[] {
  const seen = [...names];
  const lacks = (wanted: (name: string) => boolean): boolean => !seen.some(wanted);
  return [
    ...FIRST_PACKETS.filter((reason) =>
      lacks((name) => name.startsWith('verdict ') && name.endsWith(` ${reason}`)),
    ).map((reason) => `reason ${reason}`),
    ...HOOKS.filter((hook) => hook !== 'none').flatMap((hook) => [
      ...(lacks((name) => name === `hook deny ${hook}`) ? [`deny at ${hook}`] : []),
      ...(lacks((name) => name === `walked ${hook}`) ? [`${hook} walked`] : []),
    ]),
    ...[
      ...FIELDS.map((field) => `field ${field}`),
      ...KINDS.map((kind) => `kind ${kind}`),
      ...TIERS.map((tier) => `tier ${tier}`),
      'pending differs',
      'verdict unspecified none',
    ].filter((wanted) => lacks((name) => name === wanted)),
  ];
}
