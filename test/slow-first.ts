/** The order of test files: those that take longest come first, so that no core waits for one that began last. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** From the slowest on. */
const SLOW = [
  'mutation/mutation',
  'cli/bench',
  'flowlogs/scan',
  'flowlogs/parquet',
  'conntrack/kernel-conntrack',
  'cli/live',
  'cli/journeys',
];

const rankOf = ({ moduleId }: TestSpecification): number => {
  const rank = SLOW.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
  return rank === -1 ? SLOW.length : rank;
};

export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rankOf(a) - rankOf(b));
  }
}
