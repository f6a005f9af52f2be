/**
 * The section of facts: what the tables tell of themselves beyond their programs. Knobs of the CNI that lookups heed, counts, and the group
 * of ports that each protocol is of.
 */
import type { CniProfile } from '../policy/cni/profile.ts';
import type { World } from '../policy/world.ts';
import * as F from '../tables/facts-layout.ts';
import { HOST_HOOK_FIRST } from '../tables/hosts-layout.ts';
import { portGroup } from '../tables/port-maps.ts';
import { HOOKS } from '../tables/verdict.ts';
import { letsInvalidPass, masquerades } from './hosts.ts';
import type { ProgramSet } from './program-set.ts';

const HAIRPIN_KNOBS: Readonly<Record<CniProfile['hairpin'], number>> = {
  enforce: 0,
  'skip-ingress': F.KNOB_HAIRPIN_SKIPS_INGRESS,
  exempt: F.KNOB_HAIRPIN_EXEMPT,
  broken: F.KNOB_HAIRPIN_BROKEN,
  unspecified: F.KNOB_HAIRPIN_UNSPECIFIED,
};

function knobsOf(profile: CniProfile): number {
  return (
    (profile.podToOwnNode === 'allow' ? F.KNOB_POD_TO_OWN_NODE_ALLOWED : 0) |
    HAIRPIN_KNOBS[profile.hairpin] |
    (profile.invalidPackets === 'policy' ? F.KNOB_INVALID_ASKED : 0) |
    (profile.invalidPackets === 'unspecified' ? F.KNOB_INVALID_UNSPECIFIED : 0) |
    (profile.established === 'recheck' ? F.KNOB_RECHECKS : 0) |
    (profile.established === 'recheck-transport' ? F.KNOB_RECHECKS_TRANSPORT : 0) |
    (profile.nodePortFromAfar === 'client' ? F.KNOB_NODE_PORT_KEEPS_CLIENT : 0) |
    (profile.nodePortFromAfar === 'world-identity' ? F.KNOB_NODE_PORT_SHOWS_WORLD : 0) |
    (profile.ownNodePort === 'exempt' ? F.KNOB_OWN_NODE_PORT_EXEMPT : 0) |
    (profile.serviceDestination === 'unspecified' ? F.KNOB_SERVICE_DESTINATION_UNSPECIFIED : 0) |
    (profile.nodePortSource === 'unspecified' ? F.KNOB_NODE_PORT_SOURCE_UNSPECIFIED : 0)
  );
}

/** What the tables tell of themselves beyond their programs. */
export interface Counts {
  readonly entries: number;
  readonly predicates: number;
  readonly virtualPorts: number;
  /** Entry of the IPv6 addresses that nothing names. */
  readonly outside6: number;
  readonly identities: Readonly<Record<4 | 6, number>>;
  readonly regions: Readonly<Record<4 | 6, number>>;
}

/** The section of knobs and counts. */
export function factsSection(
  { profile, seen }: Pick<World, 'profile' | 'seen'>,
  set: ProgramSet,
  { entries, predicates, virtualPorts, outside6, identities, regions }: Counts,
): Uint8Array {
  const words = new Uint32Array(F.FACTS_BYTES / 4);
  const hooks = [...set.hooks].map((hook) => HOOKS.indexOf(hook));
  const isWalked = hooks.some((hook) => hook >= HOST_HOOK_FIRST) || masquerades(seen);
  words[F.FACTS_KNOBS] =
    knobsOf(profile) | (isWalked ? F.KNOB_HOSTS : 0) | (letsInvalidPass(seen) ? F.KNOB_INVALID_PASSES : 0);
  words[F.FACTS_ENTRIES] = entries;
  words[F.FACTS_PROGRAMS] = set.tables.programCount;
  words[F.FACTS_SHAPES] = set.counts.shapes;
  words[F.FACTS_IDENTITIES4] = identities[4];
  words[F.FACTS_IDENTITIES6] = identities[6];
  words[F.FACTS_OUTCOMES] = set.outcomeCount;
  words[F.FACTS_PREDICATES] = predicates;
  words[F.FACTS_REGIONS4] = regions[4];
  words[F.FACTS_REGIONS6] = regions[6];
  words[F.FACTS_PEER_CLASSES] = set.counts.peerClasses;
  words[F.FACTS_ROWS] = set.counts.rows;
  words[F.FACTS_PORT_CLASSES] = set.counts.portClasses;
  words[F.FACTS_VIRTUAL_PORTS] = virtualPorts;
  words[F.FACTS_OUTSIDE6] = outside6;
  for (const hook of hooks) words[F.FACTS_HOOKS]! |= 1 << hook;
  const bytes = new Uint8Array(words.buffer);
  for (let protocol = 0; protocol < 256; protocol++) bytes[F.FACTS_GROUPS + protocol] = portGroup(protocol);
  return bytes;
}
