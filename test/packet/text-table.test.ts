/** Texts with numbers, shared by threads: one number a text, whoever asks, and a full table that says so. */
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { textTableAt, textTableBytes } from '../../src/packet/text-table.ts';

const SIZE = { texts: 64, bytes: 1024 };
const tableOf = (size = SIZE, memory = new SharedArrayBuffer(textTableBytes(size))) => ({
  memory,
  table: textTableAt(memory, 0, size),
});

describe('a table of texts', () => {
  test('gives a text one number, which gives it back; another thread finds the same', () => {
    const { memory, table } = tableOf();
    const texts = Array.from({ length: 64 }, (_, index) => `text ${index} ä`);
    const numbers = texts.map((text) => table.intern(text));
    expect(new Set(numbers).size).toBe(64);
    expect(texts.map((text) => table.intern(text))).toEqual(numbers);
    const other = tableOf(SIZE, memory).table;
    expect(texts.map((text) => other.intern(text))).toEqual(numbers);
    expect(numbers.map((number) => other.text(number))).toEqual(texts);
    expect([table.intern(''), table.text(0), table.text(65), table.isFull]).toEqual([0, '', '', false]);
  });

  test('that is full has 0 for what finds no room, and says so; what it holds stays', () => {
    const { table } = tableOf({ texts: 4, bytes: 1024 });
    for (const text of ['a', 'b', 'c', 'd']) table.intern(text);
    expect(table.isFull).toBe(false);
    expect([table.intern('e'), table.intern('c'), table.isFull]).toEqual([0, 3, true]);
    const { table: narrow } = tableOf({ texts: 64, bytes: 10 });
    expect([narrow.intern('12345678'), narrow.intern('123'), narrow.isFull]).toEqual([1, 0, true]);
  });

  test('is filled by several threads at once without a text twice', async () => {
    const { memory, table } = tableOf({ texts: 4096, bytes: 65_536 });
    const code = `
      const { workerData, parentPort } = require('node:worker_threads');
      import(workerData.module).then(({ textTableAt }) => {
        const table = textTableAt(workerData.memory, 0, { texts: 4096, bytes: 65536 });
        const numbers = [];
        for (let index = 0; index < 3000; index++) numbers.push(table.intern('text ' + ((index * workerData.step) % 3000)));
        parentPort.postMessage(numbers);
      });`;
    const module = new URL('../../dist/packet/text-table.js', import.meta.url).href;
    const lists = await Promise.all(
      [1, 7, 11].map(
        (step) =>
          new Promise<readonly number[]>((resolve, reject) => {
            const worker = new Worker(code, { eval: true, workerData: { memory, module, step } });
            worker.once('message', resolve).once('error', reject);
          }),
      ),
    );
    const numbers = new Set(lists.flat());
    expect(numbers.size).toBe(3000);
    expect(Math.max(...numbers)).toBe(3000);
    for (const [at, step] of [1, 7, 11].entries())
      expect(table.text(lists[at]![5]!)).toBe(`text ${(5 * step) % 3000}`);
    expect(new Set([...numbers].map((number) => table.text(number))).size).toBe(3000);
  });
});
