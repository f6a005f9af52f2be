// When a connection is forgotten, in ticks of the trace's clock, and since when UDP has been speaking. Layouts:
// ../connections-layout.ts, ../conntrack-layout.ts.

import {
  AGE_MOST,
  AGE_SHIFT,
  CONNECTION_DEADLINE,
  CONNECTION_TICKS,
  DEADLINE_TICKS,
} from '../connections-layout';
import { TICK_BITS } from '../conntrack-layout';

/** The tick from which on the connection is forgotten. */
export function deadlineOf(connection: usize): u64 {
  const ticks = <u64>load<u16>(connection, CONNECTION_TICKS) & DEADLINE_TICKS;
  return ((<u64>load<u32>(connection, CONNECTION_DEADLINE)) << TICK_BITS) | ticks;
}

/** True when the connection was silent for too long at `now`. Source: Linux nf_ct_is_expired. */
export function isExpired(connection: usize, now: u64): bool {
  return now >= deadlineOf(connection);
}

/** Keeps the connection until `deadline`. */
export function keepUntil(connection: usize, deadline: u64): void {
  store<u32>(connection, <u32>(deadline >> TICK_BITS), CONNECTION_DEADLINE);
  const age = load<u16>(connection, CONNECTION_TICKS) & ~DEADLINE_TICKS;
  store<u16>(connection, age | (<u16>deadline & DEADLINE_TICKS), CONNECTION_TICKS);
}

/** The same for a connection whose age nobody asks for. */
export function keepTcpUntil(connection: usize, deadline: u64): void {
  store<u16>(connection, <u16>deadline & DEADLINE_TICKS, CONNECTION_TICKS);
  store<u32>(connection, <u32>(deadline >> TICK_BITS), CONNECTION_DEADLINE);
}

/** Ticks from the connection's first packet to its latest, at most AGE_MOST. */
export function ageOf(connection: usize): u32 {
  return load<u16>(connection, CONNECTION_TICKS) >> AGE_SHIFT;
}

export function setAge(connection: usize, age: u32): void {
  const ticks = load<u16>(connection, CONNECTION_TICKS) & DEADLINE_TICKS;
  store<u16>(connection, ticks | (min<u32>(age, AGE_MOST) << AGE_SHIFT), CONNECTION_TICKS);
}
