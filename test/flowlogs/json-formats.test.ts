/** Flow logs in JSON, written here: what of each record is read, and what is told of those that are no flow. */
import { describe, expect, test } from 'vitest';
import { ndjson, rowsOfText } from './text.ts';

const TIME = '2023-11-14T22:13:20.000000001Z';
const AT = '@1700000000.000000001';

describe('hubble', () => {
  const flow = (more: object): object => ({
    time: TIME,
    verdict: 'FORWARDED',
    IP: { source: '10.0.0.1', destination: '10.0.0.2', ipVersion: 'IPv4' },
    l4: { TCP: { source_port: 4000, destination_port: 80, flags: { SYN: true } } },
    source: { pod_name: 'a' },
    destination: { pod_name: 'b' },
    Type: 'L3_L4',
    event_type: { type: 5 },
    traffic_direction: 'INGRESS',
    ...more,
  });
  const rows = (...flows: readonly object[]): readonly string[] =>
    rowsOfText(ndjson(...flows.map((one) => ({ flow: one, node_name: 'n', time: TIME })))).rows;

  test('bare flows and wrapped ones are the same', () => {
    const expected = [`6 10.0.0.1:4000 > 10.0.0.2:80 1p 0B f2 allow ${AT}`];
    expect(rows(flow({}))).toEqual(expected);
    const bare = rowsOfText(ndjson(flow({})));
    expect(bare.source.format).toBe('hubble');
    expect(bare.rows).toEqual(expected);
  });

  test('verdicts of policy are observed, other drops are not', () => {
    const drop = { verdict: 'DROPPED', event_type: { type: 1, sub_type: 133 } };
    expect(
      rows(
        flow({ traffic_direction: 'EGRESS' }),
        flow({ verdict: 'REDIRECTED' }),
        flow({ verdict: 'AUDIT' }),
        flow({ ...drop, drop_reason_desc: 'POLICY_DENIED' }),
        flow({ ...drop, drop_reason_desc: 'POLICY_DENY', traffic_direction: 'EGRESS' }),
        flow({ ...drop, drop_reason_desc: 'CT_MAP_INSERTION_FAILED' }),
        flow({ ...drop, drop_reason: 133 }),
        flow({ verdict: 'ERROR' }),
        flow({ verdict: 'DROPPED', Type: 'L7', event_type: { type: 129 } }),
      ).map((row) => / f2( \S+)? @/.exec(row)?.[1]?.trim() ?? ''),
    ).toEqual(['allow@source', 'allow', 'deny', 'deny', 'deny@source', '', 'deny', '', '']);
  });

  test('what policy dropped was no reply: its source began, whichever port is the lower', () => {
    const drop = {
      verdict: 'DROPPED',
      l4: { UDP: { source_port: 53, destination_port: 4000 } },
      event_type: { type: 1 },
    };
    expect(
      rows(
        flow({ ...drop, drop_reason_desc: 'POLICY_DENIED' }),
        flow({ ...drop, drop_reason_desc: 'STALE_OR_UNROUTABLE_IP' }),
      ),
    ).toEqual([
      `17 10.0.0.1:53 > 10.0.0.2:4000 1p 0B deny ${AT}`,
      `17 10.0.0.1:53 > 10.0.0.2:4000 1p 0B ? ${AT}`,
    ]);
  });

  test('replies are turned, known by is_reply, reply, or their flags; else nothing is known', () => {
    const answer = {
      IP: { source: '10.0.0.2', destination: '10.0.0.1' },
      l4: { TCP: { source_port: 80, destination_port: 4000, flags: { ACK: true } } },
      event_type: { type: 4 },
      trace_observation_point: 'TO_ENDPOINT',
    };
    const synAck = { TCP: { source_port: 80, destination_port: 4000, flags: { SYN: true, ACK: true } } };
    const turned = `6 10.0.0.1:4000 > 10.0.0.2:80 1p 0B allow ${AT}`;
    expect(
      rows(
        flow({ ...answer, is_reply: true }),
        flow({ ...answer, reply: true }),
        flow({ ...answer, l4: synAck }),
        flow(answer),
        flow({ ...answer, is_reply: false }),
      ),
    ).toEqual([
      turned,
      turned,
      turned,
      `6 10.0.0.2:80 > 10.0.0.1:4000 1p 0B f16 ? allow ${AT}`,
      `6 10.0.0.2:80 > 10.0.0.1:4000 1p 0B f16 allow ${AT}`,
    ]);
  });

  test('the same packet at other hops is repeated; zero values that are left out are zero', () => {
    const trace = (point: string | undefined, sub: number): object =>
      flow({
        event_type: { type: 4, sub_type: sub },
        trace_observation_point: point,
        l4: { ICMPv4: {} },
        is_reply: true,
      });
    expect(rows(trace('TO_ENDPOINT', 0), trace('TO_STACK', 3), trace('TO_OVERLAY', 4))).toEqual([
      `1 10.0.0.1 > 10.0.0.2:0/0 1p 0B allow ${AT}`,
      `duplicate 1 10.0.0.1 > 10.0.0.2:0/0 1p 0B ${AT}`,
      `duplicate 1 10.0.0.1 > 10.0.0.2:0/0 1p 0B ${AT}`,
    ]);
  });

  test('lost events, other lines, and flows without addresses are told', () => {
    const { rows: read, warnings } = rowsOfText(
      ndjson(
        { lost_events: { source: 'OBSERVER_EVENTS_QUEUE', num_events_lost: '12' } },
        { node_status: { state_change: 'NODE_CONNECTED' } },
        { flow: flow({ IP: undefined }) },
        { flow: { verdict: 'FORWARDED', IP: {}, source: {}, destination: {} } },
        { flow: flow({}) },
      ),
    );
    expect(read).toEqual(['non-ip', 'non-ip', 'malformed', 'malformed', expect.stringContaining(' allow ')]);
    expect(warnings).toEqual([
      expect.stringMatching(/^1 record is no flow/),
      expect.stringMatching(/^1 record names a pod/),
      'the log says that 12 events were lost before they were written',
      expect.stringMatching(/^1 record tells of something else/),
    ]);
  });
});

