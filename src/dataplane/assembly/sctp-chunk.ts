// The first chunk of an SCTP packet as TCP_FLAGS holds it: ../../packet/batch-layout.ts.

import { CHUNK_SHIFT } from '../../packet/batch-layout';
import {
  CHUNK_ABORT,
  CHUNK_COOKIE_ACK,
  CHUNK_COOKIE_ECHO,
  CHUNK_ERROR,
  CHUNK_HEARTBEAT,
  CHUNK_HEARTBEAT_ACK,
  CHUNK_INIT,
  CHUNK_INIT_ACK,
  CHUNK_SHUTDOWN,
  CHUNK_SHUTDOWN_ACK,
  CHUNK_SHUTDOWN_COMPLETE,
} from '../conntrack-layout';

const SYN: u32 = 2;
const SYN_ACK: u32 = 18;

/** What stands in TCP_FLAGS for an SCTP packet whose first chunk is of this type. Source: RFC 9260 section 3.2. */
export function chunkFlags(type: u32): u32 {
  if (type === 1) return SYN | ((CHUNK_INIT + 1) << CHUNK_SHIFT);
  if (type === 2) return SYN_ACK | ((CHUNK_INIT_ACK + 1) << CHUNK_SHIFT);
  let code: u32 = 0;
  if (type === 4) code = CHUNK_HEARTBEAT + 1;
  else if (type === 5) code = CHUNK_HEARTBEAT_ACK + 1;
  else if (type === 6) code = CHUNK_ABORT + 1;
  else if (type === 7) code = CHUNK_SHUTDOWN + 1;
  else if (type === 8) code = CHUNK_SHUTDOWN_ACK + 1;
  else if (type === 9) code = CHUNK_ERROR + 1;
  else if (type === 10) code = CHUNK_COOKIE_ECHO + 1;
  else if (type === 11) code = CHUNK_COOKIE_ACK + 1;
  else if (type === 14) code = CHUNK_SHUTDOWN_COMPLETE + 1;
  return code << CHUNK_SHIFT;
}
