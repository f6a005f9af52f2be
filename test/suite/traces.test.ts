/** What suites expect of traces: what is meant, counted, and what cannot be told, on a replay of the quickstart and of names. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadCluster } from '../../src/manifest/load.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { createWorld } from '../../src/policy/world.ts';
import { type CheckedTrace, checkTrace, type ReplayedTrace } from '../../src/suite/check-traces.ts';
import { parseSuite } from '../../src/suite/read.ts';
import { clusterFrom } from '../examine.ts';
import { replayOf } from './replayed.ts';

const TRACES = join(import.meta.dirname, '../../traces');
const folder = mkdtempSync(join(tmpdir(), 'dryplane-traces-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The expectations of a trace in YAML, held against a replay. */
function check(text: string, replayed: ReplayedTrace): readonly CheckedTrace[] {
  const { value: suite, diagnostics } = parseSuite('s.yaml', `traces: [{ trace: t, expect: [${text}] }]\n`);
  expect(diagnostics).toEqual([]);
  const { value, diagnostics: unknown } = checkTrace(suite.traces[0]!.expectations, replayed);
  expect(unknown).toEqual([]);
  return value;
}

function one(text: string, replayed: ReplayedTrace): CheckedTrace {
  return check(text, replayed)[0]!;
}

let shop: ReplayedTrace;
beforeAll(async () => {
  const { value: cluster } = loadCluster([
    join(TRACES, 'quickstart/cluster.yaml'),
    join(TRACES, 'quickstart/policies'),
  ]);
  shop = await replayOf(join(TRACES, 'quickstart/capture.pcap'), createWorld(cluster, CALICO));
});

test('the short names of a suite stand for sides here too', () => {
  const text = (db: string, api: string): string =>
    `{ exactly: [tcp ${api} to ${db}:5432], of: { verdict: deny, from: '!shop/debug', to: ${db}, protocol: tcp } }`;
  const read = (names: string, expectation: string) =>
    parseSuite('s.yaml', `${names}traces: [{ trace: t, expect: [${expectation}] }]\n`);
  const short = read('names: { db: shop/db, api: shop/api }\n', text('db', 'api'));
  expect(short.diagnostics).toEqual([]);
  const checked = (suite: (typeof short)['value']) => {
    const { value } = checkTrace(suite.traces[0]!.expectations, shop);
    return value.map(({ counted, passed }) => ({ counted, passed }));
  };
  expect(checked(short.value)).toEqual(checked(read('', text('shop/db', 'shop/api')).value));
  const { diagnostics } = read('names: { db: shop/db }\n', text('db', 'app'));
  expect(diagnostics.map(({ code }) => code)).toEqual(['flow/syntax']);
});

