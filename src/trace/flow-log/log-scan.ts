/**
 * What a format says of its records so that they can be read straight from their bytes (log-scanner.ts): which values are addresses, ports, counts
 * and the time, which others its reader of texts looks at, and by omission which it does not. Of all that is no such number, the reader itself says
 * what it means, once for each combination that comes.
 */
import * as S from '../../packet/scan-layout.ts';
import type { JsonObject } from './flow-format.ts';

/** A field, or what else is to be done with a value. */
const ROLES = {
  time: S.FIELD_TIME,
  /** Where the time is missing or empty; likewise the others below. */
  otherTime: S.FIELD_OTHER_TIME,
  source: S.FIELD_SOURCE,
  otherSource: S.FIELD_OTHER_SOURCE,
  destination: S.FIELD_DESTINATION,
  otherDestination: S.FIELD_OTHER_DESTINATION,
  sourcePort: S.FIELD_SOURCE_PORT,
  destinationPort: S.FIELD_DESTINATION_PORT,
  packets: S.FIELD_PACKETS,
  replyPackets: S.FIELD_REPLY_PACKETS,
  bytes: S.FIELD_BYTES,
  otherBytes: S.FIELD_OTHER_BYTES,
  replyBytes: S.FIELD_REPLY_BYTES,
  otherReplyBytes: S.FIELD_OTHER_REPLY_BYTES,
  sourceName: S.FIELD_SOURCE_NAME,
  /** What goes for a name that was aggregated away. */
  sourceNames: S.FIELD_SOURCE_NAME + 1,
  sourceNamespace: S.FIELD_SOURCE_NAME + 2,
  sourceKind: S.FIELD_SOURCE_NAME + 3,
  destinationName: S.FIELD_DESTINATION_NAME,
  destinationNames: S.FIELD_DESTINATION_NAME + 1,
  destinationNamespace: S.FIELD_DESTINATION_NAME + 2,
  destinationKind: S.FIELD_DESTINATION_NAME + 3,
  /** Meaning hangs on the whole value, whatever it is. */
  key: S.ROLE_KEY | S.FIELD_NONE,
  /** The same, of a text that both ends of a flow write alike. */
  protocol: S.ROLE_KEY | S.FIELD_PROTOCOL,
  /** Meaning hangs on the first character. */
  first: S.ROLE_FIRST | S.FIELD_NONE,
} as const;

export type ScanRole = keyof typeof ROLES;

/** Number of the field with its ROLE_ bits. */
export const roleNumber = (role: ScanRole): number => ROLES[role];

/**
 * Keys of an object that the reader looks at. `refused`: a record that has the key is read as text. With `'*': 'refused'` any other key is
 * refused too.
 */
export interface ScanTree {
  readonly [key: string]: ScanRole | ScanTree | 'refused';
}

interface Scan {
  /** The least number of packets that a record stands for, where it counts them. */
  readonly leastPackets?: number;
  /** In their order, what both ends of a flow say alike: what `reporterOf` is given; undefined for what such records do not have. */
  readonly alike?: readonly (ScanRole | undefined)[];
}

/** Lines of JSON. `treeOf`: the tree of a record; undefined for one that is read as text. */
export interface JsonScan extends Scan {
  readonly treeOf: (record: JsonObject) => ScanTree | undefined;
}

/** Lines of cells, as many as the list says; an empty cell and a dash are nothing. */
export interface CellScan extends Scan {
  readonly cells: Readonly<Record<number, ScanRole>>;
}

export type LogScan = JsonScan | CellScan;
