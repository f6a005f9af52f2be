/** What a trace holds, whatever the policies: protocols, who talks most, which ports. From the tallied flows. */
import { addressKey } from '../../net/address.ts';
import { carriesPorts, protocolName } from '../../net/protocol.ts';
import { isNameWords, nameKey } from '../../packet/name-words.ts';
import type { AddressTally, ReplayResult } from '../../replay/result.ts';
import { isKnown } from '../port-fields.ts';
import type { EpochNaming } from './flow-counts.ts';
import type { TraceContents } from './replay-document.ts';

/** Entries of each list; the rest is counted. */
const LISTED = 10;

function heaviest<Entry extends { readonly packets: number }>(entries: Iterable<Entry>): Entry[] {
  return [...entries].sort((a, b) => b.packets - a.packets);
}

/** An address of several epochs is one, and is named as in the one in which it had most packets. */
function talkersOf(addresses: readonly AddressTally[]): AddressTally[] {
  const talkers = new Map<string, { -readonly [Key in keyof AddressTally]: AddressTally[Key] }>();
  for (const address of addresses) {
    const { words } = address;
    const key = isNameWords(words, 0) ? nameKey(words, 0) : addressKey(address);
    const before = talkers.get(key);
    if (before === undefined) talkers.set(key, { ...address });
    else {
      before.packets += address.packets;
      before.bytes += address.bytes;
    }
  }
  return [...talkers.values()];
}

/** Packets, bytes and connections by protocol, by address and by destination port, heaviest first. */
export function traceContents(result: ReplayResult, epochs: readonly EpochNaming[]): TraceContents {
  const protocols = new Map<number, { protocol: string; packets: number; bytes: number }>();
  const ports = new Map<
    string,
    { protocol: string; port: number; packets: number; bytes: number; connections: number }
  >();
  for (const flow of [...result.refused, ...result.admitted]) {
    const protocol = protocolName(flow.protocol);
    const known = protocols.get(flow.protocol) ?? { protocol, packets: 0, bytes: 0 };
    protocols.set(flow.protocol, known);
    known.packets += flow.packets;
    known.bytes += flow.bytes;
    if (!carriesPorts(flow.protocol) || !isKnown(flow)) continue;
    const key = `${flow.protocol}:${flow.dport}`;
    const port = ports.get(key) ?? { protocol, port: flow.dport, packets: 0, bytes: 0, connections: 0 };
    ports.set(key, port);
    port.packets += flow.packets;
    port.bytes += flow.bytes;
    port.connections += flow.connections;
  }
  const allPorts = heaviest(ports.values());
  const talkers = heaviest(talkersOf(result.addresses));
  return {
    protocols: heaviest(protocols.values()),
    talkers: talkers.slice(0, LISTED).map(({ family, words, epoch, packets, bytes }) => {
      const { address, name } = epochs[epoch]!.names.ofWords(family, words, 0);
      return { address, name, packets, bytes };
    }),
    ports: allPorts.slice(0, LISTED),
    omitted: {
      talkers: Math.max(0, talkers.length - LISTED) + result.omittedAddresses,
      ports: Math.max(0, allPorts.length - LISTED),
    },
  };
}
