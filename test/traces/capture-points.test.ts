/**
 * The same traffic of a real kernel from every point where it was recorded: inside a pod, on the VXLAN device, on the wire, on all
 * interfaces at once, by NFLOG, as conntrack tables and events. Each point leads to the verdicts that the kernel gave, of what came
 * that far; of what did not, the reason stands here.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileTables } from '../../src/compile/compile.ts';
import { replay } from '../../src/replay/replay.ts';
import { VERDICTS } from '../../src/tables/verdict.ts';
import { REASON_NO_ENDPOINT } from '../../src/tables/verdict-layout.ts';
import { openTrace } from '../../src/trace/open.ts';
import { attemptKey, flowKey, NETNS, policed, worldUnder } from './kernel-world.ts';

interface Point {
  /** In traces/netns, or among the samples. */
  readonly files: readonly string[];
  /** Lines of expected.tsv that it cannot show, by reason. Every other one it must. */
  readonly hidden: Readonly<Record<string, readonly number[]>>;
  /** Lines of which the record lacks a field that the verdict depends on. */
  readonly undetermined?: readonly number[];
  /** Lines whose connections are recorded twice. */
  readonly twice?: readonly number[];
  /** Verdicts that the point itself tells; none when absent. */
  readonly told?: 'allow' | 'deny';
  /** Flows that are no attempts of the table. */
  readonly more?: readonly string[];
}

/** Its TTL ran out at the first node: the table leaves it out, policy would have let it through. */
const TTL = 'icmp 10.244.1.12 to 10.244.2.21 0 allow';

const FROM_B = [4, 13, 15];
const AT_D_OR_E = [5, 10];
const WITH_OUTSIDE = [14, 16];
const INSIDE_N1 = [17, 18];

const POINTS: readonly Point[] = [
  {
    files: ['n1-vxlan.calico-inner-nano.pcap', 'n1-eth0-vxlan.pcap'],
    hidden: {
      "b's egress rules refused it before": FROM_B,
      'it went to or came from outside by another interface': WITH_OUTSIDE,
      'it stayed on the node': INSIDE_N1,
    },
  },
  {
    files: ['pod-d-eth0.pcap'],
    hidden: {
      'refused before it came to d': [...FROM_B, 5],
      'it was for another pod': [6, 7, 8, 9, 10, ...WITH_OUTSIDE, ...INSIDE_N1],
    },
  },
  { files: ['n1-any-sll2.pcap', 'n1-any-sll-snap96.pcap'], hidden: {}, more: [TTL] },
  // The interface of c was not captured, so neither was the packet whose TTL ran out.
  { files: ['n1-multi-if.pcapng'], hidden: {} },
  {
    files: ['n1-nflog1-drops.pcap'],
    told: 'deny',
    hidden: {
      'what is allowed is not logged': [2, 3, 6, 7, 8, 9, 11, ...WITH_OUTSIDE, ...INSIDE_N1],
      'the other node logged it': AT_D_OR_E,
    },
  },
  {
    files: ['n2-nflog2-drops.pcap'],
    told: 'deny',
    hidden: {
      'what is allowed is not logged': [2, 3, 6, 7, 8, 9, 11, ...WITH_OUTSIDE, ...INSIDE_N1],
      'the other node logged it': FROM_B,
    },
  },
  {
    files: ['n1-conntrack-E.txt'],
    told: 'allow',
    hidden: { 'a packet that the node drops leaves no entry': FROM_B },
    // Its entry ended while events were recorded: the end brings counters, and counts beside the beginning.
    twice: [18],
  },
  {
    told: 'allow',
    files: ['n1-conntrack-L.txt', 'n1-conntrack-L-extended.txt', 'n1-proc-nf_conntrack.txt'],
    hidden: {
      'a packet that the node drops leaves no entry': FROM_B,
      'reset at once, its entry was gone when the table was listed': [18],
    },
  },
  {
    files: ['n1-conntrack-L.xml'],
    told: 'allow',
    hidden: {
      'a packet that the node drops leaves no entry': FROM_B,
      'reset at once, its entry was gone when the table was listed': [18],
    },
    // The XML has no type of ICMP, and only echo requests were let through.
    undetermined: [11],
  },
  {
    files: ['n2-conntrack-E.txt', 'n2-conntrack-L-extended.txt'],
    told: 'allow',
    hidden: {
      'a packet that the node drops leaves no entry': AT_D_OR_E,
      'it never came to n2': [...FROM_B, ...WITH_OUTSIDE, ...INSIDE_N1],
    },
  },
];

