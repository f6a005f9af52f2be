/**
 * Two programs as data planes run them in the kernel, over one trace in a map, from which they take a packet a run and where they leave
 * its verdict: rule after rule with IP sets in a prefix trie, as Calico's are laid out; and prefix lookups of both addresses with
 * hash lookups of (program, identity, protocol and port), the shape of our own chain of loads.
 * Source: https://github.com/projectcalico/calico/tree/master/felix/bpf/polprog (order of a rule's tests, layout of an IP set's key)
 */
import type { FirstPacket } from '#src/policy/decision.js';
import * as B from './bpf.ts';

const TRACE = 0;
const SECOND = 1;
const THIRD = 2;
/** In the trace's value: the cursor, then a verdict a packet, then the packets. */
const VERDICTS = 64;
const PACKET_BYTES = 16;
const STACK = 10;
/** Registers that outlive calls: the trace's value, the packet's number, the packet, and the verdict. */
const [BASE, NUMBER, PACKET, VERDICT] = [6, 7, 8, 9] as const;
const [SOURCE, DESTINATION, PORT, PROTOCOL] = [0, 4, 8, 10] as const;

const bigEndian = (word: number): number =>
  ((word & 255) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);

/** The trace's map; the number of packets is a power of two. */
function traceMap(packets: readonly FirstPacket[]): B.BpfMap {
  const first = (VERDICTS + packets.length * 4) / 4;
  const value = new Uint32Array(first + (packets.length * PACKET_BYTES) / 4);
  packets.forEach(({ source, destination, destinationPort, protocol }, index) => {
    value.set(
      [bigEndian(source.words[0]), bigEndian(destination.words[0]), keyWord(protocol, destinationPort!)],
      first + (index * PACKET_BYTES) / 4,
    );
  });
  return {
    type: B.MAP_ARRAY,
    keyBytes: 4,
    valueBytes: value.byteLength,
    entries: [Uint32Array.of(0, ...value)],
  };
}

/** Protocol above port, as packets have it at PORT. */
export function keyWord(protocol: number, port: number): number {
  return protocol * 65_536 + port;
}

/** The verdicts that a program left in the trace's value. */
export function verdictsIn(value: Buffer, packets: number): Uint32Array {
  return new Uint32Array(value.buffer, value.byteOffset + VERDICTS, packets);
}

/** Takes the next packet of the trace. */
function fetch(packets: number): B.Line[] {
  return [
    ...B.valueAddress(BASE, TRACE, 0),
    B.load(8, NUMBER, BASE, 0),
    B.move(1, NUMBER),
    B.addValue(1, 1),
    B.store(8, BASE, 0, 1),
    B.andValue(NUMBER, packets - 1),
    B.move(1, NUMBER),
    B.shiftLeft(1, 4),
    ...B.valueAddress(PACKET, TRACE, VERDICTS + packets * 4),
    B.add(PACKET, 1),
  ];
}

/** Leaves the verdict beside the packet. */
function leave(): B.Line[] {
  return [
    { label: 'leave' },
    B.shiftLeft(NUMBER, 2),
    ...B.valueAddress(1, TRACE, VERDICTS),
    B.add(1, NUMBER),
    B.store(4, 1, 0, VERDICT),
    B.set(0, 2),
    B.exit(),
  ];
}

/** What remains when nothing is looked up: taken off the others' times. */
export function emptyProgram(packets: readonly FirstPacket[]): Uint8Array {
  return B.bpfImage([traceMap(packets)], [...fetch(packets.length), B.set(VERDICT, 0), ...leave()]);
}

/** An allow rule: TCP from the members of a set to a port. */
export interface SetRule {
  readonly set: number;
  readonly port: number;
}

const TCP = 6;
/** Of a key: length of the prefix, number of the set, address, port, protocol. */
const SET_KEY = { at: -28, bytes: 20, set: -24, address: -16, port: -12, protocol: -10 } as const;

/** IP sets are known by 64-bit hashes of what they select. */
const setName = (set: number): readonly [number, number] => [
  Math.imul(set + 1, 0x9e3779b1) >>> 0,
  Math.imul(set + 7, 0x85ebca6b) >>> 0,
];

function setRule({ set, port }: SetRule, index: number): B.Line[] {
  const next = `rule ${index + 1}`;
  return [
    B.load(1, 1, PACKET, PROTOCOL),
    B.jumpUnlessEqual(1, TCP, next),
    B.storeValue(STACK, SET_KEY.at, 128),
    ...B.setWide(1, ...setName(set)),
    B.store(8, STACK, SET_KEY.set, 1),
    B.load(4, 1, PACKET, SOURCE),
    B.store(4, STACK, SET_KEY.address, 1),
    B.load(2, 1, PACKET, PORT),
    B.store(2, STACK, SET_KEY.port, 1),
    B.load(1, 1, PACKET, PROTOCOL),
    B.store(2, STACK, SET_KEY.protocol, 1),
    ...B.lookUp(SECOND, SET_KEY.at),
    B.jumpIfEqual(0, 0, next),
    B.load(2, 1, PACKET, PORT),
    B.jumpUnlessEqual(1, port, next),
    B.jump('allow'),
    { label: next },
  ];
}

