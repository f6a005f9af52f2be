import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { formatAddress } from '../../src/net/address.ts';
import type { PacketBatch } from '../../src/packet/batch.ts';
import * as B from '../../src/packet/batch-layout.ts';
import { SKIP_NON_IP } from '../../src/tables/verdict-layout.ts';
import { openTrace } from '../../src/trace/open.ts';
import { readTrace } from './read-trace.ts';

const samples = resolve(import.meta.dirname, '../../../shared/samples');
const PORTED = [6, 17, 33, 132];

/** Outermost or innermost, as the truth's columns begin. */
type Layer = 'o' | 'i';

interface Difference {
  readonly records: readonly number[];
  readonly why: string;
  /** Of the one layer only. */
  readonly layer?: Layer;
}

const bigTcp: Difference = {
  records: [1],
  why: 'payload length 0 (BIG TCP): malformed for the truth, the ports are there',
};

const bigTcpInside: Difference = { ...bigTcp, layer: 'i' };

const beyond2106: Difference = { records: [1], why: 'times are kept in 32 bits, up to 2106' };

/** Records in which the truth's decoder reads something else than a policy must see. */
const KNOWN_DIFFERENCES: Readonly<Record<string, Difference>> = {
  'pcap/generated-netns/n1-any-sll-snap96.pcap': {
    records: [
      614, 615, 620, 623, 624, 627, 632, 633, 638, 639, 644, 645, 650, 653, 654, 657, 662, 663, 668, 669, 676,
      677, 682, 683,
    ],
    why: 'the capture ends inside the inner addresses: the truth has one of the two',
    layer: 'i',
  },
  'pcap/tcpdump/bigtcp-ipv4-geneve-ipv6.pcap': bigTcpInside,
  'pcap/tcpdump/bigtcp-ipv4-vxlan-ipv4.pcap': bigTcpInside,
  'pcap/tcpdump/bigtcp-ipv4-vxlan-ipv6.pcap': bigTcpInside,
  'pcap/zeek/tunnels/geneve-truncated.pcapng': {
    records: [1],
    why: 'the capture ends inside the inner header: the truth goes on with the outer one',
    layer: 'i',
  },
  'pcap/derived/udp.fcs-len-bits.pcap': {
    records: [1, 2],
    why: 'the truth counts the frame check sequence as part of the frame',
  },
  'pcap/suricata-verify/detect-ipopts/input.pcap': {
    records: [2, 7],
    why: 'source-route options: the truth names the last hop, policy sees the header',
  },
  'pcap/tcpdump/LINKTYPE_IPV6_invalid.pcap': {
    records: [1],
    why: 'IPv4 behind link type IPV6: read by its version, as the kernel would',
  },
  'pcap/tcpdump/bigtcp-ipv6-geneve-ipv4.pcap': bigTcp,
  'pcap/tcpdump/bigtcp-ipv6-geneve-ipv6.pcap': bigTcp,
  'pcap/tcpdump/bigtcp-ipv6-vxlan-ipv4.pcap': bigTcp,
  'pcap/tcpdump/bigtcp-ipv6-vxlan-ipv6.pcap': bigTcp,
  'pcap/tcpdump/timestamp_invalid_nano.pcap': {
    records: [3],
    why: 'a fraction of 2^31 nanoseconds: the truth takes it for negative',
  },
  'pcap/tcpdump/time_2106_overflow.pcapng': beyond2106,
  'pcap/tcpdump/time_2107.pcapng': beyond2106,
  'pcap/zeek/ipv6-mobility-dst-opts.pcap': {
    records: [1, 2],
    why: 'the truth stops at a mobility option: ports follow it in #1, in #2 it is longer than the packet says it is',
  },
};

/** Records of the captures that no truth table is given for. */
const WITHOUT_TRUTH: Readonly<Record<string, number>> = {
  'pcap/derived/udp.truncated-tail.pcap': 1,
  'pcap/zeek/echo-connections.pcap.gz': 82_582,
};

/** Link layers that are not unwrapped: what lies in them is skipped as non-ip, and counted. */
const NOT_UNWRAPPED = /ieee8021ah|vntag/;

type Truth = Readonly<Record<string, string>>;

