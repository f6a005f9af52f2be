import { expect, test } from 'vitest';
import {
  ARENA_START,
  createArena,
  createMemory,
  MemoryRefused,
  placeBytes,
} from '../../src/dataplane/memory.ts';

test('the arena begins above the kernels, aligns, grows and hands out zeros', () => {
  const memory = createMemory(1);
  const arena = createArena(memory);
  expect(arena.allocate(1)).toBe(ARENA_START);
  expect(arena.allocate(10)).toBe(ARENA_START + 64);
  expect(arena.allocate(8, 4096)).toBe(ARENA_START + 4096);
  const before = new Uint8Array(memory.buffer, ARENA_START, 1);
  const large = arena.allocate(10_000_000);
  expect(memory.buffer.byteLength).toBeGreaterThanOrEqual(large + 10_000_000);
  expect(new Uint8Array(memory.buffer, large, 10_000_000).some((byte) => byte !== 0)).toBe(false);
  // A view from before the growth still sees the same memory.
  new Uint8Array(memory.buffer)[ARENA_START] = 7;
  expect(before[0]).toBe(7);
});

test('bytes are placed as they are', () => {
  const arena = createArena(createMemory(1));
  const at = placeBytes(arena, Uint8Array.of(1, 2, 3));
  expect([...new Uint8Array(arena.memory.buffer, at, 4)]).toEqual([1, 2, 3, 0]);
});

test('memory that is not to be had is refused in plain words', () => {
  expect(() => createMemory(5 * 2 ** 30)).toThrow(MemoryRefused);
  expect(() => createMemory(5 * 2 ** 30)).toThrow(/5120 MiB .* limit is 4096 MiB/);
  expect(() => createMemory(5 * 2 ** 30, undefined, 'most of them for tables')).toThrow(
    /^5120 MiB .* to be had \(most of them for tables\): the limit/,
  );
  const arena = createArena(createMemory(1, 1 << 20));
  expect(() => arena.allocate(2 << 20)).toThrow(MemoryRefused);
});