/** Rule after rule; verdict 0 where one allows, else 1. `sets`: the members of each set, as addresses. */
export function rulesProgram(
  packets: readonly FirstPacket[],
  rules: readonly SetRule[],
  sets: readonly (readonly number[])[],
): Uint8Array {
  const entries = sets.flatMap((members, set) =>
    members.map((address) => Uint32Array.of(96, ...setName(set), bigEndian(address), 0, 0)),
  );
  return B.bpfImage(
    [traceMap(packets), { type: B.MAP_PREFIXES, keyBytes: SET_KEY.bytes, valueBytes: 4, entries }],
    [
      ...fetch(packets.length),
      ...rules.flatMap(setRule),
      B.set(VERDICT, 1),
      B.jump('leave'),
      { label: 'allow' },
      B.set(VERDICT, 0),
      ...leave(),
    ],
  );
}

/** What a prefix leads to; programs count from 1, 0 is none. */
export interface PrefixEntry {
  readonly network: number;
  readonly prefixBits: number;
  readonly identity: number;
  readonly egress: number;
  readonly ingress: number;
}

/** A cell of a program: what it does with a peer's identity and a keyWord. */
export interface PolicyEntry {
  readonly program: number;
  readonly identity: number;
  readonly key: number;
  readonly verdict: number;
}

const [ADDRESS_KEY, SOURCE_IDENTITY, INGRESS, POLICY_KEY] = [-8, -12, -16, -32] as const;

/** Register 0 has the entry of the address that the packet holds at an offset. */
const addressEntry = (offset: number): B.Line[] => [
  B.storeValue(STACK, ADDRESS_KEY, 32),
  B.load(4, 1, PACKET, offset),
  B.store(4, STACK, ADDRESS_KEY + 4, 1),
  ...B.lookUp(SECOND, ADDRESS_KEY),
  B.jumpIfEqual(0, 0, 'missing'),
];

/** The verdict of a program, which register 2 holds, for the identity in register 1. */
const policyEntry = (): B.Line[] => [
  B.store(4, STACK, POLICY_KEY, 2),
  B.store(4, STACK, POLICY_KEY + 4, 1),
  B.load(4, 1, PACKET, PORT),
  B.store(4, STACK, POLICY_KEY + 8, 1),
  ...B.lookUp(THIRD, POLICY_KEY),
  B.jumpIfEqual(0, 0, 'missing'),
  B.load(4, VERDICT, 0, 0),
];

/** Both addresses' entries, then the cells of the source's egress and the destination's ingress program; verdict 255 where one is missing. */
export function lookupsProgram(
  packets: readonly FirstPacket[],
  prefixes: readonly PrefixEntry[],
  policies: readonly PolicyEntry[],
): Uint8Array {
  const addresses = prefixes.map(({ network, prefixBits, identity, egress, ingress }) =>
    Uint32Array.of(prefixBits, bigEndian(network), identity, egress, ingress),
  );
  const cells = policies.map(({ program, identity, key, verdict }) =>
    Uint32Array.of(program, identity, key, verdict),
  );
  const lines: B.Line[] = [
    ...fetch(packets.length),
    ...addressEntry(SOURCE),
    B.load(4, 1, 0, 0),
    B.store(4, STACK, SOURCE_IDENTITY, 1),
    B.load(4, VERDICT, 0, 4),
    ...addressEntry(DESTINATION),
    B.load(4, 1, 0, 8),
    B.store(4, STACK, INGRESS, 1),
    B.load(4, 1, 0, 0),
    B.jumpIfEqual(VERDICT, 0, 'ingress'),
    B.move(2, VERDICT),
    ...policyEntry(),
    B.jumpIfEqual(VERDICT, 1, 'leave'),
    { label: 'ingress' },
    B.load(4, 2, STACK, INGRESS),
    B.jumpIfEqual(2, 0, 'leave'),
    B.load(4, 1, STACK, SOURCE_IDENTITY),
    ...policyEntry(),
    B.jump('leave'),
    { label: 'missing' },
    B.set(VERDICT, 255),
    ...leave(),
  ];
  return B.bpfImage(
    [
      traceMap(packets),
      { type: B.MAP_PREFIXES, keyBytes: 8, valueBytes: 12, entries: addresses },
      { type: B.MAP_HASH, keyBytes: 12, valueBytes: 4, entries: cells },
    ],
    lines,
  );
}
