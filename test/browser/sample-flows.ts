/** Tables of flows of any length, made and not replayed: what a page is shown. */
import type { FlowDecision, FlowTable, Place } from '../../src/analysis/page/flow-table-document.ts';
import { DENIED_FLOW } from '../report/sample-documents.ts';

const NAMESPACES = 40;
const PODS = 3_000;
const DECISIONS = 500;

function decisions(): FlowDecision[] {
  return Array.from({ length: DECISIONS }, (_, index) => {
    const verdict = index % 3 === 0 ? 'deny' : 'allow';
    return {
      verdict,
      reason: 'policy',
      decider: {
        ...DENIED_FLOW.decider,
        policy: `policy-${index}`,
        rule: 0,
        location: `p.yaml:${index + 1}`,
      },
      example: index,
      explained: null,
      isLeftOut: false,
    };
  });
}

function places(): Place[] {
  return Array.from({ length: PODS }, (_, index) => {
    const namespace = `team-${index % NAMESPACES}`;
    const name = `${namespace}/pod-${index}`;
    return {
      address: `10.${index >> 8}.${index & 255}.1`,
      name,
      kind: 'pod',
      namespace,
      group: `Deployment/app-${index % 700}`,
    };
  });
}

const PORTS = [80, 443, 5432, 8080, 9090];

/** Rows that all differ; a third of them is denied. */
export function manyFlows(rows: number): FlowTable {
  const column = (of: (row: number) => number): number[] => Array.from({ length: rows }, (_, row) => of(row));
  const source = (row: number): number => (row * 7) % PODS;
  const destination = (row: number): number => (row * 13 + Math.floor(row / PODS)) % PODS;
  const port = (row: number): number => row % PORTS.length;
  const all = places();
  const halves = [
    ...all.map(({ name }) => `tcp ${name}`),
    ...all.flatMap(({ name }) => PORTS.map((number) => `${name}:${number}`)),
  ];
  return {
    rows,
    omitted: 0,
    texts: halves,
    places: all,
    ports: PORTS.map((number) => ({ protocol: 'tcp', port: number, label: `tcp ${number}` })),
    decisions: decisions(),
    columns: {
      from: column(source),
      to: column((row) => PODS + destination(row) * PORTS.length + port(row)),
      src: column(source),
      dst: column(destination),
      judged: column(destination),
      port: column(port),
      judgedPort: column((row) => PORTS[port(row)]!),
      decision: column((row) => row % DECISIONS),
      packets: column((row) => ((row * 7_919) % 100_003) + 1),
      bytes: column((row) => ((row * 104_729) % 1_000_003) + 60),
      connections: column((row) => (row % 9) + 1),
      snapshot: column(() => -1),
      doubtful: column(() => 0),
    },
  };
}

/** One flow whose every text wants to be more than a text. */
export function hostileFlows(text: string): FlowTable {
  const place = (name: string): Place => ({
    address: text,
    name: `${text}/${name}`,
    kind: 'pod',
    namespace: text,
    group: text,
  });
  return {
    ...manyFlows(1),
    texts: [`tcp ${text}`, text],
    places: [place('a'), place('b')],
    ports: [{ protocol: text, port: 1, label: text }],
    decisions: [
      {
        verdict: 'deny',
        reason: text,
        decider: {
          ...DENIED_FLOW.decider,
          kind: text,
          namespace: text,
          policy: text,
          tier: text,
          location: text,
        },
        example: 0,
        explained: null,
        isLeftOut: false,
      },
    ],
    columns: {
      ...manyFlows(1).columns,
      from: [0],
      to: [1],
      src: [0],
      dst: [1],
      judged: [1],
      port: [0],
      decision: [0],
    },
  };
}
