/** `dryplane convert TRACE...`: any trace as records in a common form, captures also as pcap. Nothing is judged. */
import { createRecordReader, RECORD_COLUMNS } from '../analysis/replay/record-row.ts';
import { WrittenNames } from '../analysis/written-names.ts';
import { type Diagnostic, InvalidInput } from '../diagnostic/diagnostic.ts';
import { nearestWord } from '../diagnostic/nearest.ts';
import { sourceName } from '../output/source-name.ts';
import type { ScannedRows, ScanOptions } from '../replay/scan.ts';
import { type RecordFormat, recordText } from '../report/record-rows.ts';
import { SKIP_OUTSIDE } from '../tables/verdict-layout.ts';
import type { TraceSource } from '../trace/open.ts';
import { isRelative } from '../trace/time-range.ts';
import type { ConvertOptions } from './command-line/convert.ts';
import { FORMATS } from './command-line/formats.ts';
import { type Output, openOutput } from './convert-output.ts';
import { openTraces } from './open-traces.ts';
import { createPcapWriter, pcapProblems } from './pcap-output.ts';
import { problem } from './problem.ts';
import { startProgress } from './progress.ts';
import { readRange } from './range-options.ts';
import { requireSinks, type Sink } from './sinks.ts';
import { stdinProblems } from './stdin-operands.ts';
import { warn } from './warn.ts';

/** Characters that gather before they are written. */
const GATHERED = 1 << 17;

/** What becomes of rows in one of the formats. */
interface Writer {
  readonly output: Output;
  rows(rows: ScannedRows): void;
  /** Writes what is left, and says what is to be said of it. */
  finish(): readonly Diagnostic[];
}

/** Texts that rows hold numbers of. */
interface Texts {
  readonly names: WrittenNames;
  readonly deciderOf: (number: number) => string;
}

function textWriter(format: RecordFormat, output: Output, { names, deciderOf }: Texts): Writer {
  const { head, row } = recordText(format, RECORD_COLUMNS);
  const read = createRecordReader(names, (number) => deciderOf(number));
  let gathered = head;
  const flush = (): void => {
    if (gathered !== '') output.write(gathered);
    gathered = '';
  };
  return {
    output,
    rows({ batch, count }) {
      for (let index = 0; index < count; index++) {
        if (batch.skip[index] === SKIP_OUTSIDE) continue;
        gathered += row(read(batch, index));
        if (gathered.length >= GATHERED) flush();
      }
      // A live trace shows its rows as they come.
      flush();
    },
    finish() {
      flush();
      output.finish();
      return [];
    },
  };
}

/** Without --format, the ending of the output file says which one is meant. */
function withFormat(options: ConvertOptions): ConvertOptions {
  if (options.format !== undefined || options.output === undefined) return options;
  const ending = FORMATS.convert.find((format) => options.output!.endsWith(`.${format}`));
  return ending === undefined ? options : { ...options, format: [ending] };
}

/** An ending that names no format, where nothing else does: what it would hold is anybody's guess. */
function endingProblems({ format, output }: ConvertOptions): Diagnostic[] {
  const ending = /[^/\\.]\.([^/\\.]+)$/.exec(output ?? '')?.[1];
  if (format !== undefined || ending === undefined || FORMATS.convert.includes(ending)) return [];
  const near = ending === 'json' ? 'ndjson' : nearestWord(ending, FORMATS.convert);
  const meant = near === undefined ? '' : `did you mean .${near}? `;
  return [
    problem(
      'cli/output',
      `${output}: no format is called ${ending}`,
      `${meant}known: ${FORMATS.convert.map((name) => `.${name}`).join(', ')}; for another ending say --format NAME`,
    ),
  ];
}

