import { describe, expect, test } from 'vitest';
import { createAddressNames } from '../../src/analysis/address-names.ts';
import { countFlows } from '../../src/analysis/replay/flow-counts.ts';
import type { FlowCount } from '../../src/analysis/replay/flow-document.ts';
import type { Legend } from '../../src/compile/legend.ts';
import { parseAddress } from '../../src/net/address.ts';
import { ICMP, TCP } from '../../src/net/protocol-layout.ts';
import { buildAddressBook } from '../../src/policy/addresses/address-book.ts';
import type { FlowTally } from '../../src/replay/result.ts';
import { NO_OUTCOME, REASON_BACKENDS_DIFFER, REASON_POLICY } from '../../src/tables/verdict-layout.ts';
import { fixtureWith } from '../examine.ts';

const TUNNEL =
  '{ apiVersion: v1, kind: Node, metadata: { name: n4, annotations: { projectcalico.org/IPv4IPIPTunnelAddr: 10.9.0.4 } }, status: { addresses: [{ type: InternalIP, address: 192.168.0.14 }] } }';
const names = createAddressNames(buildAddressBook(fixtureWith(TUNNEL)));
const NOTHING = { outcomeCount: 0 } as Legend;
const words = (text: string): FlowTally['src'] => parseAddress(text)!.words;

function flow(src: string, dst: string, rest: Partial<FlowTally>): FlowCount {
  const tally: FlowTally = {
    family: 4,
    src: words(src),
    dst: words(dst),
    protocol: TCP,
    sport: 40_000,
    dport: 80,
    judgedDst: words(dst),
    judgedDport: rest.dport ?? 80,
    verdict: 0,
    reason: REASON_POLICY,
    hook: 0,
    egress: NO_OUTCOME,
    ingress: NO_OUTCOME,
    epoch: 0,
    packets: 1,
    bytes: 1,
    connections: 1,
    ...rest,
  };
  return countFlows([tally], { epochs: [{ names }], legend: NOTHING })[0]!;
}

describe('a flow as explain is asked about it', () => {
  test('ports that the record lacks are all ports and no number', () => {
    const unknown = flow('10.0.1.1', '10.0.2.1', { sport: 0, dport: 0 });
    expect(unknown).toMatchObject({ flow: 'tcp x/a to y/a:*', sport: null, dport: null, judged_dport: null });
    const noSource = flow('10.0.1.1', '10.0.2.1', { sport: 0 });
    expect(noSource).toMatchObject({ flow: 'tcp x/a to y/a:80', sport: null, dport: 80 });
    const ping = flow('10.0.1.1', '10.0.2.1', { protocol: ICMP, sport: 0, dport: 0 });
    expect(ping).toMatchObject({ flow: 'icmp x/a to y/a', icmp_type: null, icmp_code: null });
  });

  test('a node goes by its name only at the address that the name means', () => {
    expect(flow('192.168.0.14', '10.0.1.1', {}).flow).toBe('tcp node:n4 to x/a:80');
    const tunnel = flow('10.9.0.4', '10.0.1.1', {});
    expect(tunnel).toMatchObject({ flow: 'tcp 10.9.0.4 to x/a:80', src_name: 'node:n4' });
  });

  test('a service goes by its name where it was reached, by its address elsewhere', () => {
    const judgedDst = words('10.0.2.1');
    expect(flow('10.0.1.1', '10.96.0.10', { judgedDst }).flow).toBe('tcp x/a to service:y/web:80');
    const differ = { reason: REASON_BACKENDS_DIFFER };
    expect(flow('10.0.1.1', '10.96.0.10', differ).flow).toBe('tcp x/a to service:y/web:80');
    expect(flow('10.0.1.1', '10.96.0.10', { dport: 9999 }).flow).toBe('tcp x/a to 10.96.0.10:9999');
    expect(flow('10.96.0.10', '10.0.1.1', { dport: 40_000 }).flow).toBe('tcp 10.96.0.10 to x/a:40000');
  });
});
