/** Values inside JSON that came from outside: any of them may be anything. */
import type { JsonObject } from './flow-format.ts';

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object that a text is; undefined when it is none. Behind `data:`, as event streams have it, too. */
export function objectOf(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text.startsWith('data:') ? text.slice(5) : text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The value of a key when it is an object, else an empty one. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isObject(value) ? value : {};
}

/** The value of a key when it is an object or there at all; undefined otherwise. */
export function hasObject(object: JsonObject, key: string): boolean {
  return isObject(object[key]);
}

/** The value of a key as text: of a text that is not empty, of a number. */
export function textAt(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
