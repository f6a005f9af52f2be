/**
 * Frames of captures into one pcap. Its header has room for one link type, which the first frame gives; a frame of another one
 * ends the conversion, since nothing in the file could tell it.
 */
import { type Diagnostic, InvalidInput } from '../diagnostic/diagnostic.ts';
import {
  LINK_ETHERNET,
  LINK_IPV4,
  LINK_IPV6,
  LINK_RAW,
  LINK_RAW_BSD,
  LINK_RAW_OPENBSD,
} from '../packet/pcap-layout.ts';
import { LINK_BAD } from '../packet/pcapng-layout.ts';
import type { ScannedRows } from '../replay/scan.ts';
import { pcapHeader, recordBytes, writeRecordHeader } from '../report/pcap-frames.ts';
import type { Frame } from '../trace/frames.ts';
import type { TraceSource } from '../trace/open.ts';
import { LARGEST_RECORD, linkTypeName } from '../trace/pcap.ts';
import type { Output } from './convert-output.ts';
import { problem } from './problem.ts';

/** Link types whose frames are bare IP packets: the version in the packet says which. */
const BARE_IP: ReadonlySet<number> = new Set([
  LINK_RAW_BSD,
  LINK_RAW_OPENBSD,
  LINK_RAW,
  LINK_IPV4,
  LINK_IPV6,
]);

const plainLinkType = (linkType: number): number => (BARE_IP.has(linkType) ? LINK_RAW : linkType);

/** Bytes that gather before they are written. */
const GATHERED_BYTES = LARGEST_RECORD + (1 << 16);

/** Where a link type was met. */
interface Met {
  readonly path: string;
  readonly linkType: number;
}

function mixed(first: Met, second: Met): InvalidInput {
  const [one, other] = [linkTypeName(first.linkType), linkTypeName(second.linkType)];
  const where =
    first.path === second.path
      ? `${first.path} has frames of ${one} and ${other}`
      : `${first.path} has frames of ${one}, ${second.path} of ${other}`;
  return new InvalidInput([
    problem(
      'convert/link-types',
      `${where}: a pcap holds one link type`,
      'convert them apart, or write --format ndjson',
    ),
  ]);
}

/** What keeps the sources from being one pcap, as far as it is known before they are read. */
export function pcapProblems(sources: readonly TraceSource[]): Diagnostic[] {
  const lists = sources.filter(({ flowList }) => flowList !== undefined);
  return lists.map(({ path, format }) =>
    problem(
      'convert/no-frames',
      `${path} is a flow log (${format}), a pcap needs frames`,
      'write --format ndjson or csv',
    ),
  );
}

/** One pcap that is being written. */
export interface PcapWriter {
  readonly output: Output;
  /** Throws InvalidInput at a frame of another link type. */
  rows(rows: ScannedRows): void;
  finish(): readonly Diagnostic[];
}

/** A writer of the frames of `sources`. */
export function createPcapWriter(sources: readonly TraceSource[], output: Output): PcapWriter {
  const gathered = new Uint8Array(GATHERED_BYTES);
  const view = new DataView(gathered.buffer);
  let filled = 0;
  let bad = 0;
  let met: Met | undefined;
  const flush = (): void => {
    if (filled > 0) output.write(gathered.subarray(0, filled));
    filled = 0;
  };
  const begin = (linkType: number): void => {
    const snaplen = Math.max(...sources.map(({ pcap }) => pcap?.maxCaptured ?? LARGEST_RECORD));
    output.write(pcapHeader(plainLinkType(linkType), snaplen));
  };
  const take = (frame: Frame, memory: Uint8Array, path: string): void => {
    const { linkType } = frame;
    if (linkType === LINK_BAD) {
      bad++;
      return;
    }
    if (met === undefined) {
      met = { path, linkType };
      begin(linkType);
    } else if (plainLinkType(linkType) !== plainLinkType(met.linkType)) throw mixed(met, { path, linkType });
    if (filled + recordBytes(frame.captured) > gathered.length) flush();
    const at = writeRecordHeader(view, filled, frame);
    gathered.set(memory.subarray(frame.at, frame.at + frame.captured), at);
    filled = at + frame.captured;
  };
  return {
    output,
    rows({ trace, frames }) {
      const { path } = sources[trace]!;
      frames!((frame, memory) => take(frame, memory, path));
      flush();
    },
    finish() {
      if (met === undefined) begin(sources[0]!.pcap?.linkType ?? LINK_ETHERNET);
      output.finish();
      if (bad === 0) return [];
      const message = `${bad === 1 ? '1 packet block holds' : `${bad} packet blocks hold`} no frame and ${bad === 1 ? 'is' : 'are'} left out`;
      return [{ code: 'convert/no-frame', severity: 'warning', message }];
    },
  };
}
