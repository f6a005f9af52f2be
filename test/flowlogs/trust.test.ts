/** What records of each format leave open or do not quite mean is told with the record. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TRUST_WORDS } from '../../src/analysis/replay/record-row.ts';
import { openTrace } from '../../src/trace/open.ts';
import { readTrace } from '../corpus/read-trace.ts';
import { ndjson } from './text.ts';

/** The words of each record of a text. */
function trustOf(content: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-trust-'));
  try {
    const path = join(folder, 'log');
    writeFileSync(path, content);
    const { value } = openTrace(path);
    const rows: string[] = [];
    readTrace(value!, (batch, row) => {
      const flags = batch.flags[row]!;
      rows.push(TRUST_WORDS.flatMap(([flag, word]) => ((flags & flag) === 0 ? [] : [word])).join(' '));
    });
    return rows;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const AWS =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status tcp-flags';
const awsLine = (source: string, flags: number): string =>
  `2 1 eni-1 ${source} ${source === '10.0.0.1' ? '10.0.0.2' : 'fd00::2'} 4000 80 6 1 60 1700000000 1700000060 ACCEPT OK ${flags}`;

const enterprise = (fields: object): object => ({
  start_time: 1700000000,
  end_time: 1700000300,
  source_ip: '10.0.0.1',
  dest_ip: '10.0.0.2',
  source_name_aggr: 'a-*',
  dest_name_aggr: 'b-*',
  source_port: 4000,
  dest_port: 80,
  proto: 'tcp',
  action: 'allow',
  reporter: 'src',
  packets_in: 1,
  ...fields,
});

describe('trust of records', () => {
  it('tells intervals of AWS, from bytes and from text alike', () => {
    expect(trustOf([AWS, awsLine('10.0.0.1', 2), awsLine('fd00::1', 0), ''].join('\n'))).toEqual([
      'estimated-time',
      'initiator-unknown estimated-time',
    ]);
  });

  it('tells that GCP samples', () => {
    const connection = {
      src_ip: '10.0.0.1',
      dest_ip: '10.0.0.2',
      src_port: 4000,
      dest_port: 80,
      protocol: 6,
    };
    expect(trustOf(ndjson({ jsonPayload: { connection, reporter: 'SRC', packets_sent: '16' } }))).toEqual([
      'sampled initiator-unknown estimated-time',
    ]);
  });

  it('tells sampling of NetObserv and nfdump where there is any', () => {
    const record = {
      SrcAddr: '10.0.0.1',
      DstAddr: '10.0.0.2',
      Proto: 6,
      SrcPort: 4000,
      DstPort: 80,
      Packets: 1,
    };
    expect(trustOf(ndjson({ ...record, Sampling: 50 }, { ...record, Sampling: 0 }))).toEqual([
      'sampled initiator-unknown estimated-time',
      'initiator-unknown estimated-time',
    ]);
    const flow = { src4_addr: '10.0.0.1', dst4_addr: '10.0.0.2', proto: 6, src_port: 4000, dst_port: 80 };
    expect(trustOf(ndjson({ ...flow, packet_interval: 100 }, flow))).toEqual([
      'sampled initiator-unknown estimated-time',
      'initiator-unknown estimated-time',
    ]);
  });

  it("tells what Calico's flows.log merged away", () => {
    const records = [{}, { source_port: null }, { source_ip: null }, { proto: 'icmp', source_port: null }];
    expect(trustOf(ndjson(...records.map(enterprise)))).toEqual([
      'estimated-time',
      'aggregated estimated-time',
      // Without a table of names such a record cannot be read.
      expect.any(String),
      'estimated-time',
    ]);
  });

  it('tells nothing of instants', () => {
    const row = (cells: readonly string[]): string => cells.join('\t');
    const fields = ['ts', 'uid', 'id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p', 'proto', 'conn_state'];
    const values = ['1700000000.5', 'C1', '10.0.0.1', '4000', '10.0.0.2', '80', 'tcp', 'SF'];
    expect(trustOf(`${row(['#fields', ...fields])}\n${row(values)}\n`)).toEqual(['']);
  });
});
