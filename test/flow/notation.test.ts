import { describe, expect, test } from 'vitest';
import type { Flow, Side } from '../../src/flow/flow.ts';
import { formatFlow, parseFlow } from '../../src/flow/notation.ts';
import { parseAddress } from '../../src/net/address.ts';
import { hasPolicyPorts } from '../../src/net/protocol.ts';
import { ICMP, ICMPV6, SCTP, TCP, UDP } from '../../src/net/protocol-layout.ts';
import { fc } from '../random/fast-check.ts';

function read(text: string): Flow {
  const parsed = parseFlow(text);
  if (!('flow' in parsed)) throw new Error(`${parsed.column}: ${parsed.problem}`);
  return parsed.flow;
}

describe('read', () => {
  test.each([
    ['tcp shop/web to shop/db:5432'],
    ['udp 10.0.1.7:5353 to 8.8.8.8:53'],
    ['icmp shop/web to shop/db type 8 code 0'],
    ['sctp [fd00::1]:7 to [fd00::2]:9'],
    ['proto:47 shop/web to 192.0.2.1'],
    ['tcp fd00::1 to [fd00::2]:443'],
    ['tcp node:n1 to service:shop/web:http'],
    ['tcp shop/Deployment/web to shop/StatefulSet/db:*'],
    ['icmpv6 fd00::1 to fd00::2'],
    ['tcp node:n1.example:99 to shop/web.v2:8080'],
  ])('%s, and print it the same', (text) => {
    expect(formatFlow(read(text))).toBe(text);
  });

  test('the parts', () => {
    expect(read('tcp shop/web:1024 > service:shop/db:pg')).toEqual({
      protocol: TCP,
      source: { kind: 'pod', namespace: 'shop', name: 'web' },
      sourcePort: 1024,
      destination: { kind: 'service', namespace: 'shop', name: 'db' },
      destinationPort: { name: 'pg' },
    });
  });

  test('other spellings', () => {
    expect(formatFlow(read('  TCP  shop/web>shop/db:5432 '))).toBe('tcp shop/web to shop/db:5432');
    expect(formatFlow(read('gre 10.0.0.1 to 10.0.0.2'))).toBe('proto:47 10.0.0.1 to 10.0.0.2');
    expect(formatFlow(read('proto:6 10.0.0.1 to 10.0.0.2:80'))).toBe('tcp 10.0.0.1 to 10.0.0.2:80');
    expect(formatFlow(read('icmp a/b to c/d type 3'))).toBe('icmp a/b to c/d type 3 code 0');
    expect(formatFlow(read('tcp [fd00::1] to [fd00::2]:80'))).toBe('tcp fd00::1 to [fd00::2]:80');
  });
});

describe('refuse, and say where', () => {
  test.each([
    ['', 1, 'empty flow'],
    ['tpc a/b to c/d:80', 1, 'is no protocol'],
    ['proto:256 a/b to c/d', 1, 'is no protocol'],
    ['tcp', 4, 'ends after its protocol'],
    ['tcp shop/web', 13, 'redirects'],
    ['tcp shop/web shop/db:80', 14, 'expected "to"'],
    ['tcp shop/web to', 16, 'expected a destination'],
    ['tcp shop/web to shop/db', 24, 'needs a destination port'],
    ['tcp a/b to fd00::2', 19, 'takes brackets'],
    ['tcp web to shop/db:80', 5, 'is no address'],
    ['tcp a/b/c/d to shop/db:80', 5, 'is no address'],
    ['tcp a/b to 10.42.1.0/24:80', 12, 'is a range'],
    ['tcp svc:a/b to shop/db:80', 5, 'service:NAMESPACE/NAME'],
    ['tcp a//b to shop/db:80', 5, 'lacks a name'],
    ['tcp a/b to shop/db:0', 20, 'not in 1 to 65535'],
    ['tcp a/b to shop/db:70000', 20, 'not in 1 to 65535'],
    ['tcp a/b to shop/db:', 20, 'neither a port'],
    ['tcp a/b:http to c/d:80', 9, 'a source port is a number'],
    ['tcp a/b to [10.0.0.1]:80', 12, 'not an IPv6 address in brackets'],
    ['tcp a/b to [fd00::1]80', 21, 'expected a colon'],
    ['tcp a/b to service:db:80', 20, 'service:NAMESPACE/NAME'],
    ['tcp a/b to node:x/y:80', 17, 'node:NAME'],
    ['icmp a/b to c/d:80', 17, 'has no ports'],
    ['icmp a/b to c/d type', 21, 'ICMP type'],
    ['icmp a/b to c/d type 300', 22, 'ICMP type'],
    ['icmp a/b to c/d type 8 cod 0', 24, 'expected "code"'],
    ['icmp a/b to c/d type 8 code 0 x', 31, 'expected the end'],
    ['tcp a/b to c/d:80 type 8', 19, 'expected the end'],
  ])('%s', (text, column, words) => {
    const parsed = parseFlow(text);
    expect('flow' in parsed ? 'a flow' : parsed).toMatchObject({ column });
    if ('problem' in parsed) expect(parsed.problem).toContain(words);
  });
});

describe('whatever is written is read back', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,12}$/);
  const address = fc
    .oneof(fc.ipV4(), fc.ipV6())
    .map(parseAddress)
    .filter((found) => found !== undefined);
  const side: fc.Arbitrary<Side> = fc.oneof(
    fc.record({ kind: fc.constant('pod' as const), namespace: name, name }),
    fc.record({
      kind: fc.constant('workload' as const),
      namespace: name,
      workloadKind: fc.constant('Job'),
      name,
    }),
    fc.record({ kind: fc.constant('address' as const), address }),
    fc.record({ kind: fc.constant('node' as const), name }),
    fc.record({ kind: fc.constant('service' as const), namespace: name, name }),
  );
  const port = fc.integer({ min: 1, max: 65535 });
  const octet = fc.integer({ min: 0, max: 255 });
  const destinationPort = fc.oneof(
    port,
    fc.constant('*' as const),
    fc.record({ name: fc.constantFrom('http', 'p-1') }),
  );
  const flow: fc.Arbitrary<Flow> = fc
    .record(
      {
        protocol: fc.oneof(fc.constantFrom(TCP, UDP, SCTP, ICMP, ICMPV6), octet),
        source: side,
        destination: side,
        sourcePort: port,
        destinationPort,
        icmp: fc.record({ type: octet, code: octet }),
      },
      { requiredKeys: ['protocol', 'source', 'destination', 'destinationPort'] },
    )
    .map(({ protocol, source, destination, sourcePort, destinationPort: dport, icmp }): Flow => {
      const base = { protocol, source, destination };
      if (hasPolicyPorts(protocol))
        return { ...base, ...(sourcePort === undefined ? {} : { sourcePort }), destinationPort: dport };
      return (protocol === ICMP || protocol === ICMPV6) && icmp !== undefined ? { ...base, icmp } : base;
    });

  test('flows', () => {
    fc.assert(
      fc.property(flow, (value) => {
        expect(read(formatFlow(value))).toEqual(value);
      }),
      { numRuns: 1000 },
    );
  });

  test('any text is a flow or a problem with a column inside it', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseFlow(text);
        if ('problem' in parsed) {
          expect(parsed.column).toBeGreaterThanOrEqual(1);
          expect(parsed.column).toBeLessThanOrEqual(text.length + 1);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
