/**
 * The notation of a flow, text ⇄ Flow: `PROTOCOL SOURCE[:PORT] to DESTINATION[:PORT] [type T [code C]]`. In files `>`
 * may stand for `to`. The last colon is the port; an IPv6 address with a port takes brackets.
 */
import { type Address, formatAddress, parseAddress } from '../net/address.ts';
import { hasPolicyPorts, isIcmp, protocolName, protocolNumber } from '../net/protocol.ts';
import type { Flow, PortOperand, Side } from './flow.ts';

/** What is wrong with a text; `column` counts from 1. */
export interface FlowProblem {
  readonly problem: string;
  readonly column: number;
}

/** Thrown inside this file only, so that a reader of nested parts need not pass problems up by hand. */
class Misread extends Error {
  readonly found: FlowProblem;

  constructor(problem: string, column: number) {
    super(problem);
    this.found = { problem, column };
  }
}

interface Word {
  readonly text: string;
  readonly column: number;
}

/** Reads one flow; names stay unresolved. */
export function parseFlow(text: string): { readonly flow: Flow } | FlowProblem {
  try {
    return { flow: readFlow(text) };
  } catch (error) {
    if (error instanceof Misread) return error.found;
    throw error;
  }
}

/** The text of a flow, with `to`. Reading it gives the same flow again. */
export function formatFlow(flow: Flow): string {
  const { protocol, source, sourcePort, destination, destinationPort, icmp } = flow;
  const from = withPort(source, sourcePort);
  const to = withPort(destination, destinationPort);
  const types = icmp === undefined ? '' : ` type ${icmp.type} code ${icmp.code}`;
  return `${formatProtocol(protocol)} ${from} to ${to}${types}`;
}

/** A side as the notation writes it, without a port. */
export function formatSide(side: Side): string {
  switch (side.kind) {
    case 'pod':
      return `${side.namespace}/${side.name}`;
    case 'workload':
      return `${side.namespace}/${side.workloadKind}/${side.name}`;
    case 'address':
      return formatAddress(side.address);
    case 'node':
      return `node:${side.name}`;
    case 'service':
      return `service:${side.namespace}/${side.name}`;
    case 'network-set':
      return `network-set:${side.namespace === '' ? '' : `${side.namespace}/`}${side.name}`;
    case 'network':
      return `network:${side.name}`;
  }
}

function formatProtocol(protocol: number): string {
  return hasPolicyPorts(protocol) || isIcmp(protocol) ? protocolName(protocol) : `proto:${protocol}`;
}

function withPort(side: Side, port: PortOperand | undefined): string {
  const text = formatSide(side);
  if (port === undefined) return text;
  const isBracketed = side.kind === 'address' && side.address.family === 6;
  const portText = typeof port === 'object' ? port.name : String(port);
  return `${isBracketed ? `[${text}]` : text}:${portText}`;
}

function readFlow(text: string): Flow {
  const words: Word[] = [...text.matchAll(/[^\s>]+|>/g)].map((match) => ({
    text: match[0],
    column: match.index + 1,
  }));
  const end = text.length + 1;
  const [protocolWord, sourceWord, toWord, destinationWord, ...rest] = words;
  if (protocolWord === undefined)
    throw new Misread('an empty flow, expected: tcp SOURCE to DESTINATION:PORT', 1);
  const protocol = readProtocol(protocolWord);
  if (sourceWord === undefined) throw new Misread(`the flow ends after its protocol, expected a source`, end);
  const source = readSide(sourceWord);
  if (toWord === undefined)
    throw new Misread(
      'the flow ends after its source: in a shell an unquoted > redirects what follows to a file; write "to", or quote the flow',
      end,
    );
  if (toWord.text !== 'to' && toWord.text !== '>')
    throw new Misread(`found ${JSON.stringify(toWord.text)}, expected "to" or ">"`, toWord.column);
  if (destinationWord === undefined)
    throw new Misread(`the flow ends after ${JSON.stringify(toWord.text)}, expected a destination`, end);
  const destination = readSide(destinationWord);
  const ports = readPorts(protocol, source, destination, destinationWord);
  const icmp = readTypes(protocol, rest, end);
  return {
    protocol,
    source: source.side,
    destination: destination.side,
    ...ports,
    ...(icmp === undefined ? {} : { icmp }),
  };
}

function readProtocol({ text, column }: Word): number {
  const number = /^proto:(\d{1,3})$/i.exec(text)?.[1];
  const protocol = number === undefined ? protocolNumber(text) : Number(number);
  if (protocol === undefined || protocol > 255)
    throw new Misread(
      `${JSON.stringify(text)} is no protocol, expected tcp, udp, sctp, icmp, icmpv6 or proto:NUMBER`,
      column,
    );
  return protocol;
}

interface ReadSide {
  readonly side: Side;
  readonly port?: Word;
}

function readSide(word: Word): ReadSide {
  const { text, column } = word;
  if (text.startsWith('[')) return readBracketed(word);
  const whole = parseAddress(text);
  if (whole !== undefined) return { side: { kind: 'address', address: whole } };
  const prefix = /^(?:node|service|network-set|network):/.exec(text)?.[0] ?? '';
  const colon = text.lastIndexOf(':');
  const hasPort = colon >= prefix.length;
  const name = text.slice(prefix.length, hasPort ? colon : undefined);
  const port = hasPort ? { port: { text: text.slice(colon + 1), column: column + colon + 1 } } : {};
  return { side: readName(prefix, name, { text: name, column: column + prefix.length }), ...port };
}