describe('calico-enterprise', () => {
  const record = (more: object): object => ({
    start_time: 1_700_000_000,
    end_time: 1_700_000_300,
    source_ip: '10.0.0.1',
    source_name: '-',
    source_name_aggr: 'web-*',
    source_namespace: 'shop',
    source_port: null,
    source_type: 'wep',
    dest_ip: '10.0.0.2',
    dest_name_aggr: 'db-*',
    dest_port: 5432,
    dest_type: 'wep',
    proto: 'tcp',
    action: 'allow',
    reporter: 'dst',
    packets_in: 10,
    packets_out: 8,
    bytes_in: 1000,
    bytes_out: 800,
    ...more,
  });

  test('each reporter on its own side; numbers of both directions', () => {
    const read = rowsOfText(
      ndjson(
        record({}),
        record({ reporter: 'src', source_port: 4000 }),
        record({ reporter: 'src', action: 'deny' }),
        record({ action: 'deny', dest_port: null }),
        record({ reporter: 'fwd' }),
        record({ source_ip: null, dest_ip: null }),
        record({ proto: '47', source_ip: undefined }),
      ),
    );
    expect(read.source.format).toBe('calico-enterprise');
    const flow = '6 10.0.0.1:0 > 10.0.0.2:5432 18p 1800B';
    expect(read.rows).toEqual([
      `${flow} allow @1700000000.000000000`,
      '6 10.0.0.1:4000 > 10.0.0.2:5432 18p 1800B allow@source @1700000000.000000000',
      `${flow} deny@source @1700000000.000000000`,
      '6 10.0.0.1 > 10.0.0.2 18p 1800B deny @1700000000.000000000',
      `${flow} @1700000000.000000000`,
      'malformed',
      'malformed',
    ]);
    expect(read.warnings).toEqual([expect.stringMatching(/^2 records name a pod .* named pods only/)]);
  });

  test('documents of Elasticsearch hold the record', () => {
    expect(rowsOfText(ndjson({ _index: 'flows', _source: record({}) })).rows).toEqual([
      '6 10.0.0.1:0 > 10.0.0.2:5432 18p 1800B allow @1700000000.000000000',
    ]);
  });
});

describe('calico-whisker', () => {
  const flow = {
    source_name: 'web-*',
    source_namespace: 'shop',
    dest_name: 'db-*',
    dest_port: 5432,
    action: 'Allow',
    reporter: 'Dst',
  };
  const said = [expect.stringMatching(/^2 records name a pod where an address must stand, named pods only/)];

  test.each([
    ['a list', JSON.stringify({ total: { totalPages: 1 }, items: [flow, flow] })],
    ['a list, its total last', JSON.stringify({ items: [flow, flow], total: { totalPages: 1 } })],
    ['a list over several lines', JSON.stringify({ total: { totalPages: 1 }, items: [flow, flow] }, null, 2)],
    ['a stream of events', `data: ${JSON.stringify(flow)}\n\ndata: ${JSON.stringify(flow)}\n\n`],
    ["the emitter's lines", ndjson({ Key: flow, start_time: 1 }, { Key: flow })],
  ])('%s names pods only: counted, not judged', (_, text) => {
    const read = rowsOfText(text);
    expect(read.source.format).toBe('calico-whisker');
    expect(read.rows).toEqual(['malformed', 'malformed']);
    expect(read.warnings).toEqual(said);
  });

  test('an empty list is one', () => {
    expect(rowsOfText('{"total":{"totalPages":0},"items":null}').rows).toEqual([]);
  });
});

