import { describe, expect, test } from 'vitest';
import { parseFlow } from '../../src/flow/notation.ts';
import { type FlowAnswer, judgeFlow } from '../../src/policy/judge/judge-flow.ts';
import { calico, gnp, summary, worldOf } from './host-cluster.ts';

describe('flows that name nodes', () => {
  const ssh =
    '{ node: n7, interfaceName: eth0, expectedIPs: [192.168.0.7], ports: [{ name: ssh, protocol: TCP, port: 2222 }] }';
  const world = worldOf(calico('HostEndpoint', 'n7-eth0', ssh), gnp('deny', 'types: [Ingress, Egress]'));
  const answer = (text: string): FlowAnswer => {
    const parsed = parseFlow(text);
    if (!('flow' in parsed)) throw new Error(parsed.problem);
    return judgeFlow(parsed.flow, world).value!;
  };

  test('a node that only a host endpoint names, and a port that it names', () => {
    const [part] = answer('tcp 203.0.113.9 to node:n7:ssh').parts;
    expect(part!.packet.destinationPort).toBe(2222);
    expect(summary(part!.decision)).toBe('deny no-profile host-ingress');
  });

  test('all ports of a host fall apart at its failsafe ports', () => {
    const { verdict, parts } = answer('tcp 203.0.113.9 to node:n2:*');
    expect(verdict).toBe('undetermined');
    expect(
      parts.map(({ ports, decision }) => `${ports!.first}-${ports!.last} ${decision.verdict}`).slice(0, 5),
    ).toEqual(['1-21 deny', '22-22 allow', '23-178 deny', '179-179 allow', '180-2378 deny']);
  });
});