/** What the report of the replay lists as denied into the shop's database, cache and the gateway. */
describe('which flows are meant', () => {
  const counted = (filter: string) => one(`{ none: { ${filter} } }`, shop).counted;

  test.each([
    ['verdict: deny', 8, 174],
    ['verdict: [deny, undetermined]', 8, 174],
    ['verdict: deny, to: shop/db', 4, 141],
    ['verdict: deny, to: shop/db, protocol: tcp', 3, 135],
    ['verdict: deny, to: shop/db, protocol: icmp', 1, 6],
    ['verdict: deny, to: shop/db, port: 5432', 3, 135],
    ['verdict: deny, to: shop/db, port: udp/5432', 0, 0],
    ['verdict: deny, to: shop/db, port: [tcp/1-5431, 5433-65535]', 0, 0],
    ['verdict: deny, to: [shop/db, shop/cache]', 6, 151],
    ['verdict: deny, to: namespace:shop', 6, 151],
    ["verdict: deny, to: '!namespace:shop'", 2, 23],
    ["verdict: deny, to: ['!shop/db', '!shop/cache']", 2, 23],
    ["verdict: deny, to: [namespace:shop, '!shop/cache']", 4, 141],
    ['verdict: deny, to: outside', 1, 19],
    ['verdict: deny, to: 198.51.100.0/24', 1, 19],
    ['verdict: deny, to: 198.51.100.77', 1, 19],
    ['verdict: deny, to: 198.51.100.78', 0, 0],
    ['verdict: deny, from: shop/debug', 4, 25],
    ['verdict: deny, by: NetworkPolicy/shop/db', 4, 141],
    ['verdict: deny, by: NetworkPolicy/shop/db, rule: -1', 4, 141],
    ['verdict: deny, by: NetworkPolicy/shop/db, rule: 0', 0, 0],
    ['verdict: deny, reason: tier-end', 8, 174],
    ['verdict: deny, reason: policy', 0, 0],
  ])('%s', (filter, flows, packets) => {
    const { flows: found, packets: heavy } = counted(filter);
    expect([found, heavy]).toEqual([flows, packets]);
  });

  test('a workload, a service by its address, and where a service leads', () => {
    const { cluster } = shop.world;
    const { workload } = cluster.pods.find(({ name }) => name === 'api')!;
    expect(counted(`from: shop/${workload.kind}/${workload.name}`)).toEqual(counted('from: shop/api'));
    const atService = counted('to: service:shop/cache');
    expect(atService.packets).toBeGreaterThan(0);
    // The pod is also reached directly.
    expect(counted('to: shop/cache').packets).toBeGreaterThanOrEqual(atService.packets);
    // By the port that was asked for, and by the pod's.
    expect(counted('to: service:shop/api, port: 80')).toEqual(counted('to: service:shop/api, port: 8080'));
    expect(counted('from: service:shop/api')).toEqual(counted('from: shop/api'));
    expect(counted('to: node:node-a').packets).toBe(0);
  });

  test('all flows together are all packets that were judged', () => {
    const { packets, bytes, flows } = shop.result;
    const all = counted('');
    const judged = (counts: readonly number[]): number =>
      counts.slice(0, 4).reduce((sum, count) => sum + count, 0);
    expect([all.packets, all.bytes, all.connections]).toEqual([
      judged(packets),
      judged(bytes),
      judged(flows),
    ]);
  });
});

describe('what is claimed', () => {
  const DENIED = 'of: { verdict: deny, to: shop/db }';

  test.each([
    ['{ none: { verdict: deny, to: shop/db } }', 'found 4 flows'],
    ['{ none: { verdict: deny, to: kube-system/coredns } }', ''],
    [`{ at-most: 4, ${DENIED} }`, ''],
    [`{ at-most: 3, ${DENIED} }`, 'found 4 flows'],
    [`{ at-most: 140 packets, ${DENIED} }`, 'found 141 packets'],
    [`{ at-most: 141 packets, ${DENIED} }`, ''],
    [`{ at-least: 11 connections, ${DENIED} }`, ''],
    [`{ at-least: 12 connections, ${DENIED} }`, 'found 11 connections'],
    [`{ at-least: 1, at-most: "1_000", ${DENIED} }`, ''],
    [`{ exactly: 4 flows, ${DENIED} }`, ''],
    [`{ exactly: 1 byte, ${DENIED} }`, 'found 23,420 bytes'],
    ['{ at-least: 1 }', ''],
  ])('%s: %j', (text, difference) => {
    const checked = one(text, shop);
    expect([
      checked.difference.replace(/[\d,]+ bytes/, '23,420 bytes'),
      checked.passed,
      checked.isOpen,
    ]).toEqual([difference, difference === '', false]);
  });

  test('a list: these and no others; a port of all, workloads and services stand for theirs', () => {
    const listed = (flows: string, of = DENIED) => one(`{ exactly: [${flows}], ${of} }`, shop);
    const all = 'tcp shop/api to shop/db:5432, tcp shop/web > shop/db:5432, icmp shop/debug to shop/db';
    expect(listed(`${all}, tcp shop/debug to shop/db:5432`).passed).toBe(true);
    const fewer = listed(all);
    expect([fewer.passed, fewer.difference]).toEqual([false, '1 flow not in the list']);
    expect(fewer.flows.map(({ flow }) => flow)).toEqual(['tcp shop/debug to shop/db:5432']);
    const more = listed(`${all}, tcp shop/debug to shop/db:*, tcp shop/web to shop/db:80`);
    expect([more.passed, more.missing]).toEqual([false, ['tcp shop/web to shop/db:80']]);
    expect(
      listed(`${all}, icmp shop/debug to shop/db type 3 code 1, tcp shop/debug to shop/db:*`).missing,
    ).toEqual(['icmp shop/debug to shop/db type 3 code 1']);
    expect(listed('', 'of: { verdict: deny, to: kube-system/coredns }').passed).toBe(true);
    expect(listed('').passed).toBe(false);
  });

  test('the flows against it, heaviest first, and no more than are read', () => {
    const { flows, omitted } = one('{ none: {} }', shop);
    expect(flows).toHaveLength(20);
    expect(omitted).toBeGreaterThan(0);
    const weights = flows.map(({ packets }) => packets);
    expect(weights).toEqual(weights.toSorted((a, b) => b - a));
    expect(one('{ at-least: 500, of: { to: shop/db } }', shop).flows).toEqual([]);
  });

  test('a name that means nothing is a mistake at its place, and not a check that passes', () => {
    const wrong = (text: string): string[] => {
      const { value: suite } = parseSuite('s.yaml', `traces:\n- trace: t\n  expect: [${text}]\n`);
      return checkTrace(suite.traces[0]!.expectations, shop).diagnostics.map(
        ({ at, message, hint }) => `${at?.line} ${message}; ${hint}`,
      );
    };
    expect(wrong('{ none: { to: namespace:shp } }')).toEqual([
      '3 no namespace shp in the manifests; did you mean shop?',
    ]);
    expect(wrong('{ none: { to: shop/dbx } }')[0]).toContain('no pod shop/dbx in the manifests');
    expect(wrong("{ none: { from: '!service:shop/dbx' } }")[0]).toContain('no service service:shop/dbx');
    expect(wrong('{ none: { to: node:node-q } }')[0]).toContain('node-q');
    expect(wrong('{ exactly: [tcp shop/api to shop/dbx:1, tcp shop/api to shop/db:nowhere] }')).toHaveLength(
      2,
    );
  });
});

