/** What the API server rejects of a NetworkPolicy, by the identifiers of the worked cases. */
import { describe, expect, test } from 'vitest';
import { loadCluster } from '../../src/manifest/load.ts';

function errorsOf(spec: string): string[] {
  const stdin = `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: p, namespace: x }\nspec: ${spec}\n`;
  const { diagnostics } = loadCluster(['-'], { stdin });
  for (const { at } of diagnostics) expect(at?.line).toBe(4);
  return diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code);
}

const ingress = (rule: string): string => `{ podSelector: {}, ingress: [${rule}] }`;
const block = (members: string): string => ingress(`{ from: [{ ipBlock: { ${members} } }] }`);
const ports = (items: string): string => ingress(`{ ports: [${items}] }`);

describe('rejected', () => {
  test.each([
    ['R-1', ingress('{ from: [{}] }')],
    ['R-3', block('cidr: 10.0.0.0/24, except: [10.0.0.0/24]')],
    ['R-4', block('cidr: 10.0.0.0/24, except: [10.0.1.0/25]')],
    ['R-5', block('cidr: 10.0.0.0/8, except: ["fd00::/16"]')],
    ['R-8 zero', ports('{ port: 0 }')],
    ['R-8 above', ports('{ port: 65536 }')],
    ['R-9', ports('{ port: "80" }')],
    ['R-10', ports('{ port: a-very-long-port-name }')],
    ['R-11', ports('{ port: http, endPort: 90 }')],
    ['R-12', ports('{ endPort: 90 }')],
    ['R-15', '{ podSelector: {}, policyTypes: [Ingress, Egress, Ingress] }'],
    ['R-16', '{ podSelector: {}, policyTypes: [ingress] }'],
    ['R-19', '{ podSelector: { matchExpressions: [{ key: a, operator: Gt, values: ["1"] }] } }'],
  ])('%s %s', (_, spec) => {
    expect(errorsOf(spec).length).toBeGreaterThan(0);
  });
});

describe('accepted', () => {
  test.each([
    ['R-7', block('cidr: 010.0.0.0/8')],
    ['R-20', ports('{}')],
    ['R-21', ports('{ port: 80, endPort: 80 }')],
  ])('%s %s', (_, spec) => {
    expect(errorsOf(spec)).toEqual([]);
  });
});