describe('other JSON', () => {
  const gcp = {
    jsonPayload: {
      connection: { src_ip: '10.0.0.1', dest_ip: '10.0.0.2', src_port: 4000.0, dest_port: 80, protocol: 6 },
      start_time: TIME,
      packets_sent: '16',
      bytes_sent: '0',
    },
  };

  test('gcp-vpc: what a firewall of the cloud made of a connection is told apart', () => {
    const connection = {
      src_ip: '10.0.0.1',
      dest_ip: '10.0.0.2',
      src_port: 4000,
      dest_port: 80,
      protocol: 6,
    };
    const entry = (disposition: string): object => ({
      jsonPayload: { connection, disposition, rule_details: { reference: 'network:n/firewall:f' } },
      timestamp: TIME,
      resource: {},
    });
    const { rows, source } = rowsOfText(ndjson(entry('DENIED'), entry('ALLOWED')));
    expect(source.flowList!.tellsVerdicts).toBe(true);
    expect(rows).toEqual(
      ['deny', 'allow'].map((said) => `6 10.0.0.1:4000 > 10.0.0.2:80 1p 0B ${said}@cloud ${AT}`),
    );
  });

  test('gcp-vpc: entries one a line, in an array, and laid out over lines; entries of other logs', () => {
    const row = `6 10.0.0.1:4000 > 10.0.0.2:80 16p 0B ? ${AT}`;
    for (const text of [
      ndjson(gcp, gcp),
      JSON.stringify([gcp, gcp]),
      JSON.stringify([gcp, gcp], null, 2),
      `${JSON.stringify(gcp, null, 1)}\n${JSON.stringify(gcp, null, 1)}`,
    ]) {
      const read = rowsOfText(text);
      expect(read.source.format).toBe('gcp-vpc');
      expect(read.rows).toEqual([row, row]);
    }
    expect(rowsOfText(ndjson(gcp, { resource: {}, protoPayload: {} }, {})).rows).toEqual([
      row,
      'non-ip',
      'malformed',
    ]);
  });

  test('netobserv: times that are not 0, sampling, flags, duplicates', () => {
    const record = {
      SrcAddr: '10.0.0.1',
      DstAddr: '10.0.0.2',
      Proto: 6,
      SrcPort: 4000,
      DstPort: 80,
      Bytes: 300,
      Packets: 3,
    };
    const read = rowsOfText(
      ndjson(
        { ...record, TimeFlowStartMs: 1_700_000_000_001, TimeReceived: 5, Flags: 2, Sampling: 50 },
        { ...record, TimeFlowStart: 0, TimeFlowStartMs: 0, TimeReceived: 1_700_000_000, TCPFlags: 0 },
        { ...record, Duplicate: true, TimeReceived: 1_700_000_000 },
        { ...record, Proto: 1, IcmpType: 8, IcmpCode: 0, TimeReceived: 1_700_000_000 },
        { ...record, DstAddr: 'nobody' },
      ),
    );
    expect(read.source.format).toBe('netobserv');
    expect(read.rows).toEqual([
      '6 10.0.0.1:4000 > 10.0.0.2:80 150p 15000B f2 ? @1700000000.001000000',
      '6 10.0.0.1:4000 > 10.0.0.2:80 3p 300B ? @1700000000.000000000',
      'duplicate 6 10.0.0.1:4000 > 10.0.0.2:80 3p 300B ? @1700000000.000000000',
      '1 10.0.0.1 > 10.0.0.2:8/0 3p 300B ? @1700000000.000000000',
      'malformed',
    ]);
  });

  test('antrea: actions of rules at either end; an answer where no policy has a say', () => {
    const record = (more: object): object => ({
      flowStartSeconds: 1_700_000_000,
      sourceIP: '10.0.0.1',
      destinationIP: '10.0.0.2',
      sourceTransportPort: 4000,
      destinationTransportPort: 80,
      protocolIdentifier: 6,
      packetTotalCount: '9',
      packetDeltaCount: '5',
      octetDeltaCount: '500',
      reversePacketTotalCount: '0',
      reversePacketDeltaCount: '3',
      reverseOctetDeltaCount: '300',
      sourcePodName: 'web',
      ingressNetworkPolicyRuleAction: 0,
      egressNetworkPolicyRuleAction: 0,
      ...more,
    });
    const read = rowsOfText(
      ndjson(
        record({ ingressNetworkPolicyRuleAction: 1, egressNetworkPolicyRuleAction: 1 }),
        record({ egressNetworkPolicyRuleAction: 1 }),
        record({ ingressNetworkPolicyRuleAction: 2, egressNetworkPolicyRuleAction: 1 }),
        record({ egressNetworkPolicyRuleAction: 3 }),
        record({ reversePacketTotalCount: '3' }),
        record({}),
        record({ sourceIP: undefined, sourceIPv4Address: '10.0.0.1' }),
      ),
    );
    expect(read.source.format).toBe('antrea');
    const flow = '6 10.0.0.1:4000 > 10.0.0.2:80 8p 800B';
    const at = '@1700000000.000000000';
    expect(read.rows).toEqual([
      `${flow} allow ${at}`,
      `${flow} allow@source ${at}`,
      `${flow} deny ${at}`,
      `${flow} deny@source ${at}`,
      `${flow} allow ${at}`,
      `${flow} ${at}`,
      `${flow} ${at}`,
    ]);
  });

  test('netobserv: what a firewall dropped was denied; other drops say nothing', () => {
    const record = (more: object): object => ({
      SrcAddr: '10.0.0.1',
      DstAddr: '10.0.0.2',
      Proto: 6,
      SrcPort: 4000,
      DstPort: 80,
      Packets: 3,
      Bytes: 300,
      TimeFlowStartMs: 1_700_000_000_000,
      ...more,
    });
    const cause = (name: string, packets = 3): object =>
      record({ PktDropPackets: packets, PktDropLatestDropCause: name });
    const read = rowsOfText(
      ndjson(
        cause('SKB_DROP_REASON_NETFILTER_DROP'),
        cause('SKB_DROP_REASON_NETFILTER_DROP', 0),
        cause('SKB_DROP_REASON_NO_SOCKET'),
        record({}),
      ),
    );
    expect(read.source.flowList!.tellsVerdicts).toBe(true);
    const flow = '6 10.0.0.1:4000 > 10.0.0.2:80 3p 300B ?';
    const at = '@1700000000.000000000';
    expect(read.rows).toEqual([`${flow} deny ${at}`, `${flow} ${at}`, `${flow} ${at}`, `${flow} ${at}`]);
    expect(rowsOfText(ndjson(record({}))).source.flowList!.tellsVerdicts).toBe(false);
  });

  test('inspektor-gadget: who connects began it, who accepts did not, closing repeats', () => {
    const event = (type: string): object => ({
      timestamp: TIME,
      type,
      src: { addr: '10.0.0.1', port: 4000, proto: 6, version: 4 },
      dst: { addr: '10.0.0.2', port: 80, proto: 'TCP', version: 4 },
    });
    const read = rowsOfText(ndjson(event('connect'), event('accept'), event('close')));
    expect(read.source.format).toBe('inspektor-gadget');
    const flow = '6 10.0.0.1:4000 > 10.0.0.2:80 1p 0B';
    expect(read.rows).toEqual([`${flow} ${AT}`, `${flow} ? ${AT}`, `duplicate ${flow} ? ${AT}`]);
  });

  test('azure: tuples wherever they stand, also where the document is cut', () => {
    const nsg = (tuples: readonly string[]): object => ({
      records: [
        { properties: { Version: 2, flows: [{ rule: 'r', flows: [{ mac: '0', flowTuples: tuples }] }] } },
      ],
    });
    const text = JSON.stringify(
      nsg([
        '1700000000,10.0.0.1,10.0.0.2,4000,80,T,I,A,B,,,,',
        '1700000000,10.0.0.1,10.0.0.2,4000,80,T,I,A,C,3,300,2,200',
        '1700000000,10.0.0.1,10.0.0.2,4000,53,U,O,D,B,,,,',
        'nonsense,x,y,z,1,T,I,A,B,,,,',
      ]),
    );
    const rows = [
      '6 10.0.0.1:4000 > 10.0.0.2:80 0p 0B allow@cloud @1700000000.000000000',
      '6 10.0.0.1:4000 > 10.0.0.2:80 5p 500B allow@cloud @1700000000.000000000',
      '17 10.0.0.1:4000 > 10.0.0.2:53 1p 0B deny@cloud @1700000000.000000000',
      'malformed',
    ];
    expect(rowsOfText(text).rows).toEqual(rows);
    expect(rowsOfText(JSON.stringify(JSON.parse(text), null, 2)).rows).toEqual(rows);
    expect(rowsOfText(text.slice(0, text.indexOf('C,3') + 4)).rows).toEqual([rows[0], 'malformed']);
    const vnet = '1663146003599,10.0.0.1,10.0.0.2,0,0,1,O,D,NX,0,0,0,0';
    expect(rowsOfText(JSON.stringify({ records: [{ flowRecords: { flowTuples: [vnet] } }] })).rows).toEqual([
      '1 10.0.0.1 > 10.0.0.2 1p 0B deny@cloud @1663146003.599000000',
    ]);
  });
});
