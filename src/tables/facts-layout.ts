// Lookup-time knobs and counts, u32 words; then, from byte FACTS_GROUPS on, the port group of each of the 256
// protocols, a byte each. Compiled by tsc and by asc alike.

/** KNOB_ flags of the CNI profile. */
export const FACTS_KNOBS = 0;
export const FACTS_ENTRIES = 1;
export const FACTS_PROGRAMS = 2;
export const FACTS_SHAPES = 3;
export const FACTS_IDENTITIES4 = 4;
export const FACTS_IDENTITIES6 = 5;
export const FACTS_OUTCOMES = 6;
export const FACTS_PREDICATES = 7;
export const FACTS_REGIONS4 = 8;
export const FACTS_REGIONS6 = 9;
/** Most peer classes, rows and port classes of any shape. */
export const FACTS_PEER_CLASSES = 10;
export const FACTS_ROWS = 11;
export const FACTS_PORT_CLASSES = 12;
export const FACTS_VIRTUAL_PORTS = 13;
/** Bit 1 << HOOK_ code for every hook that some program answers for. */
export const FACTS_HOOKS = 14;
/** Entry of the IPv6 addresses that nothing names; that of the IPv4 ones is 0. */
export const FACTS_OUTSIDE6 = 15;
export const FACTS_GROUPS = 64;
export const FACTS_BYTES = 320;

/** A pod's packets to its own node's addresses are exempt. */
export const KNOB_POD_TO_OWN_NODE_ALLOWED = 1;
/** A pod's packets to itself through a Service are left open. */
export const KNOB_HAIRPIN_UNSPECIFIED = 2;
/** What egress policy sees of a packet to a Service is left open. */
export const KNOB_SERVICE_DESTINATION_UNSPECIFIED = 4;
/** The source that ingress policy sees behind a node port, with the backend on the entry node, is left open. */
export const KNOB_NODE_PORT_SOURCE_UNSPECIFIED = 8;
/** Some node has host hooks, or its pods' packets leave it with its own address. */
export const KNOB_HOSTS = 32;
/** A pod's packets to itself through a Service: no policy is asked, ingress is not, or they never arrive. */
export const KNOB_HAIRPIN_EXEMPT = 16;
export const KNOB_HAIRPIN_SKIPS_INGRESS = 128;
export const KNOB_HAIRPIN_BROKEN = 256;
/** Behind a node port of a Cluster-policy Service the client keeps its address, wherever the backend is. */
export const KNOB_NODE_PORT_KEEPS_CLIENT = 512;
/** There a backend on another node sees an address of the world, of which nothing else is known. */
export const KNOB_NODE_PORT_SHOWS_WORLD = 32768;
/** A pod's packets through a node port of its own node to a backend on it: no policy is asked. */
export const KNOB_OWN_NODE_PORT_EXEMPT = 1024;
/** What connection tracking calls invalid is judged as any packet, or is left open. */
export const KNOB_INVALID_ASKED = 2048;
export const KNOB_INVALID_UNSPECIFIED = 4096;
/** Open connections are judged again when policy changes: all of them, or those of TCP, UDP and SCTP. */
export const KNOB_RECHECKS = 8192;
export const KNOB_RECHECKS_TRANSPORT = 16384;
/** Some node lets pass to policy what connection tracking calls invalid. */
export const KNOB_INVALID_PASSES = 64;
