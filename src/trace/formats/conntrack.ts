/**
 * Linux's table of connections: `conntrack -L` and `-E`, with `-o extended`, `timestamp` and `xml` or without, /proc/net/nf_conntrack, and
 * Open vSwitch's `dpctl/dump-conntrack`. The original direction is the initiator's before destination NAT, the reply's source is
 * who answers: the destination behind it. An entry that was answered is evidence that the connection was let through.
 *
 * Source: conntrack-tools src/conntrack.c; Linux net/netfilter/nf_conntrack_standalone.c; openvswitch/ovs lib/ct-dpif.c.
 */
import { OBSERVED_ALLOW, OBSERVED_NONE } from '../../packet/batch-layout.ts';
import type { FlowFormat, FlowFound, FlowHead } from '../flow-log/flow-format.ts';
import { type FlowReading, type FlowRecord, MALFORMED } from '../flow-log/flow-record.ts';
import { countOf, wholeOf } from '../flow-log/record-values.ts';
import { parseTime } from '../time.ts';

/** Values by key of one direction. */
type Tuple = ReadonlyMap<string, string>;

/** One entry, or one event about it. */
interface Entry {
  readonly protocol: string | undefined;
  readonly original: Tuple;
  readonly reply: Tuple;
  readonly isUnreplied: boolean;
  readonly isAssured: boolean;
  /** Of a protocol that has states: `SYN_RECV`. */
  readonly state?: string | undefined;
  /** `[seconds.microseconds]` of an event. */
  readonly time?: string | undefined;
  readonly event?: string | undefined;
}

const TEXT_LINE = /\bsrc=\S+ dst=\S+ .*\bsrc=\S+ dst=\S+/;
const OVS_LINE = /^[\w-]+,orig=\(src=[^)]*\),reply=\(src=[^)]*\)/;
const XML_FLOW = /^.{0,64}<flow[ >]/;
const XML_ORIGINAL = '<meta direction="original">';
const XML_REPLY = '<meta direction="reply">';
const XML_END = '</meta>';

/** The trailer that goes to the error stream, the lines around XML's flows. */
const NOISE = ['conntrack v', '<?xml', '<conntrack', '</conntrack'].map((prefix) => ({ prefix, lines: 1 }));

function recognise({ lines }: FlowHead, isGiven: boolean): FlowFound | undefined {
  const isEntry = (line: string): boolean =>
    TEXT_LINE.test(line) || OVS_LINE.test(line) || (XML_FLOW.test(line) && xmlDirections(line) !== undefined);
  if (!isGiven && !lines.slice(0, 16).some(isEntry)) return undefined;
  return { framing: 'lines', delimiter: ' ', columns: {}, noise: NOISE };
}

function tupleOf(words: readonly string[]): Tuple {
  const values = new Map<string, string>();
  for (const word of words) {
    const equals = word.indexOf('=');
    const key = word.slice(0, equals);
    if (equals > 0 && !values.has(key)) values.set(key, word.slice(equals + 1));
  }
  return values;
}

/** `[time] [EVENT] [family number] protocol number [timeout] [STATE] original reply marks`. */
function textEntry(line: string): Entry | undefined {
  const words = line.split(/\s+/).filter(Boolean);
  const first = words.findIndex((word) => word.startsWith('src='));
  const second = words.findIndex((word, index) => index > first && word.startsWith('src='));
  if (first < 0 || second < 0) return undefined;
  const before = words.slice(0, first);
  const marks = before.filter((word) => word.startsWith('[')).map((word) => word.slice(1, -1));
  const plain = before.filter((word) => !word.startsWith('['));
  const names = /^ipv[46]$/.test(plain[0] ?? '') ? plain.slice(2) : plain;
  return {
    protocol: wholeOf(names[1], 255) === undefined ? names[0] : names[1],
    original: tupleOf(words.slice(first, second)),
    reply: tupleOf(words.slice(second)),
    isUnreplied: words.includes('[UNREPLIED]'),
    isAssured: words.includes('[ASSURED]'),
    state: names.findLast((word) => /^[A-Z][A-Z_]+\d?$/.test(word)),
    time: marks.find((mark) => /^\d+\.\d+$/.test(mark)),
    event: marks.find((mark) => /^[A-Z]+$/.test(mark)),
  };
}

/** `protocol,orig=(...),reply=(...),marks`. */
function ovsEntry(line: string): Entry | undefined {
  const parts = /^([\w-]+),orig=\(([^)]*)\),reply=\(([^)]*)\)(.*)$/.exec(line);
  if (parts === null) return undefined;
  const [, protocol, original, reply, rest] = parts;
  return {
    protocol,
    original: tupleOf(original!.split(',')),
    reply: tupleOf(reply!.split(',')),
    isUnreplied: /,status=/.test(rest!) && !/SEEN_REPLY/.test(rest!),
    isAssured: /\bASSURED\b/.test(rest!),
    time: /,start=([^,]+)/.exec(rest!)?.[1],
  };
}

