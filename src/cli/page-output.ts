/** What a page of a replay takes: modules that nothing else of the command needs. */
import type { FlowTable } from '../analysis/page/flow-table-document.ts';
import type { SummaryInput } from '../analysis/replay/summary.ts';
import type { LoadedSnapshots } from './world.ts';

/** All flows with their walks; what makes it loads for a page alone. */
export async function flowTable(
  input: SummaryInput,
  snapshots: LoadedSnapshots['snapshots'],
): Promise<{ readonly table: FlowTable }> {
  const [{ tabulateFlows }, { namingOf }] = await Promise.all([
    import('../analysis/page/flow-table.ts'),
    import('../analysis/replay/summary.ts'),
  ]);
  const worlds = snapshots.map(({ world }) => world);
  return { table: tabulateFlows(input.result, namingOf(input), worlds) };
}

/** What makes the page of a replay. */
export async function loadPage() {
  const [{ pageHtml }, { replayPage }] = await Promise.all([
    import('../report/page-html.ts'),
    import('../report/replay-page.ts'),
  ]);
  return { pageHtml, replayPage };
}
