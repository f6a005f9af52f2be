/** The order of test files: those that take longest come first, so that no core waits for one that began last. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** First the one with threads of its own, since it has a process of its own, then from the slowest on. */
const SLOW = [
  'replay/threads',
  'mutation/mutation',
  'cli/bench',
  'cli/conformance',
  'conformance/migrations',
  'properties/calico',
  'cli/snapshot',
  'convert/round-trip',
  'conformance/conformance',
  'cli/readme',
  'cli/journeys',
  'browser/diff-page',
  'browser/replay-page',
  'cli/library',
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
