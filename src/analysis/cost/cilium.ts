/**
 * Cilium: each pod has a map of what may reach it and what it may reach, an entry an identity and block of ports. Replicas share
 * identities: what costs is how many different pods a peer means, and how many pods have a map.
 *
 * Source: cilium/cilium pkg/policy/l4.go (toMapState), pkg/policy/portrange.go, Documentation/network/ebpf/maps.rst.
 */
import type { PortRange } from '../../net/port.ts';
import { TCP } from '../../net/protocol-layout.ts';
import { podName } from '../../policy/addresses/address-book.ts';
import type { Endpoint } from '../../policy/endpoints.ts';
import { DIRECTIONS, type Direction, type EntityMatch, type Policy, type Rule } from '../../policy/policy.ts';
import { emptySelection, Identities, type Selected, selectionSize } from './cilium-identities.ts';
import { type EngineCost, Largest, Tally } from './cost.ts';
import { type Ground, governingPolicies, perGroup } from './ground.ts';
import { maskedPorts } from './port-masks.ts';

const MAPS = 'cilium/cilium Documentation/network/ebpf/maps.rst';

/** What one pod's map holds, by what is behind an entry. */
interface MapEntries {
  readonly open: number;
  readonly ingress: number;
  readonly egress: number;
}

export function ciliumCost(ground: Ground): EngineCost {
  const identities = new Identities(ground);
  const namesPorts = ground.policies.some(({ rules: { ingress, egress } }) =>
    [...ingress, ...egress].some(({ match }) => match.destination.namedPorts !== undefined),
  );
  const make = (endpoint: Endpoint): MapEntries => mapEntries(ground, identities, endpoint);
  // A name of a port is the pod's own number: then no pod stands for another.
  const entriesOf = namesPorts ? make : perGroup(ground, make);
  const largest = new Largest({
    limit: 'policy map of a pod',
    unit: 'entries',
    most: 16_384,
    source: `${MAPS} (bpf-policy-map-max)`,
  });
  const nodes = ground.nodes.map(({ name, endpoints }) => {
    const tally = new Tally();
    for (const endpoint of endpoints) {
      const { open, ingress, egress } = entriesOf(endpoint);
      tally.add('entries', 'own node', 1);
      tally.add('entries', 'directions without policy', open);
      tally.add('entries', 'ingress rules', ingress);
      tally.add('entries', 'egress rules', egress);
      largest.see(1 + open + ingress + egress, podName(endpoint));
    }
    if (endpoints.length === 0) tally.add('entries', 'own node', 0);
    // Every agent knows all of them.
    tally.add('identities', 'pods with different labels', identities.pods);
    tally.add('identities', 'blocks of addresses', identities.blocks);
    return { node: name, parts: tally.parts };
  });
  const addresses = new Largest({
    limit: 'map of addresses',
    unit: 'entries',
    most: 512_000,
    source: `${MAPS} (ipcache)`,
  });
  const held = ground.world.book.endpoints.reduce((sum, one) => sum + one.addresses.length, 0);
  addresses.see(held + identities.blocks, '');
  const labels = new Largest({
    limit: 'cluster',
    unit: 'identities of pods',
    most: 65_280,
    source: 'cilium/cilium pkg/identity/numericidentity.go (16 bits, the first 256 are reserved)',
  });
  labels.see(identities.pods, '');
  return {
    units: [
      { figure: 'entries', unit: 'policy map entries' },
      { figure: 'identities', unit: 'identities', adds: false },
    ],
    nodes,
    uses: [largest.use, labels.use, addresses.use],
    notCounted: ['identities of addresses that domain names come to, programs, parsers of layer 7'],
    source: `cilium/cilium pkg/policy/l4.go, pkg/policy/portrange.go, ${MAPS}`,
  };
}

/** Filters of one direction by protocol and ports. */
interface Filter {
  readonly masks: number;
  readonly hasPorts: boolean;
  readonly selected: Selected;
}

function mapEntries(ground: Ground, identities: Identities, endpoint: Endpoint): MapEntries {
  const counts = { open: 0, ingress: 0, egress: 0 };
  for (const direction of DIRECTIONS) {
    const { tiers } = ground.world.resolved.governing(endpoint, direction);
    if (tiers.length === 0) counts.open++;
    const filters = new Map<string, Filter>();
    for (const policy of governingPolicies(ground, endpoint, direction))
      addFilters(filters, policy, direction, { ground, identities, endpoint });
    for (const { masks, hasPorts, selected } of filters.values())
      counts[direction] += masks * selectionSize(selected, hasPorts);
  }
  return counts;
}

interface Asked {
  readonly ground: Ground;
  readonly identities: Identities;
  readonly endpoint: Endpoint;
}

function addFilters(
  filters: Map<string, Filter>,
  policy: Policy,
  direction: Direction,
  { ground, identities, endpoint }: Asked,
): void {
  const object = ground.objectOf(policy);
  for (const rule of policy.rules[direction]) {
    const peer = direction === 'ingress' ? rule.match.source : rule.match.destination;
    const written = object?.[direction][rule.index]?.ports;
    for (const { first, last } of rangesOf(rule, written, { ground, endpoint, direction })) {
      // What another action decides stands in entries of its own.
      const { protocol = '', family = '', icmp } = rule.match;
      const key = `${rule.action} ${protocol} ${family} ${icmp?.type ?? ''} ${first}-${last}`;
      let filter = filters.get(key);
      if (filter === undefined) {
        const hasPorts = first > 0;
        filter = {
          masks: hasPorts ? maskedPorts({ first, last }).length : 1,
          hasPorts,
          selected: emptySelection(),
        };
        filters.set(key, filter);
      }
      identities.select(peer, filter.selected);
    }
  }
}

/** All ports: what a filter without any has. */
const NO_PORTS: PortRange = { first: 0, last: 0 };

/**
 * Ranges of ports of a rule, one filter each: as the policy's author wrote them, where the model has merged those that touch.
 */
function rangesOf(
  { match }: Rule,
  written:
    | readonly { readonly protocol: number; readonly port?: number | string; readonly endPort?: number }[]
    | undefined,
  { ground, endpoint, direction }: Pick<Asked, 'ground' | 'endpoint'> & { readonly direction: Direction },
): PortRange[] {
  const { ports, namedPorts = [] } = match.destination;
  if (ports === undefined && namedPorts.length === 0) return [NO_PORTS];
  const named = namedPorts.flatMap((name) =>
    numbersOf(ground, name, match, direction === 'ingress' ? endpoint : undefined),
  );
  const isRange = ground.world.profile.portRanges === 'range';
  const numbered = (written ?? []).flatMap(({ protocol, port, endPort }) =>
    protocol === match.protocol && typeof port === 'number'
      ? [{ first: port, last: (isRange ? endPort : undefined) ?? port }]
      : [],
  );
  const all = [...(numbered.length > 0 ? numbered : (ports ?? [])), ...named];
  return [...new Map(all.map((range) => [`${range.first}-${range.last}`, range])).values()];
}

/** What a port's name comes to: the pod's own number on ingress, those of the pods that are meant on egress. */
function numbersOf(
  ground: Ground,
  name: string,
  { protocol = TCP, destination }: { readonly protocol?: number; readonly destination: EntityMatch },
  own: Endpoint | undefined,
): PortRange[] {
  const numbers =
    own === undefined
      ? ground.numbersOf(ground.members(destination.selector ?? { kind: 'all' }).labelSets, name, protocol)
      : own.namedPorts
          .filter((port) => port.name === name && port.protocol === protocol)
          .map(({ port }) => port);
  return numbers.map((port) => ({ first: port, last: port }));
}
