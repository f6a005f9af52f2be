// What a port is to the cluster and its rules. Layout: tables/port-rank-layout.ts.

import { SECTION_PORT_RANKS } from '../../tables/directory-layout';
import { PORT_RANK_BYTES } from '../../tables/port-rank-layout';
import { GROUP_SCTP } from '../../tables/program-layout';
import { sectionAt } from './identify';
import { portGroup } from './program';

/** 2 = a service or container port of the cluster, 1 = a port that some rule names, 0 = neither. */
export function portRank(tables: usize, protocol: u32, port: u32): u32 {
  const group = portGroup(tables, protocol);
  if (group > <u32>GROUP_SCTP) return 0;
  const served = sectionAt(tables, SECTION_PORT_RANKS) + 2 * group * PORT_RANK_BYTES;
  const at = port >> 3;
  const bit: u32 = 1 << (port & 7);
  if (load<u8>(served + at) & bit) return 2;
  return load<u8>(served + PORT_RANK_BYTES + at) & bit ? 1 : 0;
}
