/** Ports, protocols and addresses as manifests write them. */
import { type Address, parseAddress } from '../net/address.ts';
import { SCTP, TCP, UDP } from '../net/protocol-layout.ts';
import type { Cursor } from './cursor.ts';

const PROTOCOLS = { TCP, UDP, SCTP } as const;

/** TCP, UDP or SCTP, in capitals; TCP when absent. Others are reported, and undefined. */
export function readProtocol(cursor: Cursor): number | undefined {
  if (!cursor.isPresent) return TCP;
  const word = cursor.oneOf(['TCP', 'UDP', 'SCTP'], 'manifest/bad-protocol');
  return word === undefined ? undefined : PROTOCOLS[word];
}

/** A port 1..65535; undefined when absent or reported. */
export function readPort(cursor: Cursor): number | undefined {
  const port = cursor.integer();
  return port === undefined || checkPort(cursor, port) ? port : undefined;
}

/** Whether a number is a port; reported when it is not. */
export function checkPort(cursor: Cursor, port: number): boolean {
  if (port >= 1 && port <= 65535) return true;
  cursor.error('manifest/bad-port', `found the port ${port}, expected 1 to 65535`);
  return false;
}

/** An address; undefined when absent, empty or reported. */
export function readAddress(cursor: Cursor): Address | undefined {
  const text = cursor.string();
  if (text === undefined || text === '') return undefined;
  const address = parseAddress(text);
  if (address === undefined) cursor.error('manifest/bad-address', `${JSON.stringify(text)} is no IP address`);
  return address;
}

/** Addresses of a list, those that are wrong reported and left out. */
export function readAddresses(cursors: readonly Cursor[]): Address[] {
  return cursors.map(readAddress).filter((address) => address !== undefined);
}
