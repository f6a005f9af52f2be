/**
 * Results that a person or a script wrote: a flow in the notation and what became of it, a line each, as CSV, as JSON
 * objects, or with spaces between. Empty lines and those that begin with # say nothing.
 */
import { didYouMean } from '../diagnostic/nearest.ts';
import { parseFlow } from '../flow/notation.ts';
import type { FlowProbe, Observed } from './probe.ts';
import { complainOf, placeOf, type ResultsReport, type Token } from './result-report.ts';

const VERDICTS: readonly Observed[] = ['allow', 'deny', 'reject'];
const HEADER = /^"?flow"?\s*,\s*"?verdict"?$/i;

/** A flow's text and the verdict's, as a line has them. */
interface Written {
  readonly flow: Token;
  readonly verdict: Token;
}

/** One probe a line; what is wrong with a line is complained of. */
export function readResultLines(report: ResultsReport): FlowProbe[] {
  return report.lines.flatMap((line, index): FlowProbe[] => {
    const text = line.trim();
    if (text === '' || text.startsWith('#') || HEADER.test(text)) return [];
    const written = text.startsWith('{') ? ofJson(line, index, report) : ofWords(line, index, report);
    return written === undefined ? [] : probeOf(written, line, report);
  });
}

/** `tcp x/a to y/b:80  allow`, `"tcp x/a to y/b:80",allow`. */
function ofWords(line: string, index: number, report: ResultsReport): Written | undefined {
  const match = /^(\s*"?)(.*?)("?\s*,\s*"?|\s+)([^\s,"]+)"?\s*$/.exec(line);
  const whole: Token = { text: line.trim(), line: index + 1, column: line.search(/\S/) + 1 };
  if (match === null) {
    complainOf(report, whole, 'results/line', 'no flow and verdict', {
      hint: 'expected: tcp x/a to y/b:80 allow',
    });
    return undefined;
  }
  const [, before = '', flow = '', between = '', verdict = ''] = match;
  const column = before.length + 1;
  return {
    flow: { text: flow, line: index + 1, column },
    verdict: { text: verdict, line: index + 1, column: column + flow.length + between.length },
  };
}

/** `{"flow": "tcp x/a to y/b:80", "verdict": "allow"}`. */
function ofJson(line: string, index: number, report: ResultsReport): Written | undefined {
  const at = (text: string): Token => ({
    text,
    line: index + 1,
    column: Math.max(line.indexOf(JSON.stringify(text)) + 1, line.search(/\S/)) + 1,
  });
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    complainOf(report, at(line.trim()), 'results/json', `no JSON: ${(error as Error).message.toLowerCase()}`);
    return undefined;
  }
  const { flow, verdict, ...others } = parsed as Record<string, unknown>;
  for (const name of Object.keys(others))
    complainOf(
      report,
      { ...at(name), column: line.indexOf(JSON.stringify(name)) + 2 },
      'results/json',
      `unknown field ${JSON.stringify(name)}`,
      {
        hint: 'known: flow, verdict',
      },
    );
  if (typeof flow === 'string' && typeof verdict === 'string')
    return { flow: at(flow), verdict: at(verdict) };
  complainOf(report, at(line.trim()), 'results/json', 'the object has no texts flow and verdict');
  return undefined;
}

function probeOf({ flow, verdict }: Written, sourceLine: string, report: ResultsReport): FlowProbe[] {
  const parsed = parseFlow(flow.text);
  if (!('flow' in parsed))
    complainOf(
      report,
      { ...flow, text: '', column: flow.column + parsed.column - 1 },
      'flow/syntax',
      parsed.problem,
    );
  const observed = VERDICTS.find((word) => word === verdict.text.toLowerCase());
  if (observed === undefined)
    complainOf(report, verdict, 'results/verdict', `${JSON.stringify(verdict.text)} is no verdict`, {
      hint: didYouMean(verdict.text, VERDICTS) ?? `known: ${VERDICTS.join(', ')}`,
    });
  if (!('flow' in parsed) || observed === undefined) return [];
  return [{ flow: parsed.flow, observed, at: placeOf(flow, report), sourceLine }];
}