const samples = resolve(import.meta.dirname, '../../../shared/samples');

function pathOf(file: string): string | undefined {
  return [NETNS, join(samples, 'pcap/generated-netns'), join(samples, 'flowlogs/conntrack')]
    .map((folder) => join(folder, file))
    .find((path) => existsSync(path));
}

const world = worldUnder('policies-calico.yaml');
const { tables } = compileTables(world);

const cases = POINTS.flatMap((point) => point.files.map((file) => ({ file, point, path: pathOf(file) })));

describe('the verdicts of the kernel', () => {
  test('are of every attempt, seen or hidden for a reason', () => {
    const lines = policed.map(({ line }) => line);
    for (const { hidden } of POINTS)
      expect(lines).toEqual(expect.arrayContaining(Object.values(hidden).flat()));
  });

  test.each(cases.filter(({ path }) => path !== undefined))('are those of $file', async ({ point, path }) => {
    const hidden = new Set(Object.values(point.hidden).flat());
    const wanted = policed
      .filter(({ line }) => !hidden.has(line))
      .map((row) => {
        const verdict = point.undetermined?.includes(row.line) ? 'undetermined' : row.verdict.toLowerCase();
        return `${attemptKey(row, world)} ${verdict}`;
      });
    const opened = openTrace(path!);
    expect(opened.diagnostics).toEqual([]);
    for (const workers of [1, 2]) {
      const result = await replay([opened.value!], tables, { workers });
      const found = [...result.admitted, ...result.refused]
        // Between the nodes, and behind masquerading: nobody polices it.
        .filter(({ family, reason }) => family === 4 && reason !== REASON_NO_ENDPOINT)
        .map((flow) => `${flowKey(flow)} ${VERDICTS[flow.verdict]}`);
      expect([...new Set(found)].sort()).toEqual([...new Set([...wanted, ...(point.more ?? [])])].sort());
      // However many interfaces a packet passed, and before and behind the service's address: each attempt is one connection.
      const flows = [...result.admitted, ...result.refused].filter(({ family }) => family === 4);
      const countOf = (key: string): number =>
        flows.reduce((sum, flow) => (flowKey(flow) === key ? sum + flow.connections : sum), 0);
      const seen = policed.filter(({ line, protocol }) => protocol === 'tcp' && !hidden.has(line));
      for (const key of new Set(seen.map((row) => attemptKey(row, world))))
        expect(countOf(key), key).toBe(
          seen
            .filter((row) => attemptKey(row, world) === key)
            .reduce((sum, { attempts, line }) => sum + attempts * (point.twice?.includes(line) ? 2 : 1), 0),
        );
      // What the point itself says became of them, if anything, is what is judged.
      const told = (result.observed?.pairs ?? []).filter(({ packets }) => packets > 0);
      expect([...new Set(told.map(({ observed }) => observed))]).toEqual(
        point.told === undefined ? [] : [point.told],
      );
      for (const { observed, verdict } of told)
        expect([observed, 'undetermined']).toContain(VERDICTS[verdict]);
    }
  });

  test('were looked for at every point that is there', () => {
    const missing = cases.filter(({ path }) => path === undefined).map(({ file }) => file);
    if (missing.length > 0) console.log(`without ${missing.join(', ')}: ../shared/samples is not there`);
    expect(cases.length - missing.length).toBeGreaterThanOrEqual(existsSync(samples) ? 15 : 6);
  });
});