describe('what cannot be told does not pass', () => {
  /** As if there had been room for the heaviest flow of each kind alone. */
  const capped = (): ReplayedTrace => {
    const { refused, admitted, omitted, ...rest } = shop.result;
    const result = {
      ...rest,
      refused: refused.slice(0, 1),
      admitted,
      omitted: { ...omitted, refused: refused.length - 1 },
    };
    return { ...shop, result };
  };

  test.each([
    ['{ none: { verdict: deny, to: kube-system/coredns } }', false, true],
    ['{ none: { verdict: allow, to: 203.0.113.99 } }', true, false],
    // What is listed is enough, or already too much.
    ['{ at-least: 1, of: { verdict: deny } }', true, false],
    ['{ at-most: 1 packet, of: { verdict: deny } }', false, false],
    ['{ at-most: 174 packets, of: { verdict: deny } }', true, false],
    ['{ at-most: 173 packets, of: { verdict: deny } }', false, true],
    ['{ exactly: [tcp shop/api to shop/db:5432], of: { verdict: deny } }', false, true],
    ['{ exactly: [tcp shop/web to shop/db:5432], of: { verdict: deny } }', false, false],
  ])('with flows left out: %s', (text, passed, isOpen) => {
    const checked = one(text, capped());
    expect([checked.passed, checked.isOpen]).toEqual([passed, isOpen]);
    expect(checked.difference.includes('no room')).toBe(isOpen);
  });

  test('a replay with room for few flows leaves the same open', async () => {
    const small = await replayOf(join(TRACES, 'quickstart/capture.pcap'), shop.world, 5);
    const { omitted } = small.result;
    expect(omitted.refused + omitted.admitted).toBeGreaterThan(0);
    for (const text of ['{ none: { verdict: allow, to: 203.0.113.99 } }', '{ at-most: 5000 packets }']) {
      const exact = one(text, shop);
      const rough = one(text, small);
      expect(rough.passed).toBe(text.includes('5000'));
      for (const unit of ['packets', 'bytes', 'connections'] as const) {
        const least = rough.counted[unit];
        expect(least).toBeLessThanOrEqual(exact.counted[unit]);
        expect(least + rough.uncertain[unit]).toBeGreaterThanOrEqual(exact.counted[unit]);
      }
    }
  });

  test('a trace of which nothing can be told', () => {
    const checked = one('{ none: { verdict: deny, to: kube-system/coredns } }', {
      ...shop,
      unusable: 'it is empty',
    });
    expect([checked.passed, checked.isOpen, checked.difference]).toEqual([
      false,
      true,
      'cannot be told: it is empty',
    ]);
  });

  test('an address in a range of pods that no manifest holds may be anybody', async () => {
    const path = join(folder, 'strangers.csv');
    writeFileSync(path, 'src,dst,proto,dport\n10.42.1.20,10.42.2.99,tcp,80\n10.42.1.20,203.0.113.9,tcp,80\n');
    const strangers = await replayOf(path, shop.world);
    const open = (text: string): boolean[] => {
      const { passed, isOpen } = one(text, strangers);
      return [passed, isOpen];
    };
    expect(open('{ none: { to: namespace:payments } }')).toEqual([false, true]);
    expect(open('{ none: { to: shop/db } }')).toEqual([false, true]);
    expect(open('{ exactly: 1, of: { to: outside } }')).toEqual([false, true]);
    expect(open('{ exactly: 1, of: { to: 10.42.2.99 } }')).toEqual([true, false]);
    expect(open('{ none: { to: node:node-a } }')).toEqual([true, false]);
  });
});

