/**
 * Zeek's conn.log: columns that the `#fields` line names, or JSON with the same names. A record is a connection with both directions'
 * counters; who began it is known but for connections that Zeek turned round or met midway. It tells no verdict.
 *
 * Source: docs.zeek.org, conn.log; zeek/zeek src/logging/writers/ascii/Ascii.cc.
 */
import {
  type FlowFormat,
  type FlowFound,
  type FlowHead,
  type FlowList,
  type FlowRefused,
  jsonFound,
} from '../flow-log/flow-format.ts';
import { type FlowReading, MALFORMED } from '../flow-log/flow-record.ts';
import { objectAt, objectOf, textAt } from '../flow-log/json-value.ts';
import type { LogScan, ScanRole, ScanTree } from '../flow-log/log-scan.ts';
import { countOf, wholeOf } from '../flow-log/record-values.ts';
import { parseTime } from '../time.ts';

const NEEDED = ['id.orig_h', 'id.resp_h', 'proto'];

/** A field's name with the scope separator that Zeek has by default. */
const plainName = (name: string): string => name.replace(/^id[^a-z0-9]/, 'id.');

/** A character written as it is, or as \xHH. */
const unescaped = (text: string): string =>
  text.replace(/\\x([0-9a-fA-F]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );

/** What stands in a cell without a value, and of a set without members, unless the header says otherwise. */
const NOTHING = { '#unset_field': '-', '#empty_field': '(empty)' };

const refused = (problem: string): FlowRefused => ({
  problem,
  hint: `give a conn.log: it has ${NEEDED.join(', ')}, id.orig_p, id.resp_p`,
});

function recogniseText({ lines }: FlowHead): FlowFound | FlowRefused | undefined {
  const raw = lines.find((line) => line.startsWith('#fields'));
  const header = lines.filter((line) => line.startsWith('#')).map(unescaped);
  const fields = header.find((line) => line.startsWith('#fields'));
  if (fields === undefined) return undefined;
  const delimiter = fields['#fields'.length] ?? '\t';
  const given = (key: string): string | undefined =>
    header.find((line) => line.startsWith(`${key}${delimiter}`))?.slice(key.length + 1);
  const path = given('#path');
  if (path !== undefined && !/^conn/.test(path))
    return refused(`a Zeek log of ${path}, of which conn alone is read`);
  const names = fields.split(delimiter).slice(1).map(plainName);
  const missing = NEEDED.filter((name) => !names.includes(name));
  if (missing.length > 0) return refused(`a Zeek log without ${missing.join(' and ')}`);
  const columns: Record<string, number> = {};
  for (const [column, name] of names.entries()) columns[name] ??= column;
  return {
    framing: 'lines',
    delimiter,
    columns,
    // Rotated logs that were put together repeat their headers.
    noise: [{ prefix: '#', lines: 1 }],
    header: { prefix: '#fields', line: raw! },
    cells: names.length,
    nothing: Object.entries(NOTHING).map(([key, usual]) => given(key) ?? usual),
  };
}

/** The value of a field of a JSON record, whose scopes may be objects. */
function fieldOf(record: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const [scope, inner] = name.split('.') as [string, string?];
  if (inner === undefined) return textAt(record, name);
  return (
    textAt(record, name) ?? textAt(record, `${scope}_${inner}`) ?? textAt(objectAt(record, scope), inner)
  );
}

const isRecord = (record: Readonly<Record<string, unknown>>): boolean =>
  fieldOf(record, 'id.orig_h') !== undefined && fieldOf(record, 'id.resp_h') !== undefined;

type Fields = (name: string) => string | undefined;

const ICMP_NAMES = new Set(['icmp', 'icmp6']);

function readFields(field: Fields | undefined): FlowReading {
  if (field === undefined) return MALFORMED;
  const name = field('proto');
  const [origin, answer] = [field('id.orig_p'), field('id.resp_p')];
  const isIcmp = ICMP_NAMES.has(name ?? '');
  const history = field('history') ?? '';
  // An IP protocol that Zeek does not know by name has a number in a field of its own.
  const isNamed = name === 'tcp' || name === 'udp' || isIcmp;
  return {
    time: parseTime(field('ts')),
    source: field('id.orig_h'),
    destination: field('id.resp_h'),
    protocol: isNamed ? name : (wholeOf(field('ip_proto'), 255) ?? name),
    ...(isIcmp
      ? { icmpType: wholeOf(origin, 255), icmpCode: icmpCodeOf(field('id.orig_h'), origin, answer) }
      : { sourcePort: wholeOf(origin, 65_535), destinationPort: wholeOf(answer, 65_535) }),
    packets: Math.max(1, countOf(field('orig_pkts'), 0) + countOf(field('resp_pkts'), 0)),
    bytes:
      countOf(field('orig_ip_bytes') ?? field('orig_bytes'), 0) +
      countOf(field('resp_ip_bytes') ?? field('resp_bytes'), 0),
    initiatorUnknown: !isIcmp && (history.startsWith('^') || field('conn_state') === 'OTH'),
  };
}

/** Types that Zeek pairs with the type of the answer, which then stands in the place of the code. */
const PAIRED = new Set(['8', '0', '13', '14', '15', '16', '17', '18', '10', '9']);
const PAIRED_V6 = new Set([
  '128',
  '129',
  '133',
  '134',
  '135',
  '136',
  '130',
  '131',
  '139',
  '140',
  '144',
  '145',
]);

function icmpCodeOf(
  source: string | undefined,
  type: string | undefined,
  code: string | undefined,
): number | undefined {
  const isPaired = (source?.includes(':') === true ? PAIRED_V6 : PAIRED).has(type ?? '');
  return isPaired ? 0 : wholeOf(code, 255);
}

function textFields(
  { columns, delimiter, cells: count = 0, nothing }: FlowList,
  line: string,
): Fields | undefined {
  const cells = line.split(delimiter);
  // More cells stand below another header: files of several versions were put together.
  if (cells.length !== count) return undefined;
  return (name) => {
    const column = columns[name];
    const cell = column === undefined ? undefined : cells[column];
    return cell === undefined || cell === '' || nothing?.includes(cell) === true ? undefined : cell;
  };
}

function readJson(text: string): FlowReading {
  const record = objectOf(text);
  if (record === undefined) return MALFORMED;
  // A stream of all logs says of each line which log it is of.
  if (typeof record._path === 'string' && record._path !== 'conn') return { note: 'no-flow' };
  return readFields((name) => fieldOf(record, name));
}

/** What `readFields` looks at. */
const ROLES = {
  ts: 'time',
  'id.orig_h': 'source',
  'id.orig_p': 'sourcePort',
  'id.resp_h': 'destination',
  'id.resp_p': 'destinationPort',
  proto: 'key',
  ip_proto: 'key',
  history: 'first',
  conn_state: 'key',
  orig_pkts: 'packets',
  resp_pkts: 'replyPackets',
  orig_ip_bytes: 'bytes',
  orig_bytes: 'otherBytes',
  resp_ip_bytes: 'replyBytes',
  resp_bytes: 'otherReplyBytes',
} as const satisfies Readonly<Record<string, ScanRole>>;

/** Scopes that are written in other ways are read as text. */
const TREE: ScanTree = {
  ...ROLES,
  id: 'refused',
  id_orig_h: 'refused',
  id_orig_p: 'refused',
  id_resp_h: 'refused',
  id_resp_p: 'refused',
  _path: 'key',
};

function scan({ delimiter, columns, nothing = [] }: FlowList): LogScan | undefined {
  if (delimiter === '') return { treeOf: () => TREE, leastPackets: 1 };
  const isUsual = nothing.length === 2 && nothing.every((text) => Object.values(NOTHING).includes(text));
  if (!isUsual || delimiter.length !== 1) return undefined;
  const cells: Record<number, ScanRole> = {};
  for (const [name, role] of Object.entries(ROLES)) {
    const column = columns[name];
    if (column !== undefined) cells[column] = role;
  }
  return { cells, leastPackets: 1 };
}

/** Connections of Zeek. */
export const ZEEK: FlowFormat = {
  name: 'zeek',
  title: "Zeek's conn.log",
  signs: ['#separator', '#fields', 'id.orig_h', 'id.resp_h', 'conn_state', 'orig_pkts', 'resp_pkts'],
  tellsVerdicts: false,
  recognise(head, isGiven) {
    if (head.text.startsWith('#')) return recogniseText(head);
    return head.objects.some(isRecord) || (isGiven && head.text.startsWith('{'))
      ? jsonFound(head)
      : undefined;
  },
  reader: (list) => (list.delimiter === '' ? readJson : (text) => readFields(textFields(list, text))),
  scan,
};