function truthOf(path: string): Truth[] | undefined {
  const name = path.replace(/^pcap\//, '').replaceAll('/', '__');
  const candidates = ['', 'tshark-only/'].flatMap((folder) => [
    `${folder}${name}.tsv`,
    `${folder}${name}.tsv.gz`,
  ]);
  const found = candidates.map((file) => join(samples, 'truth', file)).find((file) => existsSync(file));
  if (found === undefined) return undefined;
  const bytes = readFileSync(found);
  const text = (found.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const [head, ...lines] = text.split('\n').filter((line) => line !== '');
  const names = head!.split('\t');
  return lines.map((line) =>
    Object.fromEntries(line.split('\t').map((cell, column) => [names[column]!, cell])),
  );
}

const address = (batch: PacketBatch, column: Uint32Array, row: number): string =>
  formatAddress({
    family: batch.family[row] as 4 | 6,
    words: [...column.subarray(row * 4, row * 4 + 4)] as [number, number, number, number],
  });

/** What the columns say of a row, in the truth's words; '' where the row holds nothing. */
function decoded(batch: PacketBatch, row: number, layer: Layer): Record<string, string> {
  const flags = batch.flags[row]!;
  const protocol = batch.protocol[row]!;
  const isPacket = batch.skip[row] === 0;
  const text = (value: number, present: boolean): string => (isPacket && present ? String(value) : '');
  const hasPorts = (flags & B.FLAG_PORTS) !== 0;
  const ported = PORTED.includes(protocol) && hasPorts;
  const icmp = (protocol === 1 || protocol === 58) && hasPorts;
  return {
    [`${layer}_ver`]: text(batch.family[row]!, true),
    [`${layer}_src`]: isPacket ? address(batch, batch.src, row) : '',
    [`${layer}_dst`]: isPacket ? address(batch, batch.dst, row) : '',
    [`${layer}_l4proto`]: text(protocol, true),
    [`${layer}_frag_off`]: text(batch.fragmentOffset[row]!, true),
    // Of later fragments the columns do not say whether more follow.
    ...(batch.fragmentOffset[row] === 0
      ? { [`${layer}_mf`]: text(flags & B.FLAG_FRAGMENT_FIRST ? 1 : 0, true) }
      : {}),
    [`${layer}_sport`]: text(batch.sport[row]!, ported),
    [`${layer}_dport`]: text(batch.dport[row]!, ported),
    [`${layer}_icmp_type`]: text(batch.dport[row]! >> 8, icmp),
    [`${layer}_icmp_code`]: text(batch.dport[row]! & 255, icmp),
    [`${layer}_tcp_flags`]:
      protocol === 6 && (flags & B.FLAG_TCP_FLAGS) !== 0 && isPacket ? String(batch.tcpFlags[row]) : '',
    time_epoch: `${batch.seconds[row]}.${String(batch.nanos[row]).padStart(9, '0')}`,
    frame_len: String(batch.bytes[row]),
  };
}

/** The packet quoted in an ICMP error. */
function quoted(batch: PacketBatch, row: number): Record<string, string> {
  if ((batch.flags[row]! & B.FLAG_QUOTE) === 0 || batch.skip[row] !== 0) return {};
  const ported = PORTED.includes(batch.quotedProtocol[row]!);
  return {
    e_src: address(batch, batch.quotedSrc, row),
    e_dst: address(batch, batch.quotedDst, row),
    e_sport: ported ? String(batch.quotedSport[row]) : '',
    e_dport: ported ? String(batch.quotedDport[row]) : '',
  };
}

/** The outermost packet of one that lay in tunnels, and how many there were. */
function outermost(batch: PacketBatch, row: number): Record<string, string> {
  const isIn = (batch.flags[row]! & B.FLAG_TUNNEL) !== 0 && batch.skip[row] === 0;
  if (!isIn) return batch.skip[row] === 0 ? { n_ip: '1' } : {};
  const family = batch.outerFamily[row] as 4 | 6;
  const text = (column: Uint32Array): string =>
    formatAddress({
      family,
      words: [...column.subarray(row * 4, row * 4 + 4)] as [number, number, number, number],
    });
  return {
    n_ip: String(batch.tunnel[row]! + 1),
    o_ver: String(family),
    o_src: text(batch.outerSrc),
    o_dst: text(batch.outerDst),
  };
}

function differences(batch: PacketBatch, row: number, truth: Truth, layer: Layer): string[] {
  if (NOT_UNWRAPPED.test(truth.l2!))
    return batch.skip[row] === SKIP_NON_IP ? [] : [`${truth.l2} was not skipped`];
  const found: Record<string, string> = {
    ...decoded(batch, row, layer),
    ...(truth.n_ip === '1' || layer === 'i' ? quoted(batch, row) : {}),
    ...(layer === 'i' ? outermost(batch, row) : {}),
  };
  // A simple packet block has no time: ours is that of the packet before.
  if (truth.time_epoch === '0.000000000' && truth.if_id !== '') delete found.time_epoch;
  const expected: Record<string, string> = {
    ...truth,
    [`${layer}_tcp_flags`]:
      truth[`${layer}_tcp_flags`] === '' ? '' : String(Number(truth[`${layer}_tcp_flags`])),
  };
  const isCut = (batch.flags[row]! & B.FLAG_TRUNCATED) !== 0;
  const wrong = Number(truth.cap_len) < Number(truth.frame_len) && !isCut ? ['not marked as cut'] : [];
  // A quote is only of use with all that names its connection.
  const isQuoted = (truth.n_ip === '1' || layer === 'i') && truth.e_sport !== '';
  if (isQuoted && (batch.flags[row]! & B.FLAG_QUOTE) === 0) wrong.push(`no quote of ${truth.e_src}`);
  return Object.keys(found)
    .filter((name) => found[name] !== (expected[name] ?? ''))
    .map((name) => `${name}: ${found[name]} for ${expected[name]}`)
    .concat(wrong);
}

const captures = existsSync(samples)
  ? readdirSync(join(samples, 'pcap'), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.(pcapng|ntar|pcap|cap|dmp|trace)(\.gz|\.zst)?$/.test(path))
      .map((path) => `pcap/${path}`)
      .sort()
  : [];

describe.skipIf(captures.length === 0)('captures of others', () => {
  const looked = { files: 0, others: 0, records: 0, quotes: 0 };

  test.each(captures)('%s', (path) => {
    const opened = openTrace(join(samples, path));
    if (opened.value === undefined) {
      expect(opened.diagnostics[0]!.code).toMatch(/^trace\//);
      return;
    }
    // The truth counts custom and journal blocks as frames; they hold no packet.
    const truth = truthOf(path)?.filter(({ l2 }) => l2 !== 'fake-field-wrapper');
    if (opened.value.warnings.length > 0) {
      let skipped = 0;
      const { records } = readTrace(opened.value, (batch, row) => {
        if (batch.skip[row] === SKIP_NON_IP) skipped++;
      });
      expect(skipped).toBe(records);
      looked.others++;
      return;
    }
    if (truth === undefined) {
      expect(readTrace(opened.value, () => {}).records).toBe(WITHOUT_TRUTH[path]);
      return;
    }
    for (const layer of ['i', 'o'] as const) {
      const wrong: string[] = [];
      const { records } = readTrace(
        opened.value,
        (batch, row, record) => {
          if ((batch.flags[row]! & B.FLAG_QUOTE) !== 0) looked.quotes++;
          const found =
            truth[record - 1] === undefined
              ? ['no such frame']
              : differences(batch, row, truth[record - 1]!, layer);
          if (found.length > 0)
            wrong.push(
              `#${record} ${layer} skip=${batch.skip[row]} l2=${truth[record - 1]?.l2} ${found.join(', ')}`,
            );
        },
        { tunnelsClosed: layer === 'o' },
      );
      const known = KNOWN_DIFFERENCES[path];
      if (known !== undefined && (known.layer ?? layer) === layer)
        expect(wrong.map((text) => Number(/\d+/.exec(text)))).toEqual(known.records);
      else expect(wrong.slice(0, 2)).toEqual([]);
      expect(records).toBe(truth.length);
      if (layer === 'i') looked.records += records;
    }
    looked.files++;
  });

  test('that was most of them', () => {
    console.log(
      `${looked.files} captures, ${looked.records} records, ${looked.quotes} quoted packets compared with the truth, ${looked.others} of link types that are not read`,
    );
    expect(looked.files).toBeGreaterThanOrEqual(372);
    expect(looked.others).toBeGreaterThanOrEqual(20);
    expect(looked.quotes).toBeGreaterThan(20);
    expect(looked.records).toBeGreaterThanOrEqual(51_000);
  });
});
