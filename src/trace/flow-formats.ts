/** The formats of flow logs, and which of them a file is. */
import type { FlowFormat, FlowFormatName, FlowHead, FlowList, FlowRefused } from './flow-log/flow-format.ts';
import { flowHead, textStart } from './flow-log/flow-head.ts';
import { ANTREA } from './formats/antrea.ts';
import { AWS_VPC } from './formats/aws-vpc.ts';
import { AZURE } from './formats/azure.ts';
import { CALICO_ENTERPRISE } from './formats/calico-enterprise.ts';
import { CALICO_LINES } from './formats/calico-lines.ts';
import { CALICO_WHISKER } from './formats/calico-whisker.ts';
import { CONNTRACK } from './formats/conntrack.ts';
import { CSV, GENERIC_JSON } from './formats/flow-csv.ts';
import { GCP_VPC } from './formats/gcp-vpc.ts';
import { HUBBLE } from './formats/hubble.ts';
import { INSPEKTOR_GADGET } from './formats/inspektor-gadget.ts';
import { NETOBSERV } from './formats/netobserv.ts';
import { NFDUMP } from './formats/nfdump.ts';
import { ZEEK } from './formats/zeek.ts';

/** In the order in which they are tried: the generic ones take what no other is. */
const FORMATS: readonly FlowFormat[] = [
  HUBBLE,
  AWS_VPC,
  GCP_VPC,
  AZURE,
  ZEEK,
  CONNTRACK,
  NFDUMP,
  NETOBSERV,
  ANTREA,
  INSPEKTOR_GADGET,
  CALICO_ENTERPRISE,
  CALICO_WHISKER,
  CALICO_LINES,
  CSV,
  GENERIC_JSON,
];

const BY_NAME: ReadonlyMap<FlowFormatName, FlowFormat> = new Map(
  FORMATS.map((format) => [format.name, format]),
);

/** The format of a name. */
export function flowFormat(name: FlowFormatName): FlowFormat {
  return BY_NAME.get(name)!;
}

type Found = { readonly list: FlowList; readonly start: number } | FlowRefused;

/** Signs of a format that make it near. */
const SIGNS_NEAR = 2;
const SIGNS_SHOWN = 4;

/** Formats that a file resembles, for the hint: `it resembles zeek (conn_state, id.orig_h)`. */
export function nearFormats({ text }: FlowHead): string | undefined {
  const near = FORMATS.map(({ name, signs }) => ({
    name,
    found: signs.filter((sign) => text.includes(sign)),
  }))
    .filter(({ found }) => found.length >= SIGNS_NEAR)
    .sort((a, b) => b.found.length - a.found.length);
  if (near.length === 0) return undefined;
  const shown = near
    .slice(0, 3)
    .map(({ name, found }) => `${name} (${found.slice(0, SIGNS_SHOWN).join(', ')})`);
  return `it resembles ${shown.join(' and ')}`;
}

/** Looks for a flow log in a file's first bytes; undefined when they are nothing like one. `given`: what the user says it is; `fields`: what its lines have. */
export function recogniseFlows(
  bytes: Uint8Array,
  given?: FlowFormatName,
  fields?: readonly string[],
): Found | undefined {
  const head = flowHead(bytes);
  const tried = given === undefined ? FORMATS : [flowFormat(given)];
  let refused: FlowRefused | undefined;
  for (const { name, recognise } of tried) {
    const found = recognise(head, given !== undefined, fields);
    if (found === undefined) continue;
    if ('problem' in found) {
      refused ??= found;
      continue;
    }
    const { start = 0, ...rest } = found;
    return { list: { format: name, ...rest }, start: textStart(bytes) + start };
  }
  if (refused === undefined) return undefined;
  const near = given === undefined ? nearFormats(head) : undefined;
  return near === undefined ? refused : { ...refused, hint: `${near}; ${refused.hint}` };
}