/** Values of the elements inside one direction of XML. */
function xmlTuple(text: string): Tuple {
  const elements = text.matchAll(/<(\w+)>([^<]*)<\/\w+>/g);
  return new Map([...elements].map(([, name, value]) => [name!, value!]));
}

/** What stands in the two directions of a flow, found without going back: a pattern would, over and over, in a line that is damaged. */
function xmlDirections(line: string): readonly [original: string, reply: string] | undefined {
  const from = line.indexOf(XML_ORIGINAL);
  const to = from < 0 ? -1 : line.indexOf(XML_END, from);
  const replyFrom = to < 0 ? -1 : line.indexOf(XML_REPLY, to);
  const replyTo = replyFrom < 0 ? -1 : line.indexOf(XML_END, replyFrom);
  if (replyTo < 0) return undefined;
  return [line.slice(from + XML_ORIGINAL.length, to), line.slice(replyFrom + XML_REPLY.length, replyTo)];
}

function xmlEntry(line: string): Entry | undefined {
  const directions = xmlDirections(line);
  if (directions === undefined) return undefined;
  const [original, reply] = directions;
  return {
    protocol: /<layer4 protonum="(\d+)"/.exec(original)?.[1],
    original: xmlTuple(original),
    reply: xmlTuple(reply),
    isUnreplied: line.includes('<unreplied/>'),
    isAssured: line.includes('<assured/>'),
    state: /<state>(\w+)<\/state>/.exec(line)?.[1],
    event: /<flow type="(\w+)"/.exec(line)?.[1]?.toUpperCase(),
  };
}

function entryOf(line: string): Entry | undefined {
  if (line.startsWith('<')) return xmlEntry(line);
  return line.includes(',orig=(') ? ovsEntry(line) : textEntry(line);
}

/** Packets and bytes of both directions; `missing` where the kernel does not count them. */
function countsOf({ original, reply }: Entry, missing: number): Pick<FlowRecord, 'packets' | 'bytes'> {
  const sum = (key: string): number => countOf(original.get(key), 0) + countOf(reply.get(key), 0);
  return { packets: original.has('packets') ? sum('packets') : missing, bytes: sum('bytes') };
}

/** Where the line ends inside the reply's addresses or ports. */
const isCut = (reply: Tuple): boolean => !reply.has('dst') || (reply.has('sport') && !reply.has('dport'));

/** States that a connection enters once, when it was answered. */
const ANSWERED = ['SYN_RECV', 'COOKIE_ECHOED', 'RESPOND'];

/**
 * Whether the entry shows that the connection was answered, which only one that was let through is. Of the events about one it is the
 * first that shows it: into a state of that kind, or before the connection is assured. An end with counters is a record of its own.
 */
function isAnswered({ event, state, isUnreplied, isAssured, original }: Entry): boolean {
  if (isUnreplied) return false;
  if (event === 'UPDATE') return state === undefined ? !isAssured : ANSWERED.includes(state);
  return event !== 'DESTROY' || original.has('packets');
}

function read(line: string): FlowReading {
  const entry = entryOf(line);
  if (entry === undefined || isCut(entry.reply)) return MALFORMED;
  const { original, reply, event } = entry;
  const isCounted = original.has('packets');
  return {
    time: parseTime(entry.time),
    source: original.get('src'),
    destination: original.get('dst'),
    protocol: entry.protocol,
    sourcePort: wholeOf(original.get('sport'), 65_535),
    destinationPort: wholeOf(original.get('dport'), 65_535),
    translated: { address: reply.get('src'), port: wholeOf(reply.get('sport'), 65_535) },
    icmpType: wholeOf(original.get('type'), 255),
    icmpCode: wholeOf(original.get('code'), 255),
    ...countsOf(entry, 1),
    observed: isAnswered(entry) ? OBSERVED_ALLOW : OBSERVED_NONE,
    // NEW tells of the connection; what follows tells of it again, unless it brings its final counters.
    repeated: event === 'UPDATE' || (event === 'DESTROY' && !isCounted),
  };
}

/** Connections of the Linux kernel. */
export const CONNTRACK: FlowFormat = {
  name: 'conntrack',
  title: 'conntrack entries or events',
  signs: ['src=', 'dst=', 'sport=', 'dport=', '[UNREPLIED]', '[ASSURED]', 'ESTABLISHED', 'TIME_WAIT'],
  tellsVerdicts: true,
  recognise,
  reader: () => read,
};
