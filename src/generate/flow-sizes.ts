/**
 * How many bytes a connection carries: distributions that were measured and published, as points of the cumulative
 * distribution between which it is taken to be linear.
 */
import type { Random } from '../random/random.ts';

/** Bytes, and the share of connections with at most as many. */
type Point = readonly [bytes: number, share: number];

const K = 1_000;
const M = 1_000_000;

const DISTRIBUTIONS = {
  /** Source: Alizadeh et al., Data Center TCP, SIGCOMM 2010. */
  'web-search': [
    [10 * K, 0.15],
    [20 * K, 0.2],
    [30 * K, 0.3],
    [50 * K, 0.4],
    [80 * K, 0.53],
    [200 * K, 0.6],
    [1 * M, 0.7],
    [2 * M, 0.8],
    [5 * M, 0.9],
    [10 * M, 0.97],
    [30 * M, 1],
  ],
  /** Source: Greenberg et al., VL2, SIGCOMM 2009. */
  'data-mining': [
    [180, 0.1],
    [216, 0.2],
    [560, 0.3],
    [900, 0.4],
    [1100, 0.5],
    [1870, 0.6],
    [3160, 0.7],
    [10 * K, 0.8],
    [400 * K, 0.9],
    [3.16 * M, 0.95],
    [100 * M, 0.98],
    [1000 * M, 1],
  ],
  /** Source: Roy et al., Inside the social network's (datacenter) network, SIGCOMM 2015. */
  hadoop: [
    [100, 0.01],
    [200, 0.02],
    [300, 0.05],
    [350, 0.15],
    [400, 0.2],
    [500, 0.3],
    [600, 0.4],
    [700, 0.5],
    [1 * K, 0.6],
    [2 * K, 0.67],
    [7 * K, 0.7],
    [30 * K, 0.72],
    [50 * K, 0.82],
    [80 * K, 0.87],
    [120 * K, 0.9],
    [300 * K, 0.95],
    [1 * M, 0.975],
    [2 * M, 0.99],
    [10 * M, 1],
  ],
  /** Source: the storage workload of Li et al., HPCC, SIGCOMM 2019. */
  storage: [
    [4 * K, 0.2293],
    [8 * K, 0.6921],
    [16 * K, 0.8061],
    [32 * K, 0.9047],
    [64 * K, 0.9353],
    [128 * K, 0.9677],
    [256 * K, 0.9753],
    [2 * M, 1],
  ],
  /** Calls between services, by what is known of Google's of 2008: half of them at most 256 bytes, 86 of a hundred at most 1 KB; the tail is ours. */
  rpc: [
    [64, 0.1],
    [256, 0.5],
    [1 * K, 0.86],
    [4 * K, 0.95],
    [64 * K, 1],
  ],
} as const satisfies Record<string, readonly Point[]>;

export type FlowSizes = keyof typeof DISTRIBUTIONS;

/** Names of the distributions, as options take them. */
export const FLOW_SIZES = Object.keys(DISTRIBUTIONS) as FlowSizes[];

/** Bytes of one connection. */
export function drawFlowBytes(sizes: FlowSizes, random: Random): number {
  const share = random();
  let before: Point = [1, 0];
  for (const point of DISTRIBUTIONS[sizes]) {
    if (share <= point[1]) {
      const part = (share - before[1]) / (point[1] - before[1]);
      return Math.max(1, Math.round(before[0] + part * (point[0] - before[0])));
    }
    before = point;
  }
  return before[0];
}
