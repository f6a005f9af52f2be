/** Calico's flow logs and metrics as lines of text. */
import { expect, test } from 'vitest';
import { scannedText } from '../convert/records.ts';
import { rowsOfText } from './text.ts';

const COLUMNS =
  '1529529591 1529529892 wep policy-demo nginx-7d98456675-2mcs4 - wep kube-system kube-dns-7cc87d595-pxvxb [k8s-app=kube-dns,a=b c] 192.168.224.225 192.168.135.53 17 36486 53 1 1 1 in 1 2 73 119 allow';
const AGGREGATED =
  '1529529591 1529529892 wep policy-demo nginx-7d98456675-* - net - pub - - - 6 - 443 8 3 2 out 5 0 300 0 deny';
const METRIC =
  'Nov 21 10:00:00 host calico: action="deny" dstIP="10.0.0.9" dstPort="80" inPackets=0 outPackets=2 policy="default.stop" proto="6" rule="-1" ruleDir="egress" srcIP="10.0.0.7" srcPort="40000" tier="default" trafficDir="outbound" updateType=report';

test('columns are read, labels with blanks among them', () => {
  const read = rowsOfText(`${COLUMNS}\n${COLUMNS.replace('allow', 'maybe')}\n`);
  expect(read.source.format).toBe('calico-lines');
  expect(read.rows).toMatchInlineSnapshot(`
    [
      "17 192.168.224.225:36486 > 192.168.135.53:53 3p 192B allow @1529529591.000000000",
      "malformed",
    ]
  `);
  expect(read.warnings).toEqual([expect.stringMatching(/^1 record is no flow/)]);
});

test('names stand where addresses were aggregated away', () => {
  const read = rowsOfText(`${AGGREGATED}\n`);
  expect(read.source.format).toBe('calico-lines');
  // Without a cluster nobody is known by name.
  expect(read.warnings).toEqual([expect.stringMatching(/^1 record names a pod/)]);
});

test("Felix's metrics are told by their keys", () => {
  const read = rowsOfText(`${METRIC}\nNov 21 10:00:01 host other: nothing\n`);
  expect(read.source.format).toBe('calico-lines');
  expect(read.rows).toMatchInlineSnapshot(`
    [
      "6 10.0.0.7:40000 > 10.0.0.9:80 2p 0B deny@source @0.000000000",
      "malformed",
    ]
  `);
});

test.each([
  ['2', '2'],
  ['-1', '-1'],
  ['-3', 'null'],
  ['1e3', 'null'],
])('rule %s of a metric is %s', async (written, read) => {
  const { rows } = await scannedText(`${METRIC.replace('rule="-1"', `rule="${written}"`)}\n`);
  expect(rows).toEqual([expect.stringContaining(`"stop",${read}]`)]);
});
