/**
 * What is gathered from tests of another tool: expectations, and what no flow says. That is a warning at its place and counted, so that
 * nobody takes it for checked.
 */
import { isMap, isScalar, type Node } from 'yaml';
import type { Flow, Side } from '../flow/flow.ts';
import { parseAddress } from '../net/address.ts';
import { complain, complainAbout, locate, type SuiteReport } from './fields.ts';
import type { Expectation, ExpectedVerdict } from './suite.ts';

/** What a test of another tool says of a flow. */
interface ForeignTest {
  readonly name: string;
  readonly flow: Flow;
  readonly expect: ExpectedVerdict;
}

/** Expectations in the file's order. */
export class ForeignTests {
  readonly expectations: Expectation[] = [];
  unmapped = 0;
  readonly report: SuiteReport;

  constructor(report: SuiteReport) {
    this.report = report;
  }

  /** A test whose flow stands at the node. */
  add({ name, flow, expect }: ForeignTest, node: Node): void {
    const at = locate(this.report, node.range?.[0] ?? 0);
    this.expectations.push({ name, tags: [], flow, expect, written: new Map(), state: 0, at });
  }

  /** Tests that no flow says, so many of them. */
  leaveOut(node: Node, why: string, count = 1): void {
    this.unmapped += count;
    const [start, end] = node.range ?? [0, 1];
    const tests = count === 1 ? 'a test that is not checked' : `${count} tests that are not checked`;
    complain(this.report, 'suite/not-mapped', `${tests}: ${why}`, { start, end, severity: 'warning' });
  }

  /** Something that the tool itself refuses. */
  refuse(node: Node, message: string, hint?: string): void {
    complainAbout(this.report, node, 'suite/foreign', message, hint);
  }
}

/** The values of a mapping by their names, whatever they are; none where it is no mapping. */
export function membersOf(node: unknown): ReadonlyMap<string, Node> {
  if (!isMap(node)) return new Map();
  return new Map(
    node.items.flatMap(({ key, value }) =>
      isScalar(key) && value !== null ? [[String(key.value), value as Node] as const] : [],
    ),
  );
}

/** The key's node, for what is wrong with it. */
export function keyOf(node: unknown, name: string): Node | undefined {
  if (!isMap(node)) return undefined;
  return node.items.find(({ key }) => isScalar(key) && String(key.value) === name)?.key as Node | undefined;
}

/** The text of a scalar; undefined for anything else. */
export function scalarText(node: Node | undefined): string | undefined {
  return isScalar(node) && node.value !== null ? String(node.value) : undefined;
}

/** The Service that a name of a cluster's DNS stands for; `namespaces`: of those a name of two parts is a Service. */
export function serviceOfName(name: string, own: string, namespaces: ReadonlySet<string>): Side | undefined {
  const [service = '', namespace, ...rest] = name.replace(/\.$/, '').split('.');
  if (service === '' || parseAddress(name) !== undefined) return undefined;
  if (namespace === undefined)
    return own === '' ? undefined : { kind: 'service', namespace: own, name: service };
  const isService = rest.length === 0 ? namespaces.has(namespace) : rest[0] === 'svc';
  return isService ? { kind: 'service', namespace, name: service } : undefined;
}

/** Why a name that is no Service is no side of a flow. */
export function noAddressOf(host: string): string {
  return host.split('.').length === 2
    ? `${host} is no name of a Service for sure: write ${host}.svc if it is one, else its address`
    : `${host} is a name outside of the cluster: write its address`;
}
