/**
 * What a format of flow logs is to the rest of the house: how it is recognised from a file's first bytes, how its records
 * are cut, and what each says. One file a format in `formats/`; `flow-formats.ts` lists them.
 */
import type { FlowReading } from './flow-record.ts';
import type { LogScan } from './log-scan.ts';

/** Names of formats, as `--trace-format` takes them. */
export const FLOW_FORMAT_NAMES = [
  'hubble',
  'aws-vpc',
  'gcp-vpc',
  'azure',
  'zeek',
  'conntrack',
  'nfdump',
  'netobserv',
  'antrea',
  'inspektor-gadget',
  'calico-enterprise',
  'calico-whisker',
  'calico-lines',
  'csv',
  'ndjson',
] as const;

export type FlowFormatName = (typeof FLOW_FORMAT_NAMES)[number];

/**
 * How records lie in the file: one a line; CSV records, which may hold line breaks between quotes; JSON objects, in an array or laid out
 * over several lines; texts with commas inside a JSON document; texts behind the key `message` inside one.
 */
export type Framing = 'lines' | 'csv' | 'objects' | 'tuples' | 'messages';

/** Lines that are no records, known by how they begin. */
export interface Noise {
  readonly prefix: string;
  /** How many lines it takes, this one included. */
  readonly lines: number;
}

/** How the records of one file are read: plain data, so that workers get it by copy. */
export interface FlowList {
  readonly format: FlowFormatName;
  readonly framing: Framing;
  /** Between cells; '' where there are none. */
  readonly delimiter: string;
  /** The cell of each name that the format knows. */
  readonly columns: Readonly<Record<string, number>>;
  readonly noise: readonly Noise[];
  /** Cells of a whole record: one with fewer is cut. Absent where records may differ. */
  readonly cells?: number;
  /** What stands in a cell where there is nothing, when the file says so itself. */
  readonly nothing?: readonly string[];
  /** The line that names the columns; another one that begins as it does would change them, and ends what can be read. */
  readonly header?: { readonly prefix: string; readonly line: string };
  /** True where a tool printed other text around the records of the lines. */
  readonly isWrapped?: boolean;
  /** True where records of a format that need not tell what became of the traffic do so. */
  readonly tellsVerdicts?: boolean;
}

/** What the first bytes of a file hold. */
export interface FlowHead {
  /** From the first character that is no blank. */
  readonly text: string;
  /** Lines that are not blank; the last one only when nothing is cut off it. */
  readonly lines: readonly string[];
  /** JSON objects: one a line where lines are objects, else those that can be cut out of an array or a document over several lines. */
  readonly objects: readonly JsonObject[];
  /** Whether each object is a line. */
  readonly isNdjson: boolean;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** The file is of the format, but of a kind that cannot be read. */
export interface FlowRefused {
  readonly problem: string;
  readonly hint: string;
}

/** A recognised file. `start`: where its records begin, in characters of the head's text; 0 when absent. */
export type FlowFound = Omit<FlowList, 'format'> & { readonly start?: number };

export interface FlowFormat {
  readonly name: FlowFormatName;
  /** For people. */
  readonly title: string;
  /** Words that files of the format hold, by which one that is not quite right is known. */
  readonly signs: readonly string[];
  /** Whether its records tell what became of the traffic. */
  readonly tellsVerdicts: boolean;
  /** Whether both ends of a flow write records of it; not when absent. */
  readonly hasReporters?: boolean;
  /** Whether its records may name pods; not when absent. */
  readonly namesPods?: boolean;
  /** `isGiven`: the format was named by the user, so that what cannot be told from the content is taken as most usual. `fields`: what the user says that a line without a header has. */
  recognise(
    head: FlowHead,
    isGiven: boolean,
    fields?: readonly string[],
  ): FlowFound | FlowRefused | undefined;
  /** What reads one record of a file. The text is one character a byte. */
  reader(list: FlowList): (text: string) => FlowReading;
  /** How lines of a file can be read straight from their bytes, where they can. */
  scan?(list: FlowList): LogScan | undefined;
}

/** Objects of JSON, one a line. */
export const NDJSON: FlowFound = { framing: 'lines', delimiter: '', columns: {}, noise: [] };

/** Lines of an event stream beside its data. Source: WHATWG HTML, server-sent events. */
const EVENT_STREAM = [':', 'event:', 'id:', 'retry:'].map((prefix) => ({ prefix, lines: 1 }));

/** Objects of JSON where the head has them. */
export function jsonFound(head: FlowHead): FlowFound {
  if (/^(?:data|event|id|retry)?:/.test(head.text)) return { ...NDJSON, noise: EVENT_STREAM };
  return head.isNdjson ? NDJSON : { ...NDJSON, framing: 'objects', start: objectsStart(head.text) };
}

/** Where the array of records begins: behind the bracket of `"items": [` and the like; 0 when records are not in a document. */
export function objectsStart(text: string): number {
  const array = /^\{[^[{]*(?:\{[^{}]*\}[^[{]*)?"(?:items|flows|entries|records)"\s*:\s*\[(?=\s*[{\]])/.exec(
    text,
  );
  return array === null ? 0 : array[0].length;
}
