/** What names of flow logs become in the tables, and which texts mean the same. */
import { describe, expect, test } from 'vitest';
import { compileTables } from '../../src/compile/compile.ts';
import {
  type FlowNameKind,
  findName,
  flowName,
  flowNameOf,
  keysOfName,
  nameOfKey,
  textOfName,
} from '../../src/flow/flow-name.ts';
import { nameIndex } from '../../src/policy/addresses/named-addresses.ts';
import { SECTION_COUNT, SECTION_NAMES } from '../../src/tables/directory-layout.ts';
import { buildNames, type NameRow, nameListAt } from '../../src/tables/names.ts';
import { buildTables } from '../../src/tables/tables.ts';
import { sampleWorld } from '../replay/tables.ts';

test('what the builder writes the slow reader reads', () => {
  const rows: NameRow[] = [
    { 4: { isNetwork: false, hasNodes: true, classes: [[3, 4], [9]] } },
    {},
    {
      4: { isNetwork: true, hasNodes: false, classes: [[1]] },
      6: { isNetwork: true, hasNodes: true, classes: [[7], [8, 11, 12], [2]] },
    },
  ];
  const sections = Array.from({ length: SECTION_COUNT }, (_, section) =>
    section === SECTION_NAMES ? buildNames(rows) : new Uint8Array(0),
  );
  const tables = buildTables(sections);
  rows.forEach((row, index) => {
    for (const family of [4, 6] as const) expect(nameListAt(tables, index + 1, family)).toEqual(row[family]);
  });
  for (const number of [0, rows.length + 1]) expect(nameListAt(tables, number, 4)).toBeUndefined();
});

describe('pods that policy cannot tell apart', () => {
  const world = sampleWorld();
  const index = nameIndex([world]);
  const { tables } = compileTables(world, { names: index });
  const listOf = (name: string, namespace = 'shop', kind: FlowNameKind = 'workload') => {
    const found = findName(index, flowName(name, namespace, kind)!);
    return found === undefined ? undefined : nameListAt(tables, found.number, 4);
  };

  test('are one class, with two members of each node', () => {
    // 80 pods of two kinds on four nodes, each of them known by its owner alone.
    const all = listOf('*')!;
    expect(all.classes.map((members) => members.length)).toEqual([8, 8]);
    expect(all).toMatchObject({ isNetwork: false, hasNodes: false });
    expect(listOf('pod-7')!.classes).toHaveLength(1);
    expect(listOf('pod-7')!.classes[0]).toHaveLength(1);
    expect(listOf('pod-99')).toBeUndefined();
  });

  test('and addresses that nobody has are one, private ones and public ones', () => {
    for (const name of ['pvt', 'pub', 'PRIVATE NETWORK', 'Public Network']) {
      const list = listOf(name, '-', 'network')!;
      expect(list, name).toMatchObject({ isNetwork: true, classes: [expect.any(Array)] });
    }
  });

  test('take no room where no trace names any', () => {
    expect(nameListAt(compileTables(world).tables, 1, 4)).toBeUndefined();
  });
});

describe('a name is known under', () => {
  test.each([
    [
      'web-574ff6d9fd-*',
      'any',
      'prefix:shop/web-574ff6d9fd- set:shop/web-574ff6d9fd-* workload:shop/web-574ff6d9fd workload:shop/web',
    ],
    [
      'web-574ff6d9fd-x2x2x',
      'workload',
      'pod:shop/web-574ff6d9fd-x2x2x prefix:shop/web-574ff6d9fd- workload:shop/web-574ff6d9fd workload:shop/web',
    ],
    ['db-0', 'workload', 'pod:shop/db-0 prefix:shop/db- workload:shop/db'],
    [
      'backup-28400000-*',
      'workload',
      'prefix:shop/backup-28400000- workload:shop/backup-28400000 workload:shop/backup',
    ],
    // Words are no hashes.
    ['redis-cache', 'workload', 'pod:shop/redis-cache'],
    ['*', 'workload', 'namespace:shop'],
    ['lab', 'network-set', 'set:shop/lab'],
    ['node-1', 'host', 'host:node-1'],
    ['pub', 'workload', 'pod:shop/pub'],
  ] as const)('%s, of kind %s', (name, kind, keys) => {
    expect(keysOfName(flowName(name, 'shop', kind)!).join(' ')).toBe(keys);
  });

  test('what its own key stands for, and its text leads back to it', () => {
    const keys = [
      'pod:a/b',
      'prefix:a/b-',
      'workload:a/b',
      'namespace:a',
      'set:a/b',
      'set:/b',
      'host:b',
      'public',
      'private',
    ];
    for (const key of keys) {
      const name = nameOfKey(key);
      expect(keysOfName(name), key).toContain(key);
      const text = textOfName(name, key);
      expect(keysOfName(flowNameOf(text)!), text).toContain(key);
    }
  });

  test.each(['', '-', 'a b', 'x'.repeat(300), 'a/b/c', 'née', '../x', 'a*b'])('%j is none', (text) => {
    expect(flowName(text, 'shop')).toBeUndefined();
  });
});
