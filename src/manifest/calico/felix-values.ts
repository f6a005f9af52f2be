/**
 * Values of Felix's settings as text, the way environment variables hold them; structured ones are in
 * `felix-configurations.ts`.
 *
 * Source: projectcalico/calico felix/config/param_types.go, felix/config/config_params.go.
 */
import { SCTP, TCP, UDP } from '../../net/protocol-layout.ts';
import type { FailsafePort } from '../../policy/api/felix.ts';
import { parseNet } from './calico-values.ts';

/** What was read, or what was expected. */
export type Parsed<T> = { readonly value: T } | { readonly expected: string };

const HIGHEST_PORT = 65535;

/** The words of an action, whatever their case. */
export const HOST_ACTIONS = ['Drop', 'Accept', 'Return'] as const;
/** What natOutgoing leaves alone. */
export const NAT_EXCLUSIONS = ['IPPoolsOnly', 'IPPoolsAndHostIPs'] as const;
/** Whether pods may use the sources that their annotation names. */
export const SPOOFING = ['Disabled', 'Any'] as const;

/** One of the words, whatever its case. */
export function parseWord<T extends string>(text: string, words: readonly T[]): Parsed<T> {
  const found = words.find((word) => word.toLowerCase() === text.toLowerCase());
  return found === undefined ? { expected: words.join(', ') } : { value: found };
}

/** The protocol of a failsafe port; TCP when it has none. */
export function parseFailsafeProtocol(text: string): Parsed<number> {
  const numbers: Readonly<Record<string, number>> = { '': TCP, tcp: TCP, udp: UDP, sctp: SCTP };
  const number = numbers[text.toLowerCase()];
  return number === undefined ? { expected: 'TCP, UDP, SCTP' } : { value: number };
}

/** `22`, `udp:68`, `tcp:10.0.0.0/8:22`, `tcp:[fd00::/8]:22`. */
function parseFailsafePort(text: string): Parsed<FailsafePort> {
  const expected = 'PORT, PROTOCOL:PORT, PROTOCOL:NET:PORT or PROTOCOL:[NET]:PORT';
  const parts = /^(?:([a-zA-Z]+):)?(?:\[([^\]]+)\]:|([^:[\]]+):)?(\d+)$/.exec(text);
  if (parts === null) return { expected };
  const [, protocolText = '', bracketed, bare, portText] = parts;
  const protocol = parseFailsafeProtocol(protocolText);
  if ('expected' in protocol) return protocol;
  const port = Number(portText);
  if (port > HIGHEST_PORT) return { expected: `ports from 0 to ${HIGHEST_PORT}` };
  const netText = bracketed ?? bare;
  if (netText === undefined) return { value: { protocol: protocol.value, port } };
  const net = parseNet(netText, 'loose');
  return 'problem' in net ? { expected } : { value: { protocol: protocol.value, port, net } };
}

/** Ports with commas between them; `none` and nothing are no port. */
export function parseFailsafePorts(text: string): Parsed<readonly FailsafePort[]> {
  if (text.toLowerCase() === 'none') return { value: [] };
  const ports: FailsafePort[] = [];
  for (const part of text.split(',').map((item) => item.trim())) {
    if (part === '') continue;
    const port = parseFailsafePort(part);
    if ('expected' in port) return port;
    ports.push(port.value);
  }
  return { value: ports };
}

/** `true`, `1`, `yes` and their like, whatever their case. */
export function parseBoolean(text: string): Parsed<boolean> {
  const lower = text.toLowerCase();
  if (['true', '1', 'yes', 'y', 't'].includes(lower)) return { value: true };
  if (['false', '0', 'no', 'n', 'f', 'none'].includes(lower)) return { value: false };
  return { expected: 'true or false' };
}

/** A port 1..65535. */
export function parsePort(text: string): Parsed<number> {
  const port = /^\d+$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= HIGHEST_PORT ? { value: port } : { expected: `1 to ${HIGHEST_PORT}` };
}

/** Prefixes of interface names with commas between them. */
export function parsePrefixes(text: string): Parsed<readonly string[]> {
  const prefixes = text.split(',');
  return prefixes.every((prefix) => /^[a-zA-Z0-9_-]{1,15}$/.test(prefix))
    ? { value: prefixes }
    : { expected: 'prefixes of interface names with commas between them' };
}
