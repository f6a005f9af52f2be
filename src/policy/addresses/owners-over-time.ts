/**
 * Owners of addresses, known again from one snapshot of a cluster to the next: a pod is the same when its name is, and the
 * time at which it was started, where every snapshot that has it tells one.
 */
import type { AddressBook, Endpoint } from '../endpoints.ts';

const nameOf = ({ kind, namespace, name }: Endpoint): string => `${kind} ${namespace}/${name}`;

/** For each book a number for each of its endpoints, from 1 on: equal numbers are one and the same owner. */
export function ownersOverTime(books: readonly Pick<AddressBook, 'endpoints'>[]): Uint32Array<ArrayBuffer>[] {
  const untold = new Set<string>();
  for (const { endpoints } of books)
    for (const endpoint of endpoints)
      if ((endpoint.pod?.startedSeconds ?? 0) === 0) untold.add(nameOf(endpoint));
  const numbers = new Map<string, number>();
  return books.map(({ endpoints }) =>
    Uint32Array.from(endpoints, (endpoint) => {
      const name = nameOf(endpoint);
      const key = untold.has(name) ? name : `${name} ${endpoint.pod!.startedSeconds}`;
      const number = numbers.get(key) ?? numbers.size + 1;
      numbers.set(key, number);
      return number;
    }),
  );
}
