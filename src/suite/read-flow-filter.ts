/** Which flows of a trace are meant, as a suite writes it: verdicts, sides, ports, who decided → FlowFilter. */
import { isScalar, isSeq, type Node } from 'yaml';
import { parseCidr } from '../net/cidr.ts';
import { protocolNumber } from '../net/protocol.ts';
import { REASONS, type Reason, type Verdict } from '../tables/verdict.ts';
import {
  complainAbout,
  knownWord,
  locate,
  readMapping,
  readPolicyName,
  type SuiteReport,
  type TextField,
} from './fields.ts';
import { parseSide, type ShortNames } from './short-names.ts';
import { EXPECTABLE } from './suite.ts';
import type { FlowFilter, SideTerm, WrittenPort, WrittenSide } from './trace-expectation.ts';

const FILTER_FIELDS = ['verdict', 'reason', 'from', 'to', 'protocol', 'port', 'by', 'rule'];
const SIDE_HINT =
  'a side is namespace:NAME, NAMESPACE/POD, NAMESPACE/KIND/NAME, service:NAMESPACE/NAME, node:NAME, an address, a block, or outside';

/** One word or a list of them; numbers are words too. */
function readWords(values: ReadonlyMap<string, Node>, name: string, report: SuiteReport): TextField[] {
  const node = values.get(name);
  if (node === undefined) return [];
  if (isSeq(node) && node.items.length === 0)
    complainAbout(report, node, 'suite/empty', `${name} is an empty list`, 'leave it out to mean all');
  return (isSeq(node) ? (node.items as Node[]) : [node]).flatMap((item): TextField[] => {
    if (isScalar(item) && (typeof item.value === 'string' || typeof item.value === 'number'))
      return [{ text: String(item.source ?? item.value), node: item }];
    complainAbout(report, item, 'suite/wrong-type', `${name} is neither a text nor a list of texts`);
    return [];
  });
}

function readKnown<Known extends string>(
  values: ReadonlyMap<string, Node>,
  name: string,
  known: readonly Known[],
  report: SuiteReport,
): Known[] {
  return readWords(values, name, report).flatMap((word) => knownWord(word, name, known, report) ?? []);
}

function termOf(text: string): SideTerm | undefined {
  if (text === 'outside') return { kind: 'outside' };
  const [, namespace] = /^namespace:([a-zA-Z0-9-]+)$/.exec(text) ?? [];
  if (namespace !== undefined) return { kind: 'namespace', namespace };
  const block = /^[0-9a-fA-F:.]+\/\d+$/.test(text) ? parseCidr(text) : undefined;
  if (block !== undefined && 'cidr' in block) return { kind: 'block', block: block.cidr };
  const side = parseSide(text);
  return side === undefined ? undefined : { kind: 'side', side };
}

function readSides(
  values: ReadonlyMap<string, Node>,
  name: string,
  names: ShortNames,
  report: SuiteReport,
): WrittenSide[] {
  return readWords(values, name, report).flatMap(({ text, node }): WrittenSide[] => {
    const isNegated = text.startsWith('!');
    const word = isNegated ? text.slice(1) : text;
    const term = termOf(names.get(word) ?? word);
    if (term !== undefined) return [{ term, isNegated, text, at: locate(report, node.range?.[0] ?? 0) }];
    complainAbout(report, node, 'suite/bad-side', `${JSON.stringify(text)} is no side of a flow`, SIDE_HINT);
    return [];
  });
}

/** `tcp/443`, `443`, `udp/5000-5100`; undefined for what is none. */
function portOf(text: string): WrittenPort | undefined {
  const [, word, from, to = from] = /^(?:([a-z0-9]+)\/)?(\d{1,5})(?:-(\d{1,5}))?$/i.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  const protocol = word === undefined ? undefined : protocolNumber(word);
  if (from === undefined || first > last || last > 65535 || (word !== undefined && protocol === undefined))
    return undefined;
  return { ...(protocol === undefined ? {} : { protocol }), ports: { first, last }, text };
}

function readPorts(values: ReadonlyMap<string, Node>, report: SuiteReport): WrittenPort[] {
  return readWords(values, 'port', report).flatMap(({ text, node }) => {
    const port = portOf(text);
    if (port !== undefined) return [port];
    const message = `${JSON.stringify(text)} is no port`;
    complainAbout(report, node, 'suite/bad-port', message, 'expected 443, tcp/443 or udp/5000-5100');
    return [];
  });
}

function readProtocols(values: ReadonlyMap<string, Node>, report: SuiteReport): number[] {
  return readWords(values, 'protocol', report).flatMap(({ text, node }) => {
    const number = /^\d{1,3}$/.test(text) ? Number(text) : protocolNumber(text);
    if (number !== undefined && number < 256) return [number];
    const message = `${JSON.stringify(text)} is no protocol`;
    complainAbout(report, node, 'suite/bad-protocol', message, 'expected tcp, udp, sctp, icmp or a number');
    return [];
  });
}

function readRule(values: ReadonlyMap<string, Node>, report: SuiteReport): number | undefined {
  const node = values.get('rule');
  if (node === undefined) return undefined;
  const number = isScalar(node) ? node.value : undefined;
  if (Number.isInteger(number) && (number as number) >= -1) return number as number;
  complainAbout(
    report,
    node,
    'suite/wrong-type',
    'rule is no position',
    'rules count from 0, -1 is the end of the tier',
  );
  return undefined;
}

/** The filter as a line: its fields in their order. */
function textOf(values: ReadonlyMap<string, Node>, report: SuiteReport): string {
  return FILTER_FIELDS.filter((name) => values.has(name))
    .map(
      (name) =>
        `${name} ${readWords(values, name, { ...report, diagnostics: [] })
          .map(({ text }) => text)
          .join(' or ')}`,
    )
    .join(', ');
}

/** Undefined when the node is no mapping; what is wrong with a field is reported, and the field left out. */
export function readFlowFilter(
  node: Node,
  what: string,
  names: ShortNames,
  report: SuiteReport,
): FlowFilter | undefined {
  const values = readMapping(node, FILTER_FIELDS, what, report);
  if (values === undefined) return undefined;
  const by = readPolicyName(values, report);
  const rule = readRule(values, report);
  if (rule !== undefined && by === undefined)
    complainAbout(
      report,
      values.get('rule'),
      'suite/missing-field',
      'rule without the policy that has it',
      'add by:',
    );
  return {
    verdicts: readKnown<Verdict>(values, 'verdict', EXPECTABLE, report),
    reasons: readKnown<Reason>(values, 'reason', REASONS, report),
    from: readSides(values, 'from', names, report),
    to: readSides(values, 'to', names, report),
    protocols: readProtocols(values, report),
    ports: readPorts(values, report),
    ...(by === undefined ? {} : { by }),
    ...(rule === undefined ? {} : { rule }),
    text: textOf(values, report),
  };
}