/** The sinks, or all mistakes in the words of the command. */
function sinksOf(traces: readonly string[], options: ConvertOptions): Sink[] {
  const problems = [...stdinProblems(traces), ...readRange(options).problems, ...endingProblems(options)];
  const sinks = requireSinks(withFormat(options), FORMATS.convert, problems);
  const isScreen = sinks.some(({ format, path }) => format === 'pcap' && path === undefined);
  if (isScreen && process.stdout.isTTY === true)
    throw new InvalidInput([
      problem(
        'cli/output',
        'a pcap is no text for a terminal',
        'write it to a file with -o FILE, or pipe it on',
      ),
    ]);
  return sinks;
}

async function run(
  sources: readonly TraceSource[],
  writers: readonly Writer[],
  texts: Pick<ScanOptions, 'onNames' | 'onDeciders'>,
  options: ConvertOptions,
): Promise<Diagnostic[]> {
  const { scanTraces } = await import('../replay/scan.ts');
  const progress = await startProgress(options.quiet === true);
  const isKnown = sources.every(({ bytes, compression }) => bytes > 0 && compression === 'none');
  const totalBytes = isKnown ? sources.reduce((total, { bytes }) => total + bytes, 0) : 0;
  let packets = 0;
  try {
    const { range } = readRange(options);
    const ends = await scanTraces(sources, {
      ...(range === undefined ? {} : { range }),
      ...(options.outer === true ? { tunnels: 'closed' as const } : {}),
      ...texts,
      onRows: async (rows) => {
        for (const writer of writers) writer.rows(rows);
        packets += rows.count;
        const before = sources.slice(0, rows.trace).reduce((total, { bytes }) => total + bytes, 0);
        progress.show({ bytes: before + rows.bytes, totalBytes, packets });
        // A closed pipe is heard of between two turns of the loop.
        await new Promise(setImmediate);
        for (const { output } of writers) await output.ready();
        return writers.some(({ output }) => output.isWanted());
      },
    });
    const said = ends.flatMap(({ warnings }, trace) =>
      warnings.map(
        (text): Diagnostic => ({
          code: 'trace/read',
          severity: 'warning',
          message: `${sources[trace]!.path}: ${text}`,
        }),
      ),
    );
    return [...said, ...writers.flatMap((writer) => writer.finish())];
  } finally {
    progress.stop();
  }
}

/** A range that counts from the first record of all traces needs that of each before any is written. */
function requireKnownFirst(sources: readonly TraceSource[], options: ConvertOptions): void {
  const { range } = readRange(options);
  const pipe = sources.find((source) => source.pipe !== undefined);
  if (range === undefined || !isRelative(range) || sources.length === 1 || pipe === undefined) return;
  throw new InvalidInput([
    problem(
      'cli/time',
      `--from and --to count from the first record of all traces, and ${sourceName(pipe.path)} is a pipe, which is read once`,
      'name times, or convert it alone',
    ),
  ]);
}

/** Runs the command; the exit code is 0. */
export async function convertCommand(traces: readonly string[], options: ConvertOptions): Promise<number> {
  const sinks = sinksOf(traces, options);
  const { sources, diagnostics } = await openTraces(traces, options);
  requireKnownFirst(sources, options);
  const wantsPcap = sinks.some(({ format }) => format === 'pcap');
  warn([...diagnostics, ...(wantsPcap ? pcapProblems(sources) : [])], options);
  const names = new WrittenNames();
  let deciderOf = (_: number): string => '';
  const shown: Texts = { names, deciderOf: (number) => deciderOf(number) };
  const writers: Writer[] = [];
  try {
    for (const { format, path } of sinks) {
      const output = openOutput(path);
      writers.push(
        format === 'pcap'
          ? createPcapWriter(sources, output)
          : textWriter(format as RecordFormat, output, shown),
      );
    }
    const texts: Pick<ScanOptions, 'onNames' | 'onDeciders'> = {
      onNames: (added) => names.add(added),
      onDeciders: (textOf) => {
        deciderOf = textOf;
      },
    };
    warn(await run(sources, writers, texts, options), options);
  } finally {
    for (const { output } of writers) output.abandon();
  }
  return 0;
}