function readBracketed({ text, column }: Word): ReadSide {
  const close = text.indexOf(']');
  const address: Address | undefined = close < 0 ? undefined : parseAddress(text.slice(1, close));
  if (address?.family !== 6)
    throw new Misread(`${text} is not an IPv6 address in brackets, such as [fd00::1]:80`, column);
  const side: Side = { kind: 'address', address };
  if (close === text.length - 1) return { side };
  if (text[close + 1] !== ':')
    throw new Misread('expected a colon and a port behind the bracket', column + close + 1);
  return { side, port: { text: text.slice(close + 2), column: column + close + 2 } };
}

function readName(prefix: string, name: string, { column }: Word): Side {
  const parts = name.split('/');
  if (parts.some((part) => part === ''))
    throw new Misread(`${JSON.stringify(prefix + name)} lacks a name`, column);
  if (prefix === 'node:') {
    if (parts.length > 1) throw new Misread('a node is written node:NAME', column);
    return { kind: 'node', name };
  }
  if (prefix === 'network:') {
    if (name !== 'public' && name !== 'private')
      throw new Misread('a network is written network:public or network:private', column);
    return { kind: 'network', name };
  }
  const [namespace, second, third] = parts;
  if (prefix === 'network-set:') {
    if (parts.length > 2)
      throw new Misread('a network set is written network-set:NAMESPACE/NAME or network-set:NAME', column);
    return {
      kind: 'network-set',
      namespace: second === undefined ? '' : namespace!,
      name: second ?? namespace!,
    };
  }
  if (prefix === 'service:') {
    if (parts.length !== 2) throw new Misread('a service is written service:NAMESPACE/NAME', column);
    return { kind: 'service', namespace: namespace!, name: second! };
  }
  const address = parseAddress(name);
  if (address !== undefined) return { kind: 'address', address };
  const network = parts.length === 2 ? parseAddress(namespace!) : undefined;
  if (network !== undefined)
    throw new Misread(`${JSON.stringify(name)} is a range, a side of a flow is one address`, column);
  if (parts.length === 2) return { kind: 'pod', namespace: namespace!, name: second! };
  if (parts.length === 3)
    return { kind: 'workload', namespace: namespace!, workloadKind: second!, name: third! };
  throw new Misread(
    `${JSON.stringify(name)} is no address; a side is NAMESPACE/POD, NAMESPACE/KIND/NAME, service:NAMESPACE/NAME, node:NAME or an address`,
    column,
  );
}

function readPorts(
  protocol: number,
  source: ReadSide,
  destination: ReadSide,
  destinationWord: Word,
): { sourcePort?: number; destinationPort?: PortOperand } {
  const name = formatProtocol(protocol);
  if (!hasPolicyPorts(protocol)) {
    const port = source.port ?? destination.port;
    if (port !== undefined) throw new Misread(`${name} has no ports`, port.column);
    return {};
  }
  if (destination.port === undefined) {
    const isIpv6 = destination.side.kind === 'address' && destination.side.address.family === 6;
    throw new Misread(
      `${name} needs a destination port: a number, a name, or * for all${isIpv6 ? '; an IPv6 address with a port takes brackets' : ''}`,
      destinationWord.column + destinationWord.text.length,
    );
  }
  const sourcePort = source.port === undefined ? undefined : readPort(source.port);
  if (sourcePort !== undefined && typeof sourcePort !== 'number')
    throw new Misread('a source port is a number', source.port!.column);
  return {
    ...(sourcePort === undefined ? {} : { sourcePort }),
    destinationPort: readPort(destination.port),
  };
}

function readPort({ text, column }: Word): PortOperand {
  if (text === '*') return '*';
  if (/^\d+$/.test(text)) {
    const port = Number(text);
    if (port < 1 || port > 65535) throw new Misread(`port ${text} is not in 1 to 65535`, column);
    return port;
  }
  // Source: projectcalico/calico api/pkg/lib/numorstring; wider than Kubernetes' own names.
  if (/^[a-zA-Z0-9_.-]{1,128}$/.test(text)) return { name: text };
  throw new Misread(`${JSON.stringify(text)} is neither a port, nor a port's name, nor *`, column);
}

function readTypes(protocol: number, words: readonly Word[], end: number): Flow['icmp'] {
  const [typeWord, type, codeWord, code, extra] = words;
  if (typeWord === undefined) return undefined;
  if (!isIcmp(protocol) || typeWord.text !== 'type')
    throw new Misread(
      `found ${JSON.stringify(typeWord.text)}, expected the end of the flow`,
      typeWord.column,
    );
  if (codeWord !== undefined && codeWord.text !== 'code')
    throw new Misread(`found ${JSON.stringify(codeWord.text)}, expected "code"`, codeWord.column);
  if (extra !== undefined)
    throw new Misread(`found ${JSON.stringify(extra.text)}, expected the end of the flow`, extra.column);
  return {
    type: readOctet(type, 'type', end),
    code: codeWord === undefined ? 0 : readOctet(code, 'code', end),
  };
}

function readOctet(word: Word | undefined, what: 'type' | 'code', end: number): number {
  const number = /^\d{1,3}$/.test(word?.text ?? '') ? Number(word!.text) : 256;
  if (number > 255) throw new Misread(`expected an ICMP ${what} from 0 to 255`, word?.column ?? end);
  return number;
}