describe('names in the place of addresses', () => {
  const PODS = ['web-574ff6d9fd-aaaaa', 'web-574ff6d9fd-bbbbb', 'db-0']
    .map(
      (name, index) => `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: x, generateName: ${name.replace(/[^-]+$/, '')}, labels: { app: ${name.split('-')[0]} } }
spec: { containers: [{ name: c, image: i }] }
status: { podIP: 10.0.1.${index + 1} }`,
    )
    .join('\n---');
  let named: ReplayedTrace;
  beforeAll(async () => {
    const path = join(folder, 'named.csv');
    writeFileSync(
      path,
      'src_name,dst_name,proto,dport\nx/web-574ff6d9fd-*,x/db-0,tcp,80\npub,x/db-0,tcp,81\nx/db-0,pvt,tcp,82\n',
    );
    named = await replayOf(path, createWorld(clusterFrom(PODS), CALICO));
  });

  test.each([
    ['from: namespace:x', 2, 0],
    ["from: '!namespace:x'", 1, 0],
    ['from: x/web-574ff6d9fd-aaaaa', 0, 1],
    ['from: [x/web-574ff6d9fd-aaaaa, x/web-574ff6d9fd-bbbbb]', 0, 1],
    ['from: x/web-574ff6d9fd-*', 1, 0],
    ['from: 10.0.1.0/30', 2, 1],
    ['from: 10.0.1.1', 0, 2],
    ['from: outside', 1, 0],
    ['to: outside', 1, 0],
    ['to: x/db-0', 2, 0],
    ['to: 192.168.0.0/16', 0, 1],
    ['from: network:public', 1, 0],
  ])('%s', (filter, sure, maybe) => {
    const { counted, uncertain } = one(`{ none: { ${filter} } }`, named);
    expect([counted.flows, uncertain.flows]).toEqual([sure, maybe]);
  });

  test('an expectation that hangs on which of the pods it was cannot be told', () => {
    const checked = one('{ none: { from: x/web-574ff6d9fd-aaaaa } }', named);
    expect([checked.passed, checked.isOpen]).toEqual([false, true]);
    expect(checked.difference).toContain('stand for several');
    expect(
      one('{ exactly: [tcp x/web-574ff6d9fd-aaaaa to x/db-0:80], of: { port: 80 } }', named).isOpen,
    ).toBe(true);
    expect(one('{ exactly: [tcp x/web-574ff6d9fd-* to x/db-0:80], of: { port: 80 } }', named).passed).toBe(
      true,
    );
  });
});
